//! What `go list -deps` says about the packages of a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::go_values::{GoValuesError, go_values};
use crate::model::ImportPath;

/// The packages that a batch is made of, and what is wrong with them.
#[derive(Debug, Default)]
pub struct Listing(BTreeMap<String, Package>);

/// A package that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFailure {
    /// The package.
    pub package: ImportPath,
    /// The packages that led to it, from the main package on.
    pub imported_by: Vec<ImportPath>,
    /// The place in the source where that is said: `cmd/server/main.go:5:2`.
    pub position: String,
    /// What the go command says about it.
    pub message: String,
}

/// A package that is compiled without some of its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgoFiles {
    /// The package.
    pub package: ImportPath,
    /// The files that `import "C"`.
    pub files: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Package {
    import_path: String,
    standard: bool,
    dir: PathBuf,
    imports: Vec<String>,
    go_files: Vec<String>,
    s_files: Vec<String>,
    h_files: Vec<String>,
    syso_files: Vec<String>,
    embed_files: Vec<String>,
    ignored_go_files: Vec<String>,
    cgo_files: Vec<String>,
    error: Option<PackageError>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PackageError {
    import_stack: Vec<String>,
    pos: String,
    err: String,
}

impl Listing {
    /// The fields that are read.
    pub(super) const FIELDS: &str = "ImportPath,Standard,Dir,Imports,GoFiles,SFiles,HFiles,\
        SysoFiles,EmbedFiles,IgnoredGoFiles,Error";

    /// Reads what `go list -json` printed: one value after the other.
    ///
    /// # Errors
    /// When it is not that.
    pub fn parse(output: &[u8]) -> Result<Self, GoValuesError> {
        let named = |package: Package| (package.import_path.clone(), package);
        let packages = go_values(output).map(|package| package.map(named));
        packages.collect::<Result<_, _>>().map(Self)
    }

    /// Returns all packages that `main` is made of, itself among them.
    pub fn closure<'a>(&'a self, main: &'a ImportPath) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![main.as_str()];
        while let Some(path) = waiting.pop() {
            if found.insert(path) {
                let package = self.0.get(path);
                waiting.extend(
                    package
                        .iter()
                        .flat_map(|p| p.imports.iter().map(String::as_str)),
                );
            }
        }
        found
    }

    /// Returns the files that `main` is compiled from, absolute, those of the standard library left
    /// out.
    pub fn files(&self, main: &ImportPath) -> Vec<PathBuf> {
        let closure = self.closure(main);
        let packages = closure.into_iter().filter_map(|path| self.0.get(path));
        packages
            .filter(|package| !package.standard)
            .flat_map(Package::files)
            .collect()
    }

    /// Returns what keeps `main` from being loaded; nothing when it can be compiled.
    pub fn failures(&self, main: &ImportPath) -> Vec<LoadFailure> {
        let closure = self.closure(main);
        // A main package that is not even found is listed under another name.
        let known = self.0.contains_key(main.as_str());
        self.0
            .values()
            .filter(|package| !known || closure.contains(package.import_path.as_str()))
            .filter_map(Package::failure)
            .collect()
    }

    /// Returns the packages outside of the standard library that may have lost files to
    /// `import "C"`; `may_import_c` tells whether a file may say that.
    pub fn cgo_suspects(&self, may_import_c: impl Fn(&Path) -> bool) -> Vec<ImportPath> {
        let is_suspect = |package: &&Package| {
            let mut ignored = package.ignored_go_files.iter();
            !package.standard && ignored.any(|name| may_import_c(&package.dir.join(name)))
        };
        let suspects = self.0.values().filter(is_suspect);
        suspects
            .map(|package| ImportPath::reported(&package.import_path))
            .collect()
    }

    /// Returns the files of each package that count only where cgo is on, from a listing made with
    /// cgo on.
    pub fn into_cgo_files(self) -> Vec<CgoFiles> {
        self.0
            .into_values()
            .filter(|package| !package.cgo_files.is_empty())
            .map(|package| CgoFiles {
                package: ImportPath::reported(&package.import_path),
                files: package.cgo_files,
            })
            .collect()
    }
}

impl Package {
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let lists = [
            &self.go_files,
            &self.s_files,
            &self.h_files,
            &self.syso_files,
            &self.embed_files,
        ];
        let names = lists.into_iter().flatten();
        names.map(|name| self.dir.join(name))
    }

    fn failure(&self) -> Option<LoadFailure> {
        let error = self.error.as_ref()?;
        let importers = error
            .import_stack
            .iter()
            .filter(|path| **path != self.import_path);
        Some(LoadFailure {
            package: ImportPath::reported(&self.import_path),
            imported_by: importers.map(|path| ImportPath::reported(path)).collect(),
            position: error.pos.clone(),
            message: error.err.clone(),
        })
    }
}

impl LoadFailure {
    /// Tells whether the package is left without Go files by build constraints.
    pub fn is_without_files(&self) -> bool {
        self.message
            .starts_with("build constraints exclude all Go files")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = r#"{"ImportPath": "fmt", "Standard": true, "IgnoredGoFiles": ["x_windows.go"]}
{"ImportPath": "m/lib", "Imports": ["fmt", "m/gone"], "IgnoredGoFiles": ["c.go"]}
{"ImportPath": "m/gone", "Error": {"ImportStack": ["m/a", "m/lib"], "Pos": "lib/l.go:3:8", "Err": "cannot find it"}}
{"ImportPath": "m/a", "Imports": ["m/lib"]}
{"ImportPath": "m/b", "Imports": ["fmt"]}
"#;

    fn path(text: &str) -> ImportPath {
        ImportPath::reported(text)
    }

    #[test]
    fn a_failure_belongs_to_the_mains_that_need_the_package() {
        let listing = Listing::parse(OUTPUT.as_bytes()).unwrap();
        let expected = LoadFailure {
            package: path("m/gone"),
            imported_by: vec![path("m/a"), path("m/lib")],
            position: "lib/l.go:3:8".to_owned(),
            message: "cannot find it".to_owned(),
        };
        assert_eq!(listing.failures(&path("m/a")), [expected]);
        assert_eq!(listing.failures(&path("m/b")), []);
        assert_eq!(listing.failures(&path("m/unlisted")).len(), 1);
        assert!(listing.closure(&path("m/a")).contains("fmt"));
    }

    #[test]
    fn files_for_cgo_are_looked_for_outside_of_the_standard_library() {
        let listing = Listing::parse(OUTPUT.as_bytes()).unwrap();
        assert_eq!(listing.cgo_suspects(|_| true), [path("m/lib")]);
        assert_eq!(listing.cgo_suspects(|file| file.ends_with("a.go")), []);
        let with_cgo = br#"{"ImportPath": "m/lib", "CgoFiles": ["c.go"]} {"ImportPath": "m/x"}"#;
        let files = Listing::parse(with_cgo).unwrap().into_cgo_files();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].files, ["c.go"]);
    }

    #[test]
    fn anything_else_is_an_error() {
        assert!(Listing::parse(b"{\"ImportPath\": ").is_err());
        assert!(Listing::parse(b"go: oops").is_err());
        assert!(Listing::parse(b"").unwrap().0.is_empty());
    }
}
