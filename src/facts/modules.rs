//! The modules in the tree that take part in a build.

use std::str::FromStr;

use super::{
    GoMod, GoWork, LocalModule, Located, ModFileError, ModuleRole, Project, Replace, Replacement,
};
use crate::model::{BuildError, ModulePath, Phase, SourcePath};
use crate::ports::{SourceTree, SourceTreeError};

/// Go's own limit for go.mod.
const MOD_FILE_LIMIT: u64 = 16 << 20;

/// What go.work and the go.mod files say together.
#[derive(Debug)]
pub(super) struct Modules {
    pub(super) workspace: Option<GoWork>,
    /// Sorted by folder.
    pub(super) list: Vec<LocalModule>,
    /// A folder outside of the tree that one of them is in, as it is named.
    pub(super) outside: Option<String>,
}

impl Modules {
    /// Reads the files that govern `project`.
    ///
    /// Modules that lie outside the tree are Go's alone to read.
    pub(super) fn read(tree: &dyn SourceTree, project: &Project) -> Result<Self, BuildError> {
        let mut modules = match &project.workspace {
            Some(file) => Self::of_workspace(tree, file)?,
            None => Self::of_module(tree)?,
        };
        modules.check_membership(tree, project)?;
        modules.outside = modules.find_outside(project);
        modules.add_replacements(tree, project)?;
        modules.list.sort_by(|a, b| a.folder.cmp(&b.folder));
        Ok(modules)
    }

    fn of_module(tree: &dyn SourceTree) -> Result<Self, BuildError> {
        let folder = SourcePath::root();
        let module = module_in(tree, &folder, ModuleRole::Main)?.ok_or_else(|| {
            BuildError::new(
                Phase::Facts,
                "go.mod",
                "the file is gone since it was found",
            )
        })?;
        Ok(Self {
            workspace: None,
            list: vec![module],
            outside: None,
        })
    }

    fn of_workspace(tree: &dyn SourceTree, file: &SourcePath) -> Result<Self, BuildError> {
        let workspace: GoWork = read_mod_file(tree, file)?.ok_or_else(|| {
            BuildError::new(Phase::Facts, file, "the file is gone since it was found")
        })?;
        let mut list: Vec<LocalModule> = Vec::new();
        for used in &workspace.uses {
            let Some(folder) = in_tree(file, &used.value) else {
                continue;
            };
            let module = module_in(tree, &folder, ModuleRole::Main)?
                .ok_or_else(|| gone(tree, &folder, file, used))?;
            if list.iter().all(|known| known.folder != module.folder) {
                list.push(module);
            }
        }
        Ok(Self {
            workspace: Some(workspace),
            list,
            outside: None,
        })
    }

    /// Go refuses to build in a module that the workspace does not use; so do we, and say so early.
    fn check_membership(&self, tree: &dyn SourceTree, project: &Project) -> Result<(), BuildError> {
        let Some(file) = &project.workspace else {
            return Ok(());
        };
        let mut folders = std::iter::successors(Some(project.folder.clone()), SourcePath::parent);
        let own = folders.find(|folder| has_go_mod(tree, folder));
        match own {
            Some(own) if self.list.iter().all(|module| module.folder != own) => {
                Err(BuildError::new(
                    Phase::Facts,
                    file,
                    format!("the workspace does not use the module in {own}"),
                )
                .hint(format!("use it: go work use ./{own}"))
                .hint("or build without the workspace: GOWORK=off coracle …"))
            }
            _ => Ok(()),
        }
    }

    /// Finds a folder outside of the tree that go.work or a main module names.
    fn find_outside(&self, project: &Project) -> Option<String> {
        let of_workspace = self.workspace.iter().zip(&project.workspace);
        let of_workspace = of_workspace.flat_map(|(workspace, file)| {
            let used = workspace.uses.iter().map(|used| used.value.as_str());
            let named = used.chain(folders(&workspace.replaces));
            named.map(|folder| (file.clone(), folder))
        });
        let of_modules = self.list.iter().flat_map(|module| {
            let file = go_mod_in(&module.folder);
            folders(&module.go_mod.replaces).map(move |folder| (file.clone(), folder))
        });
        let mut all = of_workspace.chain(of_modules);
        all.find(|(file, folder)| in_tree(file, folder).is_none())
            .map(|(_, folder)| folder.to_owned())
    }

    fn add_replacements(
        &mut self,
        tree: &dyn SourceTree,
        project: &Project,
    ) -> Result<(), BuildError> {
        let of_workspace = self.workspace.iter().zip(&project.workspace);
        let folders: Vec<(ModulePath, SourcePath)> = of_workspace
            .flat_map(|(workspace, file)| replaced(file, &workspace.replaces))
            .chain(self.list.iter().flat_map(|module| {
                let file = go_mod_in(&module.folder);
                replaced(&file, &module.go_mod.replaces)
            }))
            .collect();
        for (path, folder) in folders {
            if self.list.iter().any(|known| known.folder == folder) {
                continue;
            }
            if let Some(module) = module_in(tree, &folder, ModuleRole::Replacement)? {
                self.list.push(LocalModule { path, ..module });
            }
        }
        Ok(())
    }
}

/// Returns the folders in the tree that stand in for modules, by what they are imported as.
fn replaced(file: &SourcePath, replaces: &[Replace]) -> Vec<(ModulePath, SourcePath)> {
    replaces
        .iter()
        .filter_map(|replace| match &replace.with {
            Replacement::Folder(folder) => Some((replace.module.clone(), in_tree(file, folder)?)),
            Replacement::Module(..) => None,
        })
        .collect()
}

/// Returns the folders that stand in for modules, as they are named.
fn folders(replaces: &[Replace]) -> impl Iterator<Item = &str> {
    replaces.iter().filter_map(|replace| match &replace.with {
        Replacement::Folder(folder) => Some(folder.as_str()),
        Replacement::Module(..) => None,
    })
}

/// Returns the folder that `relative` means in `file`, where it is in the tree.
pub(super) fn in_tree(file: &SourcePath, relative: &str) -> Option<SourcePath> {
    file.parent()?.join(relative).ok()
}

fn go_mod_in(folder: &SourcePath) -> SourcePath {
    folder.join("go.mod").unwrap_or_default()
}

fn has_go_mod(tree: &dyn SourceTree, folder: &SourcePath) -> bool {
    tree.entry(&go_mod_in(folder)).is_ok()
}

fn module_in(
    tree: &dyn SourceTree,
    folder: &SourcePath,
    role: ModuleRole,
) -> Result<Option<LocalModule>, BuildError> {
    let go_mod: Option<GoMod> = read_mod_file(tree, &go_mod_in(folder))?;
    Ok(go_mod.map(|go_mod| LocalModule {
        path: go_mod.module.clone(),
        folder: folder.clone(),
        role,
        go_mod,
    }))
}

/// Reads and parses the file at `path`, where there is one.
fn read_mod_file<T: FromStr<Err = ModFileError>>(
    tree: &dyn SourceTree,
    path: &SourcePath,
) -> Result<Option<T>, BuildError> {
    let bytes = match tree.read(path, MOD_FILE_LIMIT) {
        Ok(bytes) => bytes,
        Err(SourceTreeError::Missing(_)) => return Ok(None),
        Err(error) => {
            return Err(BuildError::new(Phase::Facts, path, "cannot read the file").because(error));
        }
    };
    let text = String::from_utf8(bytes)
        .map_err(|_| BuildError::new(Phase::Facts, path, "the file is not UTF-8"))?;
    text.parse().map(Some).map_err(|error: ModFileError| {
        let place = format!("{path}:{}", error.line);
        BuildError::new(Phase::Facts, place, error).hint(format!(
            "correct the line; what the go command makes of it: {}",
            check(path)
        ))
    })
}

/// Returns what reads a go.mod or go.work, and does nothing else.
fn check(path: &SourcePath) -> String {
    let verb = if path.file_name() == "go.work" {
        "work"
    } else {
        "mod"
    };
    format!("go {verb} edit -json {path}")
}

/// Says what a workspace uses that is not there, and the ways out.
fn gone(
    tree: &dyn SourceTree,
    folder: &SourcePath,
    file: &SourcePath,
    used: &Located<String>,
) -> BuildError {
    let member = &used.value;
    let message = match tree.entry(folder) {
        Err(SourceTreeError::Missing(_)) => format!("the workspace uses {member}, which is gone"),
        _ => format!("the workspace uses {member}, and there is no go.mod in it"),
    };
    BuildError::new(Phase::Facts, format!("{file}:{}", used.line), message)
        .hint(format!(
            "bring it back: git checkout -- {folder}, or for a submodule: git submodule update --init {folder}"
        ))
        .hint(format!("or take it out: go work edit -dropuse={member} {file}"))
        .hint("or build without the workspace: GOWORK=off coracle …")
}
