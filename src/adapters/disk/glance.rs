//! What is seen of files without reading them.

#![expect(
    clippy::disallowed_methods,
    reason = "how old a change is decides whether it can be told from the next"
)]

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::adapters::cache_files::for_each_file;
use crate::model::{Digest, Digester};

/// Two changes of a file within so little time may leave the same times: what is younger is not known
/// by them. Disks that others serve count in seconds.
const TOO_YOUNG: Duration = Duration::from_secs(2);

/// What is seen of files without reading them.
#[derive(Default)]
pub(super) struct Glance {
    seen: Digester,
    youngest: Option<SystemTime>,
}

impl Glance {
    /// Owners of files can set what is modified when, and nobody what is changed when.
    fn add(&mut self, path: &str, metadata: &Metadata) {
        let numbers = [
            metadata.dev(),
            metadata.ino(),
            metadata.mode().into(),
            metadata.size(),
        ];
        let times = [
            metadata.mtime(),
            metadata.mtime_nsec(),
            metadata.ctime(),
            metadata.ctime_nsec(),
        ];
        self.seen.update(path.as_bytes());
        self.seen.update(&[0]);
        let mut bytes = [[0; 8]; 8];
        for (place, number) in bytes.iter_mut().zip(numbers) {
            *place = number.to_le_bytes();
        }
        for (place, time) in bytes[numbers.len()..].iter_mut().zip(times) {
            *place = time.to_le_bytes();
        }
        self.seen.update(bytes.as_flattened());
        let seconds = u64::try_from(metadata.ctime()).unwrap_or_default();
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        self.youngest = self.youngest.max(Some(changed));
    }

    pub(super) fn of_folder(root: &Path) -> io::Result<Self> {
        let mut glance = Self::default();
        for_each_file(root, &mut |path, file| {
            glance.add(path, &file.metadata()?);
            Ok(())
        })?;
        Ok(glance)
    }

    /// Returns nothing where there is no file.
    pub(super) fn of_file(path: &Path) -> io::Result<Option<Self>> {
        match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            metadata => {
                let mut glance = Self::default();
                glance.add("", &metadata?);
                Ok(Some(glance))
            }
        }
    }

    /// Tells whether what comes after it will be told from it.
    pub(super) fn is_old(&self) -> bool {
        let age = self.youngest.map(|youngest| youngest.elapsed());
        age.is_none_or(|age| age.is_ok_and(|age| age > TOO_YOUNG))
    }

    /// Returns what names all that was seen.
    pub(super) fn finish(self) -> Digest {
        self.seen.finish()
    }
}
