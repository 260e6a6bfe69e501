//! govulncheck: what is known to be vulnerable.
//!
//! In: a batch, or a program made of it. Out: what the database knows of it. Which scanner, how it is
//! called and what it says `compile` and `policy` decide; here it is built, kept and run. The
//! invariant: no scanner runs of which anything is another than what is pinned, and what could not be
//! looked at is an error, never an empty list.

mod database;
mod govulncheck;
mod program;
mod program_shelf;
mod scan_error;

pub use govulncheck::{Govulncheck, GovulncheckSettings};
pub use program_shelf::ScannerShelf;
