//! What is said of an image: of what it consists, and under which licences.
//!
//! In: programs with what the linker wrote into them, the packages of the base, the files beside
//! them. Out: documents in the forms that scanners read. The invariant: the same image gives the
//! same bytes; there is no clock and no chance in them.

pub mod licence;
pub mod sbom;
