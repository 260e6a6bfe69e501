//! Bytes of a release on their way into a file.

use std::io::{self, Read, Write};

use super::program_error::ProgramError;
use crate::model::Cancellation;

/// What is read at once; a stop is seen between two of them.
const CHUNK: usize = 64 << 10;

/// Copies all of `from`, unless the run is told to stop; `unreadable` tells of what cannot be read.
pub(super) fn copy(
    mut from: impl Read,
    to: &mut impl Write,
    cancellation: &Cancellation,
    unreadable: impl Fn(io::Error) -> ProgramError,
) -> Result<(), ProgramError> {
    let mut chunk = vec![0; CHUNK];
    loop {
        if let Some(reason) = cancellation.reason() {
            return Err(ProgramError::Stopped(reason));
        }
        let read = match from.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(&unreadable)?,
        };
        if read == 0 {
            return Ok(());
        }
        to.write_all(&chunk[..read])?;
    }
}
