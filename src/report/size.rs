//! What `size` prints: one document about one or two programs or images, whose keys do not change
//! meaning between releases.

use schemars::JsonSchema;
use serde::Serialize;

use crate::size::{ImageGrowth, ImageSize, ProgramGrowth, ProgramSize};

/// What the bytes of programs and images are.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SizeDocument {
    /// The version of this document's form: 1.
    pub form: u32,
    /// What was asked for, in that order: one, or two that are compared.
    pub subjects: Vec<SizedSubject>,
    /// What grew from the first program to the second, where two programs are compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program_growth: Option<ProgramGrowth>,
    /// What grew from the first image to the second, by platform, where two images are compared.
    pub image_growth: Vec<ImageGrowth>,
}

/// A program or an image.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SizedSubject {
    /// What it was asked for as.
    pub name: String,
    /// Of a program, what its bytes are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub program: Option<ProgramSize>,
    /// Of an image, what its bytes are: one entry for each platform, in the order of the index.
    pub images: Vec<ImageSize>,
}

impl SizeDocument {
    /// Returns the JSON schema of the document: `coracle schema size`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
