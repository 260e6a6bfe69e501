//! What is said of images beside the signature.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

/// What is said of images that are signed: each of these is a statement of its own, signed by the
/// same key, and hung onto the image.
///
/// ```toml
/// [attest]
/// sbom       = ["spdx", "cyclonedx"]
/// provenance = true
/// policy     = true
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AttestConfig {
    /// In which forms what the image consists of is listed: `"spdx"` (SPDX 2.3), `"cyclonedx"`
    /// (CycloneDX 1.6), or `[]`. The default is `["spdx"]`.
    pub sbom: BTreeSet<SbomFormat>,
    /// Whether it is said how the image was built: SLSA provenance, version 1. The default is `true`.
    #[serde(rename = "provenance")]
    #[schemars(with = "bool")]
    pub provenance: Statements,
    /// Whether it is said which checks the image has passed. The default is `true`.
    #[serde(rename = "policy")]
    #[schemars(with = "bool")]
    pub policy: Statements,
}

/// A form of a list of what an image consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SbomFormat {
    /// SPDX 2.3 as JSON.
    Spdx,
    /// CycloneDX 1.6 as JSON.
    CycloneDx,
}

/// Whether a kind of statement is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "bool")]
pub enum Statements {
    /// It is.
    Made,
    /// It is not.
    LeftOut,
}

impl From<bool> for Statements {
    fn from(made: bool) -> Self {
        if made { Self::Made } else { Self::LeftOut }
    }
}

impl Default for AttestConfig {
    fn default() -> Self {
        Self {
            sbom: [SbomFormat::Spdx].into(),
            provenance: Statements::Made,
            policy: Statements::Made,
        }
    }
}
