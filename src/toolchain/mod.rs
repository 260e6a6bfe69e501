//! Which Go, from where, and the proof that it is the right one.
//!
//! In: what the source and the configuration ask for, what the machine has, the answers of the
//! module proxy and the checksum database. Out: the version, the requests to make, the verdict.
//! Pure: adapters fetch and run. The invariant: no toolchain is used whose hash the checksum
//! database did not sign, but the machine's own.

mod toolchain_value;

pub use toolchain_value::{Toolchain, ToolchainOrigin};
