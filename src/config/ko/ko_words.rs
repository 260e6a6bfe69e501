//! Lists of flags, apart.

/// Takes a text apart at spaces that are outside of a template's braces, and of the quotes that a word
/// begins with: as Go does with its own flags.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = match first {
            '"' | '\'' => quoted(&rest[1..], first),
            _ => plain(rest),
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

fn quoted(text: &str, quote: char) -> (&str, &str) {
    text.split_once(quote).unwrap_or((text, ""))
}

fn plain(text: &str) -> (&str, &str) {
    let mut depth = 0_usize;
    let end = text.find(|c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && c.is_whitespace()
    });
    text.split_at(end.unwrap_or(text.len()))
}

/// Writes a flag with one dash, as Go reads it too with two.
pub(super) fn one_dash(word: &str) -> String {
    word.strip_prefix("--")
        .map_or_else(|| word.to_owned(), |word| format!("-{word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_and_quotes_hold_words_together() {
        for (text, wanted) in [
            ("-s  -w ", vec!["-s", "-w"]),
            (
                "-extldflags \"-static -s\"",
                vec!["-extldflags", "-static -s"],
            ),
            ("-X 'main.a=b c' x", vec!["-X", "main.a=b c", "x"]),
            ("-X a={{ .Env.A }}b c", vec!["-X", "a={{ .Env.A }}b", "c"]),
            ("'a", vec!["a"]),
            ("", vec![]),
        ] {
            assert_eq!(words(text), wanted, "{text:?}");
        }
    }
}
