//! `--output`: where `build` puts an image.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::model::{ImageName, Repository};

use super::{ArchiveFile, Destination};

/// `archive=PATH` or `layout=DIR`; `{name}` in it stands for the image's name.
///
/// ```
/// # use coracle::plan::Output;
/// assert!("archive=dist/{name}.tar".parse::<Output>().is_ok());
/// assert!("zip=x".parse::<Output>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    kind: Kind,
    path: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Archive,
    Layout,
}

/// Why a text is no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an output, expected archive=PATH or layout=DIR")]
pub struct OutputError(String);

impl Output {
    /// Returns the output of a build that names none: `archive=dist/NAME.tar`.
    pub fn archive_in_dist() -> Self {
        Self {
            kind: Kind::Archive,
            path: "dist/{name}.tar".to_owned(),
        }
    }

    /// Tells whether it can take one image only: a single archive for all.
    pub(super) fn holds_one_image(&self) -> bool {
        self.kind == Kind::Archive && !self.path.contains("{name}")
    }

    /// Returns the place of the image `name`, for paths that are meant from `folder`.
    /// Its archive calls the image `local_name`.
    pub(super) fn destination(
        &self,
        folder: &Path,
        name: &ImageName,
        local_name: Repository,
    ) -> Destination {
        let path = folder.join(self.path.replace("{name}", name.as_str()));
        match self.kind {
            Kind::Archive => Destination::Archive(ArchiveFile {
                path,
                name: local_name,
            }),
            Kind::Layout => Destination::Layout(path),
        }
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Archive => "archive",
            Kind::Layout => "layout",
        };
        write!(f, "{kind}={}", self.path)
    }
}

impl FromStr for Output {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, path) = match text.split_once('=') {
            Some(("archive", path)) => (Kind::Archive, path),
            Some(("layout", path)) => (Kind::Layout, path),
            _ => return Err(OutputError(text.to_owned())),
        };
        if path.is_empty() {
            return Err(OutputError(text.to_owned()));
        }
        Ok(Self {
            kind,
            path: path.to_owned(),
        })
    }
}
