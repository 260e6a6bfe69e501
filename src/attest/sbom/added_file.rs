//! A file that is neither a package's nor a Go program.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::model::{Digest, Digester};

/// A file that belongs to no package and is no Go program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddedFile {
    /// Where it is, `/etc/server.yaml`.
    pub path: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The digest of its content.
    pub digest: Digest,
    /// The SHA-1 of its content in hex, which SPDX 2.3 wants of every file.
    pub sha1: String,
}

/// Computes what is said of a file while its bytes pass.
#[derive(Default)]
pub struct FileDigester {
    digester: Digester,
    sha1: Sha1,
}

impl AddedFile {
    /// Reads the file that will be at `path`.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(path: &str, mut content: impl Read) -> io::Result<Self> {
        let mut digester = FileDigester::default();
        io::copy(&mut content, &mut digester)?;
        Ok(digester.finish(path))
    }
}

impl FileDigester {
    /// Returns what passed as the file at `path`.
    pub fn finish(self, path: &str) -> AddedFile {
        AddedFile {
            path: path.to_owned(),
            size_bytes: self.digester.size_bytes(),
            digest: self.digester.finish(),
            sha1: hex::encode(self.sha1.finalize()),
        }
    }
}

impl Write for FileDigester {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.sha1.update(bytes);
        self.digester.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
