//! What is taken from others at most, and how long they are waited for.

use std::time::Duration;

/// The longest manifest or index.
pub const MANIFEST_BYTES: u64 = 4 << 20;

/// The longest configuration of an image.
pub const CONFIG_BYTES: u64 = 8 << 20;

/// The longest token answer, error body, or answer of a credential helper.
pub const SMALL_ANSWER_BYTES: u64 = 64 << 10;

/// How many redirects one request follows.
pub const REDIRECTS: usize = 5;

/// How long a request may go on without [`PROGRESS_BYTES`], where the configuration says nothing.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What counts as progress.
pub const PROGRESS_BYTES: u64 = 1024;

/// The most entries of a tar: a layer, or an archive of an image. Large distributions have some
/// 100,000.
pub const TAR_ENTRIES: usize = 1_000_000;

/// The longest name or link of an entry of a tar, Linux's longest path.
pub const TAR_NAME_BYTES: usize = 4096;

/// The most bytes of the paths in a base's layer together, with those of all folders above each: a large distribution has
/// some 50 MB.
pub const BASE_PATHS_BYTES: u64 = 1 << 30;

/// The longest extended header of an entry of a tar, as in Go's reader.
pub const TAR_EXTENSION_BYTES: u64 = 1 << 20;

/// The longest layer once it is uncompressed.
pub const LAYER_TAR_BYTES: u64 = 64 << 30;

/// The most Go programs that are listed of an image.
pub const GO_PROGRAMS: usize = 1000;

/// The most layers of an image that is compared. Docker's limit is 127.
pub const COMPARED_LAYERS: usize = 1000;

/// The most files of an image that are compared, of the layers that differ.
pub const COMPARED_ENTRIES: usize = 1_000_000;

/// The most files of a platform whose bytes are compared one by one.
pub const COMPARED_FILES: usize = 100;

/// The most bytes of such files together, on either side.
pub const COMPARED_BYTES: u64 = 4 << 30;

/// The longest statement or bundle that hangs on an image: an SBOM of a large image has some 10 MiB.
pub const ATTESTATION_BYTES: u64 = 64 << 20;

/// The longest certificates and proofs of a bundle; those of public logs have some 10 KiB.
pub const VERIFICATION_MATERIAL_BYTES: u64 = 1 << 20;

/// The longest statement or bundle that is read beside others; longer ones are read one by one.
pub const SMALL_ATTESTATION_BYTES: u64 = 1 << 20;

/// The most bytes of statements and bundles that are read of one image.
pub const ATTESTATIONS_BYTES: u64 = 1 << 30;

/// The most pages that a list of what refers to an image has; registries put up to 1,000 entries on
/// one, and some 100 or fewer.
pub const REFERRER_PAGES: usize = 1000;

/// The longest list of what refers to an image, all pages together: some 50,000 entries.
pub const REFERRERS_BYTES: u64 = 32 << 20;

/// The longest account of how an image was built.
pub const PROVENANCE_BYTES: usize = 1 << 20;

/// The most things that hang on an image and are read when it is verified.
pub const READ_REFERRERS: usize = 1000;

/// The most files of an image that a bill of materials lists one by one.
pub const LISTED_FILES: usize = 50_000;

/// The most modules that all programs of an image may name together.
pub const GO_MODULES: usize = 500_000;

/// The most packages that are taken from the databases of an image.
pub const PACKAGES: usize = 100_000;

/// The longest program whose bytes are told apart; it is held in memory.
pub const PROGRAM_BYTES: u64 = 2 << 30;

/// A file of Kubernetes objects that `resolve` reads.
pub const MANIFEST_FILE_BYTES: u64 = 64 << 20;
