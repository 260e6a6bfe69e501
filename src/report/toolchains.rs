//! What `toolchain list` prints.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::ForeignText;

/// The version of the form of this document.
const FORM: u32 = 1;

/// The releases of Go on a machine.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ToolchainList {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The machine's own first, then those that were fetched, by version.
    pub toolchains: Vec<ListedToolchain>,
    /// What the project is built with, also where it is still to be fetched; nothing outside of a project,
    /// and where what it asks for contradicts itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<ChosenToolchain>,
}

/// A release of Go.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ListedToolchain {
    /// Its version, without `go`.
    pub version: String,
    /// `machine`, or `fetched` through the Go module proxy.
    pub origin: String,
    /// The `h1:` hash that the checksum database has for it, where it was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub h1: Option<String>,
    /// Its GOROOT.
    pub root: String,
    /// Whether it is the one that the project is built with.
    pub is_chosen: bool,
}

/// The release that a project is built with.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChosenToolchain {
    /// Its version, without `go`.
    pub version: String,
    /// Why it is this one.
    pub reason: String,
}

impl ToolchainList {
    /// Lists these.
    pub fn new(toolchains: Vec<ListedToolchain>, chosen: Option<ChosenToolchain>) -> Self {
        Self {
            form: FORM,
            toolchains,
            chosen,
        }
    }

    /// Returns the JSON schema of the document: `coracle schema toolchains`.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

/// Writes a line for each release, and which the project is built with.
///
/// # Errors
/// Those of the writer.
pub fn write_toolchains(to: &mut dyn Write, list: &ToolchainList) -> io::Result<()> {
    for toolchain in &list.toolchains {
        let mark = if toolchain.is_chosen { '*' } else { ' ' };
        let (version, origin) = (&toolchain.version, &toolchain.origin);
        let root = ForeignText::new(&toolchain.root);
        writeln!(to, "{mark} {version:<10}  {origin:<8}  {root}")?;
    }
    let Some(chosen) = &list.chosen else {
        return Ok(());
    };
    let is_there = list.toolchains.iter().any(|toolchain| toolchain.is_chosen);
    let (version, reason) = (&chosen.version, ForeignText::new(&chosen.reason));
    if is_there {
        writeln!(to, "* the project is built with it: {reason}")
    } else {
        writeln!(to, "* {version:<10}  will be fetched: {reason}")
    }
}
