//! Layers of others, read back.

use std::error::Error;
use std::io::{self, Read};

use super::stored_layer::uncompressed;
use super::{TarKind, TarReader};
use crate::model::{Blob, ImagePath};

/// Returns the content of the file `path` in a layer, of at most `limit_bytes`; `None` where the
/// layer has no such file.
///
/// # Errors
/// When the layer cannot be read, or the file is longer.
pub fn read_file(layer: &Blob, path: &ImagePath, limit_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    let mut stored = layer.open()?;
    let mut tar = TarReader::new(uncompressed(&mut stored)?);
    while let Some(entry) = tar.next_entry().map_err(invalid)? {
        if entry.kind != TarKind::File || entry.path != path.to_archive_name() {
            continue;
        }
        if entry.size_bytes > limit_bytes {
            return Err(invalid(format!(
                "{path} is longer than {limit_bytes} bytes"
            )));
        }
        let mut content = Vec::new();
        tar.read_to_end(&mut content)?;
        return Ok(Some(content));
    }
    Ok(None)
}

fn invalid(cause: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}
