//! Where a file is in the source tree.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A normal path relative to the root of a source tree, with `/` between its elements; the root
/// itself is empty and shown as `.`.
///
/// It cannot leave the tree by its text; that no link leads out is the `SourceTree` port's to see.
///
/// ```
/// # use coracle::model::SourcePath;
/// let path: SourcePath = "./cmd/server/".parse().unwrap();
/// assert_eq!(path.as_str(), "cmd/server");
/// assert_eq!(path.join("main.go").unwrap().to_string(), "cmd/server/main.go");
/// assert!("../x".parse::<SourcePath>().is_err());
/// assert!("a/../b".parse::<SourcePath>().unwrap().as_str() == "b");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct SourcePath(String);

/// Why a text is no path in a source tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourcePathError {
    /// The path is absolute.
    #[error("{0:?} is absolute, expected a path relative to the project")]
    Absolute(String),
    /// The path leads out of the tree.
    #[error("{0:?} leads out of the project")]
    Outside(String),
}

impl SourcePath {
    /// Returns the root of the tree.
    pub fn root() -> Self {
        Self::default()
    }

    /// Returns the text, empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the last element, empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Returns the folder that the path lies in; the root lies in none.
    pub fn parent(&self) -> Option<Self> {
        if self.0.is_empty() {
            return None;
        }
        Some(Self(
            self.0
                .rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned(),
        ))
    }

    /// Returns the path that `relative` means in this folder; it may climb with `..`, but not out
    /// of the tree.
    ///
    /// # Errors
    /// When `relative` is absolute or leads out of the tree.
    pub fn join(&self, relative: &str) -> Result<Self, SourcePathError> {
        if relative.starts_with('/') {
            return Err(SourcePathError::Absolute(relative.to_owned()));
        }
        let mut elements: Vec<&str> = self
            .0
            .split('/')
            .filter(|element| !element.is_empty())
            .collect();
        for element in relative.split('/') {
            match element {
                "" | "." => {}
                ".." => {
                    elements
                        .pop()
                        .ok_or_else(|| SourcePathError::Outside(relative.to_owned()))?;
                }
                name => elements.push(name),
            }
        }
        Ok(Self(elements.join("/")))
    }

    /// Returns the rest of the path below `folder`, empty when the two are the same.
    pub fn below(&self, folder: &Self) -> Option<&str> {
        if folder.0.is_empty() {
            return Some(&self.0);
        }
        match self.0.strip_prefix(&folder.0)? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

impl FromStr for SourcePath {
    type Err = SourcePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::root().join(text)
    }
}

impl TryFrom<String> for SourcePath {
    type Error = SourcePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leads_out_of_the_tree() {
        let folder: SourcePath = "a/b".parse().unwrap();
        assert_eq!(folder.join("../c").unwrap().as_str(), "a/c");
        assert_eq!(folder.join("../..").unwrap(), SourcePath::root());
        assert!(folder.join("../../..").is_err());
        assert!(folder.join("/etc/passwd").is_err());
    }

    #[test]
    fn a_folder_does_not_hold_its_namesakes() {
        let path = |text: &str| text.parse::<SourcePath>().unwrap();
        assert_eq!(path("a/b/c").below(&path("a/b")), Some("c"));
        assert_eq!(path("a/bc").below(&path("a/b")), None);
        assert_eq!(path("a").below(&path("a")), Some(""));
        assert_eq!(path("a").below(&SourcePath::root()), Some("a"));
    }
}
