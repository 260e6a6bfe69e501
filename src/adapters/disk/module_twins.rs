//! The zip and the folder of a module, read side by side: what is the same in both is hashed once.

#![expect(clippy::disallowed_methods, reason = "module caches are on the disk")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use super::module_zip::{ZipFiles, for_each_file_in};
use crate::adapters::cache_files::{AT_ONCE_BYTES, for_each_file};
use crate::model::{Digest, Digester};

/// Returns the digests of the files that a zip and a folder both hold, by their names in the zip, where each is
/// `module`, a slash, and the path in the folder; `None` where they do not hold the same, or one of them cannot be read.
pub(super) fn same_files(
    zip: &Path,
    folder: &Path,
    module: &str,
) -> Option<BTreeMap<String, Digest>> {
    let zip = File::open(zip).ok()?;
    let mut twins = Twins {
        folder,
        module,
        unseen: files_of(folder).ok()?,
        open: None,
        same: BTreeMap::new(),
        are_same: true,
    };
    for_each_file_in(&zip, &mut twins).ok()?;
    (twins.are_same && twins.unseen.is_empty()).then_some(twins.same)
}

fn files_of(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    for_each_file(folder, &mut |path, _| {
        files.insert(path.to_owned());
        Ok(())
    })?;
    Ok(files)
}

struct Twins<'a> {
    folder: &'a Path,
    module: &'a str,
    /// What is in the folder and was not yet seen in the zip.
    unseen: BTreeSet<String>,
    open: Option<Twin>,
    same: BTreeMap<String, Digest>,
    are_same: bool,
}

/// A file of the folder, read as far as its twin in the zip.
struct Twin {
    name: String,
    file: BufReader<File>,
    digester: Digester,
}

impl Twins<'_> {
    /// Opens the file that is called `name` in the zip; only what was found in the folder is opened.
    fn open(&mut self, name: String) -> Option<Twin> {
        let path = name.strip_prefix(self.module)?.strip_prefix('/')?;
        let path = self.unseen.take(path)?;
        let file = File::open(self.folder.join(path)).ok()?;
        Some(Twin {
            name,
            file: BufReader::with_capacity(AT_ONCE_BYTES, file),
            digester: Digester::default(),
        })
    }
}

impl Twin {
    /// Tells whether `bytes` come next.
    fn goes_on(&mut self, mut bytes: &[u8]) -> bool {
        self.digester.update(bytes);
        while !bytes.is_empty() {
            let Ok(here) = self.file.fill_buf() else {
                return false;
            };
            let length = here.len().min(bytes.len());
            let (now, later) = bytes.split_at(length);
            if length == 0 || here[..length] != *now {
                return false;
            }
            self.file.consume(length);
            bytes = later;
        }
        true
    }

    fn is_at_end(&mut self) -> bool {
        self.file.fill_buf().is_ok_and(<[u8]>::is_empty)
    }
}

impl ZipFiles for Twins<'_> {
    fn begin(&mut self, name: String) -> bool {
        if self.are_same {
            self.open = self.open(name);
            self.are_same = self.open.is_some();
        }
        true
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.are_same {
            let twin = self.open.as_mut();
            self.are_same = twin.is_some_and(|twin| twin.goes_on(bytes));
        }
    }

    fn end(&mut self) {
        let Some(mut twin) = self.open.take().filter(|_| self.are_same) else {
            return;
        };
        self.are_same = twin.is_at_end();
        self.same.insert(twin.name, twin.digester.finish());
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use tempfile::TempDir;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// Compares a zip that holds `zipped` with a folder that holds `files`.
    fn same(zipped: &[(&str, &str)], files: &[(&str, &str)]) -> Option<Vec<String>> {
        let world = TempDir::new().unwrap();
        let (zip, folder) = (world.path().join("m.zip"), world.path().join("m"));
        let mut writer = ZipWriter::new(File::create(&zip).unwrap());
        for (name, text) in zipped {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        fs::write(world.path().join("outside"), "a").unwrap();
        for (path, text) in files {
            let file = folder.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let same = same_files(&zip, &folder, "m@v1")?;
        for (name, digest) in &same {
            let text = zipped.iter().find(|(known, _)| known == name).unwrap().1;
            assert_eq!(*digest, Digest::of(text.as_bytes()), "{name}");
        }
        Some(same.into_keys().collect())
    }

    #[test]
    fn what_both_hold_is_the_same_and_anything_else_is_not() {
        let long = "x".repeat(200_000);
        let (a, b) = (("m@v1/a", "a"), ("m@v1/sub/b", &*long));
        let zip = [a, b];
        let whole = [("a", "a"), ("sub/b", &*long)];
        assert_eq!(same(&zip, &whole).unwrap(), ["m@v1/a", "m@v1/sub/b"]);
        let other = format!("{}y", &long[1..]);
        let longer = format!("{long}x");
        for (zip, folder) in [
            (&zip[..], &whole[..1]),
            (&zip[..1], &whole[..]),
            (&zip, &[("a", "b"), ("sub/b", &*long)]),
            (&zip, &[("a", ""), ("sub/b", &*long)]),
            (&zip, &[("a", "a"), ("sub/b", &*other)]),
            (&zip, &[("a", "a"), ("sub/b", &*longer)]),
            (&zip, &[("a", "a"), ("sub/b", &long[1..])]),
            (&[("a", "a")], &whole[..1]),
            (&[("m@v2/a", "a")], &whole[..1]),
            (&[("m@v1/../outside", "a"), a], &whole[..1]),
            (&[a, ("m@v1//a", "a")], &whole[..1]),
        ] {
            let same = same(zip, folder);
            assert_eq!(same, None, "{:?} {:?}", names(zip), names(folder));
        }
    }

    fn names<'a>(files: &[(&'a str, &str)]) -> Vec<&'a str> {
        files.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn nothing_is_the_same_as_a_link_or_as_what_is_not_there() {
        let world = TempDir::new().unwrap();
        let path = |name: &str| world.path().join(name);
        assert_eq!(same_files(&path("no.zip"), world.path(), "m@v1"), None);
        fs::create_dir(path("m")).unwrap();
        let mut writer = ZipWriter::new(File::create(path("m.zip")).unwrap());
        writer
            .start_file("m@v1/a", SimpleFileOptions::default())
            .unwrap();
        writer.write_all(b"a").unwrap();
        writer.finish().unwrap();
        assert_eq!(same_files(&path("m.zip"), &path("m"), "m@v1"), None);
        fs::write(path("a"), "a").unwrap();
        std::os::unix::fs::symlink(path("a"), path("m/a")).unwrap();
        assert_eq!(same_files(&path("m.zip"), &path("m"), "m@v1"), None);
    }
}
