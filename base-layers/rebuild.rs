//! Makes the embedded base's layer from `base-layers/static/lock.json` and `rootfs/`, with the
//! same writer that makes the layers of users. `base-layers/rebuild` starts it.
#![expect(
    clippy::disallowed_methods,
    reason = "a tool of the project's own, not a room of the program"
)]

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;

use coracle::image::{BaseLock, LayerIdentity, LockedContent, LockedEntry};
use coracle::layers::{Layer, LayerWriter};
use coracle::model::{
    Blob, Cancellation, Compression, Content, Descriptor, Digest, Entry, FileCapabilities,
    MediaType,
};
use coracle::ports::{BlobStore, BlobWriter};

/// The layer is compressed once and sent by everyone.
const COMPRESSION: Compression = Compression::Gzip(9);

fn main() -> Result<(), Box<dyn Error>> {
    let folder = static_folder();
    let arguments: Vec<String> = env::args().skip(1).collect();
    let layer = build(&folder)?;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => compare(&folder, &layer),
        ["--update"] => update(&folder, &layer),
        _ => Err("usage: base-layers/rebuild [--update]".into()),
    }
}

fn static_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("base-layers/static")
}

fn build(folder: &Path) -> Result<Layer, Box<dyn Error>> {
    let lock = BaseLock::parse(&fs::read_to_string(folder.join("lock.json"))?)?;
    let entries: Result<Vec<Entry>, Box<dyn Error>> = lock
        .entries
        .iter()
        .map(|entry| to_entry(entry, &folder.join("rootfs")))
        .collect();
    let writer = LayerWriter::new(
        &InMemory,
        COMPRESSION,
        available_parallelism()?,
        Cancellation::default(),
    );
    Ok(writer.write(entries?, &|_| {})?)
}

fn to_entry(locked: &LockedEntry, rootfs: &Path) -> Result<Entry, Box<dyn Error>> {
    let content = match &locked.content {
        LockedContent::Directory => Content::Folder,
        LockedContent::Link { target } => Content::Symlink(target.clone()),
        LockedContent::File { digest } => {
            let bytes = fs::read(rootfs.join(locked.path.to_archive_name()))?;
            let found = Digest::of(&bytes);
            if found != *digest {
                return Err(format!("{}: locked as {digest}, found {found}", locked.path).into());
            }
            Content::File {
                size_bytes: bytes.len() as u64,
                source: Arc::new(Arc::<[u8]>::from(bytes)),
            }
        }
    };
    Ok(Entry {
        path: locked.path.clone(),
        mode: locked.mode,
        owner: locked.owner,
        capabilities: FileCapabilities::default(),
        content,
    })
}

fn compare(folder: &Path, layer: &Layer) -> Result<(), Box<dyn Error>> {
    let committed = fs::read(folder.join("layer.tar.gz"))?;
    let identity: LayerIdentity =
        serde_json::from_str(&fs::read_to_string(folder.join("layer.json"))?)?;
    if committed != bytes(layer)? || identity != to_identity(layer) {
        let committed = Digest::of(&committed);
        let rebuilt = layer.blob.descriptor.digest;
        return Err(format!("committed is {committed}, rebuilt {rebuilt}").into());
    }
    report(layer)
}

fn update(folder: &Path, layer: &Layer) -> Result<(), Box<dyn Error>> {
    let identity = serde_json::to_string_pretty(&to_identity(layer))?;
    fs::write(folder.join("layer.json"), identity + "\n")?;
    fs::write(folder.join("layer.tar.gz"), bytes(layer)?)?;
    report(layer)
}

fn report(layer: &Layer) -> Result<(), Box<dyn Error>> {
    let Descriptor {
        digest, size_bytes, ..
    } = layer.blob.descriptor;
    Ok(writeln!(io::stdout(), "{digest} {size_bytes} bytes")?)
}

fn to_identity(layer: &Layer) -> LayerIdentity {
    LayerIdentity {
        descriptor: layer.blob.descriptor.clone(),
        diff_id: layer.diff_id,
    }
}

fn bytes(layer: &Layer) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    layer.blob.open()?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A store that forgets: the one layer is held by its blob.
struct InMemory;

struct Buffer(Vec<u8>);

impl BlobStore for InMemory {
    fn create(&self) -> io::Result<Box<dyn BlobWriter>> {
        Ok(Box::new(Buffer(Vec::new())))
    }

    fn find(&self, _: &Descriptor) -> Option<Blob> {
        None
    }

    fn read(&self, _: Digest, _: u64) -> Option<Vec<u8>> {
        None
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl BlobWriter for Buffer {
    fn commit(self: Box<Self>, media_type: MediaType, _: Option<Digest>) -> io::Result<Blob> {
        Ok(Blob::of_bytes(media_type, self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_layer_is_what_the_locked_inputs_give() {
        let folder = static_folder();
        compare(&folder, &build(&folder).unwrap()).unwrap();
    }
}
