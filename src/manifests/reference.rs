//! What a scalar says of an image that is to be built.

use std::fmt;
use std::str::FromStr;

use crate::model::ImageName;

/// An image that is named by what it is built from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BuiltReference {
    /// `ko://IMPORTPATH`: the image of a main package.
    Package(String),
    /// `coracle://NAME`: an image of coracle.toml.
    Image(ImageName),
}

/// Why a text that begins like a reference is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceFault {
    /// Nothing follows.
    #[error("it names nothing")]
    Empty,
    /// A tag or a digest follows.
    #[error("it has a tag or digest, but the digest of what is built takes its place")]
    Version,
    /// It is no import path.
    #[error("{0:?} is not an import path, expected one like github.com/owner/name/cmd/server")]
    Path(String),
    /// It is no image's name.
    #[error(transparent)]
    Name(#[from] crate::model::ImageNameError),
}

impl BuiltReference {
    /// How references by import path begin.
    pub const PACKAGE: &str = "ko://";
    /// How references by name begin.
    pub const IMAGE: &str = "coracle://";

    /// Reads `text`, a value without blanks around it; `None` where it does not begin like a reference.
    ///
    /// # Errors
    /// When it begins like a reference and is none.
    pub fn read(text: &str) -> Option<Result<Self, ReferenceFault>> {
        let begins = text.starts_with(Self::PACKAGE) || text.starts_with(Self::IMAGE);
        begins.then(|| text.parse())
    }

    fn package(path: &str) -> Result<Self, ReferenceFault> {
        let is_element = |element: &str| {
            let mut bytes = element.bytes();
            // Go takes no element that begins with a dot.
            !element.is_empty()
                && !element.starts_with('.')
                && bytes.all(|b| {
                    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~' | b'+')
                })
        };
        let bare = path.split([':', '@']).next().unwrap_or_default();
        if path.split('/').all(is_element) {
            Ok(Self::Package(path.to_owned()))
        } else if bare != path && bare.split('/').all(is_element) {
            Err(ReferenceFault::Version)
        } else {
            Err(ReferenceFault::Path(path.to_owned()))
        }
    }
}

impl FromStr for BuiltReference {
    type Err = ReferenceFault;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (_, rest) = text.split_once("://").unwrap_or_default();
        if rest.is_empty() {
            return Err(ReferenceFault::Empty);
        }
        if text.starts_with(Self::PACKAGE) {
            return Self::package(rest);
        }
        let name = rest.split([':', '@']).next().unwrap_or_default();
        let named = name.parse()?;
        if name == rest {
            Ok(Self::Image(named))
        } else {
            Err(ReferenceFault::Version)
        }
    }
}

impl fmt::Display for BuiltReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(path) => write!(f, "{}{path}", Self::PACKAGE),
            Self::Image(name) => write!(f, "{}{name}", Self::IMAGE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_a_package_or_an_image_and_no_version() {
        for text in ["ko://example.com/x/cmd/a", "coracle://web"] {
            let read = BuiltReference::read(text).map(|it| it.map(|it| it.to_string()));
            assert_eq!(read, Some(Ok(text.to_owned())));
        }
        for other in ["nginx", " ko://x", "https://ko://x", "KO://x"] {
            assert_eq!(BuiltReference::read(other), None);
        }
        for (wrong, fault) in [
            ("ko://", ReferenceFault::Empty),
            ("coracle://", ReferenceFault::Empty),
            ("coracle://web:v1", ReferenceFault::Version),
            ("coracle://web@sha256:00", ReferenceFault::Version),
            ("ko://example.com/x:v1", ReferenceFault::Version),
            ("ko://a b", ReferenceFault::Path("a b".to_owned())),
            ("ko://./a", ReferenceFault::Path("./a".to_owned())),
            ("ko://a//b", ReferenceFault::Path("a//b".to_owned())),
        ] {
            assert_eq!(BuiltReference::read(wrong), Some(Err(fault)));
        }
    }
}
