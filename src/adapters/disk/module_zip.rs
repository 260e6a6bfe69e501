//! The zip of a module, as proxies and Go's module cache have it.

#![expect(clippy::disallowed_methods, reason = "module caches are on the disk")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::{Decompress, FlushDecompress, Status};
use zip::{CompressionMethod, ZipArchive};

use crate::model::{Digest, Digester, ReadAhead};

/// Go's own limit for the zip of a module, and for all that is in it.
const MAX_BYTES: u64 = 500 << 20;

/// Returns the digests of the files in a zip, by their names there; `None` where there is no zip.
///
/// # Errors
/// Those of the disk; of the kind `InvalidData` where it is no zip of a module.
pub(super) fn files_in_zip(path: &Path) -> io::Result<Option<BTreeMap<String, Digest>>> {
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        file => files_in(&file?).map(Some),
    }
}

/// Returns the digests of the files in a zip that is open, as [`files_in_zip`] does.
///
/// # Errors
/// Those of [`files_in_zip`].
pub(super) fn files_in(file: &File) -> io::Result<BTreeMap<String, Digest>> {
    let mut digests = Digests::default();
    for_each_file_in(file, &mut digests)?;
    Ok(digests.files)
}

/// Takes the files of a zip, one after the other.
pub(super) trait ZipFiles {
    /// Takes the name of the next file; `false` where there was one of this name before.
    fn begin(&mut self, name: String) -> bool;

    /// Takes the next bytes of it.
    fn take(&mut self, bytes: &[u8]);

    /// Takes that this was all of it.
    fn end(&mut self);
}

/// Reads all files in a zip that is open.
///
/// # Errors
/// Those of [`files_in_zip`].
pub(super) fn for_each_file_in(file: &File, files: &mut dyn ZipFiles) -> io::Result<()> {
    if file.metadata()?.len() > MAX_BYTES {
        return Err(harmed("it is larger than Go allows"));
    }
    let mut archive = ZipArchive::new(ReadAhead::new(file)).map_err(|it| of_zip(it.into()))?;
    let mut content = Content {
        inflater: Decompress::new(false),
        left_bytes: MAX_BYTES,
    };
    for number in 0..archive.len() {
        let mut entry = archive
            .by_index_raw(number)
            .map_err(|it| of_zip(it.into()))?;
        let name = str::from_utf8(entry.name_raw())
            .map_err(|_| harmed("a name in it is not UTF-8"))?
            .to_owned();
        if !files.begin(name) {
            return Err(harmed("it holds two files of one name"));
        }
        match entry.compression() {
            CompressionMethod::Stored => content.stored(&mut entry, files)?,
            CompressionMethod::Deflated => content.deflated(&mut entry, files)?,
            _ => return Err(harmed("it is compressed in a way that Go does not read")),
        }
        files.end();
    }
    Ok(())
}

/// The digests of files.
#[derive(Default)]
struct Digests {
    files: BTreeMap<String, Digest>,
    name: String,
    digester: Digester,
}

impl ZipFiles for Digests {
    fn begin(&mut self, name: String) -> bool {
        let is_new = !self.files.contains_key(&name);
        self.name = name;
        is_new
    }

    fn take(&mut self, bytes: &[u8]) {
        self.digester.update(bytes);
    }

    fn end(&mut self) {
        let digest = std::mem::take(&mut self.digester).finish();
        self.files.insert(std::mem::take(&mut self.name), digest);
    }
}

/// Returns the first bytes of the file `name` in a zip, at most `limit_bytes`.
///
/// # Errors
/// Those of [`files_in_zip`].
pub(super) fn start_in(file: &File, name: &str, limit_bytes: u64) -> io::Result<Vec<u8>> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|it| of_zip(it.into()))?;
    let entry = archive.by_name(name).map_err(|it| of_zip(it.into()))?;
    let mut bytes = Vec::new();
    entry.take(limit_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The content of one file after the other. One decompressor serves all: thousands of them, each between
/// two names that stay, would leave the heap in pieces.
struct Content {
    inflater: Decompress,
    /// What the rest may unpack to.
    left_bytes: u64,
}

impl Content {
    fn stored(&mut self, entry: &mut dyn Read, files: &mut dyn ZipFiles) -> io::Result<()> {
        let mut stored = BufReader::new(entry);
        loop {
            let bytes = stored.fill_buf().map_err(of_zip)?;
            let length = bytes.len();
            if length == 0 {
                return Ok(());
            }
            files.take(bytes);
            stored.consume(length);
            self.spend(length as u64)?;
        }
    }

    fn deflated(&mut self, entry: &mut dyn Read, files: &mut dyn ZipFiles) -> io::Result<()> {
        self.inflater.reset(false);
        let mut compressed = BufReader::new(entry);
        let mut buffer = [0; 16 << 10];
        loop {
            let input = compressed.fill_buf().map_err(of_zip)?;
            let is_last = input.is_empty();
            let (read, written) = (self.inflater.total_in(), self.inflater.total_out());
            let status = self
                .inflater
                .decompress(input, &mut buffer, FlushDecompress::None)
                .map_err(|error| harmed(&error.to_string()))?;
            let length = self.inflater.total_out() - written;
            // Both are no more than what a slice holds.
            let in_slice = |bytes: u64| usize::try_from(bytes).map_err(io::Error::other);
            compressed.consume(in_slice(self.inflater.total_in() - read)?);
            self.spend(length)?;
            files.take(&buffer[..in_slice(length)?]);
            match status {
                Status::StreamEnd => return Ok(()),
                _ if is_last && length == 0 => return Err(harmed("a file in it ends too early")),
                _ => {}
            }
        }
    }

    fn spend(&mut self, bytes: u64) -> io::Result<()> {
        let left = self.left_bytes.checked_sub(bytes);
        self.left_bytes = left.ok_or_else(|| harmed("it unpacks to more than Go allows"))?;
        Ok(())
    }
}

/// A zip that does not make sense says so in many ways.
fn of_zip(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            io::Error::new(io::ErrorKind::InvalidData, error)
        }
        _ => error,
    }
}

fn harmed(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
