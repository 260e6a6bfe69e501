//! The files of one image whose bytes are compared.

use std::collections::BTreeMap;
use std::io;

use super::side::{PlatformPieces, Side};
use crate::compare::{ContentChange, ReadSeek};
use crate::layers::TarKind;
use crate::model::{BuildError, limits};
use crate::ports::{Scratch, ScratchFile};

/// Files of one side, kept aside until they were compared.
pub(super) struct Spool {
    /// By the place of their layer and their path.
    files: BTreeMap<(usize, String), Option<Box<dyn ScratchFile>>>,
    side: usize,
}

impl Spool {
    /// Chooses the files of `changes` that are kept on one `side`, so that all have room.
    pub(super) fn new(side: usize, changes: &[ContentChange]) -> Self {
        let mut left_bytes = limits::COMPARED_BYTES;
        let mut files = BTreeMap::new();
        for change in changes.iter().take(limits::COMPARED_FILES) {
            // Decided by the longer one: a file is kept on both sides or on neither.
            let size_bytes = change.size_bytes.into_iter().max().unwrap_or_default();
            if let Some(left) = left_bytes.checked_sub(size_bytes) {
                left_bytes = left;
                files.insert((change.layers[side], change.path.clone()), None);
            }
        }
        Self { files, side }
    }

    /// Reads the layers that hold the files, and keeps these.
    pub(super) fn fill(
        &mut self,
        side: &Side<'_>,
        pieces: &PlatformPieces,
        scratch: &dyn Scratch,
    ) -> Result<(), BuildError> {
        let mut places: Vec<usize> = self.files.keys().map(|(place, _)| *place).collect();
        places.dedup();
        for place in places {
            let layer = &pieces.layers[place];
            side.image
                .walk(&layer.descriptor, layer.diff_id, &mut |entry, content| {
                    let key = (place, entry.path.clone());
                    if let (TarKind::File, Some(kept)) = (&entry.kind, self.files.get_mut(&key)) {
                        // Of a path that is there twice, the last counts.
                        let mut file = scratch.file()?;
                        io::copy(content, &mut file)?;
                        *kept = Some(file);
                    }
                    Ok(())
                })?;
        }
        Ok(())
    }

    /// Returns the file of a change, where it was kept.
    pub(super) fn file(&mut self, change: &ContentChange) -> Option<&mut dyn ReadSeek> {
        let key = (change.layers[self.side], change.path.clone());
        let file = self.files.get_mut(&key)?.as_mut()?;
        Some(file)
    }
}
