//! Which packages import which, and the modules that they come from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::go_values::{GoValuesError, go_values};
use crate::model::ImportPath;

/// The packages that programs are compiled from, as `go list -deps` shows them.
#[derive(Debug, Default)]
pub struct PackageGraph(BTreeMap<String, Package>);

/// A module that a program is compiled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompiledModule {
    /// What it is imported as.
    pub path: String,
    /// The version that was selected; none for modules of the source itself.
    pub version: Option<String>,
    /// What stands in for it.
    pub replacement: Option<ModuleReplacement>,
    /// The shortest way of imports from the main package to one of its packages, both named.
    pub chain: Vec<String>,
    /// The modules whose packages import one of its packages.
    pub importers: BTreeSet<String>,
}

/// What stands in for a module.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModuleReplacement {
    /// The path of a module, or a folder.
    pub path: String,
    /// The version, where it is a module.
    pub version: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Package {
    import_path: String,
    #[serde(default)]
    imports: Vec<String>,
    module: Option<Module>,
    error: Option<PackageError>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    path: String,
    version: Option<String>,
    replace: Option<ModuleReplacement>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PackageError {
    err: String,
}

impl PackageGraph {
    /// The fields that are read.
    pub(super) const FIELDS: &str = "ImportPath,Imports,Module,Error";

    /// Reads what `go list -json` printed: one value after the other.
    ///
    /// # Errors
    /// When it is not that.
    pub fn parse(output: &[u8]) -> Result<Self, GoValuesError> {
        let named = |package: Package| (package.import_path.clone(), package);
        let packages = go_values(output).map(|package| package.map(named));
        packages.collect::<Result<_, _>>().map(Self)
    }

    /// Returns the import paths of all packages.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Returns a package and all that it imports, however far.
    pub(super) fn closure<'a>(&'a self, path: &'a str) -> BTreeSet<&'a str> {
        let mut all = BTreeSet::from([path]);
        let mut left = vec![path];
        while let Some(package) = left.pop().and_then(|path| self.0.get(path)) {
            for import in &package.imports {
                if all.insert(import) {
                    left.push(import);
                }
            }
        }
        all
    }

    /// Returns what the go command says is wrong with `main`, or with a package that it needs.
    pub fn failure(&self, main: &ImportPath) -> Option<&str> {
        // A main package that is not even found is listed under another name.
        let is_known = self.0.contains_key(main.as_str());
        let (needed, _) = self.walk(main);
        let mut packages = self.0.values();
        packages.find_map(|package| {
            let is_needed = !is_known || needed.contains_key(package.import_path.as_str());
            let error = package.error.as_ref().filter(|_| is_needed)?;
            Some(error.err.as_str())
        })
    }

    /// Returns the modules that `main` is compiled from, by their paths.
    pub fn modules<'a>(&'a self, main: &'a ImportPath) -> BTreeMap<&'a str, CompiledModule> {
        let mut modules = BTreeMap::new();
        let (importers, nearest_first) = self.walk(main);
        for path in nearest_first {
            let module = self.0.get(path).and_then(|package| package.module.as_ref());
            if let Some(module) = module {
                modules
                    .entry(module.path.as_str())
                    .or_insert_with(|| module.compiled(chain(&importers, path)));
            }
        }
        for path in importers.keys() {
            self.note_importer(path, &mut modules);
        }
        modules
    }

    /// Returns who first imports each package that `main` needs, and these packages, the nearest to it first.
    fn walk<'a>(&'a self, main: &'a ImportPath) -> (Importers<'a>, Vec<&'a str>) {
        let mut importers = Importers::from([(main.as_str(), None)]);
        let mut nearest_first = vec![main.as_str()];
        let mut next = 0;
        while let Some(&path) = nearest_first.get(next) {
            next += 1;
            let imports = self.0.get(path).into_iter().flat_map(|it| &it.imports);
            for import in imports {
                if !importers.contains_key(import.as_str()) {
                    importers.insert(import, Some(path));
                    nearest_first.push(import);
                }
            }
        }
        (importers, nearest_first)
    }

    fn note_importer(&self, path: &str, modules: &mut BTreeMap<&str, CompiledModule>) {
        let module = |path: &str| self.0.get(path)?.module.as_ref();
        let Some(own) = module(path) else { return };
        let imports = self.0.get(path).into_iter().flat_map(|it| &it.imports);
        for imported in imports.filter_map(|import| module(import)) {
            if imported.path != own.path
                && let Some(imported) = modules.get_mut(imported.path.as_str())
            {
                imported.importers.insert(own.path.clone());
            }
        }
    }
}

impl Module {
    fn compiled(&self, chain: Vec<String>) -> CompiledModule {
        CompiledModule {
            path: self.path.clone(),
            version: self.version.clone(),
            replacement: self.replace.clone(),
            chain,
            importers: BTreeSet::new(),
        }
    }
}

/// By package, who imports it first; nobody imports a main package.
type Importers<'a> = BTreeMap<&'a str, Option<&'a str>>;

/// Returns the way to `path` by those who import it.
fn chain(importers: &Importers<'_>, path: &str) -> Vec<String> {
    let importer = |path: &&str| importers.get(path).copied().flatten();
    let mut chain: Vec<String> = std::iter::successors(Some(path), importer)
        .map(str::to_owned)
        .collect();
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTED: &str = r#"
        {"ImportPath":"fmt"}
        {"ImportPath":"example.com/lib/deep","Module":{"Path":"example.com/lib","Version":"v1.2.0"}}
        {"ImportPath":"example.com/lib","Imports":["example.com/lib/deep"],"Module":{"Path":"example.com/lib","Version":"v1.2.0"}}
        {"ImportPath":"example.com/old","Imports":["fmt"],"Module":{"Path":"example.com/old","Version":"v1.0.0","Replace":{"Path":"example.com/new","Version":"v1.1.0"}}}
        {"ImportPath":"example.com/app/store","Imports":["example.com/lib"],"Module":{"Path":"example.com/app","Main":true}}
        {"ImportPath":"example.com/app","Imports":["example.com/app/store","example.com/old","fmt"],"Module":{"Path":"example.com/app","Main":true}}
    "#;

    #[test]
    fn each_module_comes_with_the_shortest_way_to_it() {
        let graph = PackageGraph::parse(LISTED.as_bytes()).unwrap();
        let main = ImportPath::reported("example.com/app");
        let modules = graph.modules(&main);
        let shown: Vec<String> = modules
            .values()
            .map(|module| {
                format!(
                    "{} {:?} {}",
                    module.path,
                    module.version,
                    module.chain.join(" ")
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                "example.com/app None example.com/app",
                "example.com/lib Some(\"v1.2.0\") example.com/app example.com/app/store example.com/lib",
                "example.com/old Some(\"v1.0.0\") example.com/app example.com/old",
            ]
        );
        let with = modules["example.com/old"].replacement.as_ref().unwrap();
        assert_eq!(with.path, "example.com/new");
        let importers = &modules["example.com/lib"].importers;
        assert_eq!(importers.iter().collect::<Vec<_>>(), ["example.com/app"]);
        assert_eq!(graph.failure(&main), None);
    }

    #[test]
    fn what_cannot_be_loaded_is_told() {
        let graph = PackageGraph::parse(
            br#"{"ImportPath":"lib","Error":{"Err":"no such thing"}}
                {"ImportPath":"broken","Imports":["lib"]} {"ImportPath":"whole","Imports":["fmt"]}"#,
        );
        let graph = graph.unwrap();
        let failure = |main: &str| {
            graph
                .failure(&ImportPath::reported(main))
                .map(str::to_owned)
        };
        assert_eq!(failure("broken").as_deref(), Some("no such thing"));
        assert_eq!(failure("whole"), None);
        assert_eq!(failure("nowhere").as_deref(), Some("no such thing"));
        assert!(PackageGraph::parse(b"{").is_err());
    }
}
