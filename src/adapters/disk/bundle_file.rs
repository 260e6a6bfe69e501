//! Bundles on the disk: written, and unpacked into the cache folder.

#![expect(
    clippy::disallowed_methods,
    reason = "a bundle is a file, and what is in it is unpacked into files"
)]

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::Arc;

use super::bundle_shelf::seal_path;
use super::document_file::write_document;
use super::temp_file::{self, Readers};
use crate::attest::SealError;
use crate::bundle::{
    BundleFile, Entries, EntryError, EntryName, FoundEntry, FoundKind, MANIFEST,
    MAX_MANIFEST_BYTES, Manifest, ManifestError,
};
use crate::layers::{LayerError, TarEntry, TarError, TarKind, TarReader, write_tar};
use crate::model::{
    BuildError, Cancellation, Content, Digest, Digester, Entry, ExitCode, FileCapabilities,
    FileMode, Owner, Phase, StopReason, Work,
};
use crate::ports::{BundleSink, EventSink, Progress};

/// Why a bundle is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum BundleError {
    /// It cannot be read.
    #[error("cannot read it")]
    Read(#[source] io::Error),
    /// It is no tar, or ends too soon.
    #[error(transparent)]
    Tar(#[from] TarError),
    /// It is some other file.
    #[error("it does not begin with {MANIFEST}: it is no bundle of coracle")]
    NoBundle,
    /// Its manifest cannot be used.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// What is in it is not what its manifest says.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// It ends within an entry.
    #[error("{0} is cut off")]
    CutOff(EntryName),
    /// It is not signed by whom it should be.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The cache folder takes no more.
    #[error("cannot unpack it into the cache folder")]
    Disk(#[source] io::Error),
    /// The run was told to stop.
    #[error("stopped")]
    Stopped(StopReason),
}

impl BundleError {
    /// Says in which entry the file ends too soon.
    fn within(self, name: &EntryName) -> Self {
        match self {
            Self::Read(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::CutOff(name.clone())
            }
            error => error,
        }
    }

    /// Returns the error that the user sees.
    pub(super) fn into_build_error(self, path: &Path) -> BuildError {
        let error = BuildError::new(Phase::Bundle, path.display(), "the bundle is not used");
        match &self {
            Self::Read(_) | Self::NoBundle => error
                .exit(ExitCode::Usage)
                .hint("name a file that coracle bundle wrote: --bundle FILE"),
            Self::Manifest(ManifestError::Newer { .. }) => error
                .hint("use that version of coracle, or make a bundle with this one: coracle bundle -o FILE"),
            Self::Tar(_) | Self::Manifest(_) | Self::Entry(_) | Self::CutOff(_) => error
                .hint("copy it again from where it was made, or make a new one: coracle bundle -o FILE"),
            Self::Seal(_) => error
                .hint("its signature belongs beside it: FILE.sigstore.json, as coracle bundle --sign wrote it"),
            Self::Disk(_) => error
                .exit(ExitCode::CannotWrite)
                .hint("make room, or name another folder: CORACLE_CACHE=/var/tmp/coracle"),
            Self::Stopped(reason) => error.exit(reason.exit_code()),
        }
        .because(self)
    }
}

/// A bundle whose manifest was read.
pub(super) struct OpenBundle {
    pub(super) manifest: Manifest,
    /// The digest of the manifest's bytes, which names all that is in the bundle.
    pub(super) digest: Digest,
    /// The manifest's bytes.
    pub(super) bytes: Vec<u8>,
    tar: TarReader<BufReader<File>>,
}

impl OpenBundle {
    /// Opens the bundle at `path`, and reads its manifest.
    pub(super) fn read(path: &Path) -> Result<Self, BundleError> {
        let file = File::open(path).map_err(BundleError::Read)?;
        let mut tar = TarReader::of_file(BufReader::new(file));
        let first = match tar.next_entry() {
            Err(TarError::NotTar(0)) => return Err(BundleError::NoBundle),
            first => first?,
        };
        let is_manifest = |entry: &TarEntry| {
            entry.path == MANIFEST
                && entry.kind == TarKind::File
                && entry.size_bytes <= MAX_MANIFEST_BYTES
        };
        if !first.as_ref().is_some_and(is_manifest) {
            return Err(BundleError::NoBundle);
        }
        let mut bytes = Vec::new();
        tar.read_to_end(&mut bytes).map_err(BundleError::Read)?;
        Ok(Self {
            manifest: Manifest::parse(&bytes)?,
            digest: Digest::of(&bytes),
            bytes,
            tar,
        })
    }

    /// Unpacks all of it below `folder`, each file checked.
    pub(super) fn unpack(
        &mut self,
        folder: &Path,
        cancellation: &Cancellation,
        written: &dyn Fn(u64),
    ) -> Result<(), BundleError> {
        let mut entries = Entries::new(&self.manifest);
        while let Some(entry) = self.tar.next_entry()? {
            let kind = match entry.kind {
                TarKind::File => FoundKind::File,
                _ => FoundKind::Other,
            };
            let (name, recorded) = entries.admit(FoundEntry {
                path: &entry.path,
                kind,
                size_bytes: entry.size_bytes,
            })?;
            let path = folder.join(name.as_str());
            fs::create_dir_all(temp_file::folder_of(&path)).map_err(BundleError::Disk)?;
            let file = File::create_new(&path).map_err(BundleError::Disk)?;
            let copied = copy(&mut self.tar, file, cancellation, written);
            let found = copied.map_err(|error| error.within(&name))?;
            recorded.check(&name, found)?;
        }
        Ok(entries.finish()?)
    }
}

/// Copies the content of an entry, and returns its digest.
fn copy(
    from: &mut impl Read,
    mut to: File,
    cancellation: &Cancellation,
    written: &dyn Fn(u64),
) -> Result<Digest, BundleError> {
    let mut digester = Digester::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        if let Some(reason) = cancellation.reason() {
            return Err(BundleError::Stopped(reason));
        }
        let length = match from.read(&mut buffer) {
            Ok(0) => return Ok(digester.finish()),
            Ok(length) => length,
            Err(error) => return Err(BundleError::Read(error)),
        };
        digester.update(&buffer[..length]);
        to.write_all(&buffer[..length]).map_err(BundleError::Disk)?;
        written(length as u64);
    }
}

/// Writes bundles to files.
pub struct DiskBundleSink<'a> {
    events: &'a dyn EventSink,
    cancellation: Cancellation,
}

impl<'a> DiskBundleSink<'a> {
    /// Tells `events` how it goes on.
    pub fn new(events: &'a dyn EventSink, cancellation: Cancellation) -> Self {
        Self {
            events,
            cancellation,
        }
    }

    fn write_to(
        &self,
        path: &Path,
        manifest: &Manifest,
        files: &[BundleFile],
    ) -> Result<Digest, LayerError> {
        let entries = entries(manifest, files)?;
        let folder = temp_file::folder_of(path);
        fs::create_dir_all(folder).map_err(LayerError::Store)?;
        let file = temp_file::create(folder, Readers::Umask).map_err(LayerError::Store)?;
        let total_bytes = files.iter().map(|file| file.size_bytes).sum();
        let work = Work::new(Phase::Bundle, "write");
        let progress = Progress::start(self.events, work, Some(total_bytes));
        let mut tar = Hashing {
            to: BufWriter::with_capacity(1 << 20, file),
            digester: Digester::default(),
        };
        let advance = |bytes| progress.advance(bytes);
        write_tar(entries, &mut tar, &self.cancellation, &advance)?;
        let file = tar.to.into_inner();
        let file = file.map_err(|error| LayerError::Store(error.into_error()))?;
        temp_file::keep(file, path).map_err(LayerError::Store)?;
        Ok(tar.digester.finish())
    }
}

impl BundleSink for DiskBundleSink<'_> {
    fn write(
        &self,
        path: &Path,
        manifest: &Manifest,
        files: &[BundleFile],
    ) -> Result<Digest, BuildError> {
        self.write_to(path, manifest, files).map_err(|error| {
            let message = "cannot write the bundle";
            let mut told = error.into_build_error(path.display(), message);
            told.phase = Phase::Bundle;
            if told.exit_code() == ExitCode::CannotWrite {
                told.hints = vec!["make room there, or name another file: -o FILE".to_owned()];
            }
            told
        })
    }

    fn write_seal(&self, path: &Path, seal: &[u8]) -> Result<(), BuildError> {
        write_document(&seal_path(path), seal).map_err(|mut error| {
            error.phase = Phase::Bundle;
            error.hints.clear();
            error
        })
    }
}

/// The bytes of a bundle on their way, and the digest of all of them.
struct Hashing<W> {
    to: W,
    digester: Digester,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.digester.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn entries(manifest: &Manifest, files: &[BundleFile]) -> Result<Vec<Entry>, LayerError> {
    let bytes: Arc<[u8]> = manifest.to_bytes().into();
    let unnamed = |error| LayerError::Store(io::Error::other(error));
    let mut entries = vec![Entry {
        path: format!("/{MANIFEST}")
            .parse()
            .map_err(|error| LayerError::Store(io::Error::other(format!("{error}"))))?,
        mode: FileMode::PLAIN,
        owner: Owner::ROOT,
        capabilities: FileCapabilities::default(),
        content: Content::File {
            size_bytes: bytes.len() as u64,
            source: Arc::new(bytes),
        },
    }];
    for file in files {
        entries.push(Entry {
            path: file.name.to_image_path().map_err(unnamed)?,
            mode: FileMode::PLAIN,
            owner: Owner::ROOT,
            capabilities: FileCapabilities::default(),
            content: Content::File {
                size_bytes: file.size_bytes,
                source: Arc::clone(&file.source),
            },
        });
    }
    Ok(entries)
}
