//! The vendor folder: whether Go takes modules from it, and whether it is in step with go.mod.

mod copied;
mod list;
mod step;

pub use copied::{Copied, FileNames, FileUse};
pub use list::{VendorList, VendoredFor, VendoredModule, VendoredReplacement};

use super::Project;
use super::modules::Modules;
use crate::model::{BuildError, GoVersion, Phase, SourcePath};
use crate::ports::{EntryKind, SourceTree, SourceTreeError};

/// The longest list that is read: that of 1,000 modules has some 300 KiB.
const MAX_LIST_BYTES: u64 = 64 << 20;

/// Where Go takes modules from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Vendoring {
    /// There is no vendor folder, or none that can be looked into.
    #[default]
    None,
    /// There is one, and Go passes it over, for this reason.
    PassedOver(&'static str),
    /// Go takes all modules from it.
    Used {
        /// The folder.
        folder: SourcePath,
        /// What is in it, as it says itself.
        list: VendorList,
        /// What is not as go.mod says.
        faults: Vec<String>,
    },
}

/// Says what Go does with the vendor folder of `project`: `modload/init.go`, `setDefaultBuildMod`.
///
/// # Errors
/// When its list is there and cannot be read.
pub(super) fn read(
    tree: &dyn SourceTree,
    project: &Project,
    modules: &Modules,
) -> Result<Vendoring, BuildError> {
    let workspace = project.workspace.as_ref().and_then(SourcePath::parent);
    let folder = workspace.unwrap_or_default().join("vendor");
    let folder = folder.unwrap_or_default();
    match tree.entry(&folder) {
        Ok(entry) if matches!(entry.kind, EntryKind::Folder | EntryKind::Symlink(_)) => {}
        _ => return Ok(Vendoring::None),
    }
    let Some(go) = go_line(modules) else {
        return Ok(Vendoring::PassedOver("no line names the version of Go"));
    };
    // As in the go command, 1.14 is the first that looks for it.
    if "1.14".parse::<GoVersion>().is_ok_and(|first| *go < first) {
        return Ok(Vendoring::PassedOver(
            "the go line names a version before 1.14",
        ));
    }
    let Some(list) = read_list(tree, &folder)? else {
        return Ok(Vendoring::None);
    };
    match (list.made_for, &modules.workspace) {
        (VendoredFor::Workspace, None) => Ok(Vendoring::PassedOver(
            "it is that of a workspace, and this is built without one; type: go mod vendor",
        )),
        (VendoredFor::Module, Some(_)) => Ok(Vendoring::PassedOver(
            "it is that of a module, and this is built in a workspace; type: go work vendor",
        )),
        _ => Ok(Vendoring::Used {
            faults: step::faults(&list, project, modules),
            folder,
            list,
        }),
    }
}

fn go_line(modules: &Modules) -> Option<&GoVersion> {
    let line = match (&modules.workspace, modules.list.first()) {
        (Some(workspace), _) => workspace.go.as_ref(),
        (None, Some(module)) => module.go_mod.go.as_ref(),
        (None, None) => None,
    };
    line.map(|line| &line.value)
}

/// Reads the list; `None` where a link leads out of the tree: what lies there is Go's alone to read.
fn read_list(tree: &dyn SourceTree, folder: &SourcePath) -> Result<Option<VendorList>, BuildError> {
    let path = folder.join("modules.txt").unwrap_or_default();
    match tree.read(&path, MAX_LIST_BYTES) {
        Ok(bytes) => Ok(Some(VendorList::parse(&String::from_utf8_lossy(&bytes)))),
        // As in the go command, it is that of a module then, and has nothing.
        Err(SourceTreeError::Missing(_)) => Ok(Some(VendorList::parse(""))),
        Err(SourceTreeError::Outside(_)) => Ok(None),
        Err(error) => {
            Err(BuildError::new(Phase::Facts, path, "cannot read the file").because(error))
        }
    }
}

impl Vendoring {
    /// Returns what is wrong with how a module is vendored.
    pub fn fault(&self, path: &str, version: &str) -> Option<&str> {
        let Self::Used { faults, .. } = self else {
            return None;
        };
        let (exactly, any) = (format!("{path}@{version} "), format!("{path} "));
        let mut faults = faults.iter().map(String::as_str);
        faults.find(|fault| fault.starts_with(&exactly) || fault.starts_with(&any))
    }

    /// Says whether the vendor folder is in step with go.mod.
    ///
    /// # Errors
    /// When it is not: with each module that is out of step.
    pub fn check(&self) -> Result<(), BuildError> {
        let Self::Used {
            folder,
            list,
            faults,
        } = self
        else {
            return Ok(());
        };
        if faults.is_empty() {
            return Ok(());
        }
        let (verb, sources) = match list.made_for {
            VendoredFor::Module => ("mod", "go.mod"),
            VendoredFor::Workspace => ("work", "the go.mod files of the workspace"),
        };
        let message = format!("the vendor folder is out of step with {sources}");
        Err(
            BuildError::new(Phase::Modules, format!("{folder}/modules.txt"), message)
                .because(faults.join("\n"))
                .hint(format!("bring it into step: go {verb} vendor"))
                .hint(format!("or build without it: rm -r {folder}")),
        )
    }
}
