//! The packages of the modules in the tree, found without Go.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read as _};

use super::go_source::{BuildTags, SourceFile};
use super::inputs::is_compiled;
use super::package::{Package, PackageKind};
use super::{LocalModule, ModuleRole};
use crate::model::{BuildError, ImportPath, Phase, SourcePath};
use crate::ports::{EntryKind, Listing, SourceTree, SourceTreeError};

/// How much of a source file is read. What comes later is generated tables.
pub(super) const SOURCE_LIMIT: u64 = 4 << 20;

/// Packages by what they are imported as.
pub(super) type Packages = BTreeMap<ImportPath, Package>;

/// Reads all packages of `modules`.
pub(super) fn read(
    tree: &dyn SourceTree,
    modules: &[LocalModule],
    tags: &BuildTags,
) -> Result<Packages, BuildError> {
    let mut packages = Packages::new();
    for module in modules {
        let mut folders = vec![module.folder.clone()];
        while let Some(folder) = folders.pop() {
            let Some(listing) = readable(tree.list(&folder))? else {
                continue;
            };
            if folder != module.folder && is_module(&listing) {
                continue;
            }
            folders.extend(subfolders(module, &listing));
            packages.extend(package(tree, module, &folder, &listing, tags)?);
        }
    }
    add_imported(tree, modules, tags, &mut packages)?;
    Ok(packages)
}

/// Adds what is imported from where Go's patterns do not look: packages below `testdata`, in folders whose names begin
/// with `_`, that go.mod ignores, or that are links.
fn add_imported(
    tree: &dyn SourceTree,
    modules: &[LocalModule],
    tags: &BuildTags,
    packages: &mut Packages,
) -> Result<(), BuildError> {
    let imports = packages.values().flat_map(|package| &package.imports);
    let mut ahead: BTreeSet<String> = imports.cloned().collect();
    let mut seen = BTreeSet::new();
    while let Some(import) = ahead.pop_first() {
        let path = ImportPath::reported(&import);
        if packages.contains_key(&path) || !seen.insert(import.clone()) {
            continue;
        }
        let Some((module, folder)) = LocalModule::place_of(modules, &import) else {
            continue;
        };
        if is_in_other_module(tree, module, &folder)? {
            continue;
        }
        let Some(listing) = readable(tree.list(&folder))? else {
            continue;
        };
        // Nothing imports a program.
        let found = package(tree, module, &folder, &listing, tags)?;
        if let Some((path, mut package)) = found.filter(|(_, it)| it.kind == PackageKind::Library) {
            let (real, links) = resolved(tree, &folder);
            package.linked.folder = real.filter(|real| *real != folder);
            package.linked.files.extend(links);
            ahead.extend(package.imports.iter().cloned());
            packages.insert(path, package);
        }
    }
    Ok(())
}

fn is_in_other_module(
    tree: &dyn SourceTree,
    module: &LocalModule,
    folder: &SourcePath,
) -> Result<bool, BuildError> {
    let folders = std::iter::successors(Some(folder.clone()), SourcePath::parent);
    for folder in folders.take_while(|folder| *folder != module.folder) {
        let go_mod = folder.join("go.mod").unwrap_or_default();
        let entry = readable(tree.entry(&go_mod))?;
        if entry.is_some_and(|entry| entry.kind != EntryKind::Folder) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn package(
    tree: &dyn SourceTree,
    module: &LocalModule,
    folder: &SourcePath,
    listing: &Listing,
    tags: &BuildTags,
) -> Result<Option<(ImportPath, Package)>, BuildError> {
    let (mut files, mut linked) = (Vec::new(), BTreeSet::new());
    for entry in &listing.entries {
        let name = entry.path.file_name();
        if matches!(entry.kind, EntryKind::Symlink(_)) && is_compiled(name) {
            let (real, links) = resolved(tree, &entry.path);
            linked.extend(real.into_iter().chain(links));
        }
        let is_file = !matches!(entry.kind, EntryKind::Folder | EntryKind::Special(_));
        if is_file && is_source(name) {
            let text = readable(start_of(tree, &entry.path))?;
            files.extend(text.map(|text| SourceFile::parse(name, &text, tags)));
        }
    }
    let relative = folder.below(&module.folder).unwrap_or_default();
    let import_path = ImportPath::within(&module.path, relative);
    let package = Package::of_files(import_path.clone(), folder.clone(), files);
    Ok(package.map(|mut package| {
        package.linked.files = linked;
        (import_path, package)
    }))
}

/// Returns where a path leads once all links are followed, as long as it stays in the tree, and the links that are
/// passed.
pub fn resolved(
    tree: &dyn SourceTree,
    path: &SourcePath,
) -> (Option<SourcePath>, BTreeSet<SourcePath>) {
    const LINK_LIMIT: usize = 40;
    let names = |path: &str| -> Vec<String> { path.rsplit('/').map(str::to_owned).collect() };
    let (mut here, mut ahead) = (SourcePath::root(), names(path.as_str()));
    let (mut links, mut passed) = (BTreeSet::new(), 0);
    while let Some(name) = ahead.pop() {
        let next = here.join(&name).ok();
        let entry = next.and_then(|next| tree.entry(&next).ok());
        match entry.map(|entry| (entry.path, entry.kind)) {
            Some((link, EntryKind::Symlink(target))) => {
                links.insert(link);
                passed += 1;
                if passed > LINK_LIMIT || target.starts_with('/') {
                    return (None, links);
                }
                ahead.extend(names(&target));
            }
            Some((next, _)) => here = next,
            None => return (None, links),
        }
    }
    (Some(here), links)
}

/// Reads the start of a file; bytes that are not UTF-8 are replaced.
pub(super) fn start_of(
    tree: &dyn SourceTree,
    path: &SourcePath,
) -> Result<String, SourceTreeError> {
    let mut bytes = Vec::new();
    let failed = |source| SourceTreeError::Io {
        path: path.clone(),
        source,
    };
    let reader = tree.open(path)?.open().map_err(failed)?;
    reader
        .take(SOURCE_LIMIT)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
}

fn is_source(name: &str) -> bool {
    name.strip_suffix(".go")
        .is_some_and(|stem| !stem.ends_with("_test") && !stem.starts_with(['_', '.']))
}

fn is_module(listing: &Listing) -> bool {
    let mut entries = listing.entries.iter();
    entries.any(|entry| entry.path.file_name() == "go.mod" && entry.kind != EntryKind::Folder)
}

/// Returns the folders that Go's patterns look into too. Only main modules are walked: of a
/// replacement every package that is imported is there as well, programs are not asked for.
fn subfolders(module: &LocalModule, listing: &Listing) -> Vec<SourcePath> {
    let folders = listing
        .entries
        .iter()
        .filter(|entry| entry.kind == EntryKind::Folder)
        .map(|entry| &entry.path);
    folders
        .filter(|path| {
            let name = path.file_name();
            !name.starts_with(['_', '.']) && !matches!(name, "testdata" | "vendor")
        })
        .filter(|path| !is_ignored(module, path))
        .cloned()
        .collect()
}

/// `ignore ./x` in go.mod means one folder, `ignore x` every one of that name.
fn is_ignored(module: &LocalModule, path: &SourcePath) -> bool {
    let relative = path.below(&module.folder).unwrap_or_default();
    module.role == ModuleRole::Main
        && module
            .go_mod
            .ignores
            .iter()
            .any(|ignored| match ignored.strip_prefix("./") {
                Some(rooted) => relative == rooted.trim_end_matches('/'),
                None => {
                    format!("/{relative}").ends_with(&format!("/{}", ignored.trim_end_matches('/')))
                }
            })
}

/// Passes over what this user may not read, or what leads out: Go will say so if it matters.
pub(super) fn readable<T>(read: Result<T, SourceTreeError>) -> Result<Option<T>, BuildError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(
            SourceTreeError::Missing(_)
            | SourceTreeError::Outside(_)
            | SourceTreeError::WrongKind { .. },
        ) => Ok(None),
        Err(SourceTreeError::Io { source, .. }) if source.kind() == ErrorKind::PermissionDenied => {
            Ok(None)
        }
        Err(error) => {
            Err(BuildError::new(Phase::Facts, "", "cannot read the source").because(error))
        }
    }
}
