//! Layers of others, read back.

use std::error::Error;
use std::io;

use super::{StoredLayerError, TarKind, walk_layer};
use crate::model::{Blob, Cancellation, ImagePath};

/// Returns the content of the file `path` in a layer, of at most `limit_bytes`; `None` where the
/// layer has no such file. What comes after the file is not uncompressed.
///
/// # Errors
/// When the layer cannot be read or is not what its descriptor says, the file is longer, or the run
/// is told to stop.
pub fn read_file(
    layer: &Blob,
    path: &ImagePath,
    limit_bytes: u64,
    cancellation: &Cancellation,
) -> io::Result<Option<Vec<u8>>> {
    let wanted = path.to_archive_name();
    let mut found = None;
    let walked = walk_layer(layer, cancellation, &|_| (), &mut |entry, content| {
        if entry.kind != TarKind::File || entry.path != wanted {
            return Ok(());
        }
        if entry.size_bytes > limit_bytes {
            return Err(invalid(format!(
                "{path} is longer than {limit_bytes} bytes"
            )));
        }
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        found = Some(bytes);
        Err(io::Error::other("no more is wanted"))
    });
    match walked {
        Ok(_) => Ok(None),
        Err(StoredLayerError::Tar(_)) if found.is_some() => Ok(found),
        Err(StoredLayerError::Read(error)) => Err(error),
        Err(error) => Err(invalid(error)),
    }
}

fn invalid(cause: impl Into<Box<dyn Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, cause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::{sample, write_tar};
    use crate::model::{MediaType, StopReason};

    fn read(layer: &Blob, path: &str) -> io::Result<Option<Vec<u8>>> {
        let path = path.parse().unwrap();
        read_file(layer, &path, 5, &Cancellation::default())
    }

    fn layer() -> Blob {
        let files = vec![
            sample::file("/etc/group", "group"),
            sample::file("/etc/passwd", "longer"),
        ];
        let mut tar = Vec::new();
        write_tar(files, &mut tar, &Cancellation::default(), &|_| ()).unwrap();
        Blob::of_bytes(MediaType::Layer, tar)
    }

    #[test]
    fn a_file_is_found_or_not() {
        assert_eq!(read(&layer(), "/etc/group").unwrap().unwrap(), b"group");
        assert!(read(&layer(), "/etc/shadow").unwrap().is_none());
    }

    #[test]
    fn a_file_that_is_too_long_and_a_layer_that_lies_are_errors() {
        assert!(read(&layer(), "/etc/passwd").is_err());
        let mut lying = layer();
        lying.descriptor.digest = crate::model::Digest::of(b"other");
        assert!(read(&lying, "/etc/group").is_err());
    }

    #[test]
    fn a_run_that_is_stopped_reads_nothing() {
        let cancellation = Cancellation::default();
        cancellation.stop(StopReason::Interrupted);
        let path = "/etc/group".parse().unwrap();
        assert!(read_file(&layer(), &path, 5, &cancellation).is_err());
    }
}
