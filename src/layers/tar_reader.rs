//! The tars of others: ustar, PAX and GNU's long names.
//!
//! The header's fields are read by the tar crate. What goes around them is ours, because a layer
//! is hostile input: nothing is held that a limit does not bound.

use std::io::{self, Read, Seek, SeekFrom};

use tar::{EntryType, Header};

use super::header::BLOCK;
use super::tar_header::{Extension, entry, text};
use super::{TarEntry, TarError};
use crate::model::limits;

/// Reads the entries of a tar, in their order.
pub struct TarReader<R> {
    input: R,
    skip: fn(&mut R, u64) -> io::Result<()>,
    entries: usize,
    /// Where the next byte of the input is in the tar.
    offset: u64,
    /// Where the content of the current entry ends, and the next header begins.
    content_end: u64,
    next_header: u64,
}

impl<R: Read> TarReader<R> {
    /// Reads `input` from its first byte to its last.
    pub fn new(input: R) -> Self {
        Self::with_skip(input, |input, bytes| {
            let skipped = io::copy(&mut input.take(bytes), &mut io::sink())?;
            if skipped == bytes {
                Ok(())
            } else {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
        })
    }

    fn with_skip(input: R, skip: fn(&mut R, u64) -> io::Result<()>) -> Self {
        Self {
            input,
            skip,
            entries: 0,
            offset: 0,
            content_end: 0,
            next_header: 0,
        }
    }

    /// Returns the next entry; `None` at the tar's end.
    ///
    /// # Errors
    /// When the bytes are no tar, end within an entry, or go beyond a limit.
    pub fn next_entry(&mut self) -> Result<Option<TarEntry>, TarError> {
        let mut extension = Extension::default();
        loop {
            self.skip_to(self.next_header)?;
            let Some(header) = self.header()? else {
                return Ok(None);
            };
            let at = self.next_header;
            let size_bytes = header.entry_size().map_err(|_| TarError::Header(at));
            match header.entry_type() {
                EntryType::XHeader => {
                    let records = self.extension(size_bytes?)?;
                    extension.read_pax(&records).ok_or(TarError::Header(at))?;
                }
                EntryType::GNULongName => extension.path = Some(text(self.extension(size_bytes?)?)),
                EntryType::GNULongLink => extension.link = Some(text(self.extension(size_bytes?)?)),
                // Nothing in it is about names or sizes.
                EntryType::XGlobalHeader => self.begin(size_bytes?)?,
                kind => {
                    let size_bytes = match extension.size_bytes {
                        _ if !has_content(kind) => 0,
                        Some(size_bytes) => size_bytes,
                        None => size_bytes?,
                    };
                    self.begin(size_bytes)?;
                    return entry(&header, &extension, size_bytes).map(Some);
                }
            }
        }
    }

    /// Returns where the content of the current entry begins, before any of it is read.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Returns the input, of which everything up to the tar's end is read.
    pub fn into_inner(self) -> R {
        self.input
    }

    /// Reads the next header; `None` at the block of zeros after the last entry, or at the end.
    fn header(&mut self) -> Result<Option<Header>, TarError> {
        let at = self.offset;
        let mut block = Vec::with_capacity(BLOCK);
        let input = &mut self.input;
        input.take(BLOCK as u64).read_to_end(&mut block)?;
        self.offset += block.len() as u64;
        if block.iter().all(|&byte| byte == 0) && matches!(block.len(), 0 | BLOCK) {
            return Ok(None);
        }
        let mut header = Header::new_old();
        *header.as_mut_bytes() = block.try_into().map_err(|_| cut_off(at))?;
        if header.cksum().ok() != Some(checksum(header.as_bytes())) {
            return Err(TarError::NotTar(at));
        }
        Ok(Some(header))
    }

    fn begin(&mut self, size_bytes: u64) -> Result<(), TarError> {
        if size_bytes > limits::LAYER_TAR_BYTES - self.offset.min(limits::LAYER_TAR_BYTES) {
            return Err(TarError::Long);
        }
        self.content_end = self.offset + size_bytes;
        self.next_header = self.content_end.next_multiple_of(BLOCK as u64);
        self.entries += 1;
        if self.entries > limits::TAR_ENTRIES {
            return Err(TarError::Entries);
        }
        Ok(())
    }

    fn skip_to(&mut self, offset: u64) -> Result<(), TarError> {
        let bytes = offset.saturating_sub(self.offset);
        if bytes > 0 {
            (self.skip)(&mut self.input, bytes).map_err(|error| self.broken(error))?;
        }
        self.offset += bytes;
        Ok(())
    }

    fn broken(&self, error: io::Error) -> TarError {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => cut_off(self.offset),
            _ => TarError::Io(error),
        }
    }

    /// Reads the content of a header that extends the next.
    fn extension(&mut self, size_bytes: u64) -> Result<Vec<u8>, TarError> {
        if size_bytes > limits::TAR_EXTENSION_BYTES {
            return Err(TarError::LongHeader);
        }
        self.begin(size_bytes)?;
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)
            .map_err(|error| self.broken(error))?;
        Ok(bytes)
    }
}

impl<R: Read + Seek> TarReader<R> {
    /// Reads a file of which contents are passed over without being read.
    pub fn of_file(input: R) -> Self {
        Self::with_skip(input, |input, bytes| {
            // The last byte is read: to seek beyond the end is no error.
            input.seek(SeekFrom::Current(bytes.cast_signed() - 1))?;
            input.read_exact(&mut [0])
        })
    }
}

/// The content of the current entry.
impl<R: Read> Read for TarReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.content_end - self.offset).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        if wanted == 0 {
            return Ok(0);
        }
        match self.input.read(&mut buffer[..wanted])? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                self.offset += read as u64;
                Ok(read)
            }
        }
    }
}

/// What ends within its first block never was a tar.
fn cut_off(at: u64) -> TarError {
    match at {
        0 => TarError::NotTar(0),
        at => TarError::Truncated(at),
    }
}

/// The types whose size is about something else, if about anything, carry no content.
fn has_content(kind: EntryType) -> bool {
    !matches!(
        kind,
        EntryType::Link
            | EntryType::Symlink
            | EntryType::Char
            | EntryType::Block
            | EntryType::Directory
            | EntryType::Fifo
    )
}

/// The sum of the header's bytes, with spaces in the sum's own place.
fn checksum(header: &[u8; BLOCK]) -> u32 {
    let own = 148..156;
    let bytes = header.iter().enumerate();
    bytes
        .map(|(at, &byte)| u32::from(if own.contains(&at) { b' ' } else { byte }))
        .sum()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;
    use crate::layers::tar::write_tar;
    use crate::layers::{TarKind, sample};
    use crate::model::{Cancellation, Content, Entry};

    fn tar(entries: Vec<Entry>) -> Vec<u8> {
        let mut tar = Vec::new();
        write_tar(entries, &mut tar, &Cancellation::default(), &|_| ()).unwrap();
        tar
    }

    /// Returns a header block of `kind` for so many bytes, with its checksum.
    fn header(kind: EntryType, name: &str, size: u64) -> Vec<u8> {
        let mut header = Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header.as_bytes().to_vec()
    }

    fn names(tar: &[u8]) -> Result<Vec<String>, TarError> {
        let mut reader = TarReader::new(tar);
        let mut names = Vec::new();
        while let Some(entry) = reader.next_entry()? {
            names.push(entry.path);
        }
        Ok(names)
    }

    #[test]
    fn what_we_write_is_read_back() {
        let long = format!("/{}/file", "folder".repeat(40));
        let tar = tar(vec![
            sample::entry("/etc", Content::Folder),
            sample::file("/etc/passwd", "root"),
            sample::file(&long, "x"),
            sample::entry("/link", Content::Symlink("t".repeat(120))),
        ]);
        let mut reader = TarReader::new(Cursor::new(&tar));
        let mut read = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            let mut content = String::new();
            reader.read_to_string(&mut content).unwrap();
            read.push((entry.path, entry.kind, content));
        }
        let none = String::new;
        assert_eq!(
            read,
            [
                ("etc".to_owned(), TarKind::Folder, none()),
                ("etc/passwd".to_owned(), TarKind::File, "root".to_owned()),
                (long[1..].to_owned(), TarKind::File, "x".to_owned()),
                ("link".to_owned(), TarKind::Symlink("t".repeat(120)), none()),
            ]
        );
    }

    #[test]
    fn capabilities_belong_to_their_entry_alone() {
        let mut program = sample::file("/a", "x");
        program.capabilities = "chown,bpf=p".parse().unwrap();
        let tar = tar(vec![program.clone(), sample::file("/b", "x")]);
        let mut reader = TarReader::new(tar.as_slice());
        let mut next = || reader.next_entry().unwrap().unwrap().capabilities;
        assert_eq!(next(), Some(program.capabilities));
        assert_eq!(next(), None);
    }

    #[test]
    fn contents_are_found_without_being_read() {
        let tar = tar(vec![
            sample::file("/a", vec![1; 1000]),
            sample::file("/b", "content of b"),
        ]);
        let mut reader = TarReader::of_file(Cursor::new(&tar));
        reader.next_entry().unwrap();
        let entry = reader.next_entry().unwrap().unwrap();
        let at = usize::try_from(reader.offset()).unwrap();
        assert!(tar[at..].starts_with(b"content of b"));
        assert_eq!((entry.path.as_str(), entry.size_bytes), ("b", 12));
        assert!(reader.next_entry().unwrap().is_none());
    }

    #[test]
    fn long_names_of_gnu_are_read() {
        let name = format!("./{}/", "n".repeat(300));
        let mut tar = header(EntryType::GNULongName, "././@LongLink", 303);
        tar.extend_from_slice(name.as_bytes());
        tar.resize(1024, 0);
        tar.extend(header(EntryType::Directory, "cut", 0));
        assert_eq!(names(&tar).unwrap(), ["n".repeat(300)]);
    }

    #[test]
    fn hostile_headers_are_refused_before_anything_is_held() {
        let endless = header(EntryType::GNULongName, "x", 1 << 40);
        assert!(matches!(names(&endless), Err(TarError::LongHeader)));
        let huge = header(EntryType::Regular, "x", u64::MAX);
        assert!(matches!(names(&huge), Err(TarError::Long)));
        let mut long = header(EntryType::GNULongName, "x", 5000);
        long.resize(512 + 5120, b'n');
        long.extend(header(EntryType::Regular, "x", 0));
        assert!(matches!(names(&long), Err(TarError::LongName)));
        let mut record = header(EntryType::XHeader, "x", 10);
        record.resize(1024, b'9');
        assert!(matches!(names(&record), Err(TarError::Header(0))));
    }

    #[test]
    fn what_is_no_tar_or_half_of_one_is_told_apart() {
        assert!(matches!(names(b"text"), Err(TarError::NotTar(0))));
        assert!(matches!(names(&[7; 512]), Err(TarError::NotTar(0))));
        assert!(names(&[]).unwrap().is_empty());
        let tar = tar(vec![sample::file("/a", vec![1; 1000])]);
        assert!(matches!(names(&tar[..900]), Err(TarError::Truncated(512))));
        let seeking = TarReader::of_file(Cursor::new(&tar[..900])).skip_all();
        assert!(matches!(seeking, Err(TarError::Truncated(512))));
    }

    impl<R: Read> TarReader<R> {
        fn skip_all(mut self) -> Result<(), TarError> {
            while self.next_entry()?.is_some() {}
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_strange(
            mut tar in proptest::collection::vec(any::<u8>(), 0..2048),
            flips in proptest::collection::vec((0..1536_usize, any::<u8>()), 0..8),
        ) {
            let _ = names(&tar);
            let mut valid = self::tar(vec![sample::file("/a", "x")]);
            for (at, byte) in flips {
                valid[at] = byte;
            }
            let _ = names(&valid);
            tar.truncate(512);
            tar.resize(512, 0);
            let mut summed = Header::new_old();
            summed.as_mut_bytes().copy_from_slice(&tar);
            summed.set_cksum();
            let _ = names(summed.as_bytes());
        }
    }
}
