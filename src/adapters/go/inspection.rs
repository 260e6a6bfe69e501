//! A program that the compiler has made, read once.

#![expect(
    clippy::disallowed_methods,
    reason = "binaries stay on the disk until they are in a layer"
)]

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::workshop::Workshop;
use crate::compile::{
    Binary, BuildInfoScanner, ExecutableError, MachinePaths, Sources, check_executable,
};
use crate::model::BlobSource;
use crate::plan::Target;

/// Why a program is not handed on.
#[derive(Debug, thiserror::Error)]
pub(super) enum InspectionError {
    /// It cannot be read.
    #[error("cannot read it")]
    Io(#[from] io::Error),
    /// It is not what it should be.
    #[error(transparent)]
    Executable(#[from] ExecutableError),
}

/// A program on the disk; the folder that it lies in stays as long as this does.
struct ProgramFile {
    path: PathBuf,
    _workshop: Arc<Workshop>,
}

impl BlobSource for ProgramFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.path)?))
    }

    fn open_at(&self, offset: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Box::new(file))
    }
}

/// Reads the program at `path`, which lies in `workshop`, and checks it: `foreign` are the folders
/// of the machine of which it must know nothing.
pub(super) fn inspect(
    target: &Target,
    path: PathBuf,
    workshop: &Arc<Workshop>,
    foreign: &[PathBuf],
    duration: Duration,
    sources: Sources,
) -> Result<Binary, InspectionError> {
    let mut file = File::open(&path)?;
    let mut size_bytes = 0;
    let mut info = BuildInfoScanner::default();
    let mut paths = MachinePaths::below(foreign.iter().map(PathBuf::as_path));
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = file.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        size_bytes += length as u64;
        info.update(&buffer[..length]);
        paths.update(&buffer[..length]);
    }
    let info = info.finish();
    check_executable(file, info.as_ref(), &target.platform)?;
    if let Some(path) = paths.finish() {
        return Err(ExecutableError::MachinePath(path).into());
    }
    Ok(Binary {
        target: target.clone(),
        size_bytes,
        duration,
        info: Arc::new(info.unwrap_or_default()),
        sources,
        source: Arc::new(ProgramFile {
            path,
            _workshop: Arc::clone(workshop),
        }),
    })
}
