//! A document of a manifest.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{BuiltReference, Position, ReferenceFault, Scalar};

/// One document, with what it says of images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// Its bytes in the file, up to and with the `---` line of the next one.
    pub bytes: Range<usize>,
    /// What it describes: one object, the items of a list, or nothing where it is no mapping.
    pub objects: Vec<ManifestObject>,
    /// Whether it is a list of objects.
    pub kind: DocumentKind,
    /// The scalars that begin like references to images that are built, in their order.
    pub references: Vec<(Scalar, Result<BuiltReference, ReferenceFault>)>,
}

/// What a document holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DocumentKind {
    /// Nothing, or something that is no mapping.
    #[default]
    Other,
    /// One object.
    Object,
    /// A list of objects, as `kubectl get` writes it.
    List,
}

/// What an object is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ManifestObject {
    /// Its apiVersion; empty where there is none, as all others.
    pub api_version: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where it begins.
    pub at: Option<Position>,
}
