//! A package in the tree.

use std::collections::BTreeSet;

use super::go_source::{SourceFile, Strings};
use crate::model::{ImportPath, SourcePath};

/// What the source files of a package say together, on all platforms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) import_path: ImportPath,
    pub(super) folder: SourcePath,
    /// What history knows its files by, where these are reached through links: the folder that is meant, and files.
    pub(super) linked: Linked,
    pub(super) kind: PackageKind,
    /// What it imports, as it is written.
    pub(super) imports: BTreeSet<String>,
    /// The patterns of the files that it embeds.
    pub(super) embeds: BTreeSet<String>,
    /// The string variables that the linker can set.
    pub(super) stampable: BTreeSet<String>,
}

/// Where the files of a package really are, in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Linked {
    /// Its folder, where a link is on the way to it.
    pub(super) folder: Option<SourcePath>,
    /// The files that links in its folder stand for, and all links on the way to them and to it.
    pub(super) files: BTreeSet<SourcePath>,
}

/// What a package is compiled to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PackageKind {
    /// A program.
    Program,
    /// Something that programs import.
    Library,
}

impl Package {
    /// Puts a package together of its files, where any of them is built on any platform.
    pub(super) fn of_files(
        import_path: ImportPath,
        folder: SourcePath,
        files: impl IntoIterator<Item = SourceFile>,
    ) -> Option<Self> {
        let mut package = Self {
            import_path,
            folder,
            linked: Linked::default(),
            kind: PackageKind::Library,
            imports: BTreeSet::new(),
            embeds: BTreeSet::new(),
            stampable: BTreeSet::new(),
        };
        let mut strings = Strings::default();
        let mut is_empty = true;
        for file in files.into_iter().filter(counts) {
            is_empty = false;
            if file.package == "main" {
                package.kind = PackageKind::Program;
            }
            // CGO_ENABLED=0 leaves such a file out, and so what it declares.
            if !file.imports.contains("C") {
                strings.extend(file.strings);
            }
            package.imports.extend(file.imports);
            package.embeds.extend(file.embeds);
        }
        package.stampable = strings.stampable();
        (!is_empty).then_some(package)
    }

    /// Returns its folder by all names that it has.
    pub(super) fn folders(&self) -> impl Iterator<Item = &SourcePath> {
        std::iter::once(&self.folder).chain(&self.linked.folder)
    }
}

/// Files of package documentation are no part of a build, whatever else is in their folder.
fn counts(file: &SourceFile) -> bool {
    file.is_built && !matches!(file.package.as_str(), "" | "documentation")
}
