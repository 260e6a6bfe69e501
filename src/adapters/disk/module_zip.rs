//! The zip of a module in Go's module cache.

#![expect(clippy::disallowed_methods, reason = "module caches are on the disk")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read as _};
use std::path::Path;

use zip::ZipArchive;

use super::ModuleCache;
use crate::model::{Digest, Digester};
use crate::ports::ModuleZips;
use crate::toolchain::DirHash;

/// Go's own limit for the zip of a module, and for all that is in it.
const MAX_BYTES: u64 = 500 << 20;

impl ModuleZips for ModuleCache {
    fn contents(&self, path: &str, version: &str) -> io::Result<Option<DirHash>> {
        let Some(place) = self.place(path, version) else {
            return Ok(None);
        };
        let files = files_in_zip(&place.zip)?;
        Ok(files.map(|files| {
            let mut hash = DirHash::default();
            for (name, digest) in files {
                hash.add(name, digest);
            }
            hash
        }))
    }
}

/// Returns the digests of the files in a zip, by their names there; `None` where there is no zip.
///
/// # Errors
/// Those of the disk; of the kind `InvalidData` where it is no zip of a module.
pub(super) fn files_in_zip(path: &Path) -> io::Result<Option<BTreeMap<String, Digest>>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    if file.metadata()?.len() > MAX_BYTES {
        return Err(harmed("it is larger than Go allows"));
    }
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|it| of_zip(it.into()))?;
    let mut files = BTreeMap::new();
    let mut left_bytes = MAX_BYTES;
    for number in 0..archive.len() {
        let entry = archive.by_index(number).map_err(|it| of_zip(it.into()))?;
        let name = str::from_utf8(entry.name_raw())
            .map_err(|_| harmed("a name in it is not UTF-8"))?
            .to_owned();
        let mut digester = Digester::default();
        let length = io::copy(&mut entry.take(left_bytes + 1), &mut digester).map_err(of_zip)?;
        left_bytes = left_bytes
            .checked_sub(length)
            .ok_or_else(|| harmed("it unpacks to more than Go allows"))?;
        if files.insert(name, digester.finish()).is_some() {
            return Err(harmed("it holds two files of one name"));
        }
    }
    Ok(Some(files))
}

/// A zip that does not make sense says so in many ways.
fn of_zip(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
            io::Error::new(io::ErrorKind::InvalidData, error)
        }
        _ => error,
    }
}

fn harmed(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
