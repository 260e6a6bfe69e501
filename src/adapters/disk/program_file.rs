//! Programs that a user wants looked into.

#![expect(
    clippy::disallowed_methods,
    reason = "the program is a file of the user's"
)]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::model::{BuildError, Phase, limits};

/// Reads a program as a whole; `None` where `is_program` says of the first bytes of a file that it is
/// something else.
///
/// # Errors
/// When it cannot be read, or is longer than [`limits::PROGRAM_BYTES`].
pub fn read_program(
    path: &Path,
    is_program: impl Fn(&[u8]) -> bool,
) -> Result<Option<Vec<u8>>, BuildError> {
    const HEAD_BYTES: u64 = 16;
    let failed = || BuildError::new(Phase::Inspect, path.display(), "cannot read this program");
    let read = || -> io::Result<Option<Vec<u8>>> {
        let file = File::open(path)?;
        let mut bytes = Vec::new();
        (&file).take(HEAD_BYTES).read_to_end(&mut bytes)?;
        if !is_program(&bytes) {
            return Ok(None);
        }
        let length = file.metadata()?.len().min(limits::PROGRAM_BYTES + 1);
        bytes.reserve_exact(usize::try_from(length).unwrap_or_default());
        file.take(limits::PROGRAM_BYTES).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    };
    match read() {
        Ok(Some(bytes)) if bytes.len() as u64 > limits::PROGRAM_BYTES => {
            Err(failed().because(format!("it is longer than {} bytes", limits::PROGRAM_BYTES)))
        }
        Ok(read) => Ok(read),
        Err(error) => Err(failed().because(error)),
    }
}
