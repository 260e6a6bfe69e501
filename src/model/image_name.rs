//! The name of an image in coracle.toml.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// What an image is called in `[images.NAME]`, on the command line and in `{name}`: a single
/// component of a repository's path, and so a file name too.
///
/// ```
/// # use coracle::model::ImageName;
/// assert!("api-server".parse::<ImageName>().is_ok());
/// assert!("../api".parse::<ImageName>().is_err());
/// assert_eq!(ImageName::from_words("Hello World").unwrap().as_str(), "hello-world");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ImageName(String);

/// Why a text is no image's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an image's name, expected lower-case letters, digits and single separators ('.', '_', '-') between them"
)]
pub struct ImageNameError(String);

impl ImageName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Makes a name of a folder or module name: lower case, `-` for all that a name cannot hold.
    ///
    /// # Errors
    /// When no letter or digit is left.
    pub fn from_words(text: &str) -> Result<Self, ImageNameError> {
        let lower = text.to_lowercase();
        let words: Vec<&str> = lower
            .split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit()))
            .filter(|word| !word.is_empty())
            .collect();
        words
            .join("-")
            .parse()
            .map_err(|_| ImageNameError(text.to_owned()))
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ImageName {
    type Err = ImageNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let mut separated = true;
        for b in text.bytes() {
            let separator = matches!(b, b'.' | b'_' | b'-');
            if !(is_word(b) || separator && !separated) {
                return Err(ImageNameError(text.to_owned()));
            }
            separated = separator;
        }
        if separated || text.len() > 128 {
            return Err(ImageNameError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ImageName {
    type Error = ImageNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_path_component_and_a_file_name() {
        for right in ["a", "api", "api-v2", "a.b_c"] {
            assert!(right.parse::<ImageName>().is_ok(), "{right:?}");
        }
        for wrong in ["", "-a", "a-", "a--b", "A", "a/b", "..", ".a", "a b", "é"] {
            assert!(wrong.parse::<ImageName>().is_err(), "{wrong:?}");
        }
    }
}
