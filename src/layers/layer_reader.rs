//! Layers of others, read back.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::model::{Blob, ImagePath, MediaType};

/// Opens the tar in `layer`, whatever it is compressed by.
///
/// gzip may have several members, zstd several frames.
///
/// # Errors
/// When the blob cannot be opened, or its type is no layer's.
pub fn open_tar(layer: &Blob) -> io::Result<tar::Archive<Box<dyn Read + Send>>> {
    let bytes = layer.open()?;
    let plain: Box<dyn Read + Send> = match layer.descriptor.media_type.to_oci() {
        MediaType::Layer => bytes,
        MediaType::LayerGzip => Box::new(MultiGzDecoder::new(bytes)),
        MediaType::LayerZstd => Box::new(zstd::Decoder::new(bytes)?),
        other => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{other} is no layer"),
            ));
        }
    };
    Ok(tar::Archive::new(plain))
}

/// Returns the content of the file `path` in a layer, of at most `limit_bytes`; `None` where the
/// layer has no such file.
///
/// # Errors
/// When the layer cannot be read, or the file is longer.
pub fn read_file(layer: &Blob, path: &ImagePath, limit_bytes: u64) -> io::Result<Option<Vec<u8>>> {
    for entry in open_tar(layer)?.entries()? {
        let entry = entry?;
        let name = entry.path_bytes();
        let name = name
            .strip_prefix(b"./")
            .or(name.strip_prefix(b"/"))
            .unwrap_or(&name);
        if name != path.to_archive_name().as_bytes() || !entry.header().entry_type().is_file() {
            continue;
        }
        let mut content = Vec::new();
        entry.take(limit_bytes + 1).read_to_end(&mut content)?;
        if content.len() as u64 > limit_bytes {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("{path} is longer than {limit_bytes} bytes"),
            ));
        }
        return Ok(Some(content));
    }
    Ok(None)
}
