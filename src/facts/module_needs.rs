//! The modules that a project is built from, as its files name them.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Modules;
use super::{
    KnownSums, LocalModule, ModuleRole, Project, Replace, Replacement, Sum, Vendoring, sum_text,
    vendoring,
};
use crate::model::{BuildError, GoVersion, ModulePath, ModuleVersion, SourcePath};
use crate::ports::SourceTree;

/// The first version of Go whose go.mod names all modules of a build.
const COMPLETE_SINCE: &str = "1.17";

/// The modules that a project needs from elsewhere, told without Go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleNeeds {
    /// All of them, by path.
    pub modules: Vec<NeededModule>,
    /// Whether Go takes them from the vendor folder.
    pub vendoring: Vendoring,
}

/// A module that is not the project's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededModule {
    /// Its path, as it is imported.
    pub path: ModulePath,
    /// The version that is needed at least.
    pub version: String,
    /// Where it is to be had.
    pub supply: Supply,
}

/// Where a module is to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Supply {
    /// In a folder, which a `replace` directive of this file names.
    Folder {
        /// The folder, as it is named there.
        folder: String,
        /// The file.
        file: SourcePath,
    },
    /// By this path and version, which are its own where nothing replaces it.
    Module {
        /// The path that is asked for.
        path: ModulePath,
        /// The version that is asked for.
        version: String,
        /// Whether go.sum has its hash.
        sum: Sum,
    },
}

impl ModuleNeeds {
    /// Reads what go.mod, go.work, go.sum and vendor/modules.txt say; `parse` reads the text of sums.
    ///
    /// # Errors
    /// When a file that describes a module is missing or wrong.
    pub fn of<S: KnownSums>(
        tree: &dyn SourceTree,
        project: &Project,
        parse: impl FnOnce(&str) -> S,
    ) -> Result<Self, BuildError> {
        let modules = Modules::read(tree, project)?;
        let text = sum_text(tree, project.workspace.as_ref(), &modules.list)?;
        let sums = parse(&text);
        let mains = || modules.list.iter().filter(|it| it.role == ModuleRole::Main);
        let own: BTreeSet<&ModulePath> = mains().map(|module| &module.path).collect();
        let mut needed: BTreeMap<ModulePath, String> = BTreeMap::new();
        for module in mains() {
            let requires = module.go_mod.requires.iter();
            for require in requires.filter(|require| !own.contains(&require.module)) {
                add(&mut needed, &require.module, &require.version);
            }
        }
        if !mains().all(is_complete) {
            for (path, version) in newest_zips(&sums) {
                if !own.contains(&path) && !needed.contains_key(&path) {
                    needed.insert(path, version);
                }
            }
        }
        let vendoring = vendoring::read(tree, project, &modules)?;
        let replaces = replaces(project, &modules);
        let modules = needed.into_iter().map(|(path, version)| NeededModule {
            supply: supply(&path, &version, &replaces, &sums),
            path,
            version,
        });
        Ok(Self {
            modules: modules.collect(),
            vendoring,
        })
    }
}

fn is_complete(module: &LocalModule) -> bool {
    let since: Option<GoVersion> = COMPLETE_SINCE.parse().ok();
    let line = module.go_mod.go.as_ref().map(|line| &line.value);
    line.is_some_and(|line| since.is_some_and(|since| *line >= since))
}

fn add(needed: &mut BTreeMap<ModulePath, String>, path: &ModulePath, version: &str) {
    match needed.get(path) {
        Some(known) if !is_newer(version, known) => {}
        _ => drop(needed.insert(path.clone(), version.to_owned())),
    }
}

/// Returns the directives that count, with their files: those of go.work go before all others.
fn replaces<'a>(project: &Project, modules: &'a Modules) -> Vec<(SourcePath, &'a Replace)> {
    let of_workspace = modules.workspace.iter().zip(&project.workspace);
    let of_workspace = of_workspace.flat_map(|(workspace, file)| {
        let replaces = workspace.replaces.iter();
        replaces.map(|replace| (file.clone(), replace))
    });
    let mains = modules.list.iter().filter(|it| it.role == ModuleRole::Main);
    let of_modules = mains.flat_map(|module| {
        let file = module.folder.join("go.mod").unwrap_or_default();
        let replaces = module.go_mod.replaces.iter();
        replaces.map(move |replace| (file.clone(), replace))
    });
    of_workspace.chain(of_modules).collect()
}

fn supply(
    path: &ModulePath,
    version: &str,
    replaces: &[(SourcePath, &Replace)],
    sums: &dyn KnownSums,
) -> Supply {
    let of_path = || replaces.iter().filter(|(_, it)| it.module == *path);
    let exact = of_path().find(|(_, it)| it.version.as_deref() == Some(version));
    let replaced = exact.or_else(|| of_path().find(|(_, it)| it.version.is_none()));
    let (path, version) = match replaced {
        None => (path.clone(), version.to_owned()),
        Some((file, replace)) => match &replace.with {
            Replacement::Folder(folder) => {
                return Supply::Folder {
                    folder: folder.clone(),
                    file: file.clone(),
                };
            }
            Replacement::Module(path, version) => (path.clone(), version.clone()),
        },
    };
    let sum = sums.sum(path.as_str(), &version);
    Supply::Module { path, version, sum }
}

fn newest_zips(sums: &dyn KnownSums) -> BTreeMap<ModulePath, String> {
    let mut newest = BTreeMap::new();
    for (path, version) in sums.zips() {
        if let Ok(path) = path.parse() {
            add(&mut newest, &path, version);
        }
    }
    newest
}

/// What is no version is older than all that are.
fn is_newer(version: &str, other: &str) -> bool {
    let parsed = |text: &str| text.parse::<ModuleVersion>().ok();
    parsed(version) > parsed(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    /// Believes each line.
    struct Lines(Vec<(String, String)>);

    impl Lines {
        fn of(text: &str) -> Self {
            let words = text.lines().filter_map(|line| {
                let mut words = line.split(' ');
                Some((words.next()?.to_owned(), words.next()?.to_owned()))
            });
            Self(words.collect())
        }
    }

    impl KnownSums for Lines {
        fn sum(&self, path: &str, version: &str) -> Sum {
            let has = |version: &str| self.0.contains(&(path.to_owned(), version.to_owned()));
            match (has(version), has(&format!("{version}/go.mod"))) {
                (true, _) => Sum::Known,
                (false, true) => Sum::GoModOnly,
                (false, false) => Sum::Missing,
            }
        }

        fn zips(&self) -> Vec<(&str, &str)> {
            let all = self
                .0
                .iter()
                .map(|(path, version)| (path.as_str(), version.as_str()));
            all.filter(|(_, version)| !version.ends_with("/go.mod"))
                .collect()
        }
    }

    fn shown(files: &[(&str, &str)], workspace: Option<&str>) -> Vec<String> {
        let project = Project {
            folder: SourcePath::root(),
            workspace: workspace.map(|file| file.parse().unwrap()),
        };
        let tree = MemoryTree::of_files(files);
        let needs = ModuleNeeds::of(&tree, &project, Lines::of).unwrap();
        let shown = |module: &NeededModule| match &module.supply {
            Supply::Folder { folder, file } => format!("{} {folder} by {file}", module.path),
            Supply::Module { path, version, sum } => {
                format!("{} {path} {version} {sum:?}", module.path)
            }
        };
        needs.modules.iter().map(shown).collect()
    }

    #[test]
    fn needs_are_what_go_mod_requires_by_way_of_what_it_replaces() {
        let files = [
            (
                "go.mod",
                "module m\ngo 1.24\nrequire (\n a.com/a v1.0.0\n b.com/b v1.2.0\n c.com/c v1.0.0\n)\n\
                 replace b.com/b => ./b\nreplace c.com/c v1.0.0 => d.com/d v1.5.0\n",
            ),
            (
                "go.sum",
                "a.com/a v1.0.0 h1:x\nd.com/d v1.5.0/go.mod h1:x\ne.com/e v1.0.0 h1:x\n",
            ),
            ("b/go.mod", "module b.com/b\n"),
        ];
        assert_eq!(
            shown(&files, None),
            [
                "a.com/a a.com/a v1.0.0 Known",
                "b.com/b ./b by go.mod",
                "c.com/c d.com/d v1.5.0 GoModOnly",
            ]
        );
    }

    #[test]
    fn an_old_go_mod_does_not_name_all_and_go_sum_does() {
        let files = [
            ("go.mod", "module m\ngo 1.16\nrequire a.com/a v1.0.0\n"),
            (
                "go.sum",
                "a.com/a v1.0.0 h1:x\nb.com/b v1.9.0 h1:x\nb.com/b v1.10.0 h1:x\n",
            ),
        ];
        let expected = [
            "a.com/a a.com/a v1.0.0 Known",
            "b.com/b b.com/b v1.10.0 Known",
        ];
        assert_eq!(shown(&files, None), expected);
    }

    #[test]
    fn a_workspace_takes_the_newest_version_and_needs_no_member_from_elsewhere() {
        let files = [
            (
                "go.work",
                "go 1.24\nuse (\n ./a\n ./b\n)\nreplace x.com/x => y.com/y v1.0.0\n",
            ),
            (
                "a/go.mod",
                "module a.com/a\ngo 1.24\nrequire (\n x.com/x v1.9.0\n b.com/b v1.0.0\n z.com/z v1.9.0\n)\n",
            ),
            (
                "b/go.mod",
                "module b.com/b\ngo 1.24\nrequire z.com/z v1.10.0\nreplace x.com/x => ../x\n",
            ),
            ("go.work.sum", "y.com/y v1.0.0 h1:x\n"),
        ];
        let expected = [
            "x.com/x y.com/y v1.0.0 Known",
            "z.com/z z.com/z v1.10.0 Missing",
        ];
        assert_eq!(shown(&files, Some("go.work")), expected);
    }
}
