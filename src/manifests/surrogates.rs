//! JSON's escapes of characters beyond the first 65,536, which YAML does not know.

use std::borrow::Cow;

/// Returns `text`, where it is JSON with such an escape in each place of two others of equal length, so
/// that a parser of YAML reads it and places stay what they are.
pub(super) fn without_surrogates(text: &str) -> Cow<'_, str> {
    let first = text.trim_start().bytes().next();
    if !matches!(first, Some(b'{' | b'[')) || !text.contains("\\u") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        plain.push_str(before);
        let is_surrogate = matches!(
            escape.as_bytes(),
            [b'\\', b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', x, y, ..]
                if x.is_ascii_hexdigit() && y.is_ascii_hexdigit()
        );
        // A backslash that is escaped begins no escape.
        let length = escape.chars().nth(1).map_or(1, |next| 1 + next.len_utf8());
        let (shown, length) = if is_surrogate {
            ("\\u003f", 6)
        } else {
            (escape.get(..length).unwrap_or(escape), length)
        };
        plain.push_str(shown);
        rest = escape.get(length..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_surrogates_of_json_are_changed_and_no_place_moves() {
        for (text, plain) in [
            (r#"{"a": "\ud83d\uDE00é"}"#, r#"{"a": "\u003f\u003fé"}"#),
            (r#"{"a": "\\ud83d \u00e9"}"#, r#"{"a": "\\ud83d \u00e9"}"#),
            (r#"{"a": "\ud8"}"#, r#"{"a": "\ud8"}"#),
            (r"{\", r"{\"),
            (r#"a: "\ud83d""#, r#"a: "\ud83d""#),
        ] {
            assert_eq!(without_surrogates(text), plain);
        }
    }
}
