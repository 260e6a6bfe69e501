//! The content of all that a program is compiled from, found without Go.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;

use super::embed::Embed;
use super::files::{Pick, walk};
use super::inputs::PROFILE;
use super::package::Package;
use super::packages::{SOURCE_LIMIT, start_of};
use super::{LocalModule, MainPackage, ModuleRole, SourceFacts};
use crate::model::{Digest, Digester, SourcePath};
use crate::ports::{EntryKind, FileStamp, Listing, SourceTree, SourceTreeError};

/// The files in the tree that can change what a program is compiled to, with the digests of their
/// content: what describes modules, what is vendored, and of each package in the tree that the
/// program is made of every file that Go looks at, and all that may be embedded.
///
/// What is no file has a digest too, of what it is: go embeds files alone, and refuses some of what
/// is none.
///
/// Two trees with the same inputs, compiled with the same settings by the same Go, give the same
/// program, or fail alike: whatever is imported follows from these files, and what lies outside of
/// the tree is held by go.sum.
pub type SourceInputs = BTreeMap<SourcePath, Digest>;

/// Why nobody can say what a program is compiled from.
#[derive(Debug, thiserror::Error)]
pub enum InputsError {
    /// Something cannot be read.
    #[error(transparent)]
    Tree(#[from] SourceTreeError),
    /// A link stands for a folder, in which Go may or may not look.
    #[error("{0} is a link to a folder")]
    Link(SourcePath),
    /// A source file is so long that its end is not read.
    #[error("{0} is longer than 4 MiB, and may embed or import more than was seen")]
    Long(SourcePath),
    /// A file is made part of another from a place that nobody knows.
    #[error(
        "{file} includes {name}, which Go's own build cache does not see: it sees NAME.h beside it"
    )]
    Include {
        /// The file in the package.
        file: SourcePath,
        /// What it includes.
        name: String,
    },
    /// A name is not UTF-8.
    #[error("{folder} has a name that is not UTF-8: {name}")]
    Name {
        /// Where.
        folder: SourcePath,
        /// The name, with replacement characters.
        name: String,
    },
    /// A module lies where coracle does not look.
    #[error("the module in {0} lies outside of the source tree")]
    Outside(String),
    /// A module came to lie around a package since the source was read.
    #[error("{0} has come about while the source was read")]
    Module(SourcePath),
}

/// Reads inputs, each file and each folder of packages once.
pub struct InputReader<'a> {
    tree: &'a dyn SourceTree,
    facts: &'a SourceFacts,
    known: RefCell<SourceInputs>,
    listings: RefCell<BTreeMap<SourcePath, Rc<Listing>>>,
    stamps: RefCell<Stamps>,
    /// The folders in which nothing includes what is not looked at.
    checked: RefCell<BTreeSet<SourcePath>>,
}

/// The states of files when they were read.
pub type Stamps = BTreeMap<SourcePath, FileStamp>;

impl<'a> InputReader<'a> {
    /// Begins to read in `tree`, of which `facts` are known.
    pub fn new(tree: &'a dyn SourceTree, facts: &'a SourceFacts) -> Self {
        Self {
            tree,
            facts,
            known: RefCell::default(),
            listings: RefCell::default(),
            stamps: RefCell::default(),
            checked: RefCell::default(),
        }
    }

    /// Returns what `main` is compiled from.
    ///
    /// # Errors
    /// When something cannot be read, or it cannot be said what Go would do with it.
    pub fn inputs(&self, main: &MainPackage) -> Result<SourceInputs, InputsError> {
        let mut inputs = SourceInputs::new();
        let packages = self.facts.packages_of(&[main]);
        self.modules(&mut inputs)?;
        let mut folders = BTreeSet::new();
        for package in &packages {
            self.check_module(package, &mut folders)?;
            self.package(package, &mut inputs)?;
        }
        let imports: BTreeSet<&String> = packages.iter().flat_map(|it| &it.imports).collect();
        let mut folders = BTreeSet::new();
        for import in imports {
            self.places(import, &mut folders, &mut inputs)?;
        }
        Ok(inputs)
    }

    /// Returns the states of all files that were read, each from before.
    pub fn into_stamps(self) -> Stamps {
        self.stamps.into_inner()
    }

    /// What describes the modules. All of them choose the versions of each other's dependencies.
    fn modules(&self, inputs: &mut SourceInputs) -> Result<(), InputsError> {
        if let Some(folder) = &self.facts.outside {
            return Err(InputsError::Outside(folder.clone()));
        }
        for module in &self.facts.modules {
            self.file_in(&module.folder, "go.mod", inputs)?;
            if module.role == ModuleRole::Main {
                self.file_in(&module.folder, "go.sum", inputs)?;
            }
        }
        let workspace = self.facts.workspace.as_ref();
        let root = workspace.and_then(SourcePath::parent).unwrap_or_default();
        if let Some(file) = workspace {
            self.take(file, inputs)?;
            self.file_in(&root, "go.work.sum", inputs)?;
        }
        self.vendored(&root.join("vendor").unwrap_or_default(), inputs)
    }

    /// A vendor folder counts by being there, whatever is in it.
    fn vendored(&self, vendor: &SourcePath, inputs: &mut SourceInputs) -> Result<(), InputsError> {
        match self.tree.entry(vendor) {
            Err(SourceTreeError::Missing(_)) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(entry) => match entry.kind {
                EntryKind::Folder | EntryKind::Symlink(_) => {
                    inputs.insert(vendor.clone(), no_file("folder"));
                    self.below(vendor, &|_| Pick::Take, inputs)
                }
                EntryKind::File { .. } | EntryKind::Special(_) => Ok(()),
            },
        }
    }

    /// Takes a file that may be missing, and tells whether it is there.
    fn file_in(
        &self,
        folder: &SourcePath,
        name: &str,
        inputs: &mut SourceInputs,
    ) -> Result<bool, InputsError> {
        let path = folder.join(name).unwrap_or_default();
        match self.take(&path, inputs) {
            Err(InputsError::Tree(SourceTreeError::Missing(_))) => Ok(false),
            taken => taken.map(|()| true),
        }
    }

    /// A go.mod that appears between a package and its module takes the package out of the module.
    fn check_module(
        &self,
        package: &Package,
        seen: &mut BTreeSet<SourcePath>,
    ) -> Result<(), InputsError> {
        let Some(module) = LocalModule::at(&self.facts.modules, &package.folder) else {
            return Ok(());
        };
        let folders = std::iter::successors(Some(package.folder.clone()), SourcePath::parent);
        for folder in folders.take_while(|folder| *folder != module.folder) {
            if !seen.insert(folder.clone()) {
                return Ok(());
            }
            let go_mod = folder.join("go.mod").unwrap_or_default();
            match self.tree.entry(&go_mod) {
                Err(SourceTreeError::Missing(_)) => {}
                Err(error) => return Err(error.into()),
                Ok(entry) if entry.kind == EntryKind::Folder => {}
                Ok(_) => return Err(InputsError::Module(go_mod)),
            }
        }
        Ok(())
    }

    /// Takes what lies wherever an import may be found: go refuses one that it finds twice, also
    /// where the other folder holds nothing that is built.
    fn places(
        &self,
        import: &str,
        seen: &mut BTreeSet<SourcePath>,
        inputs: &mut SourceInputs,
    ) -> Result<(), InputsError> {
        for module in &self.facts.modules {
            let rest = import.strip_prefix(module.path.as_str());
            let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.starts_with('/')) else {
                continue;
            };
            let folder = module.folder.join(rest.trim_start_matches('/'));
            let folder = folder.unwrap_or_default();
            match self.sources(&folder, &has_source_name, inputs) {
                Err(InputsError::Tree(
                    SourceTreeError::Missing(_) | SourceTreeError::WrongKind { .. },
                )) => continue,
                taken => taken?,
            }
            let folders = std::iter::successors(Some(folder), SourcePath::parent);
            for folder in folders.take_while(|folder| *folder != module.folder) {
                if seen.insert(folder.clone()) {
                    self.file_in(&folder, "go.mod", inputs)?;
                }
            }
        }
        Ok(())
    }

    /// Takes the files in a folder whose names count.
    fn sources(
        &self,
        folder: &SourcePath,
        counts: &dyn Fn(&str) -> bool,
        inputs: &mut SourceInputs,
    ) -> Result<(), InputsError> {
        let listing = self.list(folder)?;
        all_utf8(folder, &listing.not_utf8)?;
        for entry in &listing.entries {
            let is_long = matches!(entry.kind, EntryKind::File { size_bytes, .. } if size_bytes > SOURCE_LIMIT);
            if is_long && has_source_name(entry.path.file_name()) {
                return Err(InputsError::Long(entry.path.clone()));
            }
            if entry.kind != EntryKind::Folder && counts(entry.path.file_name()) {
                self.take_as(&entry.path, &entry.kind, inputs)?;
            }
        }
        Ok(())
    }

    fn list(&self, folder: &SourcePath) -> Result<Rc<Listing>, SourceTreeError> {
        let known = self.listings.borrow().get(folder).map(Rc::clone);
        if let Some(listing) = known {
            return Ok(listing);
        }
        let listing = Rc::new(self.tree.list(folder)?);
        let mut listings = self.listings.borrow_mut();
        listings.insert(folder.clone(), Rc::clone(&listing));
        Ok(listing)
    }

    fn package(&self, package: &Package, inputs: &mut SourceInputs) -> Result<(), InputsError> {
        self.sources(&package.folder, &is_looked_at, inputs)?;
        self.check_includes(&package.folder)?;
        for pattern in package.embeds.iter().filter_map(|text| Embed::wide(text)) {
            self.below(&package.folder, &|path| pattern.reach(path), inputs)?;
        }
        Ok(())
    }

    /// What assembly and C include is seen where it is looked at too: beside them. Others are known by nobody, not even
    /// by Go: it would take what it compiled before.
    fn check_includes(&self, folder: &SourcePath) -> Result<(), InputsError> {
        if self.checked.borrow().contains(folder) {
            return Ok(());
        }
        let listing = self.list(folder)?;
        let names = listing.entries.iter().map(|entry| &entry.path);
        for file in names.filter(|path| may_include(path.file_name())) {
            let text = start_of(self.tree, file)?;
            if text.len() as u64 >= SOURCE_LIMIT {
                return Err(InputsError::Long(file.clone()));
            }
            let mut included = text.lines().filter_map(included);
            if let Some(name) = included.find(|name| !is_beside(name)) {
                return Err(InputsError::Include {
                    file: file.clone(),
                    name: name.to_owned(),
                });
            }
        }
        self.checked.borrow_mut().insert(folder.clone());
        Ok(())
    }

    /// Takes all below `folder` that `pick` takes.
    fn below(
        &self,
        folder: &SourcePath,
        pick: &dyn Fn(&str) -> Pick,
        inputs: &mut SourceInputs,
    ) -> Result<(), InputsError> {
        let walked = walk(self.tree, folder, pick)?;
        all_utf8(folder, &walked.not_utf8)?;
        for (path, kind) in walked.taken {
            self.take_as(&path, &kind, inputs)?;
        }
        // Go embeds nothing of that name, and refuses a pattern that names it.
        for path in walked.git {
            inputs.insert(path, no_file("repository"));
        }
        Ok(())
    }

    /// Takes what is at a path, a link as one: where go wants a file, a link to it will not do.
    fn take_as(
        &self,
        path: &SourcePath,
        kind: &EntryKind,
        inputs: &mut SourceInputs,
    ) -> Result<(), InputsError> {
        let digest = match kind {
            EntryKind::File { .. } => self.digest(path)?,
            EntryKind::Symlink(target) => match self.digest(path) {
                Err(SourceTreeError::WrongKind { .. }) => {
                    return Err(InputsError::Link(path.clone()));
                }
                digest => no_file(&format!("link {} {target}", digest?)),
            },
            EntryKind::Folder => no_file("folder"),
            EntryKind::Special(what) => no_file(what),
        };
        inputs.insert(path.clone(), digest);
        Ok(())
    }

    fn take(&self, path: &SourcePath, inputs: &mut SourceInputs) -> Result<(), InputsError> {
        inputs.insert(path.clone(), self.digest(path)?);
        Ok(())
    }

    fn digest(&self, path: &SourcePath) -> Result<Digest, SourceTreeError> {
        let known = self.known.borrow().get(path).copied();
        let digest = match known {
            Some(digest) => digest,
            None => self.read(path)?,
        };
        self.known.borrow_mut().insert(path.clone(), digest);
        Ok(digest)
    }

    fn read(&self, path: &SourcePath) -> Result<Digest, SourceTreeError> {
        let failed = |source| SourceTreeError::Io {
            path: path.clone(),
            source,
        };
        let (stamp, mut reader) = self.tree.open_stamped(path)?;
        self.stamps.borrow_mut().insert(path.clone(), stamp);
        let mut digester = Digester::default();
        io::copy(&mut reader, &mut digester).map_err(failed)?;
        Ok(digester.finish())
    }
}

/// Returns the digest of what is no file: no file has it but one that says this very thing.
fn no_file(what: &str) -> Digest {
    Digest::of(format!("\0coracle: no file but {what}").as_bytes())
}

fn all_utf8(folder: &SourcePath, not_utf8: &[String]) -> Result<(), InputsError> {
    match not_utf8.first() {
        None => Ok(()),
        Some(name) => Err(InputsError::Name {
            folder: folder.clone(),
            name: name.clone(),
        }),
    }
}

/// Tells whether a folder with a file of this name is one of Go source, whether or not Go reads it.
fn has_source_name(name: &str) -> bool {
    extension(name) == Some("go")
}

fn extension(name: &str) -> Option<&str> {
    name.rsplit_once('.').map(|(_, extension)| extension)
}

/// Tells whether Go looks at a file of this name: what `go/build` compiles, refuses, or reads the
/// package clause of. A test that is broken breaks the build of its package too, and a profile
/// changes how all is compiled.
pub(super) fn is_looked_at(name: &str) -> bool {
    const EXTENSIONS: [&str; 20] = [
        "go", "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90", "s",
        "S", "sx", "swig", "swigcxx", "syso",
    ];
    let is_source = extension(name).is_some_and(|it| EXTENSIONS.contains(&it));
    name == PROFILE || is_source && !name.starts_with(['.', '_'])
}

/// Tells whether a file of this name may include others: assembly, C and what is like it.
fn may_include(name: &str) -> bool {
    let is_text = !matches!(extension(name), Some("go" | "syso"));
    is_looked_at(name) && is_text && name != PROFILE
}

/// Returns what a line includes by a name in quotes, if it does.
fn included(line: &str) -> Option<&str> {
    let directive = line.trim_start().strip_prefix('#')?.trim_start();
    let rest = directive.strip_prefix("include")?.trim_start();
    Some(
        rest.strip_prefix('"')?
            .split('"')
            .next()
            .unwrap_or_default(),
    )
}

/// Tells whether a file of this name is looked at where it lies in the folder of what includes it.
fn is_beside(name: &str) -> bool {
    !name.contains('/') && is_looked_at(name)
}
