//! What `reproduce` prints: one document about images that were built twice, whose keys do not change
//! meaning between releases.

use schemars::JsonSchema;
use serde::Serialize;

use crate::compare::Comparison;

/// What came of two builds of the same source.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reproduction {
    /// The version of this document's form: 1.
    pub form: u32,
    /// Whether each image came out the same both times.
    pub same: bool,
    /// What was not the same for both builds.
    pub circumstances: Vec<Circumstance>,
    /// The images.
    pub images: Vec<ReproducedImage>,
}

/// Something that was different for the second build.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Circumstance {
    /// What.
    pub what: String,
    /// For the first build.
    pub first: String,
    /// For the second.
    pub second: String,
}

/// An image that was built twice.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReproducedImage {
    /// Its name in coracle.toml, or of its main package.
    pub name: String,
    /// The digest that came out first.
    pub first: String,
    /// The digest that came out then.
    pub second: String,
    /// What came out on each platform.
    pub platforms: Vec<ReproducedPlatform>,
    /// In what the second (B) differs from the first (A); absent where they are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// A platform of an image that was built twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReproducedPlatform {
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// The digest of the manifest that came out first; empty where none did.
    pub first: String,
    /// The digest that came out then; empty where none did.
    pub second: String,
}

impl Reproduction {
    /// Says what came of `images`.
    pub fn new(circumstances: Vec<Circumstance>, images: Vec<ReproducedImage>) -> Self {
        Self {
            form: 1,
            same: images.iter().all(|image| image.first == image.second),
            circumstances,
            images,
        }
    }

    /// Returns the JSON schema of the document: `coracle schema reproduction`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
