//! What a release consists of beside its programs.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::SbomFormat;
use crate::model::{ArchiveForm, SourcePath};

/// What `coracle dist` makes beside programs and `SHA256SUMS`. Its flags win over these keys.
///
/// ```toml
/// [dist]
/// archive = "tar.gz"
/// files   = ["README*", "LICENSE*", "docs/manual.md"]
/// sbom    = ["spdx"]
/// sign    = true
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DistConfig {
    /// The archive that each program goes into: `"tar.gz"` or `"zip"`. The default is none: programs lie in
    /// the folder as they are.
    pub archive: Option<ArchiveForm>,
    /// What goes into archives beside the program: files, folders or globs, from the folder of
    /// coracle.toml. The default is what is called README, LICENSE, LICENCE, COPYING or NOTICE there,
    /// whatever its ending.
    #[schemars(with = "Option<Vec<String>>")]
    pub files: Option<Vec<SourcePath>>,
    /// In which forms it is listed what each program consists of: `"spdx"` (SPDX 2.3) and `"cyclonedx"`
    /// (CycloneDX 1.6). The default is `[]`.
    pub sbom: BTreeSet<SbomFormat>,
    /// Whether each file is signed, by whom `[sign]` names. The default is `false`.
    #[schemars(with = "bool")]
    pub sign: Extra,
    /// Whether programs are packed by upx, where it can pack them. The default is `false`.
    #[schemars(with = "bool")]
    pub upx: Extra,
}

/// Whether something is done that is not done by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "bool")]
pub enum Extra {
    /// It is done.
    Wanted,
    /// It is left out.
    #[default]
    LeftOut,
}

impl From<bool> for Extra {
    fn from(wanted: bool) -> Self {
        if wanted { Self::Wanted } else { Self::LeftOut }
    }
}

impl Extra {
    /// Tells whether it is done.
    pub fn is_wanted(self) -> bool {
        self == Self::Wanted
    }
}
