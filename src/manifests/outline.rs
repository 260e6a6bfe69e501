//! Where in a document an event stands.

/// The keys that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    ApiVersion,
    Kind,
    Metadata,
    Name,
    Namespace,
    Labels,
    Items,
    /// A member of a sequence.
    Member,
    Other,
}

/// A collection that is open.
#[derive(Debug, Clone, Copy)]
struct Frame {
    collection: Collection,
    /// The key that it stands under.
    key: Key,
    /// The key whose value is next, in a mapping.
    pending: Option<Key>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Collection {
    Mapping,
    Sequence,
}

/// The collections that are open, from the root of the document inwards.
#[derive(Debug, Default)]
pub(super) struct Outline(Vec<Frame>);

impl Key {
    fn of(text: &str) -> Self {
        match text {
            "apiVersion" => Self::ApiVersion,
            "kind" => Self::Kind,
            "metadata" => Self::Metadata,
            "name" => Self::Name,
            "namespace" => Self::Namespace,
            "labels" => Self::Labels,
            "items" => Self::Items,
            _ => Self::Other,
        }
    }
}

impl Outline {
    /// Returns the key that the next node stands under; `None` where the node is a key itself, or the
    /// root.
    pub(super) fn key(&self) -> Option<Key> {
        let frame = self.0.last()?;
        match frame.collection {
            Collection::Mapping => frame.pending,
            Collection::Sequence => Some(Key::Member),
        }
    }

    /// Opens a collection. Tells whether an object begins with it.
    pub(super) fn open(&mut self, collection: Collection) -> bool {
        let key = self.key().unwrap_or(Key::Other);
        self.0.push(Frame {
            collection,
            key,
            pending: None,
        });
        let is_object = matches!(self.relative(), Some([]));
        collection == Collection::Mapping && is_object
    }

    /// Closes the innermost collection.
    pub(super) fn close(&mut self) {
        self.0.pop();
        self.pass("");
    }

    /// Passes a node; `text` is its value where it is a scalar.
    pub(super) fn pass(&mut self, text: &str) {
        if let Some(frame) = self.0.last_mut() {
            frame.pending = match (frame.collection, frame.pending) {
                (Collection::Mapping, None) => Some(Key::of(text)),
                _ => None,
            };
        }
    }

    /// Returns the keys from the object at hand to the collection at hand, and that of the next node.
    pub(super) fn place(&self) -> Option<(Vec<Key>, Key)> {
        let frames = self.relative()?;
        // Nothing that is asked for stands deeper.
        let keys = frames.iter().take(3).map(|frame| frame.key).collect();
        Some((keys, self.key()?))
    }

    /// Tells whether the object at hand is a member of the root's `items`.
    pub(super) fn is_in_items(&self) -> bool {
        self.relative()
            .is_some_and(|inside| inside.len() + 1 < self.0.len())
    }

    /// Returns the collections inside the object at hand.
    fn relative(&self) -> Option<&[Frame]> {
        let is_list =
            |items: &Frame| items.key == Key::Items && items.collection == Collection::Sequence;
        match self.0.as_slice() {
            [_, items, _, rest @ ..] if is_list(items) => Some(rest),
            [_, items] if is_list(items) => None,
            [_, rest @ ..] => Some(rest),
            [] => None,
        }
    }
}
