//! The entries of a bundle, held against its manifest one after the other.

use std::collections::BTreeSet;

use super::{EntryName, EntryNameError, Manifest, Recorded};
use crate::model::{Digest, ForeignText};

/// An entry as the tar tells of it: hostile.
#[derive(Debug, Clone, Copy)]
pub struct FoundEntry<'a> {
    /// Its path.
    pub path: &'a str,
    /// Whether it is a plain file with content of its own.
    pub kind: FoundKind,
    /// The number of its bytes.
    pub size_bytes: u64,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FoundKind {
    /// A plain file.
    File,
    /// A link, a folder, a device.
    Other,
}

/// Why a bundle is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A name leads elsewhere.
    #[error(transparent)]
    Name(#[from] EntryNameError),
    /// A link, a folder, a device.
    #[error("{0} is not a plain file")]
    NotPlain(ForeignText),
    /// The manifest does not name it.
    #[error("{0} is not in its manifest")]
    Unknown(EntryName),
    /// It is there once more.
    #[error("{0} is there twice")]
    Twice(EntryName),
    /// It is shorter or longer than the manifest says.
    #[error("{name} has {found} bytes, and its manifest says {expected}")]
    Size {
        /// The entry.
        name: EntryName,
        /// What its manifest says.
        expected: u64,
        /// What it has.
        found: u64,
    },
    /// Its bytes are others.
    #[error("{name} is damaged: it has {found}, and its manifest says {expected}")]
    Content {
        /// The entry.
        name: EntryName,
        /// What its manifest says.
        expected: Digest,
        /// What it has.
        found: Digest,
    },
    /// It is not there.
    #[error("{0} is missing, which its manifest names")]
    Missing(EntryName),
}

/// Decides on one entry after the other.
#[derive(Debug)]
pub struct Entries<'a> {
    manifest: &'a Manifest,
    seen: BTreeSet<EntryName>,
}

impl<'a> Entries<'a> {
    /// Begins with the first entry after the manifest.
    pub fn new(manifest: &'a Manifest) -> Self {
        Self {
            manifest,
            seen: BTreeSet::new(),
        }
    }

    /// Says what the next entry has to be.
    ///
    /// # Errors
    /// When it must not be there.
    pub fn admit(
        &mut self,
        found: FoundEntry<'_>,
    ) -> Result<(EntryName, &'a Recorded), EntryError> {
        if found.kind != FoundKind::File {
            return Err(EntryError::NotPlain(ForeignText::new(found.path)));
        }
        let name: EntryName = found.path.parse()?;
        let Some(recorded) = self.manifest.files.get(&name) else {
            return Err(EntryError::Unknown(name));
        };
        if found.size_bytes != recorded.size_bytes {
            return Err(EntryError::Size {
                name,
                expected: recorded.size_bytes,
                found: found.size_bytes,
            });
        }
        if !self.seen.insert(name.clone()) {
            return Err(EntryError::Twice(name));
        }
        Ok((name, recorded))
    }

    /// Says whether all is there.
    ///
    /// # Errors
    /// When something is not.
    pub fn finish(self) -> Result<(), EntryError> {
        let mut names = self.manifest.files.keys();
        match names.find(|name| !self.seen.contains(*name)) {
            None => Ok(()),
            Some(missing) => Err(EntryError::Missing(missing.clone())),
        }
    }
}

impl Recorded {
    /// Says whether the bytes of the entry `name` are those that were meant.
    ///
    /// # Errors
    /// When they are others.
    pub fn check(&self, name: &EntryName, found: Digest) -> Result<(), EntryError> {
        if found == self.digest {
            return Ok(());
        }
        Err(EntryError::Content {
            name: name.clone(),
            expected: self.digest,
            found,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest::tests::of_file;
    use super::*;

    const NAME: &str = "proxy/example.com/m/@v/v1.0.0.mod";

    fn found(path: &str) -> FoundEntry<'_> {
        FoundEntry {
            path,
            kind: FoundKind::File,
            size_bytes: 3,
        }
    }

    #[test]
    fn what_the_manifest_says_is_let_in_once() {
        let manifest = of_file(NAME, b"abc");
        let mut entries = Entries::new(&manifest);
        let (name, recorded) = entries.admit(found(NAME)).unwrap();
        assert_eq!(recorded.check(&name, Digest::of(b"abc")), Ok(()));
        let error = entries.admit(found(NAME)).unwrap_err().to_string();
        assert_eq!(error, format!("{NAME} is there twice"));
        assert_eq!(entries.finish(), Ok(()));
    }

    #[test]
    fn what_it_does_not_say_is_refused() {
        let manifest = of_file(NAME, b"abc");
        let refused = |found| {
            let mut entries = Entries::new(&manifest);
            entries.admit(found).unwrap_err().to_string()
        };
        assert!(refused(found("proxy/../../x")).contains("is not the name of a file"));
        assert!(refused(found("proxy/other")).ends_with("is not in its manifest"));
        let link = FoundEntry {
            kind: FoundKind::Other,
            ..found(NAME)
        };
        assert!(refused(link).ends_with("is not a plain file"));
        let long = FoundEntry {
            size_bytes: 100 << 30,
            ..found(NAME)
        };
        assert!(refused(long).ends_with("has 107374182400 bytes, and its manifest says 3"));
    }

    #[test]
    fn other_bytes_and_a_missing_file_are_told_by_name() {
        let manifest = of_file(NAME, b"abc");
        let mut entries = Entries::new(&manifest);
        let (name, recorded) = entries.admit(found(NAME)).unwrap();
        let error = recorded.check(&name, Digest::of(b"abd")).unwrap_err();
        assert!(error.to_string().starts_with(&format!("{NAME} is damaged")));
        let error = Entries::new(&manifest).finish().unwrap_err().to_string();
        assert_eq!(
            error,
            format!("{NAME} is missing, which its manifest names")
        );
    }
}
