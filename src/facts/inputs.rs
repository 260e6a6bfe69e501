//! What goes into an image: the packages in the tree that its programs are made of, the files that
//! these embed, and the files that git does not keep.

use std::collections::BTreeSet;

use super::embed::Embed;
use super::files::walk;
use super::package::Package;
use super::{CopiedFile, LocalModule, MainPackage, Revision, SourceFacts};
use crate::model::{BuildError, ImportPath, Phase, SourcePath};
use crate::ports::{EntryKind, SourceTree};

impl SourceFacts {
    /// Returns the files among the inputs of an image that git neither keeps nor ignores: they are
    /// in no commit, so that the image is not what its commit says.
    ///
    /// All that lies below a package that embeds is taken for an input.
    pub fn untracked_inputs(
        &self,
        mains: &[&MainPackage],
        files: &[CopiedFile],
    ) -> Vec<SourcePath> {
        let Revision::Commit(commit) = &self.revision else {
            return Vec::new();
        };
        let copied: Vec<SourcePath> = files.iter().map(|file| file.from.clone()).collect();
        self.inputs_among(mains, &copied, &commit.untracked)
            .cloned()
            .collect()
    }

    /// Returns those of `paths`, files or repositories within the repository, that are inputs of an
    /// image of `mains` in which `copied`, or what lies in them, is copied.
    pub(super) fn inputs_among<'a>(
        &self,
        mains: &[&MainPackage],
        copied: &[SourcePath],
        paths: impl IntoIterator<Item = &'a SourcePath>,
    ) -> impl Iterator<Item = &'a SourcePath> {
        let packages = self.packages_of(mains);
        let module_files = self.module_files(&packages);
        let is_input = move |path: &&SourcePath| {
            let is_copied =
                |copied: &SourcePath| copied.below(path).is_some() || path.below(copied).is_some();
            copied.iter().any(is_copied)
                || packages.iter().any(|package| is_input_of(path, package))
                || module_files.iter().any(|file| path.below(file).is_some())
        };
        paths.into_iter().filter(is_input)
    }

    /// Returns the files in the tree that the programs `mains` embed, sorted.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn embedded_files(
        &self,
        tree: &dyn SourceTree,
        mains: &[&MainPackage],
    ) -> Result<Vec<SourcePath>, BuildError> {
        let mut embedded = BTreeSet::new();
        for package in self.packages_of(mains) {
            for pattern in package.embeds.iter().filter_map(|text| Embed::parse(text)) {
                let walked = walk(tree, &package.folder, &|path| pattern.pick(path));
                let walked = walked.map_err(|error| {
                    BuildError::new(
                        Phase::Facts,
                        &package.import_path,
                        "cannot read what it embeds",
                    )
                    .because(error)
                })?;
                let files = walked.taken.into_iter();
                embedded.extend(
                    files
                        .filter(|(_, kind)| matches!(kind, EntryKind::File { .. }))
                        .map(|(path, _)| path),
                );
            }
        }
        Ok(embedded.into_iter().collect())
    }

    /// Returns the packages in the tree that `mains` are made of: they, and what they import.
    pub(super) fn packages_of(&self, mains: &[&MainPackage]) -> Vec<&Package> {
        let mut ahead: Vec<&Package> = mains
            .iter()
            .filter_map(|main| self.packages.get(&main.import_path))
            .collect();
        let mut seen = BTreeSet::new();
        let mut packages = Vec::new();
        while let Some(package) = ahead.pop() {
            if seen.insert(&package.import_path) {
                let imports = package.imports.iter();
                ahead.extend(
                    imports.filter_map(|path| self.packages.get(&ImportPath::reported(path))),
                );
                packages.push(package);
            }
        }
        packages
    }

    /// Returns what describes the modules of `packages`, and where their dependencies are vendored.
    pub(super) fn module_files(&self, packages: &[&Package]) -> BTreeSet<SourcePath> {
        let modules = packages
            .iter()
            .filter_map(|package| LocalModule::at(&self.modules, &package.folder));
        let in_module = modules.flat_map(|module| {
            let names = ["go.mod", "go.sum", "vendor"];
            names.map(|name| module.folder.join(name).unwrap_or_default())
        });
        let in_workspace = self.workspace.iter().flat_map(|file| {
            let folder = file.parent().unwrap_or_default();
            let names = ["go.work.sum", "vendor"];
            let named = names.map(|name| folder.join(name).unwrap_or_default());
            named.into_iter().chain([file.clone()])
        });
        in_module.chain(in_workspace).collect()
    }
}

/// Tells whether `path`, a file or a repository within the repository, goes into `package`.
pub(super) fn is_input_of(path: &SourcePath, package: &Package) -> bool {
    let is_in = |folder: &SourcePath| {
        let is_source = path.parent().as_ref() == Some(folder) && is_compiled(path.file_name());
        let is_embedded = !package.embeds.is_empty() && path.below(folder).is_some();
        is_source || is_embedded || folder.below(path).is_some()
    };
    let mut linked = package.linked.files.iter();
    package.folders().any(is_in) || linked.any(|file| file.below(path).is_some())
}

/// The profile of a program, by which all of it is compiled.
pub(super) const PROFILE: &str = "default.pgo";

/// Tells whether a file of this name is compiled, or decides how.
pub(super) fn is_compiled(name: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    let is_source = matches!(extension, Some("go" | "s" | "S" | "h" | "syso"));
    name == PROFILE || is_source && !name.ends_with("_test.go")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{BuildTags, Commit, Describe, GatherRequest, Project, gather};
    use crate::model::Timestamp;
    use crate::ports::MemoryTree;

    fn tree() -> MemoryTree {
        MemoryTree::of_files(&[
            ("go.work", "go 1.26\nuse (\n./api\n./lib\n./web\n)\n"),
            ("api/go.mod", "module example.com/api\n"),
            (
                "api/cmd/api/main.go",
                "package main\nimport \"example.com/lib/log\"\n",
            ),
            ("lib/go.mod", "module example.com/lib\n"),
            ("lib/log/log.go", "package log\nimport \"fmt\"\n"),
            ("lib/other/other.go", "package other\n"),
            ("web/go.mod", "module example.com/web\n"),
            (
                "web/main.go",
                "package main\nimport \"embed\"\n//go:embed site all:more *.txt {x}\nvar f embed.FS\n",
            ),
            ("web/site/index.html", ""),
            ("web/site/.env", ""),
            ("web/site/_draft/a.html", ""),
            ("web/more/.hidden/b", ""),
            ("web/.c.txt", ""),
            ("web/d.txt", ""),
            ("web/deep/e.txt", ""),
            ("web/{x}", ""),
        ])
    }

    fn facts(untracked: &[&str]) -> SourceFacts {
        let project = Project {
            folder: SourcePath::root(),
            workspace: Some("go.work".parse().unwrap()),
        };
        let request = GatherRequest {
            project: &project,
            tags: &BuildTags::default(),
            describe: Describe::Needed,
        };
        let revision = Revision::Commit(Commit {
            version: "v1".to_owned(),
            id: String::new(),
            short: String::new(),
            branch: None,
            time: Timestamp::EPOCH,
            origin: None,
            untracked: untracked.iter().map(|path| path.parse().unwrap()).collect(),
        });
        SourceFacts {
            revision,
            ..gather(&tree(), None, &request).unwrap()
        }
    }

    fn main_in<'a>(facts: &'a SourceFacts, folder: &str) -> &'a MainPackage {
        let mut mains = facts.mains.iter();
        mains.find(|main| main.folder.as_str() == folder).unwrap()
    }

    #[test]
    fn untracked_files_count_where_they_go_into_the_image() {
        for (path, api, web) in [
            ("api/cmd/api/new.go", true, false),
            ("api/cmd/api/new_test.go", false, false),
            ("api/cmd/api/notes.md", false, false),
            ("api/cmd/api/default.pgo", true, false),
            ("api/cmd/other/main.go", false, false),
            ("lib/log/asm_amd64.s", true, false),
            ("lib/other/new.go", false, false),
            ("lib/go.sum", true, false),
            ("lib", true, false),
            ("web/site/new.html", false, true),
            ("go.work", true, true),
            ("vendor/x/x.go", true, true),
            ("docs/new.md", false, false),
        ] {
            let facts = facts(&[path]);
            let counts = |folder| {
                let mains = [main_in(&facts, folder)];
                !facts.untracked_inputs(&mains, &[]).is_empty()
            };
            assert_eq!((counts("api/cmd/api"), counts("web")), (api, web), "{path}");
        }
    }

    #[test]
    fn an_untracked_file_that_is_copied_counts() {
        let facts = facts(&["web/d.txt"]);
        let rule = serde_json::json!({"from": "web/d.txt", "to": "/d"});
        let rules = [serde_json::from_value(rule).unwrap()];
        let files = crate::facts::copied_files(
            &tree(),
            &SourcePath::root(),
            &rules,
            &crate::facts::OwnOutputs::default(),
        )
        .unwrap();
        let main = main_in(&facts, "api/cmd/api");
        let inputs = facts.untracked_inputs(&[main], &files);
        assert_eq!(facts.revision.version(&inputs), "v1-dirty");
        assert_eq!(facts.revision.version(&[]), "v1");
    }

    #[test]
    fn what_is_imported_counts_where_patterns_do_not_look() {
        let tree = MemoryTree::of_files(&[
            ("go.mod", "module m\nignore ./gen\n"),
            ("main.go", "package main\nimport \"m/testdata/dep\"\n"),
            (
                "testdata/dep/dep.go",
                "package dep\nimport (\n_ \"embed\"\n_ \"m/_x/y\"\n_ \"m/gen\"\n_ \"m/testdata/own/z\"\n)\n//go:embed key.pem\nvar s string\n",
            ),
            ("testdata/dep/key.pem", ""),
            ("_x/y/y.go", "package y\nimport \"m/testdata/cmd\"\n"),
            ("gen/gen.go", "package gen\nimport \"m/testdata/dep\"\n"),
            ("testdata/cmd/main.go", "package main\n"),
            ("testdata/own/go.mod", "module own\n"),
            ("testdata/own/z/z.go", "package z\n"),
            ("testdata/other/other.go", "package other\n"),
        ]);
        let project = Project {
            folder: SourcePath::root(),
            workspace: None,
        };
        let request = GatherRequest {
            project: &project,
            tags: &BuildTags::default(),
            describe: Describe::Needed,
        };
        let facts = gather(&tree, None, &request).unwrap();
        let [main] = facts.mains.as_slice() else {
            panic!("one program: {:?}", facts.mains);
        };
        let packages = facts.packages_of(&[main]);
        let folders: BTreeSet<&str> = packages.iter().map(|it| it.folder.as_str()).collect();
        let expected = ["", "_x/y", "gen", "testdata/dep"];
        assert_eq!(folders, expected.into());
        let embedded = facts.embedded_files(&tree, &[main]).unwrap();
        assert_eq!(embedded, ["testdata/dep/key.pem".parse().unwrap()]);
    }

    #[test]
    fn embedded_files_are_those_that_go_would_embed() {
        let facts = facts(&[]);
        let files = facts
            .embedded_files(&tree(), &[main_in(&facts, "web")])
            .unwrap();
        let paths: Vec<&str> = files.iter().map(SourcePath::as_str).collect();
        assert_eq!(
            paths,
            [
                "web/.c.txt",
                "web/d.txt",
                "web/more/.hidden/b",
                "web/site/index.html",
                "web/{x}"
            ]
        );
        let none = facts
            .embedded_files(&tree(), &[main_in(&facts, "api/cmd/api")])
            .unwrap();
        assert!(none.is_empty());
    }
}
