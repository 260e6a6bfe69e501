//! The `ModuleZips` port.
//!
//! Of what was compared with a zip that had to be fetched it is noted in the cache folder, `compared/HEX`, that
//! it was.

#![expect(clippy::disallowed_methods, reason = "module caches are on the disk")]

use std::fs::{self, File};
use std::io::{self, Seek as _};

use super::module_zip::{files_in, start_in};
use super::{CacheFolder, ModuleCache, sealed_json};
use crate::model::Digest;
use crate::ports::{ModuleZip, ModuleZips, NoZip, NotSent, ZipOrigin, ZipServer};
use crate::toolchain::DirHash;

/// A note is a digest, and the seal over it.
const MAX_NOTE_BYTES: u64 = 1 << 10;

/// Go's module cache, and proxies for what it lacks.
pub struct DiskModuleZips<'a> {
    modules: ModuleCache,
    cache: CacheFolder,
    server: Box<dyn ZipServer + 'a>,
}

impl<'a> DiskModuleZips<'a> {
    /// Looks into `modules`, and has what is fetched from `server` in `cache` for a moment.
    pub fn new(modules: ModuleCache, cache: CacheFolder, server: Box<dyn ZipServer + 'a>) -> Self {
        Self {
            modules,
            cache,
            server,
        }
    }
}

impl ModuleZips for DiskModuleZips<'_> {
    fn cached(&self, path: &str, version: &str) -> Result<Option<Box<dyn ModuleZip>>, NoZip> {
        let Some(place) = self.modules.place(path, version) else {
            return Ok(None);
        };
        match File::open(&place.zip) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            file => read(file?, ZipOrigin::ModuleCache(place.zip)).map(Some),
        }
    }

    fn fetch(&self, path: &str, version: &str) -> Result<Box<dyn ModuleZip>, NoZip> {
        // What names no module is asked of nobody.
        if self.modules.place(path, version).is_none() {
            let reason = "its name is none".to_owned();
            return Err(NoZip::Lacking(NotSent::Failed(reason)));
        }
        let workplace = self.cache.workplace();
        fs::create_dir_all(workplace)?;
        let mut file = tempfile::tempfile_in(workplace)?;
        let sent = self.server.send(path, version, &mut file);
        let proxy = sent.map_err(NoZip::Lacking)?;
        file.rewind()?;
        read(file, ZipOrigin::Proxy(proxy))
    }

    fn is_noted(&self, key: &Digest) -> bool {
        let places = self.cache.compared(key);
        let mut notes = places
            .iter()
            .filter_map(|path| CacheFolder::read_at(path, MAX_NOTE_BYTES));
        notes.any(|bytes| sealed_json::read::<Digest>(&bytes).as_ref() == Some(key))
    }

    fn note(&self, key: &Digest) {
        let [path, _] = self.cache.compared(key);
        // A cache that takes nothing more is told of where it matters.
        let _ = sealed_json::written(key).and_then(|bytes| self.cache.keep_small(&path, &bytes));
    }
}

fn read(file: File, origin: ZipOrigin) -> Result<Box<dyn ModuleZip>, NoZip> {
    let files = match files_in(&file) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            let reason = error.to_string();
            return Err(NoZip::Damaged { origin, reason });
        }
        files => files?,
    };
    let mut contents = DirHash::default();
    for (name, digest) in files {
        contents.add(name, digest);
    }
    Ok(Box::new(OpenZip {
        file,
        origin,
        contents,
    }))
}

/// A zip that is open.
struct OpenZip {
    file: File,
    origin: ZipOrigin,
    contents: DirHash,
}

impl ModuleZip for OpenZip {
    fn origin(&self) -> &ZipOrigin {
        &self.origin
    }

    fn contents(&self) -> &DirHash {
        &self.contents
    }

    fn start_of(&self, name: &str, limit_bytes: u64) -> io::Result<Vec<u8>> {
        start_in(&self.file, name, limit_bytes)
    }
}
