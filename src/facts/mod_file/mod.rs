//! The files that describe Go modules: go.mod and go.work, in the syntax that they share.

mod go_mod;
mod go_work;
mod statement;

pub use go_mod::{GoMod, Need, Replace, Replacement, Require};
pub use go_work::GoWork;
pub use statement::{Located, ModFileError};
