//! The history in the cache folder: `history.jsonl`, a line for each run.
//!
//! A line is added in one write to the end, under a lock, so that runs that end together lose nothing.
//! Nothing is synced: at worst the last line is torn by a power cut, and set aside when it is read. A
//! file that is too long loses its oldest lines, by a copy that takes its place.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the history is a file"
)]

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::time::Duration;

use super::CacheFolder;
use super::cache::{HISTORY, HISTORY_LOCK};
use super::temp_file::{self, Readers};
use crate::history::{LONGEST_LINE, Past, PastReader, Run};
use crate::model::Timestamp;
use crate::ports::{HistoryShelf, ShelfError};

/// Beyond this the oldest lines go: a thousand runs of fifty images are a third of it.
const MOST_BYTES: u64 = 32 << 20;

/// What is left of it then.
const KEPT_BYTES: u64 = 24 << 20;

/// How often, and after which time, it is looked whether another process is done. One that was stopped
/// in between is not waited for: its line and ours both go to the end.
const LOOKS: u32 = 200;
const LOOK: Duration = Duration::from_millis(10);

/// The history in the cache folder.
pub struct DiskHistory {
    cache: CacheFolder,
}

impl DiskHistory {
    /// Uses that in `cache`.
    pub fn new(cache: CacheFolder) -> Self {
        Self { cache }
    }

    fn path(&self) -> PathBuf {
        self.cache.path().join(HISTORY)
    }

    /// Returns the right to write; none after a while, and on a file system without locks.
    fn lock(&self) -> io::Result<Option<File>> {
        let path = self.cache.path().join(HISTORY_LOCK);
        let file = options().append(true).open(path)?;
        for _ in 0..LOOKS {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOOK),
                Err(std::fs::TryLockError::Error(_)) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Adds a line to the end, and returns the file with how long it is then. Who has no `lock` takes back nothing.
    fn append(&self, line: Vec<u8>, lock: Option<&File>) -> io::Result<(File, u64)> {
        let mut file = options().read(true).append(true).open(self.path())?;
        let before_bytes = file.metadata()?.len();
        let line = after(&file, before_bytes, line)?;
        if let Err(error) = file.write_all(&line) {
            // Half a line would take the next one with it.
            if lock.is_some() {
                let _ = file.set_len(before_bytes);
            }
            return Err(error);
        }
        Ok((file, before_bytes + line.len() as u64))
    }

    /// Leaves the newest lines, whole; whoever reads meanwhile has the old file open.
    fn trim(&self, file: &File, size_bytes: u64) -> io::Result<()> {
        let mut reader = BufReader::new(file);
        reader.seek(SeekFrom::Start(size_bytes.saturating_sub(KEPT_BYTES)))?;
        let mut dropped = Vec::new();
        take_line(&mut reader, &mut dropped)?;
        let mut kept = temp_file::create(self.cache.path(), Readers::Owner)?;
        io::copy(&mut reader, &mut kept)?;
        temp_file::keep(kept, &self.path()).map(drop)
    }
}

impl HistoryShelf for DiskHistory {
    fn add(&self, run: &Run) -> Result<(), ShelfError> {
        let line = written(run).map_err(ShelfError::NotAdded)?;
        if !self.cache.path().is_dir() {
            return Ok(());
        }
        let lock = self.lock().map_err(ShelfError::NotAdded)?;
        let (file, size_bytes) = self
            .append(line, lock.as_ref())
            .map_err(ShelfError::NotAdded)?;
        if size_bytes > MOST_BYTES && lock.is_some() {
            self.trim(&file, size_bytes).map_err(ShelfError::NotCut)?;
        }
        Ok(())
    }

    fn past(&self, project: &str, most: usize, now: Timestamp) -> io::Result<Past> {
        let mut past = PastReader::new(project, most, now);
        let file = match File::open(self.path()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(past.finish()),
            Err(error) => return Err(error),
        };
        let mut reader = BufReader::with_capacity(1 << 18, file);
        let mut line = Vec::new();
        loop {
            match take_line(&mut reader, &mut line)? {
                Line::Whole => past.take(&line),
                Line::TooLong => past.skip(),
                Line::None => return Ok(past.finish()),
            }
        }
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true).mode(0o600);
    options
}

/// Returns the line of a record. One that is too long goes without the parts of its programs.
fn written(run: &Run) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(run)?;
    if line.len() >= LONGEST_LINE {
        line = serde_json::to_vec(&run.without_parts())?;
    }
    line.push(b'\n');
    if line.len() > LONGEST_LINE {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the record of this run is too long for the history",
        ));
    }
    Ok(line)
}

/// Returns `line` as it is to be written to a file that may end in half a line.
fn after(file: &File, size_bytes: u64, mut line: Vec<u8>) -> io::Result<Vec<u8>> {
    let mut last = [b'\n'];
    if size_bytes > 0 {
        file.read_exact_at(&mut last, size_bytes - 1)?;
    }
    if last != [b'\n'] {
        line.insert(0, b'\n');
    }
    Ok(line)
}

/// What came of a line.
enum Line {
    Whole,
    TooLong,
    None,
}

/// Reads up to the end of the line, and keeps no more of it than a record can have.
fn take_line(reader: &mut BufReader<impl io::Read>, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let limit_bytes = LONGEST_LINE as u64;
    let read = reader.by_ref().take(limit_bytes).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(Line::None);
    }
    if line.last() == Some(&b'\n') || (read as u64) < limit_bytes {
        return Ok(Line::Whole);
    }
    reader.skip_until(b'\n')?;
    Ok(Line::TooLong)
}
