//! Where the project is in its source tree.

use super::GoMod;
use crate::model::SourcePath;
use crate::ports::SourceTree;

/// The longest go.mod that is read for its name alone.
const GO_MOD_LIMIT: u64 = 16 << 20;

/// The place of a project: what its files' paths are relative to, and the workspace that governs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The folder of coracle.toml, or the one that was asked for where there is none; `files` and
    /// main packages are named from here.
    pub folder: SourcePath,
    /// The go.work file that governs it.
    pub workspace: Option<SourcePath>,
}

/// Returns what others know a project by: the path of its module, which is that of the nearest go.mod
/// from its folder upward.
pub fn project_name(tree: &dyn SourceTree, project: &Project) -> Option<String> {
    let mut folder = Some(project.folder.clone());
    while let Some(current) = folder {
        let file = current.join("go.mod").ok()?;
        if let Ok(bytes) = tree.read(&file, GO_MOD_LIMIT) {
            let go_mod: GoMod = str::from_utf8(&bytes).ok()?.parse().ok()?;
            return Some(go_mod.module.to_string());
        }
        folder = current.parent();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    fn name(files: &[(&str, &str)]) -> Option<String> {
        let project = Project {
            folder: "deploy/prod".parse().unwrap(),
            workspace: None,
        };
        project_name(&MemoryTree::of_files(files), &project)
    }

    #[test]
    fn a_project_is_known_by_the_nearest_module() {
        let outer = ("go.mod", "module example.com/outer\n");
        let inner = ("deploy/go.mod", "module example.com/inner\n");
        assert_eq!(name(&[outer]).as_deref(), Some("example.com/outer"));
        assert_eq!(name(&[outer, inner]).as_deref(), Some("example.com/inner"));
        assert_eq!(name(&[("go.work", "go 1.26\n")]), None);
        assert_eq!(name(&[("go.mod", "modul x\n")]), None);
    }
}
