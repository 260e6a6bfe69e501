//! What the tests of this room put into layers.

use std::sync::Arc;

use crate::model::{BlobSource, Content, Entry, FileCapabilities, FileMode, Owner};

/// Returns so many bytes that compress as a program does: phrases that come again, with noise
/// between them; the same on every machine.
pub(super) fn machine_code(size_bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut noise = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_be_bytes()
    };
    let phrases: Vec<u8> = (0..16384).map(|_| noise()[0]).collect();
    let mut code = Vec::with_capacity(size_bytes + 300);
    while code.len() < size_bytes {
        let noise = noise();
        let start = usize::from(noise[0]) * 63;
        code.extend_from_slice(&phrases[start..=start + usize::from(noise[1])]);
        code.extend_from_slice(&noise[2..2 + usize::from(noise[1] % 4)]);
    }
    code.truncate(size_bytes);
    code
}

/// Returns a file of root's with `bytes` in it.
pub(super) fn file(path: &str, bytes: impl Into<Vec<u8>>) -> Entry {
    let bytes = bytes.into();
    entry(
        path,
        Content::File {
            size_bytes: bytes.len() as u64,
            source: source(bytes),
        },
    )
}

/// Returns an entry of root's.
pub(super) fn entry(path: &str, content: Content) -> Entry {
    Entry {
        path: path.parse().unwrap(),
        mode: FileMode::PLAIN,
        owner: Owner::ROOT,
        capabilities: FileCapabilities::default(),
        content,
    }
}

/// Returns a source of `bytes`.
pub(super) fn source(bytes: Vec<u8>) -> Arc<dyn BlobSource> {
    Arc::new(Arc::<[u8]>::from(bytes))
}
