//! A file that is neither a package's nor a Go program.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use super::{Digest, Digester};

/// A file that belongs to no package and is no Go program.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddedFile {
    /// Where it is, `/etc/server.yaml`.
    pub path: String,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The digest of its content.
    pub digest: Digest,
}

impl AddedFile {
    /// Reads the file that will be at `path`.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(path: &str, mut content: impl Read) -> io::Result<Self> {
        let mut digester = Digester::default();
        io::copy(&mut content, &mut digester)?;
        Ok(Self {
            path: path.to_owned(),
            size_bytes: digester.size_bytes(),
            digest: digester.finish(),
        })
    }
}
