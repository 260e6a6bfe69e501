//! What the bytes of one image are, of one platform.

use schemars::JsonSchema;
use serde::Serialize;

use super::ProgramSize;

/// What the bytes of an image are. Those of `layers` together are its size as it is stored; those of
/// `files`, with the ones that are not listed, are all that its layers hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ImageSize {
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The bytes of its layers together, as they are stored.
    pub size_bytes: u64,
    /// The bytes of its files together.
    pub file_bytes: u64,
    /// Its layers, the lowest first.
    pub layers: Vec<LayerSize>,
    /// Its files, the largest first.
    pub files: Vec<FileSize>,
    /// Files that are not listed: there are too many.
    pub more_files: u64,
    /// The bytes of those together.
    pub more_file_bytes: u64,
    /// The programs among its files.
    pub programs: Vec<ProgramInImage>,
    /// What is not known of it, and why.
    pub notes: Vec<String>,
}

/// The bytes of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LayerSize {
    /// Its number, from 1.
    pub number: u64,
    /// The digest of its bytes as they are stored.
    pub digest: String,
    /// What made it, as the configuration's history has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The number of its bytes as they are stored.
    pub size_bytes: u64,
    /// The number of bytes of its tar.
    pub tar_bytes: u64,
    /// The bytes of the files in it together.
    pub file_bytes: u64,
    /// The number of files in it.
    pub files: u64,
}

/// The bytes of a file in an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FileSize {
    /// Where it is in the image.
    pub path: String,
    /// The number of the layer that it is in, from 1.
    pub layer: u64,
    /// The number of its bytes.
    pub size_bytes: u64,
}

/// A program in an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProgramInImage {
    /// Where it is in the image.
    pub path: String,
    /// The number of the layer that it is in, from 1.
    pub layer: u64,
    /// What its bytes are.
    pub program: ProgramSize,
}
