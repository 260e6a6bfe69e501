//! Plain programs on the disk.

#![expect(
    clippy::disallowed_methods,
    reason = "programs are files in the user's folder"
)]

use std::fs;
use std::io;
use std::path::Path;

use super::temp_file::{self, Readers};
use crate::compile::Binary;
use crate::model::{BuildError, ExitCode, Phase};
use crate::ports::ProgramSink;

/// Puts programs into folders of the user.
pub struct ProgramFolder;

impl ProgramSink for ProgramFolder {
    fn place(&self, binary: &Binary, path: &Path) -> Result<(), BuildError> {
        copy(binary, path).map_err(|error| {
            BuildError::new(Phase::Report, path.display(), "cannot write the program")
                .because(error)
                .exit(ExitCode::CannotWrite)
                .hint("free some space or name another folder with --output")
        })
    }
}

fn copy(binary: &Binary, path: &Path) -> io::Result<()> {
    let folder = temp_file::folder_of(path);
    fs::create_dir_all(folder)?;
    temp_file::sweep(folder);
    let mut file = temp_file::create(folder, Readers::RunnersByUmask)?;
    io::copy(&mut binary.open()?, &mut file)?;
    temp_file::keep(file, path).map(drop)
}
