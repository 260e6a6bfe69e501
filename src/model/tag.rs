//! A movable name in a repository, distribution-spec v1.1, "Pulling manifests".

use std::fmt;
use std::str::FromStr;

/// A tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
///
/// ```
/// # use coracle::model::Tag;
/// assert!("v1.2.3".parse::<Tag>().is_ok());
/// assert_eq!(Tag::sanitized("v1.2.3+dirty").unwrap().as_str(), "v1.2.3-dirty");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

/// Why a text is no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a tag, expected up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'"
)]
pub struct TagError(String);

impl Tag {
    const MAX_LEN: usize = 128;

    /// Returns the tag that a reference without one means.
    pub fn latest() -> Self {
        Self("latest".to_owned())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a tag of a filled-in template: characters outside the grammar become `-`.
    ///
    /// # Errors
    /// When nothing that a tag may start with is left, or the text is too long.
    pub fn sanitized(text: &str) -> Result<Self, TagError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        text.chars()
            .map(|c| if allowed(c) { c } else { '-' })
            .collect::<String>()
            .parse()
    }

    /// Returns this tag with `-SUFFIX` after it, cut so that it stays a tag.
    #[must_use]
    pub fn suffixed(&self, suffix: &str) -> Self {
        let room = Self::MAX_LEN.saturating_sub(suffix.len() + 1);
        let stem = &self.0[..self.0.len().min(room)];
        Self(format!("{stem}-{suffix}"))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let rest = |b: u8| first(b) || b == b'.' || b == b'-';
        match text.as_bytes() {
            [head, tail @ ..]
                if first(*head) && tail.iter().all(|&b| rest(b)) && text.len() <= Self::MAX_LEN =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(TagError(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_the_distribution_spec_holds() {
        for right in ["a", "_x", "v1.0-rc.1", "1", &"a".repeat(128)] {
            assert!(right.parse::<Tag>().is_ok(), "{right:?}");
        }
        for wrong in ["", ".a", "-a", "a b", "a/b", "a:b", "ä", &"a".repeat(129)] {
            assert!(wrong.parse::<Tag>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_suffix_keeps_the_tag_within_its_length() {
        let long: Tag = "a".repeat(128).parse().unwrap();
        let suffixed = long.suffixed("linux-arm64");
        assert!(suffixed.as_str().parse::<Tag>().is_ok());
        assert!(suffixed.as_str().ends_with("-linux-arm64"));
    }
}
