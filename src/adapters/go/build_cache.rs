//! Go's build cache, read, and packages of it compiled anew.

#![expect(
    clippy::disallowed_methods,
    reason = "the build cache is Go's, on the disk"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::compile::{BuildCacheEntry, BuildCacheReading, CacheShare, Recompiled};
use crate::model::{Cancellation, Digest, Digester};

/// The number of folders that entries are in, by the first byte of their names.
const FOLDERS: u64 = 256;

/// Reads as much of the build cache in `folder` as `share` says.
///
/// # Errors
/// When it is there and cannot be read.
pub(super) fn read(
    folder: &Path,
    share: CacheShare,
    cancellation: &Cancellation,
    advance: &dyn Fn(u64),
) -> io::Result<BuildCacheReading> {
    let (mut left_bytes, day) = match share {
        CacheShare::All => (u64::MAX, 0),
        CacheShare::Some { bytes, day } => (bytes, day),
    };
    let mut reading = BuildCacheReading {
        folder: folder.to_owned(),
        ..BuildCacheReading::default()
    };
    let mut seen = BTreeSet::new();
    for number in 0..FOLDERS {
        let name = format!("{:02x}", (day.wrapping_mul(37) + number) % FOLDERS);
        for entry in entries(&folder.join(name))? {
            if cancellation.is_stopped() || left_bytes == 0 {
                return Ok(reading);
            }
            let path = folder.join(entry.path());
            // Of another length it is not used, and may still be coming.
            let is_used = fs::metadata(&path)
                .is_ok_and(|metadata| metadata.is_file() && metadata.len() == entry.size_bytes);
            if !is_used || !seen.insert(path.clone()) {
                continue;
            }
            match digest_of(&path) {
                Ok(found) if found == entry.content => {}
                // Go removes what was not used for some days.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Ok(_) => reading.harmed.push(path),
                Err(error) => {
                    let message = format!("{}: {error}", path.display());
                    return Err(io::Error::new(error.kind(), message));
                }
            }
            reading.entries += 1;
            reading.size_bytes += entry.size_bytes;
            left_bytes = left_bytes.saturating_sub(entry.size_bytes);
            advance(entry.size_bytes);
        }
    }
    Ok(reading)
}

/// Returns what the entries in a folder of the cache say. What is none is passed over, as Go does.
fn entries(folder: &Path) -> io::Result<Vec<BuildCacheEntry>> {
    let listed = match fs::read_dir(folder) {
        Ok(listed) => listed,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths: Vec<PathBuf> = listed.flatten().map(|it| it.path()).collect();
    paths.retain(|path| path.as_os_str().as_encoded_bytes().ends_with(b"-a"));
    paths.sort();
    let read = |path: &PathBuf| {
        let mut text = String::new();
        let file = File::open(path).ok()?;
        let mut start = file.take(BuildCacheEntry::MAX_BYTES);
        start.read_to_string(&mut text).ok()?;
        BuildCacheEntry::parse(&text)
    };
    Ok(paths.iter().filter_map(read).collect())
}

fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut digester = Digester::default();
    io::copy(&mut File::open(path)?, &mut digester)?;
    Ok(digester.finish())
}

/// Compares compiled packages with those that were compiled anew.
///
/// # Errors
/// When one of them cannot be read.
pub(super) fn compare(
    kept: &BTreeMap<String, PathBuf>,
    anew: &BTreeMap<String, PathBuf>,
) -> io::Result<Recompiled> {
    let mut compared = Recompiled::default();
    for (package, file) in anew {
        let Some(known) = kept.get(package) else {
            continue;
        };
        compared.packages += 1;
        if digest_of(known)? != digest_of(file)? {
            compared.differing.push(package.clone());
        }
    }
    Ok(compared)
}
