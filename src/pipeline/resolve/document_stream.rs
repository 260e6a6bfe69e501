//! Documents on their way out, each as soon as all that it names is published.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifests::{BuiltReference, Change, Document};
use crate::model::{Digest, ImageName};
use crate::plan::ImagesPlan;

use super::{File, Resolving, images_of, unmarked};

/// The images that references came to, as `REPOSITORY@DIGEST`.
type Resolved = BTreeMap<BuiltReference, String>;

/// Gives out the documents of [`Resolving`] in their order, and none before those ahead of it.
#[derive(Debug)]
pub struct DocumentStream<'a> {
    parts: Vec<Part<'a>>,
    /// How many of them are out.
    given: usize,
    /// What images are named by; `None` before it is known what is built.
    names: Option<BTreeMap<BuiltReference, ImageName>>,
    resolved: Resolved,
    /// What failed: the documents that name it never come out.
    lost: BTreeSet<BuiltReference>,
}

/// What stands ahead of a file's documents, or one of them.
#[derive(Debug)]
struct Part<'a> {
    file: &'a File<'a>,
    content: Content<'a>,
    order: Order,
    /// Whether it is the last of its file, and another file follows.
    is_followed: bool,
}

#[derive(Debug)]
enum Content<'a> {
    Prologue,
    Document(&'a Document),
}

/// Whether a file is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    First,
    Later,
}

impl<'a> DocumentStream<'a> {
    /// Nothing is out yet.
    pub fn new(resolving: &'a Resolving<'a>) -> Self {
        let files = resolving.files();
        let parts = files.iter().enumerate().flat_map(|(number, file)| {
            let order = if number == 0 {
                Order::First
            } else {
                Order::Later
            };
            let is_last_file = number + 1 == files.len();
            parts_of(file, order, is_last_file)
        });
        Self {
            parts: parts.collect(),
            given: 0,
            names: None,
            resolved: Resolved::new(),
            lost: BTreeSet::new(),
        }
    }

    /// Returns all documents as they are.
    pub(super) fn unchanged(&self) -> String {
        self.parts
            .iter()
            .filter_map(|part| part.with(&[]))
            .collect()
    }

    /// Takes the plan that was made for `references`, and returns the documents that wait for nothing.
    pub fn begin(&mut self, plan: &ImagesPlan, references: &[BuiltReference]) -> String {
        self.names = Some(images_of(plan, references));
        self.ready()
    }

    /// Takes an image that is published at `repository`, and returns the documents that waited for it alone.
    pub fn take(&mut self, image: &ImageName, repository: &str, digest: &Digest) -> String {
        for reference in self.references_to(image) {
            let value = || format!("{repository}@{digest}");
            // Of several repositories it is the first.
            self.resolved.entry(reference).or_insert_with(value);
        }
        self.ready()
    }

    /// Takes an image that failed, and returns the documents that waited for nothing but those that name it.
    pub fn lose(&mut self, image: &ImageName) -> String {
        self.lost.extend(self.references_to(image));
        self.ready()
    }

    /// Returns the documents that are left, without those that name an image which is not published. Of a run that
    /// never began there are none.
    pub fn rest(&mut self) -> String {
        if self.names.is_none() {
            return String::new();
        }
        let left = self.parts.get(self.given..).unwrap_or_default();
        let text = left.iter().filter_map(|part| part.written(&self.resolved));
        let text = text.collect();
        self.given = self.parts.len();
        text
    }

    fn references_to(&self, image: &ImageName) -> Vec<BuiltReference> {
        let names = self.names.iter().flatten();
        let meant = names.filter(|(_, name)| *name == image);
        meant.map(|(reference, _)| reference.clone()).collect()
    }

    fn ready(&mut self) -> String {
        let mut ready = String::new();
        while let Some(part) = self.parts.get(self.given) {
            match part.written(&self.resolved) {
                Some(text) => ready.push_str(&text),
                None if part.names_any(&self.lost) => {}
                None => break,
            }
            self.given += 1;
        }
        ready
    }
}

fn parts_of<'a>(file: &'a File<'a>, order: Order, is_last_file: bool) -> Vec<Part<'a>> {
    let documents = file.documents();
    let contents = std::iter::once(Content::Prologue).chain(documents.map(Content::Document));
    let mut parts: Vec<Part<'a>> = contents
        .map(|content| Part {
            file,
            content,
            order,
            is_followed: false,
        })
        .collect();
    if let Some(last) = parts.last_mut() {
        last.is_followed = !is_last_file;
    }
    parts
}

impl Part<'_> {
    fn names_any(&self, lost: &BTreeSet<BuiltReference>) -> bool {
        let Content::Document(document) = self.content else {
            return false;
        };
        let mut references = document.references.iter();
        references.any(|(_, it)| it.as_ref().is_ok_and(|it| lost.contains(it)))
    }

    /// Returns its text, where all that it names is in `resolved`.
    fn written(&self, resolved: &Resolved) -> Option<String> {
        let changes = match self.content {
            Content::Prologue => Vec::new(),
            Content::Document(document) => changes(document, resolved)?,
        };
        self.with(&changes)
    }

    fn with(&self, changes: &[Change<'_>]) -> Option<String> {
        let manifest = &self.file.manifest;
        let text = match self.content {
            Content::Prologue => manifest.prologue().to_owned(),
            Content::Document(document) => manifest.rewritten(document, changes).ok()?,
        };
        let mut text = match (self.order, &self.content) {
            (Order::First, _) => text,
            (Order::Later, Content::Prologue) if !self.file.is_marked() => {
                format!("---\n{}", unmarked(&text))
            }
            (Order::Later, _) => unmarked(&text).to_owned(),
        };
        let is_nothing = text.is_empty() && matches!(self.content, Content::Prologue);
        if self.is_followed && !is_nothing && !text.ends_with('\n') {
            text.push('\n');
        }
        Some(text)
    }
}

fn changes<'a>(document: &'a Document, resolved: &'a Resolved) -> Option<Vec<Change<'a>>> {
    let references = document.references.iter();
    references
        .map(|(scalar, reference)| {
            let value = resolved.get(reference.as_ref().ok()?)?;
            Some(Change { scalar, value })
        })
        .collect()
}
