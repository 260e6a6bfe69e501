//! All that a build takes from others, in one file.
//!
//! In: files with their names and digests; the bytes and the entries of a bundle that somebody hands
//! over. Out: the manifest that stands first in it; whether each entry is what the manifest says, and
//! whether the bundle is made for what is to be built. Pure: adapters fetch, write and unpack. The
//! invariant: nothing of a bundle is believed. What is in it is proven as if it had come from a network:
//! Go by the checksum database, modules by go.sum, bases by their digests.

mod demand;
mod entries;
mod entry_name;
mod manifest;

pub use demand::{Demand, Mismatch, WantedBase};
pub use entries::{Entries, EntryError, FoundEntry, FoundKind};
pub use entry_name::{EntryName, EntryNameError};
pub use manifest::{BundleFile, BundledBase, Manifest, ManifestError, Recorded};

use crate::model::Digest;

/// The name of the manifest, which is the first entry. It sorts before all others.
pub const MANIFEST: &str = "bundle.json";
/// The sums of the modules of the source that a bundle is made for: the lines of its go.sum files.
pub const SUMS: &str = "go.sum";
/// The folder that is laid out as a Go module proxy is.
pub const PROXY: &str = "proxy";
/// The folder that is an OCI layout.
pub const LAYOUT: &str = "oci";

/// The longest manifest: of 1,000 modules it has some 300 KiB.
pub const MAX_MANIFEST_BYTES: u64 = 64 << 20;
/// The longest list of sums.
pub const MAX_SUMS_BYTES: u64 = 64 << 20;
/// The most files of a bundle. A module has three.
pub const MAX_FILES: usize = 200_000;

/// Returns where a bundle has a blob of an image.
pub fn blob_path(digest: &Digest) -> String {
    format!("{LAYOUT}/blobs/sha256/{}", digest.to_hex())
}
