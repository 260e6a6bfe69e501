//! `--output`: where `build` puts an image.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::config::{Template, TemplateError, TemplateValues};
use crate::model::{Repository, SourcePath};

use super::{ArchiveFile, Destination};

/// `archive=PATH` or `layout=DIR`; the path is a template, `{name}` in it the image's name.
///
/// ```
/// # use coracle::plan::Output;
/// assert!("archive=dist/{name}.tar".parse::<Output>().is_ok());
/// assert!("archive=dist/{nmae}.tar".parse::<Output>().is_err());
/// assert!("zip=x".parse::<Output>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    kind: Kind,
    path: Template,
    written: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Archive,
    Layout,
}

/// Why a text is no output.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputError {
    /// It says neither what is to be written nor where.
    #[error("{0:?} is not an output, expected archive=PATH or layout=DIR")]
    Form(String),
    /// Its path is no template.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

impl Output {
    /// Tells whether it can take one image only: a single archive for all.
    pub(super) fn holds_one_image(&self) -> bool {
        self.kind == Kind::Archive && !self.path.has_name()
    }

    /// Returns a pattern of the places of all images, from the root of the source tree, where these
    /// are in it; relative paths are meant from `start`, and `root` is where the tree is.
    pub fn pattern(&self, root: &Path, start: &SourcePath) -> Option<String> {
        let path = self.path.to_glob();
        let start: SourcePath = globset::escape(start.as_str()).parse().ok()?;
        let in_tree = match Path::new(&path).strip_prefix(root) {
            Ok(below) => SourcePath::root().join(below.to_str()?),
            Err(_) => start.join(&path),
        };
        Some(in_tree.ok()?.as_str().to_owned())
    }

    /// Returns the place of the image that `values` tell of, for paths that are meant from `folder`.
    /// Its archive calls the image `local_name`.
    pub(super) fn destination(
        &self,
        folder: &Path,
        values: &TemplateValues<'_>,
        local_name: Repository,
    ) -> Destination {
        let path = folder.join(self.path.render(values));
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
        f.write_str(&self.written)
    }
}

impl FromStr for Output {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, path) = match text.split_once('=') {
            Some(("archive", path)) if !path.is_empty() => (Kind::Archive, path),
            Some(("layout", path)) if !path.is_empty() => (Kind::Layout, path),
            _ => return Err(OutputError::Form(text.to_owned())),
        };
        Ok(Self {
            kind,
            path: path.parse()?,
            written: text.to_owned(),
        })
    }
}
