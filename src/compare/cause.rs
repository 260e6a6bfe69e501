//! What makes two images differ.

use schemars::JsonSchema;
use serde::Serialize;

/// What a difference is about. The first in this order explains most of those after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// One image is for a platform that the other is not for.
    Platform,
    /// The Go that built a program.
    Toolchain,
    /// A module that is linked into a program.
    Module,
    /// A flag or setting of a program's build.
    Setting,
    /// A file or a layer that only one of them has.
    Files,
    /// The bytes of a file, or the target of a link.
    Content,
    /// The mode, owner or time of a file, or how a layer lists it.
    Metadata,
    /// A key of the configuration, the manifest or the index.
    Json,
    /// The same content, stored in another way.
    Compression,
}

impl Cause {
    /// Returns the word that reports use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Toolchain => "toolchain",
            Self::Module => "module",
            Self::Setting => "setting",
            Self::Files => "files",
            Self::Content => "content",
            Self::Metadata => "metadata",
            Self::Json => "json",
            Self::Compression => "compression",
        }
    }
}
