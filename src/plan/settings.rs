//! What an image says about itself, for one platform.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ExposedPort, ImagePath, Owner, Platform, Timestamp};

/// Everything in an image's config and manifest that does not come from its layers or its base.
/// All templates are filled in, all names are looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageSettings {
    /// What it runs on.
    pub platform: Platform,
    /// When it was made: the stamped commit's time.
    pub created: Timestamp,
    /// What it runs as.
    pub user: Owner,
    /// What it runs, with the arguments that cannot be left out.
    pub entrypoint: Vec<String>,
    /// The arguments that can be replaced, `Cmd`.
    pub args: Vec<String>,
    /// Environment variables; they win over the base's.
    pub env: BTreeMap<String, String>,
    /// The ports that it listens on.
    pub ports: BTreeSet<ExposedPort>,
    /// The folder that it starts in; the base's where none is named.
    pub workdir: Option<ImagePath>,
    /// Labels of the config; they win over the base's.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the manifest and the index.
    pub annotations: BTreeMap<String, String>,
    /// The signal that ends it; the base's where none is named.
    pub stop_signal: Option<String>,
}
