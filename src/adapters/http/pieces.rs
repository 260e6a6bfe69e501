//! A blob that goes in pieces, each in a request of its own.

use std::fmt;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::Blob;

type Reader = Box<dyn Read + Send>;

/// The bytes of a blob, read once for as long as its pieces follow each other: a reader cannot be
/// told to begin in the middle, so that each piece would otherwise cost all those before it.
#[derive(Clone)]
pub struct Pieces {
    blob: Blob,
    /// The reader that the last piece left behind, and how many bytes it has read.
    left: Arc<Mutex<Option<(Reader, u64)>>>,
}

impl Pieces {
    /// Names the bytes of `blob`. Nothing is opened yet.
    pub fn of(blob: &Blob) -> Self {
        Self {
            blob: blob.clone(),
            left: Arc::default(),
        }
    }

    /// Opens the `len` bytes after the first `start`.
    pub(super) fn open(&self, start: u64, len: u64) -> io::Result<Reader> {
        let (mut reader, position) = match self.take_left().filter(|(_, at)| *at <= start) {
            Some(left) => left,
            None => (self.blob.open()?, 0),
        };
        let ahead = start - position;
        let skipped = io::copy(&mut reader.by_ref().take(ahead), &mut io::sink())?;
        if skipped < ahead {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Box::new(Piece {
            pieces: self.clone(),
            reader: Some(reader),
            position: start,
            end: start + len,
        }))
    }

    fn take_left(&self) -> Option<(Reader, u64)> {
        self.lock().take()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<(Reader, u64)>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pieces").field(&self.blob).finish()
    }
}

/// One piece; its reader goes back when it is dropped.
struct Piece {
    pieces: Pieces,
    reader: Option<Reader>,
    position: u64,
    end: u64,
}

impl Read for Piece {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(reader) = &mut self.reader else {
            return Ok(0);
        };
        let read = reader.take(self.end - self.position).read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        *self.pieces.lock() = self.reader.take().map(|reader| (reader, self.position));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::model::{BlobSource, Descriptor, MediaType};

    const TEXT: &[u8] = b"0123456789";

    /// Counts how often it is opened.
    struct Counted(Arc<AtomicUsize>);

    impl BlobSource for Counted {
        fn open(&self) -> io::Result<Reader> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(TEXT))
        }
    }

    #[test]
    fn pieces_that_follow_each_other_are_read_by_one_reader() {
        let opened = Arc::new(AtomicUsize::new(0));
        let descriptor = Descriptor::of(MediaType::LayerGzip, TEXT);
        let blob = Blob::new(descriptor, Arc::new(Counted(Arc::clone(&opened))));
        let pieces = Pieces::of(&blob);
        for (start, len, text, readers) in [
            (0, 3, "012", 1),
            (3, 4, "3456", 1),
            (8, 2, "89", 1),
            // Again from where it was, and from before.
            (10, 0, "", 1),
            (2, 3, "234", 2),
        ] {
            let mut read = String::new();
            let mut piece = pieces.open(start, len).unwrap();
            piece.read_to_string(&mut read).unwrap();
            drop(piece);
            assert_eq!(read, text);
            assert_eq!(opened.load(Ordering::Relaxed), readers, "{text}");
        }
        assert!(pieces.open(11, 1).is_err());
    }
}
