//! Where a file is in an image.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// An absolute, normal path in an image: `/config/defaults.yaml`; `/` is the root itself.
///
/// It holds no empty, `.` or `..` element and no control character, and it is UTF-8: a tar
/// reader on any system makes the same file of it.
///
/// ```
/// # use coracle::model::ImagePath;
/// let path: ImagePath = "/config/defaults.yaml".parse().unwrap();
/// assert_eq!(path.to_archive_name(), "config/defaults.yaml");
/// assert_eq!(path.parent().unwrap().to_string(), "/config");
/// assert!("/a/../b".parse::<ImagePath>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ImagePath(String);

/// Why a text is no path in an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImagePathError {
    /// The path is relative, has empty, `.` or `..` elements, or ends in `/`.
    #[error(
        "{0:?} is not a path in an image, expected an absolute one without '.', '..' and doubled slashes, as in /config/app.yaml"
    )]
    NotNormal(String),
    /// The path holds control characters.
    #[error("{0:?} holds control characters")]
    Control(String),
    /// An element starts with `.wh.`, which means a deleted file in a layer.
    #[error("{0:?} holds a name that starts with '.wh.', which layers use for deleted files")]
    Whiteout(String),
}

impl ImagePath {
    /// Returns the root, `/`.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name in a layer's tar: without the leading `/`, without a `/` at the end.
    pub fn to_archive_name(&self) -> &str {
        &self.0[1..]
    }

    /// Returns the folder that the path lies in; the root lies in none.
    pub fn parent(&self) -> Option<Self> {
        let (folder, name) = self.0.rsplit_once('/')?;
        if name.is_empty() {
            return None;
        }
        Some(if folder.is_empty() {
            Self::root()
        } else {
            Self(folder.to_owned())
        })
    }

    /// Returns the path of `relative` (with `/` between its elements) below this one.
    ///
    /// # Errors
    /// When `relative` is no normal relative path.
    pub fn join(&self, relative: &str) -> Result<Self, ImagePathError> {
        format!("{}/{relative}", self.0.trim_end_matches('/')).parse()
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ImagePath {
    type Err = ImagePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(relative) = text.strip_prefix('/') else {
            return Err(ImagePathError::NotNormal(text.to_owned()));
        };
        if text.chars().any(char::is_control) {
            return Err(ImagePathError::Control(text.to_owned()));
        }
        for element in relative.split('/').filter(|_| !relative.is_empty()) {
            if matches!(element, "" | "." | "..") {
                return Err(ImagePathError::NotNormal(text.to_owned()));
            }
            if element.starts_with(".wh.") {
                return Err(ImagePathError::Whiteout(text.to_owned()));
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for ImagePath {
    type Error = ImagePathError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_normal_absolute_paths_are_taken() {
        for right in ["/", "/a", "/a/b.c", "/ä", "/a b"] {
            assert!(right.parse::<ImagePath>().is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "a",
            "//",
            "/a/",
            "/a//b",
            "/./a",
            "/a/..",
            "/a\n",
            "/.wh.a",
            "/a/.wh..wh..opq",
        ] {
            assert!(wrong.parse::<ImagePath>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn parents_end_at_the_root() {
        let path: ImagePath = "/a/b".parse().unwrap();
        let parents: Vec<String> = std::iter::successors(path.parent(), ImagePath::parent)
            .map(|p| p.to_string())
            .collect();
        assert_eq!(parents, ["/a", "/"]);
        assert_eq!(ImagePath::root().join("x").unwrap().as_str(), "/x");
    }
}
