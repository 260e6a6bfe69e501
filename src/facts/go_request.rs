//! The Go that the source asks for.

use crate::model::GoVersion;

/// What the source says of the Go that it is built with. `[go] version` goes before all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoRequest {
    /// The version that `.go-version`, or else the `toolchain` line of go.work or go.mod, names.
    pub exact: Option<RequestedVersion>,
    /// The version that the `go` line of go.work or go.mod names: it, or a later one, will do.
    pub minimum: Option<RequestedVersion>,
}

/// A version and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedVersion {
    /// The version.
    pub version: GoVersion,
    /// Where it stands, as in `go.mod:3`.
    pub origin: String,
}
