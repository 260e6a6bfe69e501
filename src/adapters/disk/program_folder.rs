//! Plain programs on the disk.

#![expect(
    clippy::disallowed_methods,
    reason = "programs are files in the user's folder"
)]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::temp_file::{self, Readers};
use crate::compile::Binary;
use crate::model::{BuildError, Digest, Digester, ExitCode, Phase};
use crate::ports::ProgramSink;

/// Puts programs into folders of the user.
pub struct ProgramFolder;

impl ProgramSink for ProgramFolder {
    fn place(&self, binary: &Binary, path: &Path) -> Result<Digest, BuildError> {
        copy(binary, path).map_err(|error| {
            BuildError::new(Phase::Report, path.display(), "cannot write the program")
                .because(error)
                .exit(ExitCode::CannotWrite)
                .hint("free some space or name another folder with --output")
        })
    }
}

fn copy(binary: &Binary, path: &Path) -> io::Result<Digest> {
    let folder = temp_file::folder_of(path);
    fs::create_dir_all(folder)?;
    temp_file::sweep(folder);
    let mut file = temp_file::create(folder, Readers::RunnersByUmask)?;
    let mut reader = binary.open()?;
    let mut digester = Digester::default();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = reader.read(&mut buffer)?;
        if length == 0 {
            break;
        }
        digester.update(&buffer[..length]);
        file.write_all(&buffer[..length])?;
    }
    temp_file::keep(file, path)?;
    Ok(digester.finish())
}
