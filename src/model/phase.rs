//! The stages of a run, as errors, events and reports name them.

use std::fmt;

use super::ExitCode;

/// A stage of the way from configuration to report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Command line, environment and coracle.toml.
    Config,
    /// The source tree and git.
    Facts,
    /// What will be built, and the checks before anything is.
    Plan,
    /// The image below ours.
    Base,
    /// Go itself.
    Toolchain,
    /// The modules that the source needs.
    Modules,
    /// Source to binaries.
    Compile,
    /// Files to layers.
    Layers,
    /// Layers to config, manifest and index.
    Image,
    /// Blobs and manifests to a sink.
    Publish,
    /// Statements about an image, and the signatures under them.
    Attest,
    /// Signatures and statements of an image that is there already.
    Verify,
    /// Tags to digests.
    Tag,
    /// What is shown at the end.
    Report,
    /// What is in an image that is there already.
    Inspect,
    /// What is kept from run to run.
    Cache,
    /// What may go into images.
    Check,
    /// What a build stands on, looked at.
    Doctor,
    /// All that a build takes from others, in one file.
    Bundle,
    /// Images to where they run.
    Deploy,
    /// Running the stages of a pipeline.
    Ci,
}

impl Phase {
    /// Returns the word that messages and reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Facts => "facts",
            Self::Plan => "plan",
            Self::Base => "base",
            Self::Toolchain => "toolchain",
            Self::Modules => "modules",
            Self::Compile => "compile",
            Self::Layers => "layers",
            Self::Image => "image",
            Self::Publish => "publish",
            Self::Attest => "attest",
            Self::Verify => "verify",
            Self::Tag => "tag",
            Self::Report => "report",
            Self::Inspect => "inspect",
            Self::Cache => "cache",
            Self::Check => "check",
            Self::Doctor => "doctor",
            Self::Bundle => "bundle",
            Self::Deploy => "deploy",
            Self::Ci => "ci",
        }
    }

    /// Returns what a failure in this phase ends the program with, where the error does not know
    /// better.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Self::Config | Self::Plan | Self::Facts => ExitCode::Usage,
            Self::Base
            | Self::Toolchain
            | Self::Modules
            | Self::Compile
            | Self::Attest
            | Self::Verify
            | Self::Inspect
            | Self::Cache
            | Self::Check
            | Self::Doctor
            | Self::Bundle
            | Self::Deploy
            | Self::Ci => ExitCode::Refused,
            Self::Publish | Self::Tag => ExitCode::Unavailable,
            Self::Layers | Self::Image | Self::Report => ExitCode::Internal,
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
