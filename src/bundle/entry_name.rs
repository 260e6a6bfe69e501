//! The name of a file in a bundle.

use std::fmt;
use std::str::FromStr;

use crate::model::{ForeignText, ImagePath};

use super::{LAYOUT, PROXY, SUMS};

/// The longest name.
const MAX_BYTES: usize = 1024;

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
#[error("{0} is not the name of a file in a bundle")]
pub struct EntryNameError(ForeignText);

impl EntryName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name as the writer of tars takes it.
    ///
    /// # Errors
    /// When it begins as the marks of deleted files in layers do.
    pub fn to_image_path(&self) -> Result<ImagePath, EntryNameError> {
        let path = format!("/{}", self.0).parse();
        path.map_err(|_| EntryNameError(ForeignText::new(&self.0)))
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
        let is_name = text.len() <= MAX_BYTES
            && text.chars().all(harmless)
            && text.split('/').all(is_element);
        if is_name && (is_below || text == SUMS) {
            Ok(Self(text.to_owned()))
        } else {
            Err(EntryNameError(ForeignText::new(text)))
        }
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
        let long = format!("proxy/{}", "x".repeat(1024));
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
        ] {
            assert!(!parse(wrong), "{wrong}");
        }
    }
}
