//! One image, with every default filled in.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    BaseChoice, ConfigError, EnvName, ExposedPort, FileRule, ImageGoConfig, PlatformChoice,
    PlatformTemplate, RepositoryTemplate, StampVariable, StopSignal, TagTemplate, Template,
    UserChoice,
};
use crate::model::{FileCapabilities, ImagePath, SourcePath};

/// What an image is made of, and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageConfig {
    /// Where it is pushed to.
    pub repository: Option<RepositoryTemplate>,
    /// What it runs on.
    pub platforms: PlatformChoice,
    /// What it stands on.
    pub base: BaseChoice,
    /// Its tags, in order; an empty list means that it is known by its digest alone.
    pub tags: Vec<TagTemplate>,
    /// Its programs.
    pub mains: Mains,
    /// Its further files.
    pub files: Vec<FileRule>,
    /// Its environment, over that of the base.
    pub env: BTreeMap<EnvName, PlatformTemplate>,
    /// What is added to its PATH, which is the base's where it has none of its own.
    pub path_folders: Vec<ImagePath>,
    /// The ports that it listens on.
    pub ports: BTreeSet<ExposedPort>,
    /// Who it runs as.
    pub user: UserChoice,
    /// What its programs let their processes do, whoever they run as.
    pub capabilities: FileCapabilities,
    /// The folder that it starts in; without one, the base's.
    pub workdir: Option<ImagePath>,
    /// What it starts, never empty; without one, its first program.
    pub entrypoint: Option<Vec<String>>,
    /// The arguments of what it starts.
    pub args: Vec<String>,
    /// Its labels, over those of the base.
    pub labels: BTreeMap<String, PlatformTemplate>,
    /// The annotations of its manifests and its index.
    pub annotations: BTreeMap<String, PlatformTemplate>,
    /// The signal that asks it to end; without one, the base's.
    pub stop_signal: Option<StopSignal>,
    /// How its programs are compiled, beside what goes for all.
    pub go: ImageGoConfig,
    /// Variables that the linker sets in its programs, over those of all.
    pub stamp: BTreeMap<StampVariable, Template>,
    /// What the file that it was read from asks for, and coracle does not do.
    pub refusals: Vec<ConfigError>,
}

/// The programs of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mains {
    /// One program.
    One {
        /// Its main package; without one, the only main package that there is.
        main: Option<SourcePath>,
        /// Where it is in the image; without one, `/NAME` after the image.
        path: Option<ImagePath>,
    },
    /// Several programs, each at `/BASENAME` after its main package; never none.
    Several(Vec<SourcePath>),
}
