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

impl Toolchain {
    /// Reads what `go env GOVERSION GOROOT` of a machine's Go printed; `None` for one that is no
    /// plain release: with experiments built in, or from a branch.
    pub fn from_go_env(answer: &str) -> Option<Self> {
        let (version, root) = answer.trim_end().split_once('\n')?;
        let version = version.strip_prefix("go")?.parse().ok()?;
        Some(Self {
            version,
            root: Some(PathBuf::from(root)).filter(|root| root.is_absolute())?,
            origin: ToolchainOrigin::Machine,
        })
    }
}

impl ToolchainOrigin {
    /// Returns the word for it in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Fetched { .. } => "fetched",
        }
    }

    /// Returns the hash that the checksum database has for it, where it was fetched.
    pub fn h1(&self) -> Option<&H1> {
        match self {
            Self::Machine => None,
            Self::Fetched { h1 } => Some(h1),
        }
    }
}

impl fmt::Display for ToolchainOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => f.write_str("of this machine"),
            Self::Fetched { h1 } => write!(f, "verified {h1}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_releases_are_the_machines_go() {
        let go = Toolchain::from_go_env("go1.26.8\n/usr/local/go\n").unwrap();
        assert_eq!(go.version.to_string(), "1.26.8");
        assert_eq!(go.root, PathBuf::from("/usr/local/go"));
        for answer in [
            "go1.26.8 X:nocoverageredesign\n/usr/local/go\n",
            "devel go1.27-abc\n/usr/local/go\n",
            "go1.26.8-custom\n/usr/local/go\n",
            "go1.26.8\n",
            "go1.26.8\ngo\n",
            "",
        ] {
            assert_eq!(Toolchain::from_go_env(answer), None, "{answer}");
        }
    }
}
