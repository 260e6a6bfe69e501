//! The name of a file in a bundle.

use std::fmt;
use std::str::FromStr;

use crate::model::{ForeignText, ImagePath};

use super::{LAYOUT, PROXY, SUMS};

/// The longest name.
const MAX_BYTES: usize = 1024;
/// The longest part of one that a disk takes.
const MAX_ELEMENT_BYTES: usize = 255;

/// A path below one of the folders of a bundle, which leads nowhere else.
///
/// ```
/// # use coracle::bundle::EntryName;
/// assert!("proxy/example.com/m/@v/v1.0.0.zip".parse::<EntryName>().is_ok());
/// assert!("proxy/../../etc/passwd".parse::<EntryName>().is_err());
/// assert!("/proxy/x".parse::<EntryName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryName(String);

/// Why a text is no name of a file in a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryNameError {
    /// It leads elsewhere, or is none.
    #[error("{0} is not the name of a file in a bundle")]
    NoName(ForeignText),
    /// No disk takes it.
    #[error(
        "a name between two slashes is longer than {MAX_ELEMENT_BYTES} bytes, or all of it than {MAX_BYTES}: {0}"
    )]
    TooLong(ForeignText),
}

impl EntryName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the names of the folders that it is in, from the innermost on.
    pub fn folders(&self) -> impl Iterator<Item = &str> {
        let slashes = self.0.char_indices().rev().filter(|(_, c)| *c == '/');
        slashes.map(|(at, _)| &self.0[..at])
    }

    /// Returns the name as the writer of tars takes it.
    ///
    /// # Errors
    /// When it begins as the marks of deleted files in layers do.
    pub fn to_image_path(&self) -> Result<ImagePath, EntryNameError> {
        let path = format!("/{}", self.0).parse();
        path.map_err(|_| EntryNameError::NoName(ForeignText::new(&self.0)))
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ForeignText::new(&self.0).fmt(f)
    }
}

impl FromStr for EntryName {
    type Err = EntryNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let harmless = |c: char| !c.is_control() && !matches!(c, '\\' | ':');
        let is_element = |element: &str| !matches!(element, "" | "." | "..");
        let is_below = text
            .split_once('/')
            .is_some_and(|(folder, _)| [PROXY, LAYOUT].contains(&folder));
        let is_name = text.chars().all(harmless) && text.split('/').all(is_element);
        if !is_name || !(is_below || text == SUMS) {
            return Err(EntryNameError::NoName(ForeignText::new(text)));
        }
        let is_long = |element: &str| element.len() > MAX_ELEMENT_BYTES;
        if text.len() > MAX_BYTES || text.split('/').any(is_long) {
            return Err(EntryNameError::TooLong(ForeignText::new(text)));
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_no_other_place() {
        let parse = |text: &str| text.parse::<EntryName>().is_ok();
        for good in [
            "go.sum",
            "oci/index.json",
            "proxy/a/!b/@v/v1.0.0+incompatible.mod",
        ] {
            assert!(parse(good), "{good}");
        }
        let long = format!("proxy{}", "/x".repeat(1024));
        let long_element = format!("proxy/{}", "x".repeat(256));
        assert!(parse(&long_element[..long_element.len() - 1]));
        for wrong in [
            "",
            "proxy",
            "proxy/",
            "/proxy/x",
            "proxy//x",
            "proxy/./x",
            "proxy/../x",
            "../proxy/x",
            "proxy/x\\..\\y",
            "proxy/C:x",
            "proxy/\u{1b}[2J",
            "other/x",
            "bundle.json",
            long.as_str(),
            long_element.as_str(),
        ] {
            assert!(!parse(wrong), "{wrong}");
        }
    }
}
