//! What a registry says when it says no, distribution-spec v1.1, "Error Codes".

use serde::Deserialize;

use crate::model::ForeignText;

/// The words of an answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{words}")]
pub struct Refusal {
    codes: Vec<String>,
    words: ForeignText,
}

/// More than this of a text that is no list of errors only hides the rest.
const LONGEST_WORDS: usize = 300;

impl Refusal {
    /// Reads the body of an answer: the specification's JSON, or whatever a proxy before the
    /// registry says, HTML most often; `None` when it says nothing.
    pub fn read(body: &[u8]) -> Option<Self> {
        let errors =
            serde_json::from_slice::<Errors>(body).map_or_else(|_| Vec::new(), |list| list.errors);
        let words = match errors.as_slice() {
            [] => plain(&String::from_utf8_lossy(body)),
            errors => errors
                .iter()
                .map(OneError::words)
                .collect::<Vec<_>>()
                .join("; "),
        };
        (!words.is_empty()).then(|| Self {
            codes: errors.into_iter().map(|error| error.code).collect(),
            words: ForeignText::new(&words),
        })
    }

    /// Tells whether the words hold `text`.
    pub fn mentions(&self, text: &str) -> bool {
        self.words.to_string().contains(text)
    }

    /// Tells whether the answer has the error `code`, as in `NAME_UNKNOWN`.
    pub fn has(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }
}

#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    detail: serde_json::Value,
}

impl OneError {
    fn words(&self) -> String {
        let detail = match &self.detail {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let said = [&self.code, &self.message, &detail];
        let said: Vec<&str> = said
            .into_iter()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
            .collect();
        shortened(&said.join(": "))
    }
}

/// Takes the tags out of HTML, and what stands between those of scripts and styles; folds spaces.
fn plain(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        words.push_str(before);
        words.push(' ');
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        rest = ["script", "style", "title"]
            .into_iter()
            .find(|name| tag.to_ascii_lowercase().starts_with(name))
            .and_then(|name| after.find(&format!("</{name}")))
            .map_or(after, |end| &after[end..]);
    }
    words.push_str(rest);
    shortened(&words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_WORDS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(body: &str) -> String {
        Refusal::read(body.as_bytes()).map_or_else(String::new, |refusal| refusal.to_string())
    }

    #[test]
    fn the_words_of_the_specification_are_joined() {
        for (body, expected) in [
            (
                r#"{"errors":[{"code":"DENIED","message":"no","detail":null}]}"#,
                "DENIED: no",
            ),
            (
                r#"{"errors":[{"code":"A","message":"b","detail":{"c":1}},{"code":"D"}]}"#,
                r#"A: b: {"c":1}; D"#,
            ),
            (r#"{"errors":[]}"#, r#"{"errors":[]}"#),
            (r#"{"message":"x"}"#, r#"{"message":"x"}"#),
            ("", ""),
        ] {
            assert_eq!(words(body), expected);
        }
        let refusal = Refusal::read(br#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#).unwrap();
        assert!(refusal.has("NAME_UNKNOWN"));
    }

    #[test]
    fn a_page_of_a_proxy_is_told_without_its_tags() {
        let page = "<html>\n<head><title>502</title><style>b { c }</style></head>\n<body><h1>Bad\n Gateway</h1>\x1b[31m</body></html>";
        assert_eq!(words(page), "Bad Gateway \\u{1b}[31m");
        assert_eq!(words(&"x".repeat(400)), format!("{}…", "x".repeat(300)));
    }
}
