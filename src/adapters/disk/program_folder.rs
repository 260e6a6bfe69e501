//! The files of a release on the disk.

#![expect(
    clippy::disallowed_methods,
    reason = "programs are files in the user's folder"
)]

use std::fs::{self, File};
use std::io::{self, BufReader, Read, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::NamedTempFile;

use super::program_copy::copy;
use super::program_error::ProgramError;
use super::temp_file::{self, Readers};
use super::zip_writer::write_zip;
use crate::layers::write_tar_gz;
use crate::model::{ArchiveForm, BlobSource, BuildError, Cancellation, Digest, Digester, Entry};
use crate::ports::{FilePlace, PlacedFile, ProgramSink};

/// How many bytes of a program are in memory.
const COPIED_AT_ONCE: usize = 256 << 10;

/// Puts the files of a release into folders of the user.
pub struct ProgramFolder {
    threads: NonZeroUsize,
    cancellation: Cancellation,
}

/// A file of the user's that was just written.
struct WrittenFile(PathBuf);

impl BlobSource for WrittenFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.0)?))
    }
}

impl ProgramFolder {
    /// Compresses with up to so many threads; the bytes do not depend on the number.
    pub fn new(threads: NonZeroUsize, cancellation: Cancellation) -> Self {
        Self {
            threads,
            cancellation,
        }
    }

    fn keep(
        FilePlace { path, outdated }: FilePlace<'_>,
        readers: Readers,
        fill: impl FnOnce(&mut NamedTempFile) -> Result<(), ProgramError>,
    ) -> Result<PlacedFile, ProgramError> {
        let folder = temp_file::folder_of(path);
        fs::create_dir_all(folder)?;
        temp_file::sweep(folder);
        let mut file = temp_file::create(folder, readers)?;
        fill(&mut file)?;
        // A disk may tell only now that it is full: what is there stays then, with what is said of it.
        file.as_file().sync_all()?;
        let (digest, size_bytes) = digest_of(file.reopen()?)?;
        for path in outdated {
            remove(path)?;
        }
        temp_file::keep(file, path)?;
        Ok(PlacedFile {
            digest,
            size_bytes,
            source: Arc::new(WrittenFile(path.to_owned())),
        })
    }

    fn pack(
        &self,
        form: ArchiveForm,
        entries: Vec<Entry>,
        file: &mut NamedTempFile,
    ) -> Result<(), ProgramError> {
        match form {
            ArchiveForm::TarGz => {
                write_tar_gz(entries, file, self.threads, &self.cancellation)?;
                Ok(())
            }
            ArchiveForm::Zip => write_zip(entries, file.as_file_mut(), &self.cancellation),
        }
    }
}

impl ProgramSink for ProgramFolder {
    fn check(&self, paths: &[PathBuf]) -> Result<(), BuildError> {
        for path in paths {
            check(path).map_err(|error| error.into_build_error(path))?;
        }
        Ok(())
    }

    fn place(
        &self,
        program: &dyn BlobSource,
        place: FilePlace<'_>,
    ) -> Result<PlacedFile, BuildError> {
        let placed = Self::keep(place, Readers::RunnersByUmask, |file| {
            copy(program.open()?, file, &self.cancellation, ProgramError::Io)
        });
        placed.map_err(|error| error.into_build_error(place.path))
    }

    fn archive(
        &self,
        form: ArchiveForm,
        entries: Vec<Entry>,
        place: FilePlace<'_>,
    ) -> Result<PlacedFile, BuildError> {
        let placed = Self::keep(place, Readers::Umask, |file| self.pack(form, entries, file));
        placed.map_err(|error| error.into_build_error(place.path))
    }

    fn write(&self, bytes: &[u8], place: FilePlace<'_>) -> Result<PlacedFile, BuildError> {
        let placed = Self::keep(place, Readers::Umask, |file| Ok(file.write_all(bytes)?));
        placed.map_err(|error| error.into_build_error(place.path))
    }
}

/// Removes a file that may be there; a folder of its name is nobody's sum or signature.
fn remove(path: &Path) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        // Another thread may have been quicker.
        _ => Ok(()),
    }
}

fn check(path: &Path) -> Result<(), ProgramError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(ProgramError::Folder),
        Ok(found) if !found.is_file() => return Err(ProgramError::NoFile),
        // What else is wrong with the path comes out when something is written there.
        Ok(_) | Err(_) => {}
    }
    let folder = temp_file::folder_of(path);
    // The nearest that is there may be a file.
    let above = folder.ancestors().find(|folder| folder.exists());
    if let Some(above) = above
        && !above.is_dir()
    {
        return Err(ProgramError::NoFolder(above.to_owned()));
    }
    Ok(temp_file::try_in(folder)?)
}

fn digest_of(file: File) -> io::Result<(Digest, u64)> {
    let mut digester = Digester::default();
    io::copy(
        &mut BufReader::with_capacity(COPIED_AT_ONCE, file),
        &mut digester,
    )?;
    let size_bytes = digester.size_bytes();
    Ok((digester.finish(), size_bytes))
}
