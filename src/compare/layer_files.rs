//! The files that layers hold, without their bytes.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::layers::{TarEntry, TarKind};
use crate::model::{Digest, Digester, FileCapabilities, limits};

/// The files of some layers of one image. Of a path that several entries name, the last counts.
#[derive(Default)]
pub struct LayerFiles {
    pub(super) files: BTreeMap<String, FileFacts>,
    /// The digest of the paths of each layer in their order.
    orders: BTreeMap<usize, Digester>,
}

/// What is known of a file, link or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileFacts {
    /// The place of its layer.
    pub(super) layer: usize,
    pub(super) kind: TarKind,
    pub(super) mode: u32,
    pub(super) uid: u64,
    pub(super) gid: u64,
    pub(super) mtime_seconds: i64,
    pub(super) capabilities: Option<FileCapabilities>,
    pub(super) size_bytes: u64,
    pub(super) digest: Digest,
}

impl LayerFiles {
    /// Takes an entry of the layer at `layer`, and its content to the last byte.
    ///
    /// # Errors
    /// Those of the content, and when there are too many entries to hold.
    pub fn take(
        &mut self,
        layer: usize,
        entry: &TarEntry,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let mut digester = Digester::default();
        io::copy(content, &mut digester)?;
        let order = self.orders.entry(layer).or_default();
        order.update(entry.path.as_bytes());
        order.update(b"\0");
        let facts = FileFacts {
            layer,
            kind: entry.kind.clone(),
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            mtime_seconds: entry.mtime_seconds,
            capabilities: entry.capabilities,
            size_bytes: entry.size_bytes,
            digest: digester.finish(),
        };
        self.files.insert(entry.path.clone(), facts);
        if self.files.len() > limits::COMPARED_ENTRIES {
            let limit = limits::COMPARED_ENTRIES;
            return Err(io::Error::other(format!(
                "the layers that differ have more than {limit} entries"
            )));
        }
        Ok(())
    }

    /// Tells whether `layer` lists the same paths in the same order as the layer `other` of
    /// `others`.
    pub(super) fn has_order_of(&self, layer: usize, others: &Self, other: usize) -> bool {
        let order = |files: &Self, layer| files.orders.get(&layer).cloned().map(Digester::finish);
        order(self, layer) == order(others, other)
    }
}
