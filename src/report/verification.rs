//! What `verify` prints: one document about one image, whose keys do not change meaning between
//! releases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::Comparison;

/// What holds of an image, and what does not.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Verification {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The image as it was asked for.
    pub image: String,
    /// The digest of its index, or of its only manifest.
    pub digest: String,
    /// What one of the keys has signed of it: signatures first.
    pub statements: Vec<ProvenStatement>,
    /// What hangs on it and proves nothing.
    pub refused: Vec<RefusedStatement>,
    /// What it stands on.
    pub bases: Vec<VerifiedBase>,
    /// The same, built again, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebuilt: Option<RebuiltImage>,
}

/// What was built again by what the provenance says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RebuiltImage {
    /// The digest of what came out.
    pub digest: String,
    /// The commit that it was built from.
    pub commit: String,
    /// The Go that compiled it.
    pub go: String,
    /// In what it differs from the image (A); absent where it is the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// A statement that holds.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ProvenStatement {
    /// The short name of its kind, `signature` or `spdx`; where it has none, the URI.
    pub kind: String,
    /// The URI of its kind.
    pub predicate_type: String,
    /// The digest of the manifest that holds it; in the tags of older cosign, of its own blob.
    pub found_in: String,
    /// Who has signed it.
    pub signed_by: String,
    /// What the signer added.
    pub annotations: BTreeMap<String, String>,
}

/// Something that proves nothing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RefusedStatement {
    /// The short name of its kind, as far as it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The digest of the manifest that holds it; in the tags of older cosign, of its own blob.
    pub found_in: String,
    /// Why it is worth nothing.
    pub reason: String,
}

/// What images of some platforms stand on.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerifiedBase {
    /// The base that they name, with its digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The platforms.
    pub platforms: Vec<String>,
    /// Whether they stand on it.
    pub verdict: BaseVerdict,
    /// Why that is not known, or not so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Whether an image stands on its base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BaseVerdict {
    /// Its lowest layers are those of the base that it names.
    Holds,
    /// Its lowest layer is that of the base `static`, which is part of coracle.
    Embedded,
    /// It names no base.
    NotNamed,
    /// Nobody was asked for the base, or the base cannot be had.
    NotChecked,
    /// Its lowest layers are others than those of the base that it names.
    Differs,
}

impl Verification {
    /// Returns the JSON schema of the document: `coracle schema verification`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
