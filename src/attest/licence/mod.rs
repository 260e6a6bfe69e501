//! Which licence a module's own files say it has.
//!
//! In: the texts of files whose names say that they are licences. Out: an SPDX expression, or
//! nothing where the texts are not known. The invariant: the same texts give the same expression,
//! and it is the one that pkg.go.dev would show; nothing is guessed.

mod detector;
mod dictionary;
mod licence_files;
mod markup;
mod matcher;
mod opening;
mod pattern;
mod program;
mod spelling;
mod words;

pub use detector::{DetectorError, LicenceDetector};
pub use licence_files::licence_of_folder;
