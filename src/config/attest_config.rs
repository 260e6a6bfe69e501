//! What is said of images beside the signature.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

/// What is said of images that are signed: each is a statement of its own, signed by the same key and
/// hung onto the image before any tag moves. Without `[sign]` nobody says anything.
///
/// ```toml
/// [attest]
/// sbom       = ["spdx", "cyclonedx"]
/// provenance = true
/// policy     = false
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "AttestConfig")]
pub(super) struct AttestTable {
    /// In which forms it is listed what the image consists of: `"spdx"` (SPDX 2.3), `"cyclonedx"`
    /// (CycloneDX 1.6), or `[]`. The default is `["spdx"]`.
    sbom: Option<BTreeSet<SbomFormat>>,
    /// Whether it is said how the image was built: SLSA provenance, version 1. The default is `true`.
    #[schemars(with = "Option<bool>")]
    provenance: Option<Saying>,
    /// Whether it is said which checks the image has passed. The default is `true`.
    #[schemars(with = "Option<bool>")]
    policy: Option<Saying>,
}

/// What is said of images beside the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestConfig {
    /// In which forms it is listed what they consist of.
    pub sbom: BTreeSet<SbomFormat>,
    /// Whether it is said how they were built.
    pub provenance: Saying,
    /// Whether it is said which checks they have passed.
    pub policy: Saying,
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

impl SbomFormat {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Spdx, Self::CycloneDx];
}

/// Whether something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "bool")]
pub enum Saying {
    /// It is said.
    Said,
    /// It is left out.
    LeftOut,
}

impl From<bool> for Saying {
    fn from(said: bool) -> Self {
        if said { Self::Said } else { Self::LeftOut }
    }
}

impl AttestTable {
    /// Fills in the defaults: all is said where somebody signs, and nothing where nobody does.
    pub(super) fn into_config(self, is_signed: bool) -> AttestConfig {
        let default = Saying::from(is_signed);
        let formats = is_signed.then_some(SbomFormat::Spdx);
        AttestConfig {
            sbom: self.sbom.unwrap_or_else(|| formats.into_iter().collect()),
            provenance: self.provenance.unwrap_or(default),
            policy: self.policy.unwrap_or(default),
        }
    }
}

impl AttestConfig {
    /// Tells whether nothing is said at all.
    pub fn says_nothing(&self) -> bool {
        self.sbom.is_empty() && self.provenance == Saying::LeftOut && self.policy == Saying::LeftOut
    }
}
