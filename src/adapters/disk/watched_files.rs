//! Files that are watched, by looking at them again and again: no system limits how many that may be.

#![expect(
    clippy::disallowed_methods,
    reason = "the files of the user's are looked at, with a pause between two looks"
)]

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::model::Cancellation;

/// How long passes between two looks.
const PAUSE: Duration = Duration::from_millis(300);

/// Files, and all files in folders, but for folders whose name begins with a dot.
#[derive(Debug)]
pub struct WatchedFiles {
    roots: Vec<PathBuf>,
}

/// What the files were at one look.
#[derive(Debug, PartialEq, Eq)]
pub struct Look(BTreeMap<PathBuf, (u64, Option<SystemTime>)>);

impl WatchedFiles {
    /// Watches `roots`, files or folders; those that are not there are waited for.
    pub fn new(roots: Vec<PathBuf>) -> Self {
        Self { roots }
    }

    /// Looks at all of them.
    pub fn look(&self) -> Look {
        let mut look = Look(BTreeMap::new());
        for root in &self.roots {
            match fs::metadata(root) {
                Ok(metadata) if metadata.is_dir() => look.walk(root),
                Ok(metadata) => look.note(root.clone(), &metadata),
                Err(_) => {}
            }
        }
        look
    }

    /// Returns once the files are others than they were, and at rest, or a stop was asked for.
    pub fn wait(&self, seen: &Look, cancellation: &Cancellation) {
        let mut last = self.look();
        while cancellation.reason().is_none() {
            thread::sleep(PAUSE);
            let now = self.look();
            // Who writes one file often writes others.
            if now == last && now != *seen {
                return;
            }
            last = now;
        }
    }
}

impl Look {
    /// What cannot be read, or goes away meanwhile, is not there.
    fn walk(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                    self.walk(&path);
                }
            } else if let Ok(metadata) = fs::metadata(&path)
                && metadata.is_file()
            {
                self.note(path, &metadata);
            }
        }
    }

    fn note(&mut self, path: PathBuf, metadata: &Metadata) {
        let stamp = (metadata.len(), metadata.modified().ok());
        self.0.insert(path, stamp);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_sees_what_is_written_and_deleted_but_not_below_hidden_folders() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("a/.git")).unwrap();
        let files = WatchedFiles::new(vec![path("a"), path("b.yaml"), path("b.yaml")]);
        let first = files.look();
        fs::write(path("a/.git/HEAD"), "1").unwrap();
        fs::write(path("c"), "1").unwrap();
        assert_eq!(files.look(), first);
        fs::write(path("a/.ko.yaml"), "1").unwrap();
        let second = files.look();
        assert_ne!(second, first);
        fs::write(path("b.yaml"), "1").unwrap();
        let third = files.look();
        assert_ne!(third, second);
        fs::write(path("b.yaml"), "12").unwrap();
        assert_ne!(files.look(), third);
        fs::remove_file(path("a/.ko.yaml")).unwrap();
        fs::remove_file(path("b.yaml")).unwrap();
        assert_eq!(files.look(), first);
    }
}
