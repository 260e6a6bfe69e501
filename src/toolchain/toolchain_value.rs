//! A Go that can be run.

use std::fmt;
use std::path::PathBuf;

use super::H1;
use crate::model::GoVersion;

/// A Go on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Its release.
    pub version: GoVersion,
    /// Its GOROOT; the program is `bin/go` in it.
    pub root: PathBuf,
    /// Where it came from.
    pub origin: ToolchainOrigin,
}

/// Where a toolchain came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToolchainOrigin {
    /// The machine had it.
    Machine,
    /// It was fetched through the Go module proxy and verified.
    Fetched {
        /// The hash that the checksum database has for it.
        h1: H1,
    },
}

impl fmt::Display for ToolchainOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => f.write_str("of this machine"),
            Self::Fetched { h1 } => write!(f, "verified {h1}"),
        }
    }
}
