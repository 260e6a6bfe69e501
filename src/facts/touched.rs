//! What of the source a change touches: packages by the folders that files lie in, images by what goes into them.

use std::collections::{BTreeMap, BTreeSet};

use super::files::{Pick, walk};
use super::go_source::{BuildTags, SourceFile};
use super::inputs::is_input_of;
use super::package::{Linked, Package};
use super::packages::{readable, start_of};
use super::{ImageSources, LocalModule, SourceFacts};
use crate::model::{BuildError, ImportPath, SourcePath};
use crate::ports::{EntryKind, Git, SourceTree};

/// Files that decide how everything is built, tested or linted.
const OF_EVERYTHING: [&str; 6] = [
    "go.mod",
    "go.sum",
    "go.work",
    "go.work.sum",
    ".go-version",
    ".ko.yaml",
];

/// What golangci-lint reads its settings from: in the folder that it runs in, in those above, and in that of the user.
pub const LINTER_FILES: [&str; 4] = [
    ".golangci.yml",
    ".golangci.yaml",
    ".golangci.toml",
    ".golangci.json",
];

/// What a change touches by itself, before anybody asks who depends on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// All there is, for this reason.
    Everything(String),
    /// Packages.
    Packages(TouchedPackages),
}

/// Packages of which files changed; some of them may be gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TouchedPackages {
    /// Those that are another package now for whoever imports them.
    pub sources: BTreeSet<ImportPath>,
    /// Those of which nothing but tests changed.
    pub tests: BTreeSet<ImportPath>,
}

impl SourceFacts {
    /// Returns what the `changed` files touch. A file belongs to the package in whose folder it lies, or else to
    /// the nearest one above it, and to all above it that embed something.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn touched_by(
        &self,
        tree: &dyn SourceTree,
        git: &dyn Git,
        changed: &[SourcePath],
    ) -> Result<Touched, BuildError> {
        if let Some(reason) = self.unseen(git) {
            return Ok(Touched::Everything(reason));
        }
        let changed = with_contents(tree, changed)?;
        if let Some(path) = changed.iter().find(|path| self.decides_everything(path)) {
            return Ok(Touched::Everything(format!("{path} changed")));
        }
        let mut marker = Marker {
            tree,
            facts: self,
            looks: BTreeMap::new(),
            touched: TouchedPackages::default(),
        };
        for path in &changed {
            marker.mark(path)?;
        }
        let mut touched = marker.touched;
        // By the names of links, packages are others than those that lie where these lead.
        let linked = self
            .packages
            .values()
            .filter(|it| it.linked != Linked::default());
        let linked = linked.filter(|package| changed.iter().any(|it| is_input_of(it, package)));
        touched
            .sources
            .extend(linked.map(|it| it.import_path.clone()));
        Ok(Touched::Packages(touched))
    }

    /// Returns the packages that are others for programs: of them what is compiled or embedded is among the
    /// `changed` files, or they are gone, and whoever imports them is broken.
    pub fn compiled_anew(
        &self,
        changed: &[SourcePath],
        touched: &TouchedPackages,
    ) -> BTreeSet<ImportPath> {
        let packages = self.packages.iter();
        let anew =
            packages.filter(|(_, package)| changed.iter().any(|it| is_input_of(it, package)));
        let sources = touched.sources.iter();
        let gone = sources.filter(|path| !self.packages.contains_key(path));
        anew.map(|(path, _)| path).chain(gone).cloned().collect()
    }

    /// Tells whether an image is another one where its own files are among the `changed` ones, or its programs are
    /// made of packages that are `compiled` anew.
    pub fn is_image_touched(
        &self,
        image: &ImageSources<'_>,
        changed: &[SourcePath],
        compiled: &BTreeSet<ImportPath>,
    ) -> bool {
        let is_copied = |path: &SourcePath| {
            let mut copied = image.copied.iter();
            copied.any(|copied| copied.below(path).is_some() || path.below(copied).is_some())
        };
        let is_compiled = |package: &&Package| {
            let mut imports = package.imports.iter();
            compiled.contains(&package.import_path)
                || imports.any(|path| compiled.contains(&ImportPath::reported(path)))
        };
        changed.iter().any(is_copied) || self.packages_of(image.mains).iter().any(is_compiled)
    }

    /// Says which of the source git cannot tell of.
    fn unseen(&self, git: &dyn Git) -> Option<String> {
        if let Some(folder) = &self.outside {
            return Some(format!(
                "the module in {folder} lies outside of the source tree"
            ));
        }
        let mut modules = self.modules.iter();
        let outside = modules.find(|it| git.roots().in_repository(&it.folder).is_none())?;
        let folder = &outside.folder;
        Some(format!(
            "the module in {folder} lies outside of the git repository"
        ))
    }

    fn decides_everything(&self, path: &SourcePath) -> bool {
        let folder = path.parent().unwrap_or_default();
        let is_of_module = self.modules.iter().any(|module| module.folder == folder);
        let is_data = path.as_str().split('/').any(|name| name == TESTDATA);
        let mut named = OF_EVERYTHING.iter().chain(&LINTER_FILES);
        let is_named = named.any(|name| *name == path.file_name());
        let roots = self.modules.iter().map(|module| module.folder.clone());
        let workspace = self.workspace.as_ref().and_then(SourcePath::parent);
        let mut vendors = roots
            .chain(workspace)
            .filter_map(|it| it.join("vendor").ok());
        is_named && (is_of_module || !is_data) || vendors.any(|it| path.below(&it).is_some())
    }
}

/// What of a package's folder only its tests read.
const TESTDATA: &str = "testdata";

/// Adds all that lies in changed folders, which are repositories of their own.
fn with_contents(
    tree: &dyn SourceTree,
    changed: &[SourcePath],
) -> Result<Vec<SourcePath>, BuildError> {
    let mut all = changed.to_vec();
    for path in changed {
        let entry = readable(tree.entry(path))?;
        if entry.is_some_and(|entry| entry.kind == EntryKind::Folder) {
            let walked = readable(walk(tree, path, &|_| Pick::Take))?;
            all.extend(walked.into_iter().flat_map(|it| it.taken.into_keys()));
        }
    }
    Ok(all)
}

/// What is seen of a folder.
#[derive(Debug, Clone, Copy)]
struct Look {
    is_package: bool,
    embeds: bool,
}

/// Marks packages, and looks at each folder once.
struct Marker<'a> {
    tree: &'a dyn SourceTree,
    facts: &'a SourceFacts,
    looks: BTreeMap<SourcePath, Look>,
    touched: TouchedPackages,
}

impl Marker<'_> {
    fn mark(&mut self, path: &SourcePath) -> Result<(), BuildError> {
        let own = path.parent().unwrap_or_default();
        let module = LocalModule::at(&self.facts.modules, &own);
        let root = module.map_or_else(SourcePath::root, |module| module.folder.clone());
        let is_source = is_go(path);
        let mut nearest = None;
        let folders = std::iter::successors(Some(own.clone()), SourcePath::parent);
        for folder in folders.take_while(|it| module.is_some() && it.below(&root).is_some()) {
            let look = self.look(&folder)?;
            if nearest.is_some() {
                if look.embeds {
                    self.touch(&folder);
                }
            } else if look.is_package || is_source && folder == own {
                let is_test = path.file_name().ends_with("_test.go") && folder == own;
                if is_test && !look.embeds {
                    self.touch_tests(&folder);
                } else {
                    self.touch(&folder);
                }
                let is_hidden = hidden_by(&folder, &root).is_some();
                nearest = (look.is_package && !is_hidden).then_some(folder);
            }
        }
        match hidden_by(&own, &root) {
            // Tests of several packages may read what belongs to none of them.
            Some(folder) if nearest.is_none() && folder.file_name() == TESTDATA => {
                self.touch_below(&folder.parent().unwrap_or_default())
            }
            _ => Ok(()),
        }
    }

    fn touch_below(&mut self, folder: &SourcePath) -> Result<(), BuildError> {
        let walked = readable(walk(self.tree, folder, &|_| Pick::Take))?;
        let files = walked.into_iter().flat_map(|it| it.taken.into_keys());
        let folders: BTreeSet<SourcePath> = files
            .filter(is_go)
            .filter_map(|path| path.parent())
            .collect();
        for folder in &folders {
            self.touch(folder);
        }
        Ok(())
    }

    fn touch(&mut self, folder: &SourcePath) {
        self.touched.sources.extend(self.import_path(folder));
    }

    fn touch_tests(&mut self, folder: &SourcePath) {
        self.touched.tests.extend(self.import_path(folder));
    }

    fn import_path(&self, folder: &SourcePath) -> Option<ImportPath> {
        let module = LocalModule::at(&self.facts.modules, folder)?;
        let relative = folder.below(&module.folder)?;
        Some(ImportPath::within(&module.path, relative))
    }

    fn look(&mut self, folder: &SourcePath) -> Result<Look, BuildError> {
        if let Some(look) = self.looks.get(folder) {
            return Ok(*look);
        }
        let listing = readable(self.tree.list(folder))?.unwrap_or_default();
        let sources = listing
            .entries
            .iter()
            .filter(|it| it.kind != EntryKind::Folder && is_go(&it.path));
        let (mut is_package, mut embeds) = (false, false);
        for source in sources {
            is_package = true;
            let text = readable(start_of(self.tree, &source.path))?.unwrap_or_default();
            let name = source.path.file_name();
            let parsed = SourceFile::parse(name, &text, &BuildTags::default());
            embeds |= !parsed.embeds.is_empty();
        }
        let look = Look { is_package, embeds };
        self.looks.insert(folder.clone(), look);
        Ok(look)
    }
}

fn is_go(path: &SourcePath) -> bool {
    let extension = path.file_name().rsplit_once('.');
    extension.is_some_and(|(_, extension)| extension == "go")
}

/// Returns the outermost folder, from `root` to `folder`, in which Go's patterns find no package.
fn hidden_by(folder: &SourcePath, root: &SourcePath) -> Option<SourcePath> {
    let mut outer = root.clone();
    for name in folder.below(root)?.split('/') {
        outer = outer.join(name).ok()?;
        if name == TESTDATA || name.starts_with(['_', '.']) {
            return Some(outer);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Describe, GatherRequest, Project, gather};
    use crate::model::Roots;
    use crate::ports::{GitAnswer, GitError, MemoryTree};

    /// A repository that is asked for nothing but its place.
    struct Place(Roots);

    impl Git for Place {
        fn roots(&self) -> &Roots {
            &self.0
        }

        fn run(&self, _: &[&str]) -> Result<GitAnswer, GitError> {
            unreachable!("what changed is known")
        }
    }

    fn tree() -> MemoryTree {
        MemoryTree::of_files(&[
            ("go.work", "go 1.26\nuse ./api\nuse ./lib\n"),
            ("api/go.mod", "module m/api\nreplace m/old => ../old\n"),
            ("api/main.go", "package main\nimport _ \"m/lib/log\"\n"),
            (
                "api/web/web.go",
                "package web\n//go:embed all:pages\nvar pages embed.FS\n",
            ),
            ("api/web/pages/pages.go", "package pages\n"),
            ("api/only/only_test.go", "package only\n"),
            (
                "api/tagged/tagged.go",
                "//go:build never\n\npackage tagged\n",
            ),
            ("lib/go.mod", "module m/lib\n"),
            ("lib/log/log.go", "package log\n"),
            ("lib/log/testdata/src/a/a.go", "package a\n"),
            ("lib/a/a.go", "package a\n"),
            ("old/go.mod", "module m/old\n"),
            ("old/old.go", "package old\n"),
        ])
    }

    fn touched_in(tree: &MemoryTree, roots: Roots, changed: &[&str]) -> Touched {
        let project = Project {
            folder: SourcePath::root(),
            workspace: Some("go.work".parse().unwrap()),
        };
        let request = GatherRequest {
            project: &project,
            tags: &BuildTags::default(),
            describe: Describe::Unneeded,
        };
        let facts = gather(tree, None, &request).unwrap();
        let changed: Vec<SourcePath> = changed.iter().map(|path| path.parse().unwrap()).collect();
        facts.touched_by(tree, &Place(roots), &changed).unwrap()
    }

    /// Returns the packages that a file touches, and then those of which it touches tests.
    fn touched(changed: &str) -> String {
        let Touched::Packages(packages) = touched_in(&tree(), Roots::default(), &[changed]) else {
            return "everything".to_owned();
        };
        let TouchedPackages { sources, tests } = packages;
        let tests = tests.iter().map(|path| format!("test:{path}"));
        let all: Vec<String> = sources
            .iter()
            .map(ToString::to_string)
            .chain(tests)
            .collect();
        all.join(" ")
    }

    #[test]
    fn a_file_touches_the_nearest_package_and_those_around_that_embed() {
        for (file, expected) in [
            ("api/main.go", "m/api"),
            ("api/assets/logo.svg", "m/api"),
            ("api/web/pages/pages.go", "m/api/web m/api/web/pages"),
            ("api/web/pages/sub/x.html", "m/api/web m/api/web/pages"),
            ("api/only/only_test.go", "test:m/api/only"),
            ("api/tagged/tagged.go", "m/api/tagged"),
            ("api/tagged/asm_arm64.s", "m/api/tagged"),
            ("lib/log/log_test.go", "test:m/lib/log"),
            ("lib/log/testdata/x", "m/lib/log"),
            (
                "lib/log/testdata/src/a/a.go",
                "m/lib/log m/lib/log/testdata/src/a",
            ),
            (
                "lib/log/testdata/src/a/a_test.go",
                "m/lib/log test:m/lib/log/testdata/src/a",
            ),
            // Gone with its package.
            ("lib/gone/gone.go", "m/lib/gone"),
            // What stands in for a module is imported by the name of that.
            ("old/old.go", "m/old"),
            // Read by tests of whatever lies beside it.
            (
                "lib/testdata/shared.json",
                "m/lib/a m/lib/log m/lib/log/testdata/src/a",
            ),
            ("lib/README.md", ""),
            ("docs/a.md", ""),
            (".github/workflows/ci.yml", ""),
        ] {
            assert_eq!(touched(file), expected, "{file}");
        }
    }

    #[test]
    fn what_links_lead_to_touches_the_packages_that_they_are_in() {
        let tree = tree()
            .link("lib/linked", "../real")
            .link("lib/log/more.go", "../../way/more.go")
            .link("way", "kept")
            .file("lib/a/b.go", "package a\nimport _ \"m/lib/linked/x\"\n")
            .file("real/x/x.go", "package x\n")
            .file("kept/more.go", "package log\n");
        for (file, expected) in [
            ("real/x/x.go", "m/lib/linked/x"),
            ("lib/linked", "m/lib/linked/x"),
            ("kept/more.go", "m/lib/log"),
            ("kept/other.go", ""),
            ("way", "m/lib/log"),
        ] {
            let Touched::Packages(touched) = touched_in(&tree, Roots::default(), &[file]) else {
                panic!("{file} touches everything");
            };
            let touched: Vec<String> = touched.sources.iter().map(ToString::to_string).collect();
            assert_eq!(touched.join(" "), expected, "{file}");
        }
    }

    #[test]
    fn what_decides_how_all_is_built_touches_everything() {
        for file in [
            "go.work",
            "go.work.sum",
            "api/go.mod",
            "lib/go.sum",
            "new/go.mod",
            ".go-version",
            "vendor/modules.txt",
            "api/vendor/x/x.go",
            ".golangci.yml",
        ] {
            assert_eq!(touched(file), "everything", "{file}");
        }
        assert_eq!(touched("lib/log/testdata/go.mod"), "m/lib/log");
        assert_eq!(
            touched("api/web/pages/vendor/x.js"),
            "m/api/web m/api/web/pages"
        );
    }

    #[test]
    fn a_repository_within_the_repository_changes_as_a_whole() {
        assert_eq!(touched("old"), "everything");
        assert_eq!(touched("lib/log"), "m/lib/log m/lib/log/testdata/src/a");
    }

    #[test]
    fn what_git_does_not_see_may_have_changed() {
        let everything = |tree: &MemoryTree, roots| match touched_in(tree, roots, &[]) {
            Touched::Everything(reason) => reason,
            Touched::Packages(packages) => panic!("{packages:?}"),
        };
        let within = Roots {
            repository_in_tree: "api".parse().unwrap(),
            ..Roots::default()
        };
        let reason = everything(&tree(), within);
        assert_eq!(
            reason,
            "the module in lib lies outside of the git repository"
        );
        let led_out = tree().file("lib/go.mod", "module m/lib\nreplace m/x => ../../x\n");
        let reason = everything(&led_out, Roots::default());
        assert_eq!(
            reason,
            "the module in ../../x lies outside of the source tree"
        );
    }
}
