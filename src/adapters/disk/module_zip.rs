//! The zips in Go's module cache.

#![expect(clippy::disallowed_methods, reason = "zips are files")]

use std::fs::File;
use std::io::{self, BufReader, Read as _};

use zip::ZipArchive;

use super::ModuleCache;
use crate::model::Digester;
use crate::ports::ModuleZips;
use crate::toolchain::DirHash;

/// The most that the files of a module may have together, Go's own limit: `zip.MaxZipFile` of
/// `golang.org/x/mod`.
const MAX_BYTES: u64 = 500 << 20;

impl ModuleZips for ModuleCache {
    fn contents(&self, path: &str, version: &str) -> io::Result<Option<DirHash>> {
        let Some(zip) = self.zip(path, version) else {
            return Ok(None);
        };
        let file = match File::open(zip) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let mut archive = ZipArchive::new(BufReader::new(file))?;
        let mut hash = DirHash::default();
        let mut left_bytes = MAX_BYTES;
        for number in 0..archive.len() {
            let file = archive.by_index(number)?;
            let name = file.name()?.into_owned();
            let mut digester = Digester::default();
            // One byte more tells of what is too long.
            io::copy(&mut file.take(left_bytes + 1), &mut digester)?;
            left_bytes = left_bytes
                .checked_sub(digester.size_bytes())
                .ok_or_else(|| io::Error::other("it unpacks to more than any module may"))?;
            hash.add(name, digester.finish());
        }
        Ok(Some(hash))
    }
}
