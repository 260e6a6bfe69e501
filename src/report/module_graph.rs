//! The modules that programs are compiled from, and who imports them: what `explain --graph` and
//! `explain --why` print.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

/// Which modules programs are compiled from, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ModuleGraph {
    /// The version of this document's form: 1.
    pub form: u32,
    /// The modules by platform; platforms that have the same are one entry.
    pub platforms: Vec<PlatformModules>,
    /// Modules that a go.mod asks for and that no program is compiled from.
    pub not_compiled: Vec<UnusedModule>,
}

/// The modules of the programs for some platforms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlatformModules {
    /// What the programs run on.
    pub platforms: Vec<String>,
    /// The import paths of the main packages.
    pub programs: Vec<String>,
    /// The modules, by path.
    pub modules: Vec<GraphModule>,
}

/// A module that a program is compiled from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GraphModule {
    /// What it is imported as.
    pub path: String,
    /// The version that was selected; none for modules of the source itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What stands in for it: `PATH@VERSION`, or a folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
    /// Where a go.mod asks for it: `FILE:LINE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_at: Option<String>,
    /// The packages on the shortest way of imports to it, from a program on.
    pub chain: Vec<String>,
    /// The paths of the modules whose packages import one of its packages.
    pub importers: BTreeSet<String>,
}

/// A module that no program is compiled from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct UnusedModule {
    /// Its path.
    pub path: String,
    /// The version that a go.mod asks for.
    pub version: String,
    /// Where a go.mod asks for it: `FILE:LINE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_at: Option<String>,
}

impl ModuleGraph {
    /// Returns the JSON schema of the document.
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }

    /// Returns what it says of the module that `name` is the path of, or that has the package `name`; nothing
    /// where no module is that.
    pub fn about(&self, name: &str) -> Option<Self> {
        let paths = self.paths().filter(|path| holds(path, name));
        let path = paths.max_by_key(|path| path.len())?;
        let mut graph = self.clone();
        graph.not_compiled.retain(|module| module.path == path);
        for platform in &mut graph.platforms {
            platform.modules.retain(|module| module.path == path);
        }
        graph.platforms.retain(|it| !it.modules.is_empty());
        Some(graph)
    }

    /// Returns the paths of all modules.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        let compiled = self.platforms.iter().flat_map(|it| &it.modules);
        let compiled = compiled.map(|module| module.path.as_str());
        compiled.chain(self.not_compiled.iter().map(|it| it.path.as_str()))
    }
}

/// Tells whether a package is of the module at `path`, as far as its name says.
fn holds(path: &str, package: &str) -> bool {
    let rest = package.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl GraphModule {
    /// Returns its path, with its version and what stands in for it.
    pub(super) fn name(&self) -> String {
        let mut name = self.path.clone();
        if let Some(version) = &self.version {
            // Writing to a string cannot fail.
            let _ = write!(name, "@{version}");
        }
        if let Some(replacement) = &self.replacement {
            let _ = write!(name, " => {replacement}");
        }
        name
    }

    /// Tells whether a program itself is of it.
    pub(super) fn is_root(&self) -> bool {
        self.chain.len() == 1
    }
}
