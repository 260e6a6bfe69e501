//! Text that others wrote, made fit to be shown.

use std::fmt::{self, Write as _};

/// Text of a registry, a compiler, a file name or git: control characters and terminal escapes
/// are shown as `\u{1b}` and the like, user and password in URLs and the queries of signed URLs
/// as `…`. Line feeds and tabs stay.
///
/// ```
/// # use coracle::model::ForeignText;
/// assert_eq!(ForeignText::new("\x1b[31mred").to_string(), "\\u{1b}[31mred");
/// assert_eq!(ForeignText::new("GET https://me:pw@host/x?sig=1 failed").to_string(), "GET https://…@host/x?… failed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignText(String);

impl ForeignText {
    /// Takes any text; bytes that are not UTF-8 are to be replaced by the caller.
    pub fn new(text: &str) -> Self {
        Self(redact_urls(text))
    }

    /// Takes bytes of unknown encoding.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(bytes))
    }
}

impl fmt::Display for ForeignText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            if is_harmless(c) {
                f.write_char(c)?;
            } else {
                write!(f, "{}", c.escape_unicode())?;
            }
        }
        Ok(())
    }
}

/// Control characters drive terminals; bidirectional and zero-width ones make text read as
/// something that it is not.
fn is_harmless(c: char) -> bool {
    matches!(c, '\n' | '\t')
        || !(c.is_control()
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'))
}

fn redact_urls(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let end = after
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'))
            .unwrap_or(after.len());
        shown.push_str(before);
        shown.push_str(&redact_url_rest(&after[..end]));
        rest = &after[end..];
    }
    shown.push_str(rest);
    shown
}

fn redact_url_rest(url: &str) -> String {
    let authority_end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let authority = &url[..authority_end];
    let password_end = match authority.rfind('@') {
        // A password that is not escaped may hold what else would end the authority.
        None if !is_host(authority) => url.rfind('@'),
        end => end,
    };
    let (user, rest) = match password_end {
        Some(end) => ("…@", &url[end + 1..]),
        None => ("", url),
    };
    match rest.split_once('?') {
        Some((location, _)) => format!("{user}{location}?…"),
        None => format!("{user}{rest}"),
    }
}

/// Tells whether `authority` can be a host, with a port or without.
fn is_host(authority: &str) -> bool {
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    port.is_none_or(|port| port.ends_with(']') || port.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_passes() {
        let shown = ForeignText::new("a\x1b]0;title\x07b\rc\u{9b}31m\u{202e}d\ne").to_string();
        assert_eq!(
            shown,
            "a\\u{1b}]0;title\\u{7}b\\u{d}c\\u{9b}31m\\u{202e}d\ne"
        );
    }

    #[test]
    fn credentials_in_urls_are_hidden_wherever_they_stand() {
        for (text, shown) in [
            ("https://u:p@h/x", "https://…@h/x"),
            (
                "see 'https://tok@h:1/a' and http://h/b",
                "see 'https://…@h:1/a' and http://h/b",
            ),
            ("https://h/x?X-Amz-Signature=abc", "https://h/x?…"),
            ("https://h/p@q", "https://h/p@q"),
            ("https://h:1/p@q", "https://h:1/p@q"),
            ("https://[::1]/p@q", "https://[::1]/p@q"),
            ("https://u:p/w@h/x", "https://…@h/x"),
            ("https://u:p?w@h/x?q", "https://…@h/x?…"),
            ("https://u:p@h/m@v1", "https://…@h/m@v1"),
        ] {
            assert_eq!(ForeignText::new(text).to_string(), shown);
        }
    }
}
