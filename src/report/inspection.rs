//! What `inspect` prints: one document about one image, whose keys do not change meaning between
//! releases.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::Attached;

/// What is in an image.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Inspection {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The image as it was asked for: a reference, an archive or a layout.
    pub name: String,
    /// The digest of its index, or of its only manifest.
    pub digest: String,
    /// The media type of what has that digest.
    pub media_type: String,
    /// The annotations of the index; those of manifests are with their images.
    pub annotations: BTreeMap<String, String>,
    /// One image for each platform, in the order of the index; those that were asked for.
    pub images: Vec<InspectedImage>,
    /// What else the index names, such as attestations.
    pub others: Vec<OtherManifest>,
    /// What hangs on the whole in its registry: signatures and statements.
    pub attached: Vec<Attached>,
}

/// The image of one platform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InspectedImage {
    /// `OS/ARCH` or `OS/ARCH/VARIANT`.
    pub platform: String,
    /// The digest of its manifest.
    pub digest: String,
    /// The media type of its manifest.
    pub media_type: String,
    /// The digest of its configuration.
    pub config_digest: String,
    /// The bytes of its layers together, as they are stored.
    pub size_bytes: u64,
    /// When it was made, as its configuration has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// How it runs.
    pub settings: ImageSettings,
    /// The annotations of its manifest.
    pub annotations: BTreeMap<String, String>,
    /// Its layers, the lowest first.
    pub layers: Vec<InspectedLayer>,
    /// The Go programs in it, by path.
    pub programs: Vec<GoProgram>,
    /// The Debian packages that it is known to hold files of, by name.
    pub packages: Vec<Package>,
    /// What hangs on its manifest in its registry, where an index is above it.
    pub attached: Vec<Attached>,
}

/// How an image runs: its configuration, in the words of the specification.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ImageSettings {
    /// The user that it runs as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// What it runs.
    pub entrypoint: Vec<String>,
    /// The arguments of what it runs.
    pub cmd: Vec<String>,
    /// Its environment, `NAME=VALUE`, in order.
    pub env: Vec<String>,
    /// The ports that it says it listens to, `8080/tcp`.
    pub ports: Vec<String>,
    /// The paths where it wants volumes.
    pub volumes: Vec<String>,
    /// The folder that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub working_dir: Option<String>,
    /// The signal that asks it to end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_signal: Option<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A layer of an image.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InspectedLayer {
    /// The digest of its bytes as they are stored.
    pub digest: String,
    /// The digest of its tar.
    pub diff_id: String,
    /// Its media type.
    pub media_type: String,
    /// The number of its bytes as they are stored.
    pub size_bytes: u64,
    /// What made it, as the configuration's history has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    /// The embedded base whose layer this is: `static`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// What is in it.
    pub content: LayerContent,
}

/// What is in a layer.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct LayerContent {
    /// The number of bytes of its tar.
    pub tar_bytes: u64,
    /// The bytes of its files together.
    pub file_bytes: u64,
    /// The number of its files, hard links among them.
    pub files: u64,
    /// The number of its folders.
    pub folders: u64,
    /// The number of its symbolic links.
    pub symlinks: u64,
    /// The number of entries that remove what lower layers have.
    pub whiteouts: u64,
    /// The number of its devices, FIFOs and what else there is.
    pub others: u64,
    /// Its entries in the order of the tar: all with `--files`, else the first few.
    pub entries: Vec<InspectedEntry>,
}

/// An entry of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct InspectedEntry {
    /// Where it is in the image; of a whiteout, what it removes.
    pub path: String,
    /// What it is.
    pub kind: InspectedKind,
    /// Its permissions, four octal digits.
    pub mode: String,
    /// The number of its user.
    pub uid: u64,
    /// The number of its group.
    pub gid: u64,
    /// What it lets its process do, in setcap's form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<String>,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// Where a link points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What an entry of a layer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum InspectedKind {
    /// A file.
    File,
    /// Another name of a file.
    Hardlink,
    /// A symbolic link.
    Symlink,
    /// A folder.
    Folder,
    /// Removes what lower layers have at this path.
    Whiteout,
    /// Removes all that lower layers have in this folder.
    Opaque,
    /// A device, a FIFO, or something that only some readers know.
    Other,
}

/// A Go program in an image, as its build information describes it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GoProgram {
    /// Where it is in the image.
    pub path: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The Go that built it, `go1.26.8`.
    pub go_version: String,
    /// The import path of its main package.
    pub package: String,
    /// The module of its main package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<GoModule>,
    /// The settings of its build, by name.
    pub settings: BTreeMap<String, String>,
    /// The modules that are linked into it.
    pub modules: Vec<GoModule>,
}

/// A module in a Go program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GoModule {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// Its `h1:` hash, where it came from a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sum: Option<String>,
    /// What stood in for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<Box<Self>>,
}

/// A Debian package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What an index names that is no image for a known platform.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OtherManifest {
    /// Its digest.
    pub digest: String,
    /// Its media type.
    pub media_type: String,
    /// Its annotations in the index, which tell what it is.
    pub annotations: BTreeMap<String, String>,
}

impl Inspection {
    /// Returns the JSON schema of the document: `coracle schema inspection`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
