//! A file of any size, seen through a window that moves.

use std::io::{self, Read};

/// The longest match that is found whole, wherever it lies.
pub(super) const LONGEST_MATCH: usize = 1 << 10;
/// How much of a file is looked at at once.
pub(super) const WINDOW: usize = 256 << 10;

/// A part of a file, with enough of what came before for a match that began there.
pub(super) struct Window {
    reader: Box<dyn Read + Send>,
    bytes: Vec<u8>,
    is_last: bool,
    /// Where the search goes on.
    searched: usize,
    /// The line of the first byte.
    line: u64,
}

impl Window {
    /// Opens the window at the start of a file.
    pub(super) fn new(reader: Box<dyn Read + Send>) -> io::Result<Self> {
        let mut window = Self {
            reader,
            bytes: Vec::with_capacity(WINDOW),
            is_last: false,
            searched: 0,
            line: 1,
        };
        window.fill()?;
        Ok(window)
    }

    /// Returns what is seen, and from where it is to be searched.
    pub(super) fn view(&self) -> (&[u8], usize) {
        (&self.bytes, self.searched)
    }

    /// Takes note of a match; returns its line, or nothing where it may be longer than what is
    /// here of it, and will be seen again.
    pub(super) fn settle(&mut self, start: usize, end: usize) -> Option<u64> {
        if !self.is_last && start >= self.settled_bytes() {
            return None;
        }
        self.searched = end;
        Some(self.line_at(start))
    }

    /// Moves on; returns whether there was more.
    pub(super) fn advance(&mut self) -> io::Result<bool> {
        if self.is_last {
            return Ok(false);
        }
        // One byte more than is searched again, so that it is seen whether a word begins there.
        let searched = self.searched.max(self.settled_bytes());
        let passed = searched.saturating_sub(1);
        self.line = self.line_at(passed);
        self.bytes.drain(..passed);
        self.searched = searched - passed;
        self.fill()?;
        Ok(true)
    }

    fn fill(&mut self) -> io::Result<()> {
        let wanted = WINDOW - self.bytes.len();
        let read = (&mut self.reader)
            .take(wanted as u64)
            .read_to_end(&mut self.bytes)?;
        self.is_last = read < wanted;
        Ok(())
    }

    fn settled_bytes(&self) -> usize {
        self.bytes.len().saturating_sub(LONGEST_MATCH)
    }

    fn line_at(&self, index: usize) -> u64 {
        let feeds = memchr::memchr_iter(b'\n', &self.bytes[..index]);
        self.line + feeds.count() as u64
    }
}
