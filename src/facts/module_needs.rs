//! The modules that a project is built from, as its files name them.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::Modules;
use super::{LocalModule, ModuleRole, Project, Replace, Replacement};
use crate::model::{BuildError, GoVersion, ModulePath, ModuleVersion, Phase, SourcePath};
use crate::ports::{SourceTree, SourceTreeError};

/// The longest go.sum, go.work.sum or vendor/modules.txt that is read.
const LIST_LIMIT: u64 = 64 << 20;

/// The first version of Go whose go.mod names all modules of a build.
const COMPLETE_SINCE: &str = "1.17";

/// The modules that a project needs from elsewhere, told without Go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleNeeds {
    /// All of them, by path.
    pub modules: Vec<NeededModule>,
    /// What the vendor folder has, by path; nothing where there is none.
    pub vendored: Option<BTreeMap<String, String>>,
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

/// What go.sum says of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sum {
    /// Its hash: no checksum database is asked.
    Known,
    /// The hash of its go.mod file alone: nothing of it is compiled.
    GoModOnly,
    /// Nothing.
    Missing,
}

impl ModuleNeeds {
    /// Reads what go.mod, go.work, go.sum and vendor/modules.txt say.
    ///
    /// # Errors
    /// When a file that describes a module is missing or wrong.
    pub fn of(tree: &dyn SourceTree, project: &Project) -> Result<Self, BuildError> {
        let modules = Modules::read(tree, project)?;
        let sums = Sums::read(tree, project, &modules)?;
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
            for (path, version) in sums.newest_zips() {
                if !own.contains(&path) && !needed.contains_key(&path) {
                    needed.insert(path, version);
                }
            }
        }
        let replaces = replaces(project, &modules);
        let modules = needed.into_iter().map(|(path, version)| NeededModule {
            supply: supply(&path, &version, &replaces, &sums),
            path,
            version,
        });
        Ok(Self {
            modules: modules.collect(),
            vendored: vendored(tree, project)?,
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
    sums: &Sums,
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
    let sum = sums.of(&path, &version);
    Supply::Module { path, version, sum }
}

/// What go.sum and go.work.sum have hashes of.
#[derive(Default)]
struct Sums {
    zips: BTreeSet<(String, String)>,
    go_mods: BTreeSet<(String, String)>,
}

impl Sums {
    fn read(
        tree: &dyn SourceTree,
        project: &Project,
        modules: &Modules,
    ) -> Result<Self, BuildError> {
        let of_workspace = project.workspace.iter().filter_map(|file| {
            let folder = file.parent()?;
            folder.join("go.work.sum").ok()
        });
        let of_modules = modules
            .list
            .iter()
            .filter_map(|module| module.folder.join("go.sum").ok());
        let mut sums = Self::default();
        for file in of_workspace.chain(of_modules) {
            let text = read_list(tree, &file)?.unwrap_or_default();
            for line in text.lines() {
                let mut words = line.split_whitespace();
                let (Some(path), Some(version)) = (words.next(), words.next()) else {
                    continue;
                };
                let (of, version) = match version.strip_suffix("/go.mod") {
                    Some(version) => (&mut sums.go_mods, version),
                    None => (&mut sums.zips, version),
                };
                of.insert((path.to_owned(), version.to_owned()));
            }
        }
        Ok(sums)
    }

    fn of(&self, path: &ModulePath, version: &str) -> Sum {
        let key = (path.as_str().to_owned(), version.to_owned());
        if self.zips.contains(&key) {
            Sum::Known
        } else if self.go_mods.contains(&key) {
            Sum::GoModOnly
        } else {
            Sum::Missing
        }
    }

    fn newest_zips(&self) -> BTreeMap<ModulePath, String> {
        let mut newest = BTreeMap::new();
        for (path, version) in &self.zips {
            if let Ok(path) = path.parse() {
                add(&mut newest, &path, version);
            }
        }
        newest
    }
}

/// Reads what the vendor folder beside go.work, or else go.mod, has.
fn vendored(
    tree: &dyn SourceTree,
    project: &Project,
) -> Result<Option<BTreeMap<String, String>>, BuildError> {
    let folder = match &project.workspace {
        Some(file) => file.parent().unwrap_or_default(),
        None => SourcePath::root(),
    };
    let file = folder.join("vendor/modules.txt").unwrap_or_default();
    let Some(text) = read_list(tree, &file)? else {
        return Ok(None);
    };
    let modules = text.lines().filter_map(|line| {
        let mut words = line.strip_prefix("# ")?.split_whitespace();
        let (path, version) = (words.next()?, words.next()?);
        // Replaced without a version: the version is that of the replacement.
        let version = if version == "=>" { "" } else { version };
        Some((path.to_owned(), version.to_owned()))
    });
    Ok(Some(modules.collect()))
}

fn read_list(tree: &dyn SourceTree, file: &SourcePath) -> Result<Option<String>, BuildError> {
    match tree.read(file, LIST_LIMIT) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(SourceTreeError::Missing(_)) => Ok(None),
        Err(error) => {
            Err(BuildError::new(Phase::Facts, file, "cannot read the file").because(error))
        }
    }
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

    fn shown(files: &[(&str, &str)], workspace: Option<&str>) -> Vec<String> {
        let project = Project {
            folder: SourcePath::root(),
            workspace: workspace.map(|file| file.parse().unwrap()),
        };
        let needs = ModuleNeeds::of(&MemoryTree::of_files(files), &project).unwrap();
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
