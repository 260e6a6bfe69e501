//! Reads manifests.

use std::collections::BTreeMap;
use std::ops::Range;

use granit_parser::{
    ErrorKind, Event, Marker, Options, Parser, ScalarStyle, ScanError, Span, options,
};

use super::document::DocumentKind;
use super::outline::{Collection, Key, Outline};
use super::{BuiltReference, Change, Document, ManifestError, ManifestObject, Position, Scalar};

/// A file of YAML or JSON documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest<'a> {
    text: &'a str,
    documents: Vec<Document>,
}

impl<'a> Manifest<'a> {
    /// How deep collections in brackets, and those outside of them, may be nested in each other.
    const DEPTH: usize = 200;

    /// Reads `bytes`.
    ///
    /// # Errors
    /// When they are no UTF-8, or neither YAML nor JSON.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ManifestError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            ManifestError::NotUtf8(end_of(&String::from_utf8_lossy(before)))
        })?;
        let mut reading = Reading {
            text,
            outline: Outline::default(),
            documents: Vec::new(),
            label: None,
        };
        for event in Parser::new_from_str_with_options(text, leniency()) {
            let (event, span) = event.map_err(|error| invalid(&error))?;
            reading.take(&event, span);
        }
        Ok(Self {
            text,
            documents: reading.finish(),
        })
    }

    /// Returns the documents, in their order.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Returns what stands before the first document: comments, directives, a `---`. Where there is no
    /// document, it is the whole file.
    pub fn prologue(&self) -> &'a str {
        let end = self
            .documents
            .first()
            .map_or(self.text.len(), |first| first.bytes.start);
        self.text.get(..end).unwrap_or_default()
    }

    /// Returns the bytes of `document` with the values of some of its scalars replaced.
    ///
    /// # Errors
    /// When a scalar cannot be replaced where it stands.
    pub fn rewritten(
        &self,
        document: &Document,
        changes: &[Change<'_>],
    ) -> Result<String, ManifestError> {
        let mut edits: BTreeMap<usize, (Range<usize>, &str)> = BTreeMap::new();
        for change in changes {
            let own = change.scalar.edits(change.value)?;
            edits.extend(own.map(|(range, text)| (range.start, (range, text))));
        }
        let mut written = String::with_capacity(document.bytes.len());
        let mut at = document.bytes.start;
        for (range, text) in edits.into_values() {
            written.push_str(self.text.get(at..range.start).unwrap_or_default());
            written.push_str(text);
            at = range.end;
        }
        written.push_str(self.text.get(at..document.bytes.end).unwrap_or_default());
        Ok(written)
    }
}

struct Reading<'a> {
    text: &'a str,
    outline: Outline,
    documents: Vec<Document>,
    /// The label whose value is next.
    label: Option<String>,
}

impl Reading<'_> {
    fn take(&mut self, event: &Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(is_explicit, _) => {
                let start = self.document_start(span, *is_explicit);
                self.documents.push(Document {
                    bytes: start..self.text.len(),
                    ..Document::default()
                });
                self.outline = Outline::default();
            }
            Event::MappingStart(..) => self.open(Collection::Mapping, span.start),
            Event::SequenceStart(..) => self.open(Collection::Sequence, span.start),
            Event::MappingEnd | Event::SequenceEnd => self.outline.close(),
            Event::Alias(_) => self.outline.pass(""),
            Event::Scalar(value, style, _, tag) => {
                let is_text = tag
                    .as_ref()
                    .is_none_or(|tag| tag.is_yaml_core_schema_tag("str") || tag.original() == "!");
                if is_text {
                    self.scalar(value, *style, span);
                }
                self.outline.pass(value);
            }
            // The others begin and end what holds no values, or are not asked for.
            _ => {}
        }
    }

    fn open(&mut self, collection: Collection, at: Marker) {
        let begins_object = self.outline.open(collection);
        if begins_object && let Some(document) = self.documents.last_mut() {
            document.objects.push(ManifestObject {
                at: Some(position(at)),
                ..ManifestObject::default()
            });
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle, span: Span) {
        self.describe(value);
        if let Some(reference) = BuiltReference::read(value.trim_end())
            && let Some(document) = self.documents.last_mut()
        {
            let at = position(span.start);
            let scalar = Scalar::find(self.text, bytes(span), style, value, at);
            document.references.push((scalar, reference));
        }
    }

    /// Takes down what the scalar says of the object that it stands in.
    fn describe(&mut self, value: &str) {
        let objects = self
            .documents
            .last_mut()
            .map(|document| &mut document.objects);
        let object = if self.outline.is_in_items() {
            objects.and_then(|objects| objects.last_mut())
        } else {
            objects.and_then(|objects| objects.first_mut())
        };
        let Some(object) = object else {
            return;
        };
        let Some((keys, key)) = self.outline.place() else {
            // A key: of labels, the next value's.
            self.label = Some(value.to_owned());
            return;
        };
        let field = match (keys.as_slice(), key) {
            ([], Key::ApiVersion) => &mut object.api_version,
            ([], Key::Kind) => &mut object.kind,
            ([Key::Metadata], Key::Name) => &mut object.name,
            ([Key::Metadata], Key::Namespace) => &mut object.namespace,
            ([Key::Metadata, Key::Labels], _) => {
                let label = self.label.take().unwrap_or_default();
                object.labels.entry(label).or_default()
            }
            _ => return,
        };
        value.clone_into(field);
    }

    /// Returns where a document begins: after its `---`, and the line of it where nothing else stands
    /// there, so that the marker belongs to the document before, which it ends.
    fn document_start(&self, span: Span, is_explicit: bool) -> usize {
        if !is_explicit {
            let first = self.documents.is_empty();
            return if first { 0 } else { bytes(span).start };
        }
        let end = bytes(span).end;
        let rest = self.text.get(end..).unwrap_or_default();
        match rest.find('\n') {
            Some(length) if rest.get(..length).unwrap_or_default().trim().is_empty() => {
                end + length + 1
            }
            _ => end,
        }
    }

    fn finish(self) -> Vec<Document> {
        let mut documents = self.documents;
        let starts: Vec<usize> = documents
            .iter()
            .map(|document| document.bytes.start)
            .collect();
        for (document, next) in documents.iter_mut().zip(starts.into_iter().skip(1)) {
            document.bytes.end = next;
        }
        for document in &mut documents {
            let is_list = document
                .objects
                .first()
                .is_some_and(|it| it.kind.ends_with("List"));
            document.kind = match document.objects.as_slice() {
                [] => DocumentKind::Other,
                // Members of other things than lists are no objects of their own.
                [_, ..] if is_list => {
                    document.objects.remove(0);
                    DocumentKind::List
                }
                [..] => {
                    document.objects.truncate(1);
                    DocumentKind::Object
                }
            };
        }
        documents
    }
}

fn invalid(error: &ScanError) -> ManifestError {
    let at = position(*error.marker());
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => ManifestError::TooDeep {
            at,
            limit: Manifest::DEPTH,
        },
        kind => ManifestError::Invalid {
            at,
            what: kind.to_string(),
        },
    }
}

/// What is read beyond YAML 1.2: the parser's own default, which takes what Kubernetes takes, such as a bracket that
/// is not indented.
fn leniency() -> Options {
    options! { flow_nesting_limit: Manifest::DEPTH, block_nesting_limit: Manifest::DEPTH }
}

/// Returns the bytes of a span; a parser of text knows them.
fn bytes(span: Span) -> Range<usize> {
    span.byte_range().unwrap_or_default()
}

fn position(marker: Marker) -> Position {
    Position {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

fn end_of(text: &str) -> Position {
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position {
        line: text.matches('\n').count() + 1,
        column: last.chars().count() + 1,
    }
}
