//! JSON in the cache folder, after a line with its digest: what is harmed, or is of another form, is as
//! if it had never been there.

use std::io::{self, Write as _};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::{Digest, canonical_json};

/// Returns the bytes of a file that holds `value`.
pub(super) fn written(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let json = canonical_json(&serde_json::to_value(value)?);
    let mut bytes = Vec::new();
    writeln!(bytes, "{}", Digest::of(&json))?;
    bytes.extend(json);
    Ok(bytes)
}

/// Reads a value that is unharmed and of the form of `T`.
pub(super) fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let (digest, json) = (str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
    if digest.parse() != Ok(Digest::of(json)) {
        return None;
    }
    serde_json::from_slice(json).ok()
}
