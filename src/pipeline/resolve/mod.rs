//! From manifests that name what images are built from to manifests that name images by digest.

mod document_stream;
mod manifest_images;

pub use document_stream::DocumentStream;
pub use manifest_images::{NamedImages, PushedImages, named_images};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use crate::manifests::{
    BuiltReference, Document, DocumentKind, Manifest, ManifestError, Position, ReferenceFault,
    Scalar, Selector,
};
use crate::model::{BuildError, ImageName, Phase};
use crate::plan::ImagesPlan;

/// Manifests, and the images that they are to name.
#[derive(Debug)]
pub struct Resolving<'a> {
    files: Vec<File<'a>>,
}

/// A file of manifests.
#[derive(Debug)]
pub(super) struct File<'a> {
    name: &'a str,
    pub(super) manifest: Manifest<'a>,
    /// The numbers of the documents that are meant.
    selected: Vec<usize>,
}

impl<'a> Resolving<'a> {
    /// Reads files, each with its name, and keeps of them what `selector` means.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(
        files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
        selector: Option<&Selector>,
    ) -> Result<Self, Vec<BuildError>> {
        let mut read = Vec::new();
        let mut errors = Vec::new();
        for (name, bytes) in files {
            match File::read(name, bytes, selector) {
                Ok(file) => read.push(file),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok(Self { files: read })
        } else {
            Err(errors)
        }
    }

    /// Returns the images that are named, each once.
    ///
    /// # Errors
    /// All that begins like a name and is none, or cannot be replaced where it stands.
    pub fn references(&self) -> Result<Vec<BuiltReference>, Vec<BuildError>> {
        let mut found = BTreeSet::new();
        let mut errors = Vec::new();
        for (file, document) in self.documents() {
            for (scalar, reference) in &document.references {
                match reference {
                    Err(fault) => errors.push(faulty(file, scalar, fault)),
                    Ok(reference) => {
                        let checked = scalar.check();
                        errors.extend(checked.err().map(|error| unreadable(file.name, &error)));
                        found.insert(reference.clone());
                    }
                }
            }
        }
        if errors.is_empty() {
            Ok(found.into_iter().collect())
        } else {
            Err(errors)
        }
    }

    /// Returns all documents as they are.
    pub fn unchanged(&self) -> String {
        DocumentStream::new(self).unchanged()
    }

    /// Adds to an error about an image where it is named.
    pub fn locate(&self, error: BuildError) -> BuildError {
        let named = self.documents().find_map(|(file, document)| {
            let is_meant = |reference: &BuiltReference| word(reference) == error.target;
            let mut references = document.references.iter();
            let (scalar, _) = references.find(|(_, it)| it.as_ref().is_ok_and(is_meant))?;
            Some(place(file.name, scalar.at))
        });
        match named {
            Some(place) => error.hint(format!("it is named in {place}")),
            None => error,
        }
    }

    pub(super) fn files(&self) -> &[File<'a>] {
        &self.files
    }

    fn documents(&self) -> impl Iterator<Item = (&File<'a>, &Document)> {
        let documents = |file| File::documents(file).map(move |document| (file, document));
        self.files.iter().flat_map(documents)
    }
}

impl<'a> File<'a> {
    fn read(
        name: &'a str,
        bytes: &'a [u8],
        selector: Option<&Selector>,
    ) -> Result<Self, BuildError> {
        let manifest = Manifest::read(bytes).map_err(|error| unreadable(name, &error))?;
        let mut selected = Vec::new();
        for (number, document) in manifest.documents().iter().enumerate() {
            if selector.is_none_or_selects(name, document)? {
                selected.push(number);
            }
        }
        Ok(Self {
            name,
            manifest,
            selected,
        })
    }

    /// Returns the documents that are meant.
    pub(super) fn documents(&self) -> impl Iterator<Item = &Document> {
        let documents = self.manifest.documents();
        self.selected
            .iter()
            .filter_map(|&number| documents.get(number))
    }

    /// Tells whether it begins with a `---` of its own.
    pub(super) fn is_marked(&self) -> bool {
        let mut lines = self.manifest.prologue().lines();
        lines.any(|line| unmarked(line).starts_with("---"))
    }
}

/// What an optional selector means.
trait Selects {
    fn is_none_or_selects(&self, name: &str, document: &Document) -> Result<bool, BuildError>;
}

impl Selects for Option<&Selector> {
    fn is_none_or_selects(&self, name: &str, document: &Document) -> Result<bool, BuildError> {
        let Some(selector) = self else {
            return Ok(true);
        };
        let is_meant = |labels| selector.matches(labels);
        let objects = &document.objects;
        let meant = objects.iter().filter(|it| is_meant(&it.labels)).count();
        if document.kind == DocumentKind::List && meant != 0 && meant != objects.len() {
            let at = objects.first().and_then(|object| object.at);
            let at = at.map_or_else(|| name.to_owned(), |at| place(name, at));
            let message = "the selector means some of the items of this list, and not the others";
            return Err(BuildError::new(Phase::Config, at, message)
                .hint("write the items as documents of their own"));
        }
        Ok(meant != 0)
    }
}

/// Returns what is typed for an image that is named so.
pub fn word(reference: &BuiltReference) -> String {
    match reference {
        BuiltReference::Package(_) => reference.to_string(),
        BuiltReference::Image(name) => name.to_string(),
    }
}

/// Returns the names that the images of `plan` have, which was made for `references`.
pub(super) fn images_of(
    plan: &ImagesPlan,
    references: &[BuiltReference],
) -> BTreeMap<BuiltReference, ImageName> {
    let name = |reference: &BuiltReference| match reference {
        BuiltReference::Image(name) => Some(name.clone()),
        BuiltReference::Package(path) => {
            let is_meant = |image: &&crate::plan::ImagePlan| {
                matches!(image.programs.as_slice(), [program]
                    if program.main.import_path.to_string() == *path)
            };
            // Of several that coracle.toml has for a package, the first is that of its path.
            let images = plan.images.iter().filter(is_meant);
            images.map(|image| image.name.clone()).min()
        }
    };
    let named = references.iter();
    named
        .filter_map(|it| Some((it.clone(), name(it)?)))
        .collect()
}

/// Takes away the mark that a text is UTF-8.
pub(super) fn unmarked(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn place(name: &str, at: Position) -> String {
    format!("{}:{at}", if name == "-" { "stdin" } else { name })
}

fn unreadable(name: &str, error: &ManifestError) -> BuildError {
    let invalid =
        |what: &dyn Display| BuildError::new(Phase::Config, place(name, error.at()), what);
    match error {
        ManifestError::Invalid { what, .. } => {
            invalid(&"this is neither YAML nor JSON").because(what.clone())
        }
        ManifestError::NotInPlace { .. } => invalid(error)
            .hint("write it on one line, without a block, or with the block's `|-` alone"),
        ManifestError::NotUtf8(_) | ManifestError::TooDeep { .. } => invalid(error),
    }
}

fn faulty(file: &File<'_>, scalar: &Scalar, fault: &ReferenceFault) -> BuildError {
    let message = format!("{:?} names no image that can be built", scalar.value);
    let error = BuildError::new(Phase::Config, place(file.name, scalar.at), message);
    let error = error.because(fault.clone());
    match fault {
        ReferenceFault::Version => error.hint("leave the tag out; --tag sets tags in the registry"),
        _ => error.hint(
            "write ko://IMPORTPATH for a main package, or coracle://NAME for an image of coracle.toml",
        ),
    }
}
