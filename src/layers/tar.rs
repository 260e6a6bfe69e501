//! Entries to the bytes of a tar.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use super::header::{self, BLOCK};
use super::{FoundBytes, LayerError};
use crate::model::{BlobSource, Cancellation, Content, Entry, ImagePath};

/// What is read at once; a stop is seen between two of them.
const CHUNK: usize = 64 << 10;

/// Writes `entries` to `tar`: sorted bytewise by their names, all times 1970, no names of users,
/// two zero blocks at the end. `on_bytes` hears of the files' bytes as they pass.
///
/// The bytes are stable: they depend on nothing but the entries.
///
/// # Errors
/// When two entries clash, a file cannot be read or is not as long as its entry says, `tar` takes
/// no more, or the run is told to stop.
pub fn write_tar(
    entries: Vec<Entry>,
    tar: &mut dyn Write,
    cancellation: &Cancellation,
    on_bytes: &dyn Fn(u64),
) -> Result<(), LayerError> {
    let mut chunk = vec![0; CHUNK];
    for entry in sorted(entries)? {
        tar.write_all(&header::header(&entry))
            .map_err(LayerError::Store)?;
        if let Content::File { size_bytes, source } = &entry.content {
            let mut file = File {
                path: &entry.path,
                size_bytes: *size_bytes,
                reader: open(&entry.path, source.as_ref())?,
            };
            file.copy_to(tar, &mut chunk, cancellation, on_bytes)?;
        }
    }
    tar.write_all(&[0; 2 * BLOCK]).map_err(LayerError::Store)
}

/// Puts entries into the order of their names, and refuses those of which a reader could not make
/// what they say.
fn sorted(entries: Vec<Entry>) -> Result<Vec<Entry>, LayerError> {
    let mut by_path = BTreeMap::new();
    for entry in entries {
        if entry.path == ImagePath::root() {
            return Err(LayerError::Root);
        }
        if let Some(twin) = by_path.insert(entry.path.clone(), entry) {
            return Err(LayerError::Duplicate(twin.path));
        }
    }
    for path in by_path.keys() {
        let parents = std::iter::successors(path.parent(), ImagePath::parent);
        for parent in parents.filter_map(|parent| by_path.get(&parent)) {
            if !matches!(parent.content, Content::Folder) {
                return Err(LayerError::NotInFolder {
                    path: path.clone(),
                    parent: parent.path.clone(),
                });
            }
        }
    }
    let mut sorted: Vec<Entry> = by_path.into_values().collect();
    sorted.sort_by_cached_key(header::archive_name);
    Ok(sorted)
}

fn open(path: &ImagePath, source: &dyn BlobSource) -> Result<Box<dyn Read + Send>, LayerError> {
    source.open().map_err(|source| LayerError::Read {
        path: path.clone(),
        source,
    })
}

/// A file on its way into a tar.
struct File<'a> {
    path: &'a ImagePath,
    size_bytes: u64,
    reader: Box<dyn Read + Send>,
}

impl File<'_> {
    fn copy_to(
        &mut self,
        tar: &mut dyn Write,
        chunk: &mut [u8],
        cancellation: &Cancellation,
        on_bytes: &dyn Fn(u64),
    ) -> Result<(), LayerError> {
        let mut left = self.size_bytes;
        loop {
            if let Some(reason) = cancellation.reason() {
                return Err(LayerError::Stopped(reason));
            }
            let read = self.read(chunk)?;
            if read == 0 {
                break;
            }
            left = left
                .checked_sub(read as u64)
                .ok_or_else(|| self.changed(FoundBytes::More))?;
            tar.write_all(&chunk[..read]).map_err(LayerError::Store)?;
            on_bytes(read as u64);
        }
        if left > 0 {
            return Err(self.changed(FoundBytes::Only(self.size_bytes - left)));
        }
        let padding = self.size_bytes.wrapping_neg() % BLOCK as u64;
        io::copy(&mut io::repeat(0).take(padding), tar).map_err(LayerError::Store)?;
        Ok(())
    }

    fn read(&mut self, chunk: &mut [u8]) -> Result<usize, LayerError> {
        loop {
            match self.reader.read(chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    return read.map_err(|source| LayerError::Read {
                        path: self.path.clone(),
                        source,
                    });
                }
            }
        }
    }

    fn changed(&self, found: FoundBytes) -> LayerError {
        LayerError::Changed {
            path: self.path.clone(),
            expected_bytes: self.size_bytes,
            found,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::layers::sample::{entry, file, source};
    use crate::model::{Digest, FileMode, Owner, StopReason};

    fn tar_of(entries: Vec<Entry>) -> Result<Vec<u8>, LayerError> {
        let mut tar = Vec::new();
        write_tar(entries, &mut tar, &Cancellation::default(), &|_| {})?;
        Ok(tar)
    }

    fn names(tar: &[u8]) -> Vec<String> {
        let mut archive = ::tar::Archive::new(tar);
        let entries = archive.entries().unwrap();
        entries
            .map(|entry| String::from_utf8(entry.unwrap().path_bytes().into_owned()).unwrap())
            .collect()
    }

    #[test]
    fn the_bytes_are_a_contract() {
        let mut program = file("/bin/server", "ELF");
        program.mode = FileMode::EXECUTABLE;
        program.owner = Owner::NONROOT;
        let tar = tar_of(vec![
            program,
            entry("/bin", Content::Folder),
            entry("/etc/localtime", Content::Symlink("/usr/share".to_owned())),
            file(&format!("/{}/{}", "d".repeat(155), "f".repeat(100)), "fits"),
            file(&format!("/{}", "n".repeat(101)), "does not fit"),
            file("/ä", ""),
        ])
        .unwrap();
        assert_eq!(
            Digest::of(&tar).to_string(),
            "sha256:d1e76d733db47a317d96c48512741b072ac6f791a5266f372ac6c8111162d623"
        );
    }

    #[test]
    fn entries_come_in_the_order_of_their_names_parents_first() {
        let tar = tar_of(vec![
            file("/b", ""),
            file("/a/x", ""),
            file("/a.b", ""),
            entry("/a", Content::Folder),
            file("/B", ""),
        ]);
        assert_eq!(names(&tar.unwrap()), ["B", "a.b", "a/", "a/x", "b"]);
    }

    #[test]
    fn capabilities_of_a_program_are_a_record_before_it() {
        let mut program = file("/server", "ELF");
        let without = tar_of(vec![program.clone()]).unwrap();
        program.capabilities = "net_bind_service=ep".parse().unwrap();
        let with = tar_of(vec![program.clone()]).unwrap();
        // A header and a block of records, and then all as it was.
        assert_eq!(with[2 * BLOCK..], without);
        let record = b"57 SCHILY.xattr.security.capability=\x01\0\0\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\n\0";
        assert!(with[BLOCK..].starts_with(record));
        let mut archive = ::tar::Archive::new(with.as_slice());
        let mut read = archive.entries().unwrap().next().unwrap().unwrap();
        let mut records = read.pax_extensions().unwrap().unwrap();
        let attribute = records.next().unwrap().unwrap();
        assert_eq!(attribute.key(), Ok("SCHILY.xattr.security.capability"));
        assert_eq!(attribute.value_bytes(), program.capabilities.to_attribute());
    }

    #[test]
    fn names_go_into_ustar_while_they_fit() {
        let blocks = |path: &str| tar_of(vec![file(path, "")]).unwrap().len() / BLOCK - 2;
        let of = |len: usize| "x".repeat(len);
        for (path, expected) in [
            (format!("/{}", of(100)), 1),
            (format!("/{}", of(101)), 3),
            (format!("/{}/{}", of(155), of(100)), 1),
            (format!("/{}/{}", of(156), of(100)), 3),
            (format!("/{}/{}", of(155), of(101)), 3),
            (format!("/{}/{}/y", of(99), of(99)), 3),
            ("/é".to_owned(), 3),
        ] {
            assert_eq!(blocks(&path), expected, "{path}");
        }
    }

    #[test]
    fn entries_that_clash_are_refused() {
        let twice = tar_of(vec![file("/a", ""), entry("/a", Content::Folder)]);
        assert_eq!(twice.unwrap_err().to_string(), "/a is there twice");
        let below = tar_of(vec![
            file("/a/b/c", ""),
            entry("/a", Content::Symlink("b".to_owned())),
        ]);
        assert_eq!(
            below.unwrap_err().to_string(),
            "/a/b/c lies below /a, which is not a folder"
        );
        let root = tar_of(vec![entry("/", Content::Folder)]);
        assert!(matches!(root, Err(LayerError::Root)));
    }

    #[test]
    fn a_file_that_changed_while_it_was_read_is_named() {
        for (size_bytes, message) in [
            (4, "/f changed while it was read: expected 4 bytes, found 3"),
            (
                2,
                "/f changed while it was read: expected 2 bytes, found more",
            ),
        ] {
            let source = source(b"abc".to_vec());
            let changed = entry("/f", Content::File { size_bytes, source });
            assert_eq!(tar_of(vec![changed]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn a_stop_is_seen_within_a_file() {
        let cancellation = Cancellation::default();
        let stop = |_| cancellation.stop(StopReason::Interrupted);
        let entries = vec![file("/f", vec![0; 3 * CHUNK])];
        let mut tar = Vec::new();
        let stopped = write_tar(entries, &mut tar, &cancellation, &stop);
        assert!(matches!(
            stopped,
            Err(LayerError::Stopped(StopReason::Interrupted))
        ));
        assert_eq!(tar.len(), BLOCK + CHUNK);
    }

    prop_compose! {
        fn any_entry()(
            elements in prop::collection::vec("[a-zA-Zäß€ .~-]{1,120}x", 1..5),
            bytes in prop::collection::vec(any::<u8>(), 0..1500),
            uid: u32,
            gid: u32,
            mode in 0_u32..0o10000,
            link in prop::option::of("[a-z/.é]{1,300}"),
        ) -> (Entry, Vec<u8>) {
            let mut entry = file(&format!("/{}", elements.join("/")), bytes.clone());
            entry.owner = Owner { uid, gid };
            entry.mode = format!("{mode:o}").parse().unwrap();
            match link {
                Some(target) => {
                    entry.content = Content::Symlink(target);
                    (entry, Vec::new())
                }
                None => (entry, bytes),
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again((written, bytes) in any_entry()) {
            let tar = tar_of(vec![written.clone()]).unwrap();
            let mut archive = ::tar::Archive::new(tar.as_slice());
            let mut read = archive.entries().unwrap().next().unwrap().unwrap();
            let name = read.path_bytes().into_owned();
            prop_assert_eq!(name, written.path.to_archive_name().as_bytes());
            if let Content::Symlink(target) = &written.content {
                let link = read.link_name_bytes().unwrap();
                prop_assert_eq!(link.as_ref(), target.as_bytes());
            }
            prop_assert_eq!(read.header().uid().unwrap(), u64::from(written.owner.uid));
            prop_assert_eq!(read.header().gid().unwrap(), u64::from(written.owner.gid));
            prop_assert_eq!(read.header().mode().unwrap(), written.mode.bits());
            let mut content = Vec::new();
            read.read_to_end(&mut content).unwrap();
            prop_assert_eq!(content, bytes);
        }
    }
}
