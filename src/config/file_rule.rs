//! Files that go into an image beside its programs.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::text_value::written_as_text;
use crate::model::{FileMode, ImagePath, SourcePath};

/// A file, a folder or what a glob finds, and where it goes. Links are kept as they are; what
/// leads out of the project is refused, and so are sockets, devices and files that hold secrets.
/// What coracle itself writes is left out of folders and globs.
///
/// ```toml
/// [images.server]
/// files = [
///     { from = "config/defaults.yaml", to = "/config/defaults.yaml" },
///     { from = "web", to = "/srv/web", exclude = ["**/*.map"] },
///     { from = "migrations/*.sql", to = "/migrations", mode = "0444", uid = 65532, gid = 65532 },
/// ]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileRule {
    /// A file, a folder or a glob, from the folder of coracle.toml: `*` and `?` within a name, `**`
    /// over folders, `[a-z]`, `{js,css}`.
    #[serde(deserialize_with = "origin")]
    #[schemars(with = "String")]
    pub from: SourcePath,
    /// Where it goes: the file's own path, or the folder that takes the content of a folder or
    /// what a glob finds.
    #[schemars(with = "String")]
    pub to: ImagePath,
    /// Globs of what is left out, from the folder that `from` names. The default is none.
    #[serde(default)]
    pub exclude: Vec<GlobPattern>,
    /// The permission bits of every file, as in `"0600"`. The default is `"0755"` for what its owner
    /// may run, `"0644"` for all else, whatever the umask.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub mode: Option<FileMode>,
    /// The number of the user that owns it. The default is `0`.
    #[serde(default)]
    pub uid: Option<u32>,
    /// The number of the group that owns it. The default is `0`.
    #[serde(default)]
    pub gid: Option<u32>,
}

impl FileRule {
    /// Returns what it copies from, or the folder in which that lies where it is a glob.
    pub fn base(&self) -> SourcePath {
        let is_glob = |path: &SourcePath| path.as_str().contains(['*', '?', '[', '{']);
        let mut folders = std::iter::successors(Some(self.from.clone()), SourcePath::parent);
        folders.find(|path| !is_glob(path)).unwrap_or_default()
    }
}

/// Reads where files come from. Whether a text is a pattern or the name of something that is there
/// is for the source tree to say: a folder may be called `[id`.
fn origin<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SourcePath, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() {
        return Err(D::Error::custom(
            "it is empty, expected a file, a folder or a glob\nfor the whole folder of coracle.toml write \".\"",
        ));
    }
    text.parse().map_err(D::Error::custom)
}

/// A pattern of file names: `*` and `?` within a name, `**` over folders, `[a-z]`, `{a,b}`.
///
/// ```
/// # use coracle::config::GlobPattern;
/// assert!("**/*.{js,css}".parse::<GlobPattern>().is_ok());
/// assert!("[a".parse::<GlobPattern>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlobPattern(String);

const HINT: &str = "write a character that means itself in brackets, as in \"[[]id[]].js\"";

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a pattern of file names: {1}\n{HINT}")]
pub struct GlobPatternError(String, String);

impl GlobPattern {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GlobPattern {
    type Err = GlobPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |why: String| GlobPatternError(text.to_owned(), why);
        if text.is_empty() {
            return Err(wrong("it is empty".to_owned()));
        }
        match globset::Glob::new(text) {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(wrong(error.kind().to_string())),
        }
    }
}

written_as_text!(GlobPattern);
