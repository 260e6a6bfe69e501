//! How many bytes of a program that was just compiled are of which package, for the history.

use std::collections::BTreeMap;
use std::io::{self, Read, Seek, SeekFrom};

use crate::compile::Binary;
use crate::history::{NoParts, PartSize};
use crate::model::BlobSource;
use crate::size::outline;

/// Packages of a smaller share of a program are told of together, for each module.
const SMALLEST_SHARE: u64 = 1000;
const SMALL: &str = "smaller packages";

/// What the bytes of a program are, or why nobody knows.
#[derive(Debug, Clone)]
pub(super) struct ProgramParts(Result<Vec<PartSize>, NoParts>);

impl ProgramParts {
    /// Looks at a program. It is for the numbers alone: no build fails by it.
    pub(super) fn of(binary: &Binary) -> Self {
        Self(parts_of(binary))
    }

    /// Says that the program was packed.
    pub(super) fn packed() -> Self {
        Self(Err(NoParts::Packed))
    }

    /// Returns the parts, and why there are none.
    pub(super) fn into_record(self) -> (Vec<PartSize>, Option<NoParts>) {
        match self.0 {
            Ok(parts) => (parts, None),
            Err(why) => (Vec::new(), Some(why)),
        }
    }
}

fn parts_of(binary: &Binary) -> Result<Vec<PartSize>, NoParts> {
    let program = Again {
        source: &*binary.source,
        size_bytes: binary.size_bytes,
        reader: None,
        reached: 0,
        wanted: 0,
    };
    let found = outline(program, &binary.info, binary.size_bytes);
    let outline = found.map_err(|_| NoParts::Unread)?;
    let outline = outline.ok_or(NoParts::Unlisted)?;
    let mut sizes: BTreeMap<(String, String), u64> = BTreeMap::new();
    for package in outline.packages {
        let is_small = package.size_bytes < binary.size_bytes / SMALLEST_SHARE;
        let name = if is_small {
            SMALL.to_owned()
        } else {
            package.name
        };
        let module = package.module.unwrap_or_default();
        *sizes.entry((module, name)).or_default() += package.size_bytes;
    }
    for (section, size_bytes) in outline.rest {
        *sizes.entry((String::new(), section)).or_default() += size_bytes;
    }
    let parts = sizes.into_iter();
    let parts = parts.map(|((module, package), size_bytes)| PartSize {
        module,
        package,
        size_bytes,
    });
    Ok(parts.collect())
}

/// Bytes that can be opened anew, read anywhere.
struct Again<'a> {
    source: &'a dyn BlobSource,
    size_bytes: u64,
    reader: Option<Box<dyn Read + Send>>,
    /// Where the reader is.
    reached: u64,
    /// Where the next byte is wanted from.
    wanted: u64,
}

impl Read for Again<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut reader = match self.reader.take() {
            Some(reader) if self.reached == self.wanted => reader,
            _ => self.source.open_at(self.wanted)?,
        };
        let read = reader.read(buffer)?;
        self.wanted += read as u64;
        self.reached = self.wanted;
        self.reader = Some(reader);
        Ok(read)
    }
}

impl Seek for Again<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let wanted = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size_bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.wanted.checked_add_signed(by),
        };
        self.wanted = wanted.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.wanted)
    }
}
