//! What `bundle` prints.

use schemars::JsonSchema;
use serde::Serialize;

/// A bundle that was made.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BundleReport {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The file.
    pub file: String,
    /// The digest of the file.
    pub digest: String,
    /// The bytes of what is in it.
    pub size_bytes: u64,
    /// The release of Go in it, without `go`.
    pub go: String,
    /// The machines that its Go runs on.
    pub hosts: Vec<String>,
    /// What can be built with it.
    pub platforms: Vec<String>,
    /// The modules in it, as `PATH@VERSION` with `!` before letters that are capital ones.
    pub modules: Vec<String>,
    /// The bases in it.
    pub bases: Vec<ListedBase>,
}

/// A base in a bundle.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedBase {
    /// Its name, as it is configured.
    pub reference: String,
    /// What it meant when the bundle was made.
    pub digest: String,
}

impl BundleReport {
    /// The version of the form of this document.
    pub const FORM: u32 = 1;

    /// Returns the JSON schema of the document: `coracle schema bundle`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}
