//! What is written when a toolchain is complete.

#![expect(clippy::disallowed_methods, reason = "toolchains are kept on the disk")]

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::sealed_tree;
use crate::adapters::cache_files;
use crate::model::Digest;
use crate::toolchain::H1;

/// A toolchain is complete where there is one.
#[derive(Serialize, Deserialize)]
pub(super) struct Manifest {
    pub(super) h1: String,
    pub(super) glance: Digest,
    /// What all of it takes on the disk, which is not asked again of thousands of files.
    pub(super) size_bytes: Option<u64>,
}

impl Manifest {
    /// Returns where it is in the folder `place` of a toolchain.
    pub(super) fn path(place: &Path) -> PathBuf {
        place.join("manifest.json")
    }

    /// Reads that of the toolchain at `place`.
    pub(super) fn read(place: &Path) -> Option<Self> {
        let file = File::open(Self::path(place)).ok()?;
        serde_json::from_reader(io::BufReader::new(file)).ok()
    }

    /// Writes that of the toolchain at `place`, whose files have this hash.
    pub(super) fn write(place: &Path, h1: H1) -> io::Result<()> {
        let manifest = Self {
            h1: h1.to_string(),
            glance: sealed_tree::glance(&place.join("go"))?,
            size_bytes: Some(cache_files::size_of_all(place)),
        };
        let mut file = tempfile::NamedTempFile::new_in(place)?;
        serde_json::to_writer(&mut file, &manifest)?;
        file.flush()?;
        file.persist(Self::path(place))
            .map_err(|error| error.error)?;
        Ok(())
    }
}
