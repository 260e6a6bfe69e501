//! Entries to a compressed tar that is no layer.

use std::io::Write;
use std::num::NonZeroUsize;

use super::LayerError;
use super::gzip::gzip;
use super::tar::write_tar;
use crate::model::{Cancellation, Entry};

/// As hard as zlib tries by itself: an archive is made once and fetched often, and more costs much for
/// little.
const LEVEL: u32 = 6;

/// Writes `entries` to `to`, as [`write_tar`] does, compressed by up to so many threads.
///
/// The bytes are stable.
///
/// # Errors
/// As for [`write_tar`].
pub fn write_tar_gz(
    entries: Vec<Entry>,
    to: &mut (dyn Write + Send),
    threads: NonZeroUsize,
    cancellation: &Cancellation,
) -> Result<(), LayerError> {
    let fill = |out: &mut dyn Write| write_tar(entries, out, cancellation, &|_| {});
    gzip(to, LEVEL, threads, fill)?
        .flush()
        .map_err(LayerError::Store)
}
