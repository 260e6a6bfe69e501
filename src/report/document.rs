//! What `--json` prints: one document, whose keys do not change meaning between releases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Explanation, Modules, PackedProgram, Release, ReleasedFile, State};
use crate::model::{BuildError, ForeignText};

/// The report of one run of coracle.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Document {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The version of coracle that wrote it.
    pub coracle: String,
    /// How the run ended.
    pub status: Status,
    /// The images that were made, in the order asked for.
    pub images: Vec<Image>,
    /// The names of the images that were not made, or not brought everywhere.
    pub failed_images: Vec<String>,
    /// The programs that were made without an image, by `dist`.
    pub binaries: Vec<Binary>,
    /// What `dist` made for all programs together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<Release>,
    /// Which layers of images had to be made in this run, and what had changed; without the names of what they
    /// are made from, which `explain --inputs` lists.
    pub rebuilt: Vec<Explanation>,
    /// The Go that compiled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<Toolchain>,
    /// The states that the build has passed, in their order, and the one that it failed in.
    pub states: Vec<State>,
    /// The modules that were fetched for it, and which hosts did not give some.
    pub modules: Modules,
    /// Each failure.
    pub errors: Vec<Failure>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// What was decided on the way.
    pub notes: Vec<Note>,
    /// The time of each phase that did something. Phases overlap.
    pub phases: Vec<PhaseTime>,
    /// The time of the whole run, in seconds.
    pub seconds: f64,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All that was asked for is done.
    Done,
    /// Something failed; what is listed beside the errors is done.
    Failed,
}

/// An image that is complete where it was sent.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Image {
    /// Its name in coracle.toml, or of its main package.
    pub name: String,
    /// The digest of its index, or of its only manifest.
    pub digest: String,
    /// The media type of what has that digest.
    pub media_type: String,
    /// One entry for each platform.
    pub platforms: Vec<PlatformImage>,
    /// Where it is now.
    pub outputs: Vec<Output>,
}

/// The image of one platform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlatformImage {
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The bytes of its compressed layers together.
    pub size_bytes: u64,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer of an image.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Layer {
    /// The digest of its compressed bytes.
    pub digest: String,
    /// The number of its compressed bytes.
    pub size_bytes: u64,
    /// Its media type.
    pub media_type: String,
}

/// A place that keeps an image.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Output {
    /// `HOST/PATH`, `archive=PATH` or `layout=PATH`.
    pub destination: String,
    /// The tags that point at the image there.
    pub tags: Vec<String>,
    /// The bytes that were sent or written.
    pub sent_bytes: u64,
    /// The bytes that were there already, or came there without being sent.
    pub present_bytes: u64,
}

/// A program that `dist` made, or failed to make.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Binary {
    /// The import path of its main package.
    pub package: String,
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// Where it is, when it was made: the program itself, or the archive that it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The number of bytes of the file there.
    pub size_bytes: u64,
    /// How long its compile took, in seconds.
    pub seconds: f64,
    /// The sha256 of the file there, in hex, when it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What upx made of it, where it was to pack it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub packed: Option<PackedProgram>,
    /// The file at `path`, and what is said of it: bills of materials, and signatures.
    pub files: Vec<ReleasedFile>,
    /// `OK`, or `FAIL: ` and the cause in one line.
    pub status: String,
}

/// The Go that compiled.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Toolchain {
    /// Its release, without `go`.
    pub version: String,
    /// `machine`, or `fetched` through the Go module proxy.
    pub origin: String,
    /// The `h1:` hash that the checksum database has for it, when it was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub h1: Option<String>,
}

/// A failure.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Failure {
    /// The phase that failed.
    pub phase: String,
    /// What it was working on; empty where it is the whole run.
    pub target: String,
    /// What was tried.
    pub message: String,
    /// The causes, the nearest first.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hints: Vec<String>,
    /// Further facts, by name.
    pub context: BTreeMap<String, String>,
    /// What the program ends with for this failure.
    pub exit_code: u8,
}

/// Something that the user should know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Warning {
    /// The phase that saw it.
    pub phase: String,
    /// What it saw.
    pub message: String,
    /// What to do about it.
    pub hints: Vec<String>,
}

/// A decision.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Note {
    /// The phase that decided.
    pub phase: String,
    /// What it decided.
    pub message: String,
}

/// The time of a phase.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PhaseTime {
    /// The phase.
    pub phase: String,
    /// The seconds during which at least one piece of its work went on.
    pub seconds: f64,
}

impl From<&BuildError> for Failure {
    fn from(error: &BuildError) -> Self {
        let shown = |text: &str| ForeignText::new(text).to_string();
        Self {
            phase: error.phase.to_string(),
            target: shown(&error.target),
            message: shown(&error.message),
            causes: error
                .causes()
                .map(|cause| shown(&cause.to_string()))
                .collect(),
            hints: error.hints.iter().map(|hint| shown(hint)).collect(),
            context: error
                .context
                .iter()
                .map(|(name, value)| ((*name).to_owned(), shown(value)))
                .collect(),
            exit_code: error.exit_code().number(),
        }
    }
}

/// Returns the JSON schema of the document: `coracle schema report`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Document).to_value()
}
