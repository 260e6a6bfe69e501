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
