//! The files of a release.

use schemars::JsonSchema;
use serde::Serialize;

/// All that `dist` made beside programs, archives and what belongs to one of them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Release {
    /// The folder that took the files.
    pub folder: String,
    /// The list of all files and their sums, and its signature.
    pub files: Vec<ReleasedFile>,
    /// Where the files are in registries.
    pub pushed: Vec<PushedRelease>,
}

/// A file of a release.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReleasedFile {
    /// What it is.
    pub kind: ReleasedKind,
    /// Where it is.
    pub path: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The sha256 of its bytes, in hex.
    pub sha256: String,
}

/// What a file of a release is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReleasedKind {
    /// A program.
    Program,
    /// An archive with a program in it.
    Archive,
    /// A list of what a program consists of.
    Sbom,
    /// The list of all files and their sums.
    Checksums,
    /// The signature of another file.
    Signature,
}

/// An artifact in a registry that holds the files of a release.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PushedRelease {
    /// Its name: `HOST/PATH:TAG`.
    pub reference: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The bytes that were sent.
    pub sent_bytes: u64,
}

/// How many bytes upx took from a program.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PackedProgram {
    /// The number of its bytes as it was compiled.
    pub before_bytes: u64,
    /// The number of its bytes now; the same where it stays as it was.
    pub after_bytes: u64,
    /// Why it stays as it was, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_because: Option<String>,
}
