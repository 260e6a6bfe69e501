//! The places that tests and linters name, as code hosts name files.

use std::path::Path;

use super::{CiPorts, CiRequest};
use crate::facts::{LocalModule, Project, local_modules};
use crate::model::SourcePath;
use crate::pipeline::source_place::SourcePlace;
use crate::ports::{EntryKind, SourceTree};
use crate::stages::{Finding, SourceLine, TestResults, TestState, named_lines};

/// Where Go copies modules of others, anywhere in a source.
const VENDOR: &str = "vendor";

/// Where the source lies that stages run in.
pub struct CiGround<'a> {
    /// The root of the source tree, absolute.
    pub root: &'a Path,
    /// The project in it.
    pub project: &'a Project,
    /// Where the tree lies in its repository.
    pub place: SourcePlace,
}

/// Finds files of the user's own by the names that programs have for them. A name that leads out of the source is none.
pub(super) struct Places<'a> {
    source: &'a dyn SourceTree,
    ground: &'a CiGround<'a>,
    caches: &'a [SourcePath],
    /// None where they cannot be read: then Go says what is wrong with them.
    modules: Vec<LocalModule>,
}

impl<'a> Places<'a> {
    /// Reads where packages lie.
    pub(super) fn new(ports: CiPorts<'a>, request: &CiRequest<'a>) -> Self {
        Self {
            source: ports.source,
            ground: request.ground,
            caches: request.caches,
            modules: local_modules(ports.source, request.ground.project).unwrap_or_default(),
        }
    }

    /// Finds where tests failed.
    pub(super) fn of_tests(&self, results: &mut TestResults) {
        for (package, result) in &mut results.packages {
            let folder = LocalModule::folder_of(&self.modules, package);
            let folder = folder.as_ref();
            if result.state == TestState::Failed {
                result.place = self.first(folder, &result.output);
            }
            for test in result.tests.values_mut() {
                test.place = self.first(folder, &test.output);
            }
        }
    }

    /// Keeps of `findings` those in the user's source, with their files as code hosts name them.
    pub(super) fn of_findings(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let placed = findings.into_iter().filter_map(|mut finding| {
            finding.file = self.of_linter(&finding.file)?.to_string();
            Some(finding)
        });
        placed.collect()
    }

    fn first(&self, package: Option<&SourcePath>, output: &[String]) -> Option<SourceLine> {
        let mut lines = named_lines(output).into_iter();
        lines.find_map(|line| {
            let file = self.of_test(&line.file, package)?.to_string();
            Some(SourceLine { file, ..line })
        })
    }

    /// Tests name files of their package by their last element, compilers from where they run, and traces by all of
    /// their path, or with `-trimpath` by that of their package.
    fn of_test(&self, name: &str, package: Option<&SourcePath>) -> Option<SourcePath> {
        if name.starts_with('/') {
            return self.own(&self.in_tree(name)?);
        }
        let in_package = package.and_then(|folder| folder.join(name).ok());
        let here = || self.ground.project.folder.join(name).ok();
        let imported = || {
            let (package, file) = name.rsplit_once('/')?;
            let folder = LocalModule::folder_of(&self.modules, package)?;
            folder.join(file).ok()
        };
        in_package
            .and_then(|path| self.own(&path))
            .or_else(|| self.own(&here()?))
            .or_else(|| self.own(&imported()?))
    }

    /// Linters name files from where they run, or from the folder of a configuration of theirs above it; or by all of their
    /// path, and that may be one in another folder: the go command remembers what it said of the same source there.
    fn of_linter(&self, name: &str) -> Option<SourcePath> {
        if let Some(path) = self.in_tree(name) {
            return self.own(&path);
        }
        let starts = name.match_indices('/').map(|(at, _)| &name[at + 1..]);
        let place = &self.ground.place;
        let folder = place.in_repository(&self.ground.project.folder);
        let folders = || std::iter::successors(folder.clone(), SourcePath::parent);
        let names: Vec<&str> = if name.starts_with('/') {
            starts.collect()
        } else {
            vec![name]
        };
        let mut paths = names
            .into_iter()
            .flat_map(|name| folders().map(move |folder| folder.join(name)));
        paths.find_map(|path| self.own(&place.in_tree(&path.ok()?)?))
    }

    fn in_tree(&self, name: &str) -> Option<SourcePath> {
        let path = Path::new(name).strip_prefix(self.ground.root).ok()?;
        path.to_str()?.parse().ok()
    }

    /// Returns the name in the repository of a file that is there, and of the user's own.
    fn own(&self, path: &SourcePath) -> Option<SourcePath> {
        let is_cached = |cache: &SourcePath| path.below(cache).is_some();
        let is_foreign =
            self.caches.iter().any(is_cached) || path.as_str().split('/').any(|it| it == VENDOR);
        let entry = self.source.entry(path).ok().filter(|_| !is_foreign)?;
        let is_file = matches!(entry.kind, EntryKind::File { .. });
        self.ground.place.in_repository(path).filter(|_| is_file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Roots;
    use crate::ports::MemoryTree;

    const FILES: [(&str, &str); 6] = [
        ("go.work", "go 1.26\nuse ./shop\n"),
        ("shop/go.mod", "module example.com/shop\n\ngo 1.26\n"),
        ("shop/a_test.go", ""),
        ("shop/cart/c_test.go", ""),
        ("shop/vendor/x/x.go", ""),
        ("shop/cache/mod/y.go", ""),
    ];

    /// Calls `look` with the places of a source that lies in the folder `go` of its repository.
    fn look<T>(look: impl FnOnce(&Places<'_>) -> T) -> T {
        let source = MemoryTree::of_files(&FILES);
        let project = Project {
            folder: "shop".parse().unwrap(),
            workspace: Some("go.work".parse().unwrap()),
        };
        let roots = Roots {
            tree_in_repository: "go".parse().unwrap(),
            repository_in_tree: SourcePath::root(),
        };
        let ground = CiGround {
            root: Path::new("/w"),
            project: &project,
            place: SourcePlace::new(Some(roots)),
        };
        look(&Places {
            source: &source,
            ground: &ground,
            caches: &["shop/cache".parse().unwrap()],
            modules: local_modules(&source, &project).unwrap(),
        })
    }

    #[test]
    fn files_of_tests_are_found_by_all_their_names() {
        for (name, expected) in [
            ("c_test.go", "go/shop/cart/c_test.go"),
            ("./cart/c_test.go", "go/shop/cart/c_test.go"),
            ("/w/shop/a_test.go", "go/shop/a_test.go"),
            ("example.com/shop/a_test.go", "go/shop/a_test.go"),
            ("../a_test.go", "go/shop/a_test.go"),
            ("no_test.go", ""),
            ("/usr/go/src/shop/a_test.go", ""),
            ("/w/../etc/shop/a_test.go", ""),
            ("../../../a_test.go", ""),
            ("/w/shop/vendor/x/x.go", ""),
            ("/w/shop/cache/mod/y.go", ""),
        ] {
            let found = look(|places| {
                let folder = LocalModule::folder_of(&places.modules, "example.com/shop/cart");
                places.of_test(name, folder.as_ref())
            });
            let found = found.map_or(String::new(), |path| path.to_string());
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn files_of_linters_are_found_from_folders_above_and_elsewhere() {
        for (name, expected) in [
            ("cart/c_test.go", "go/shop/cart/c_test.go"),
            ("shop/cart/c_test.go", "go/shop/cart/c_test.go"),
            ("go/shop/cart/c_test.go", "go/shop/cart/c_test.go"),
            ("/w/shop/a_test.go", "go/shop/a_test.go"),
            ("/elsewhere/shop/cart/c_test.go", "go/shop/cart/c_test.go"),
            ("../../x.go", ""),
            ("x.go", ""),
        ] {
            let found = look(|places| places.of_linter(name));
            let found = found.map_or(String::new(), |path| path.to_string());
            assert_eq!(found, expected, "{name}");
        }
    }
}
