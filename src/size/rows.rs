//! The bytes of owners as rows of packages and modules.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{Home, Modules};
use super::owner::{Owner, Purpose};
use super::program_size::{ModuleKind, ModuleSize, PackageSize, Parts};

/// What packages of Go itself are listed under.
const STANDARD: &str = "std";
/// What packages are listed under whose module nobody names.
const UNKNOWN: &str = "modules that the program does not name";

/// Returns the modules, with what belongs to none, and the packages; the largest first.
pub(super) fn rows(
    owned: &BTreeMap<Owner, Parts>,
    paths: &[String],
    modules: &Modules<'_>,
) -> (Vec<ModuleSize>, Vec<PackageSize>) {
    let known: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let mut packages: BTreeMap<&str, Parts> = BTreeMap::new();
    let mut homes: BTreeMap<Home, Parts> = BTreeMap::new();
    let mut rows = Vec::new();
    for (owner, parts) in owned {
        match owner {
            Owner::Package(number) => {
                let path = paths
                    .get(*number)
                    .map_or("", |path| modules.import_path(first_of(path, &known)));
                packages.entry(path).or_default().extend(parts);
                homes
                    .entry(modules.home_of(path))
                    .or_default()
                    .extend(parts);
            }
            Owner::Purpose(purpose) => rows.push(of_purpose(*purpose, *parts)),
        }
    }
    rows.extend(
        homes
            .into_iter()
            .map(|(home, parts)| of_home(home, parts, modules)),
    );
    rows.sort_by(|a, b| (b.size_bytes, &a.name).cmp(&(a.size_bytes, &b.name)));
    let packages = packages.into_iter().map(|(name, parts)| PackageSize {
        name: name.to_owned(),
        module: module_of(name, modules),
        size_bytes: parts.size_bytes(),
        parts,
    });
    let mut packages: Vec<PackageSize> = packages.collect();
    packages.sort_by(|a, b| (b.size_bytes, &a.name).cmp(&(a.size_bytes, &b.name)));
    (rows, packages)
}

/// Returns the package that is meant where a symbol names two, as that of a method does which a type has
/// from an embedded one of another package: `a.io/b.Type.c.io/d.method`. The first is meant, and known
/// by its other symbols.
fn first_of<'p>(path: &'p str, known: &BTreeSet<&str>) -> &'p str {
    let slashes = path.match_indices('/').map(|(at, _)| at);
    let mut shorter = slashes.filter_map(|at| {
        let dot = path[at..].find('.')?;
        Some(&path[..at + dot])
    });
    shorter.find(|path| known.contains(path)).unwrap_or(path)
}

fn of_purpose(purpose: Purpose, parts: Parts) -> ModuleSize {
    ModuleSize {
        name: purpose.as_str().to_owned(),
        version: None,
        kind: match purpose {
            Purpose::Unattributed => ModuleKind::NotAttributed,
            _ => ModuleKind::Purpose,
        },
        size_bytes: parts.size_bytes(),
        parts,
    }
}

fn of_home(home: Home, parts: Parts, modules: &Modules<'_>) -> ModuleSize {
    let module = modules.module(home);
    let (kind, other) = match home {
        Home::Main => (ModuleKind::Main, "main"),
        Home::Module(_) => (ModuleKind::Module, ""),
        Home::Standard => (ModuleKind::Standard, STANDARD),
        Home::Unknown => (ModuleKind::Unknown, UNKNOWN),
    };
    ModuleSize {
        name: module.map_or_else(|| other.to_owned(), |module| module.path.clone()),
        version: module.map(|module| module.version.clone()),
        kind,
        size_bytes: parts.size_bytes(),
        parts,
    }
}

fn module_of(package: &str, modules: &Modules<'_>) -> Option<String> {
    let home = modules.home_of(package);
    match home {
        Home::Standard => Some(STANDARD.to_owned()),
        _ => modules.module(home).map(|module| module.path.clone()),
    }
}

impl Parts {
    pub(super) fn extend(&mut self, other: &Self) {
        self.code_bytes += other.code_bytes;
        self.table_bytes += other.table_bytes;
        self.type_bytes += other.type_bytes;
        self.data_bytes += other.data_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_packages_in_a_name_the_first_is_meant() {
        let known = BTreeSet::from(["a.io/b", "c.io/d", "a.io/v1.2/x"]);
        for (path, package) in [
            ("a.io/b.Type.c.io/d", "a.io/b"),
            ("a.io/b", "a.io/b"),
            ("a.io/v1.2/x", "a.io/v1.2/x"),
            ("x.io/y.Type.c.io/d", "x.io/y.Type.c.io/d"),
            ("main", "main"),
        ] {
            assert_eq!(first_of(path, &known), package, "{path}");
        }
    }
}
