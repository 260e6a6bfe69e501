//! What is known of a program: what the linker wrote into it, and the licences of its modules.

use serde::{Deserialize, Serialize};

use super::{Digest, ModuleAccount};

/// An account of a program that stands for it where there is neither the program nor a module
/// cache: it goes with what is remembered of a layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramAccount {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The Go that built it, `go1.26.8`.
    pub go: String,
    /// The `h1:` hash of that Go, where it was fetched and the checksum database has vouched for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub toolchain: Option<String>,
    /// The import path of its main package.
    pub package: String,
    /// The module of its main package.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub main: Option<ModuleAccount>,
    /// The modules that are linked into it, in the linker's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<ModuleAccount>,
    /// Settings of the build, in the linker's order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<(String, String)>,
}

impl ProgramAccount {
    /// Returns all modules in it, its own first.
    pub fn all_modules(&self) -> impl Iterator<Item = &ModuleAccount> {
        self.main.iter().chain(&self.modules)
    }

    /// Returns all modules in it, its own first, to be told more of.
    pub fn all_modules_mut(&mut self) -> impl Iterator<Item = &mut ModuleAccount> {
        self.main.iter_mut().chain(&mut self.modules)
    }

    /// Returns the release of Go without `go` and without what was experimented with: `1.26.8`.
    pub fn go_release(&self) -> &str {
        let release = self.go.split(' ').next().unwrap_or_default();
        release.strip_prefix("go").unwrap_or(&self.go)
    }

    /// Returns the setting `name`.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}
