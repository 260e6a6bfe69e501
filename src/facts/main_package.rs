//! A program in the source.

use std::collections::BTreeSet;

use crate::model::{ImportPath, SourcePath};

/// A package named `main` that is no test.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MainPackage {
    /// Its import path.
    pub import_path: ImportPath,
    /// The folder that its files lie in, from the root of the source tree.
    pub folder: SourcePath,
    /// The string variables that it declares at package level and that the linker can set:
    /// without an initial value, or with a constant one.
    pub stampable: BTreeSet<String>,
}
