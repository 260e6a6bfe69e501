//! What a program and what belongs to it are packed into.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// The form of an archive of files; its text form is how the names of such archives end.
///
/// ```
/// # use coracle::model::ArchiveForm;
/// assert_eq!(ArchiveForm::TarGz.to_string(), "tar.gz");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum ArchiveForm {
    /// A tar that is compressed by gzip.
    #[serde(rename = "tar.gz")]
    TarGz,
    /// A zip, which Windows opens by itself.
    #[serde(rename = "zip")]
    Zip,
}

impl fmt::Display for ArchiveForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TarGz => "tar.gz",
            Self::Zip => "zip",
        })
    }
}
