//! All that the source says before it is compiled.

use super::go_source::BuildTags;
use super::modules::Modules;
use super::package::PackageKind;
use super::packages::{self, Packages};
use super::{
    GoRequest, LocalModule, MainPackage, Project, Replace, Revision, Vendoring, go_request,
    history, vendoring,
};
use crate::model::{BuildError, SourcePath, crew};
use crate::ports::{Git, SourceTree};

/// What the source tree and its history say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFacts {
    /// The modules in the tree, sorted by folder.
    pub modules: Vec<LocalModule>,
    /// The programs of the main modules, sorted by folder.
    pub mains: Vec<MainPackage>,
    /// The Go that is asked for.
    pub go: GoRequest,
    /// The state of the history.
    pub revision: Revision,
    /// Where Go takes modules from.
    pub vendoring: Vendoring,
    pub(super) workspace: Option<SourcePath>,
    /// What go.work takes from another place.
    pub workspace_replaces: Vec<Replace>,
    /// A module that takes part and lies outside of the tree, as it is named, where there is one.
    pub(super) outside: Option<String>,
    pub(super) packages: Packages,
}

impl SourceFacts {
    /// Returns the go.work file that governs the project.
    pub fn workspace(&self) -> Option<&SourcePath> {
        self.workspace.as_ref()
    }

    /// Returns a module that takes part and lies outside of the tree, as it is named, where there is one.
    pub fn outside(&self) -> Option<&str> {
        self.outside.as_deref()
    }

    /// Tells whether a package in the tree imports one of the module `path`, on any platform.
    pub fn imports(&self, path: &str) -> bool {
        let mut imports = self.packages.values().flat_map(|package| &package.imports);
        imports.any(|import| {
            let rest = import.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Returns the programs of the module that `folder` lies in; all, where it lies in none, as the
    /// folder of go.work may.
    pub fn mains_beside(&self, folder: &SourcePath) -> Vec<&MainPackage> {
        let module = |folder| LocalModule::at(&self.modules, folder).map(|module| &module.folder);
        let own = module(folder);
        let mains = self.mains.iter();
        mains
            .filter(|main| own.is_none() || module(&main.folder) == own)
            .collect()
    }
}

/// What facts are gathered about.
#[derive(Debug, Clone, Copy)]
pub struct GatherRequest<'a> {
    /// The place of the project.
    pub project: &'a Project,
    /// The build tags that the configuration sets.
    pub tags: &'a BuildTags,
    /// Whether the version is git's to tell.
    pub describe: Describe,
}

/// Whether the version is git's to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Describe {
    /// It is: a clone in which no tag can be seen will not do.
    Needed,
    /// The configuration names the version.
    Unneeded,
}

/// Reads the modules in `tree` that take part in builds of `project`, sorted by folder.
///
/// # Errors
/// When a file that describes a module is missing or wrong.
pub fn local_modules(
    tree: &dyn SourceTree,
    project: &Project,
) -> Result<Vec<LocalModule>, BuildError> {
    Modules::read(tree, project).map(|modules| modules.list)
}

/// Returns a module that takes part in builds of `project` and lies outside of `tree`, as it is named, where there is
/// one.
///
/// # Errors
/// When a file that describes a module is missing or wrong.
pub fn outside_module(
    tree: &dyn SourceTree,
    project: &Project,
) -> Result<Option<String>, BuildError> {
    Modules::read(tree, project).map(|modules| modules.outside)
}

/// Reads what the source in `tree` says. `git` is there where the project lies in a repository
/// that is to be asked, and runs in the project's folder.
///
/// # Errors
/// When a file that describes a module is missing or wrong, or git cannot answer.
pub fn gather(
    tree: &dyn SourceTree,
    git: Option<&dyn Git>,
    request: &GatherRequest<'_>,
) -> Result<SourceFacts, BuildError> {
    let modules = Modules::read(tree, request.project)?;
    let tags = request.tags;
    let revision = || match git {
        Some(git) => history::read(git, request.describe),
        None => Ok(Revision::None),
    };
    let packages = || packages::read(tree, &modules.list, tags);
    let (revision, packages) = crew::both(revision, packages);
    let (packages, revision) = (packages?, revision?);
    Ok(SourceFacts {
        go: go_request::read(tree, request.project, &modules)?,
        vendoring: vendoring::read(tree, request.project, &modules)?,
        mains: mains(&packages, &modules.list),
        outside: modules.outside,
        modules: modules.list,
        revision,
        workspace: request.project.workspace.clone(),
        workspace_replaces: modules.workspace.map(|it| it.replaces).unwrap_or_default(),
        packages,
    })
}

fn mains(packages: &Packages, modules: &[LocalModule]) -> Vec<MainPackage> {
    let mut mains: Vec<MainPackage> = packages
        .values()
        .filter(|package| package.kind == PackageKind::Program)
        .filter(|package| LocalModule::is_main_at(modules, &package.folder))
        .map(|package| MainPackage {
            import_path: package.import_path.clone(),
            folder: package.folder.clone(),
            stampable: package.stampable.clone(),
        })
        .collect();
    mains.sort_by(|a, b| a.folder.cmp(&b.folder));
    mains
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    pub(in crate::facts) fn facts(
        tree: &MemoryTree,
        workspace: Option<&str>,
    ) -> Result<SourceFacts, BuildError> {
        let project = Project {
            folder: SourcePath::root(),
            workspace: workspace.map(|file| file.parse().unwrap()),
        };
        let request = GatherRequest {
            project: &project,
            tags: &BuildTags::default(),
            describe: Describe::Needed,
        };
        gather(tree, None, &request)
    }

    fn mains(tree: &MemoryTree, workspace: Option<&str>) -> Vec<String> {
        let facts = facts(tree, workspace).unwrap();
        let mains = facts.mains.iter();
        mains
            .map(|main| format!("{} {}", main.folder, main.import_path))
            .collect()
    }

    const MAIN: &str = "package main\n\nvar version string\n\nfunc main() {}\n";

    #[test]
    fn main_packages_are_found_where_go_would_find_them() {
        let tree = MemoryTree::of_files(&[
            (
                "go.mod",
                "module example.com/app\nignore ./skipped\nignore node_modules\n",
            ),
            ("lib.go", "package app\n"),
            ("gen.go", "//go:build ignore\n\npackage main\n"),
            ("cmd/server/main.go", MAIN),
            (
                "cmd/server/vars.go",
                "package main\nvar commit = none\nconst none = \"x\"\n",
            ),
            (
                "cmd/server/cgo.go",
                "package main\nimport \"C\"\nvar gone string\n",
            ),
            ("cmd/windows/main_windows.go", MAIN),
            ("cmd/tested/main_test.go", MAIN),
            ("cmd/cgo/main.go", "package main\nimport \"C\"\n"),
            ("cmd/documented/main.go", MAIN),
            ("cmd/documented/doc.go", "package documentation\n"),
            ("vendor/x/main.go", MAIN),
            ("a/testdata/main.go", MAIN),
            ("_old/main.go", MAIN),
            (".hidden/main.go", MAIN),
            ("skipped/main.go", MAIN),
            ("a/node_modules/x/main.go", MAIN),
            ("tools/go.mod", "module example.com/tools\n"),
            ("tools/main.go", MAIN),
        ]);
        assert_eq!(
            mains(&tree, None),
            [
                "cmd/cgo example.com/app/cmd/cgo",
                "cmd/documented example.com/app/cmd/documented",
                "cmd/server example.com/app/cmd/server",
                "cmd/windows example.com/app/cmd/windows",
            ]
        );
        let facts = facts(&tree, None).unwrap();
        let stampable: Vec<&str> = facts.mains[2]
            .stampable
            .iter()
            .map(String::as_str)
            .collect();
        assert_eq!(stampable, ["commit", "version"]);
    }

    #[test]
    fn a_workspace_has_the_programs_of_the_modules_that_it_uses() {
        let tree = MemoryTree::of_files(&[
            (
                "go.work",
                "go 1.26\nuse (\n\t./api\n\t./web\n\t../elsewhere\n)\n",
            ),
            (
                "api/go.mod",
                "module example.com/api\nreplace example.com/lib => ../lib\n",
            ),
            ("api/main.go", MAIN),
            ("web/go.mod", "module example.com/web\n"),
            ("web/cmd/web/main.go", MAIN),
            ("lib/go.mod", "module example.com/fork\n"),
            ("lib/cmd/tool/main.go", MAIN),
            ("unused/go.mod", "module example.com/unused\n"),
            ("unused/main.go", MAIN),
        ]);
        assert_eq!(
            mains(&tree, Some("go.work")),
            ["api example.com/api", "web/cmd/web example.com/web/cmd/web"]
        );
        let facts = facts(&tree, Some("go.work")).unwrap();
        let beside = |folder: &str| facts.mains_beside(&folder.parse().unwrap()).len();
        assert_eq!(
            (beside(""), beside("api"), beside("web/cmd"), beside("lib")),
            (2, 1, 1, 0)
        );
        let modules: Vec<String> = facts
            .modules
            .iter()
            .map(|module| format!("{} {} {:?}", module.folder, module.path, module.role))
            .collect();
        assert_eq!(
            modules,
            [
                "api example.com/api Main",
                "lib example.com/lib Replacement",
                "web example.com/web Main"
            ]
        );
    }

    #[test]
    fn what_go_would_refuse_is_refused_with_its_place() {
        let tree = MemoryTree::of_files(&[("go.mod", "module m\nmodule n\n")]);
        let error = facts(&tree, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "[facts] go.mod:2: \"module\" stands here a second time"
        );
        let tree = MemoryTree::of_files(&[("go.work", "go 1.26\nuse ./api\n"), ("api/x", "")]);
        let error = facts(&tree, Some("go.work")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "[facts] go.work:2: the workspace uses ./api, and there is no go.mod in it"
        );
        let tree = MemoryTree::of_files(&[("go.work", "go 1.26\n"), ("go.mod", "module m\n")]);
        let error = facts(&tree, Some("go.work")).unwrap_err();
        assert!(
            error.message.contains("does not use the module in ."),
            "{error}"
        );
    }
}
