//! How an image was built: SLSA provenance v1, with all that is needed to build it again.
//!
//! In: what decided the image, and who ran the build; or a predicate that anybody may have written. Out:
//! the predicate; or a `Provenance` of which every value is one that coracle itself writes. What it names
//! is data: nothing in it is a command, a path of the machine, or an option of another program.
//!
//! slsa.dev, `spec/v1.0/provenance`; docs/attestations.md says what this build type means.

mod provenance_value;
mod read;
mod source;
#[cfg(test)]
mod tests;

pub use provenance_value::{BaseUsed, Provenance, is_same_build};
pub use read::ProvenanceError;
pub use source::ProvenanceSource;
