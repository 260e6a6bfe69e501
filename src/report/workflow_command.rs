//! What stands in the workflow commands of GitHub Actions, escaped.

use crate::model::ForeignText;

/// Escapes what a workflow command says: a line that began anew could be a command of somebody else's.
pub fn data(text: &str) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D");
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| ForeignText::new(line).to_string())
        .collect();
    lines.join("%0A")
}

/// Escapes a property of a workflow command: it ends with a comma or a colon.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_words_end_no_command() {
        assert_eq!(data("100%\n::error::x"), "100%25%0A::error::x");
        assert_eq!(property("a,b::c"), "a%2Cb%3A%3Ac");
    }
}
