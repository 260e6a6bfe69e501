//! The layers of others: what is in them, and whether they are what they are called.

use std::cmp::Ordering;
use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

use super::{FoundBytes, TarEntry, TarError, TarReader};
use crate::model::{Blob, Cancellation, Descriptor, DiffId, Digest, Digester, limits};

/// A layer whose entries have all been seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WalkedLayer {
    /// The digest of its tar.
    pub diff_id: DiffId,
    /// The number of its tar's bytes.
    pub tar_bytes: u64,
}

/// Why a layer is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum StoredLayerError {
    /// The medium fails.
    #[error("it cannot be read")]
    Read(#[source] io::Error),
    /// Its bytes are not those that its name stands for.
    #[error("its digest is {found}, expected {expected}")]
    Digest {
        /// The digest in the manifest.
        expected: Digest,
        /// The digest of the bytes.
        found: Digest,
    },
    /// There are fewer or more bytes than the manifest says.
    #[error("it has {found} bytes, expected {expected}")]
    Size {
        /// The size in the manifest.
        expected: u64,
        /// What was read.
        found: FoundBytes,
    },
    /// What it holds is no tar, or one beyond the limits.
    #[error(transparent)]
    Tar(#[from] TarError),
}

/// Takes an entry of a layer, and its content as far as it is wanted.
pub type VisitEntry<'a> = dyn FnMut(&TarEntry, &mut dyn Read) -> io::Result<()> + 'a;

/// Shows `visit` each entry of `layer`, gzip, zstd or plain, in the order of its tar; `on_bytes`
/// hears of the layer's bytes as they pass. None of it is held.
///
/// # Errors
/// When the bytes are not what the layer's descriptor says, are no tar or one beyond the limits,
/// when `visit` fails, or the run is told to stop.
pub fn walk_layer(
    layer: &Blob,
    cancellation: &Cancellation,
    on_bytes: &dyn Fn(u64),
    visit: &mut VisitEntry<'_>,
) -> Result<WalkedLayer, StoredLayerError> {
    let mut stored = Passing {
        input: layer.open().map_err(StoredLayerError::Read)?,
        digester: Digester::default(),
        limit_bytes: layer.descriptor.size_bytes,
        on_bytes: &|bytes| {
            on_bytes(bytes);
            stop_if_told(cancellation)
        },
    };
    let walked = walk_tar(&mut stored, visit);
    // Bytes that are wrong explain whatever else went wrong with them.
    stored.check(&layer.descriptor)?;
    Ok(walked?)
}

fn walk_tar(stored: &mut dyn Read, visit: &mut VisitEntry<'_>) -> Result<WalkedLayer, TarError> {
    let tar = Passing {
        input: uncompressed(stored)?,
        digester: Digester::default(),
        limit_bytes: limits::LAYER_TAR_BYTES,
        on_bytes: &|_| Ok(()),
    };
    let mut reader = TarReader::new(tar);
    while let Some(entry) = reader.next_entry()? {
        visit(&entry, &mut reader)?;
    }
    let mut tar = reader.into_inner();
    io::copy(&mut tar, &mut io::sink())?;
    if tar.is_too_long() {
        return Err(TarError::Long);
    }
    Ok(WalkedLayer {
        tar_bytes: tar.digester.size_bytes(),
        diff_id: DiffId::new(tar.digester.finish()),
    })
}

/// Finds out by the first bytes how a layer is compressed, as runtimes do: media types are often
/// wrong about it.
fn uncompressed<'a>(stored: &'a mut dyn Read) -> io::Result<Box<dyn Read + 'a>> {
    const GZIP: &[u8] = b"\x1f\x8b";
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
    let mut first = Vec::new();
    stored.take(4).read_to_end(&mut first)?;
    let (is_gzip, is_zstd) = (first.starts_with(GZIP), first.starts_with(ZSTD));
    let all = BufReader::new(Cursor::new(first).chain(stored));
    Ok(if is_gzip {
        Box::new(MultiGzDecoder::new(all))
    } else if is_zstd {
        Box::new(zstd::Decoder::with_buffer(all)?)
    } else {
        Box::new(all)
    })
}

fn stop_if_told(cancellation: &Cancellation) -> io::Result<()> {
    if cancellation.is_stopped() {
        return Err(io::Error::other("stopped"));
    }
    Ok(())
}

/// Bytes on their way: counted, digested, and cut off after the first one too many.
struct Passing<'a, R> {
    input: R,
    digester: Digester,
    limit_bytes: u64,
    on_bytes: &'a dyn Fn(u64) -> io::Result<()>,
}

impl<R: Read> Passing<'_, R> {
    fn is_too_long(&self) -> bool {
        self.digester.size_bytes() > self.limit_bytes
    }

    /// Reads what is left, and compares all that has passed with `expected`.
    fn check(mut self, expected: &Descriptor) -> Result<(), StoredLayerError> {
        io::copy(&mut self, &mut io::sink()).map_err(StoredLayerError::Read)?;
        let size_bytes = self.digester.size_bytes();
        let found_bytes = match size_bytes.cmp(&expected.size_bytes) {
            Ordering::Less => FoundBytes::Only(size_bytes),
            Ordering::Greater => FoundBytes::More,
            Ordering::Equal => {
                let found = self.digester.finish();
                return match expected.digest {
                    expected if expected == found => Ok(()),
                    expected => Err(StoredLayerError::Digest { expected, found }),
                };
            }
        };
        Err(StoredLayerError::Size {
            expected: expected.size_bytes,
            found: found_bytes,
        })
    }
}

impl<R: Read> Read for Passing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.limit_bytes.saturating_add(1) - self.digester.size_bytes();
        let wanted = buffer
            .len()
            .min(usize::try_from(left).unwrap_or(usize::MAX));
        let read = self.input.read(&mut buffer[..wanted])?;
        self.digester.update(&buffer[..read]);
        (self.on_bytes)(read as u64)?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::layers::{LayerWriter, sample};
    use crate::model::{Compression, MediaType};
    use crate::ports::in_memory;

    fn walk(layer: &Blob) -> Result<(WalkedLayer, Vec<String>), StoredLayerError> {
        let mut seen = Vec::new();
        let walked = walk_layer(
            layer,
            &Cancellation::default(),
            &|_| (),
            &mut |entry, content| {
                let mut text = String::new();
                content.take(5).read_to_string(&mut text)?;
                seen.push(format!("{} {text}", entry.path));
                Ok(())
            },
        )?;
        Ok((walked, seen))
    }

    #[test]
    fn every_compression_gives_the_entries_and_the_diff_id() {
        for compression in [Compression::GZIP, Compression::ZSTD] {
            let store = in_memory::MemoryStore::default();
            let threads = NonZeroUsize::MIN;
            let writer = LayerWriter::new(&store, compression, threads, Cancellation::default());
            let files = vec![
                sample::file("/a", "first file"),
                sample::file("/b", "second"),
            ];
            let layer = writer.write(files, &|_| ()).unwrap();
            let (walked, seen) = walk(&layer.blob).unwrap();
            assert_eq!(walked.diff_id, layer.diff_id);
            assert_eq!(seen, ["a first", "b secon"]);
        }
    }

    #[test]
    fn an_empty_layer_has_no_entries() {
        let (walked, seen) = walk(&Blob::of_bytes(MediaType::Layer, vec![0; 1024])).unwrap();
        assert_eq!((walked.tar_bytes, seen.len()), (1024, 0));
    }

    #[test]
    fn wrong_bytes_are_blamed_before_what_they_cause() {
        let stored = b"\x1f\x8b and no more".to_vec();
        let mut layer = Blob::of_bytes(MediaType::LayerGzip, stored);
        assert!(matches!(
            walk(&layer),
            Err(StoredLayerError::Tar(TarError::Io(_)))
        ));
        let honest = layer.descriptor.clone();
        layer.descriptor.digest = Digest::of(b"other");
        assert!(matches!(walk(&layer), Err(StoredLayerError::Digest { .. })));
        layer.descriptor.size_bytes -= 1;
        let found = FoundBytes::More;
        assert!(matches!(walk(&layer), Err(StoredLayerError::Size { found: f, .. }) if f == found));
        layer.descriptor.size_bytes = honest.size_bytes + 1;
        let found = FoundBytes::Only(honest.size_bytes);
        assert!(matches!(walk(&layer), Err(StoredLayerError::Size { found: f, .. }) if f == found));
    }
}
