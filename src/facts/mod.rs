//! What the source tree says.
//!
//! In: a source tree and its git history, through their ports. Out: modules, main packages, the
//! Go version asked for, the revision, the files to be copied and the secrets found in them. The
//! invariant: nothing here needs Go, and nothing is guessed.

mod main_package;

pub use main_package::MainPackage;
