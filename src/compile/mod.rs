//! Source to binaries: the exact `go` command, and what its output means.
//!
//! In: a `Batch`. Out: the command to run; of its output a `Binary` or a good error for each
//! target. Pure: an adapter runs the command.

mod binary;

pub use binary::Binary;
