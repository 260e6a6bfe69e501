//! A toolchain's zip to files.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is how a toolchain comes to the disk"
)]

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take, Write};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use flate2::bufread::DeflateDecoder;
use zip::CompressionMethod;
use zip::read::{ArchiveOffset, Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;

use super::fetch_error::FetchError;
use crate::model::{Cancellation, Digester, ForeignText};
use crate::toolchain::{DirHash, H1, ToolchainModule, Unpacked, ZipEntry, ZipRuleError, ZipRules};

/// Unpacks `zip`, the zip of `module`, below the folder `root`, and returns the hash over all that
/// was in it; `written` hears of the bytes of each file. What is unpacked is good for nothing before that hash is compared.
/// Without a folder it is read all the same, and nothing is written.
pub(super) fn unpack(
    zip: &File,
    module: &ToolchainModule,
    root: Option<&Path>,
    cancellation: &Cancellation,
    written: &dyn Fn(u64),
) -> Result<H1, FetchError> {
    let config = Config {
        archive_offset: ArchiveOffset::Known(0),
    };
    // Entries are read one by one: what a zip says about itself is never in memory as a whole.
    let mut archive = ZipIterable::try_new(Positioned::new(zip)?, config)?;
    let mut unpacking = Unpacking {
        root,
        contents: DeflateDecoder::new(BufReader::new(Positioned::new(zip)?.take(0))),
        rules: ZipRules::new(module),
        hash: DirHash::default(),
        folders: BTreeSet::new(),
        names: BTreeSet::new(),
    };
    for entry in archive.files()? {
        if let Some(reason) = cancellation.reason() {
            return Err(FetchError::Stopped(reason));
        }
        let entry = entry?;
        unpacking.take(&entry)?;
        written(entry.size());
    }
    Ok(unpacking.hash.finish())
}

/// The content of one file after the other. One decoder serves all: ten thousand of them would
/// leave the heap in pieces.
type Contents<'a> = DeflateDecoder<BufReader<Take<Positioned<&'a File>>>>;

struct Unpacking<'a> {
    root: Option<&'a Path>,
    contents: Contents<'a>,
    rules: ZipRules,
    hash: DirHash,
    folders: BTreeSet<PathBuf>,
    /// What was in it so far, where no folder tells.
    names: BTreeSet<String>,
}

impl Unpacking<'_> {
    fn take(&mut self, entry: &ZipFileEntry<'_>) -> Result<(), FetchError> {
        let size_bytes = entry.size();
        let unpacked = self.rules.admit(ZipEntry {
            name: entry.name_raw(),
            mode: entry.unix_mode(),
            size_bytes,
        })?;
        self.open(entry).map_err(|error| damaged(&error))?;
        let mut targets = self.create(&unpacked)?;
        let mut digester = Digester::default();
        let mut buffer = [0; 16 << 10];
        loop {
            let length = self
                .contents
                .read(&mut buffer)
                .map_err(|error| damaged(&error))?;
            digester.update(&buffer[..length]);
            let is_whole = digester.size_bytes() == size_bytes;
            if digester.size_bytes() > size_bytes || length == 0 && !is_whole {
                return Err(ZipRuleError::Size(ForeignText::new(&unpacked.name)).into());
            }
            if length == 0 {
                break;
            }
            for target in &mut targets {
                target.write_all(&buffer[..length])?;
            }
        }
        self.hash.add(unpacked.name, digester.finish());
        Ok(())
    }

    /// Goes to the content of a file, behind the header that stands before it once more.
    fn open(&mut self, entry: &ZipFileEntry<'_>) -> io::Result<()> {
        let mut zip = self.contents.get_ref().get_ref().get_ref().clone();
        let mut header = [0; 30];
        zip.seek(SeekFrom::Start(entry.header_start()))?;
        zip.read_exact(&mut header)?;
        let length_at =
            |offset| i64::from(u16::from_le_bytes([header[offset], header[offset + 1]]));
        if !header.starts_with(b"PK\x03\x04") || entry.compression() != CompressionMethod::Deflated
        {
            return Err(io::Error::other(
                "it holds a file that is not compressed as all are",
            ));
        }
        zip.seek(SeekFrom::Current(length_at(26) + length_at(28)))?;
        self.contents
            .reset(BufReader::new(zip.take(entry.compressed_size())));
        Ok(())
    }

    /// Creates the file, and its copy where it has one; a name that was there already is an error.
    fn create(&mut self, unpacked: &Unpacked) -> Result<Vec<File>, FetchError> {
        let paths = [Some(&unpacked.path), unpacked.copy.as_ref()];
        let Some(root) = self.root else {
            let mut new = paths.into_iter().flatten();
            return if new.all(|path| self.names.insert(path.clone())) {
                Ok(Vec::new())
            } else {
                Err(ZipRuleError::Twice.into())
            };
        };
        let mode = if unpacked.executable { 0o555 } else { 0o444 };
        let mut files = Vec::new();
        for path in paths.into_iter().flatten() {
            let path = root.join(path);
            let folder = path.parent().unwrap_or(root);
            if !self.folders.contains(folder) {
                fs::create_dir_all(folder)?;
                self.folders.insert(folder.to_owned());
            }
            let mut options = OpenOptions::new();
            match options.write(true).create_new(true).mode(mode).open(&path) {
                Ok(file) => files.push(file),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(ZipRuleError::Twice.into());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(files)
    }
}

/// Bytes that do not unpack are the zip's fault, not the disk's.
fn damaged(error: &io::Error) -> FetchError {
    FetchError::Zip(ForeignText::new(&error.to_string()))
}

impl From<ZipError> for FetchError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(error) => damaged(&error),
            error => Self::Zip(ForeignText::new(&error.to_string())),
        }
    }
}

/// A file read from a position of its own, so that two readers can share it.
#[derive(Clone)]
pub(super) struct Positioned<F> {
    file: F,
    position: u64,
    size_bytes: u64,
}

impl<F: Borrow<File>> Positioned<F> {
    /// Reads from the first byte.
    pub(super) fn new(file: F) -> io::Result<Self> {
        Ok(Self {
            size_bytes: file.borrow().metadata()?.len(),
            file,
            position: 0,
        })
    }
}

impl<F: Borrow<File>> Read for Positioned<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.borrow().read_at(buffer, self.position)?;
        self.position += length as u64;
        Ok(length)
    }
}

impl<F: Borrow<File>> Seek for Positioned<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::End(offset) => (self.size_bytes, offset),
            SeekFrom::Current(offset) => (self.position, offset),
        };
        let position = base.checked_add_signed(offset);
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::model::Digest;

    const PREFIX: &str = "golang.org/toolchain@v0.0.1-go1.26.8.linux-amd64";

    fn module() -> ToolchainModule {
        ToolchainModule::new(&"1.26.8".parse().unwrap(), &"linux/amd64".parse().unwrap())
    }

    /// Returns a zip of files, each with its mode.
    fn zip(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (path, mode, content) in files {
            let options = SimpleFileOptions::default().unix_permissions(*mode);
            writer
                .start_file(format!("{PREFIX}/{path}"), options)
                .unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn unpack_bytes(bytes: &[u8], root: &Path) -> Result<H1, FetchError> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let written = std::cell::Cell::new(0);
        let count = |bytes| written.set(written.get() + bytes);
        let h1 = unpack(
            &file,
            &module(),
            Some(root),
            &Cancellation::default(),
            &count,
        )?;
        assert!(written.get() > 0, "nobody hears of what is written");
        Ok(h1)
    }

    fn refusal(bytes: &[u8]) -> String {
        let root = TempDir::new().unwrap();
        unpack_bytes(bytes, root.path()).unwrap_err().to_string()
    }

    #[test]
    fn files_come_out_whole_with_the_hash_over_them() {
        let root = TempDir::new().unwrap();
        let large = vec![b'x'; 100_000];
        let files: [(&str, u32, &[u8]); 3] = [
            ("src/_go.mod", 0o644, b"module std"),
            ("bin/go", 0o644, &large),
            ("VERSION", 0o644, b""),
        ];
        let found = unpack_bytes(&zip(&files), root.path()).unwrap();
        let mut expected = DirHash::default();
        for (path, _, content) in files {
            expected.add(format!("{PREFIX}/{path}"), Digest::of(content));
            assert_eq!(fs::read(root.path().join(path)).unwrap(), content);
        }
        assert_eq!(found, expected.finish());
        assert_eq!(
            fs::read(root.path().join("src/go.mod")).unwrap(),
            b"module std"
        );
    }

    #[test]
    fn a_zip_that_is_not_a_toolchains_is_refused() {
        let above = zip(&[("../x", 0o644, b"x")]);
        assert!(refusal(&above).contains("is not the name of a file"));
        let mut link = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default();
        link.add_symlink(format!("{PREFIX}/bin/go"), "/bin/sh", options)
            .unwrap();
        assert!(refusal(link.finish().unwrap().get_ref()).contains("is not a plain file"));
        let both = zip(&[("_go.mod", 0o644, b"x"), ("go.mod", 0o644, b"y")]);
        assert!(refusal(&both).contains("two files of one name"));
    }

    #[test]
    fn a_zip_that_is_damaged_is_no_fault_of_the_disk() {
        let whole = zip(&[("bin/go", 0o644, &[b'x'; 5000])]);
        for damaged in [&whole[..whole.len() / 2], b"", b"<html>", &whole[1..]] {
            assert!(refusal(damaged).contains("zip"), "{}", refusal(damaged));
        }
        // The size that the list of files gives, 24 bytes into its entry, is another.
        let entry = whole
            .windows(4)
            .position(|bytes| bytes == b"PK\x01\x02")
            .unwrap();
        let mut lies = whole.clone();
        lies[entry + 24] ^= 1;
        assert!(
            refusal(&lies).contains("is not as long as the zip says"),
            "{}",
            refusal(&lies)
        );
    }
}
