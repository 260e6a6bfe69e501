//! What an image says about itself, for one platform.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{EnvName, ExposedPort, ImageConfig, PlatformTemplate};
use crate::model::{ImagePath, Owner, Platform, Timestamp};

use super::Program;
use super::stamp::Stamp;

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
    /// What is added to PATH.
    pub path_folders: Vec<ImagePath>,
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

/// What the settings of one image have in common on all platforms.
pub(super) struct SettingsSource<'a> {
    pub(super) config: &'a ImageConfig,
    pub(super) stamp: &'a Stamp,
    pub(super) owner: Owner,
    pub(super) programs: &'a [Program],
    /// Where the source can be had by others.
    pub(super) origin: Option<&'a str>,
    pub(super) base_annotations: &'a BTreeMap<String, String>,
}

/// Returns what the image says about itself on `platform`.
pub(super) fn settings(source: &SettingsSource<'_>, platform: Platform) -> ImageSettings {
    let config = source.config;
    let values = source.stamp.values();
    let fill = |templates: &BTreeMap<String, PlatformTemplate>| -> BTreeMap<String, String> {
        templates
            .iter()
            .map(|(key, value)| (key.clone(), value.render(&values, &platform)))
            .collect()
    };
    let known = source.stamp.annotations(source.origin);
    let first = source
        .programs
        .first()
        .map(|program| vec![program.to.to_string()]);
    ImageSettings {
        created: source.stamp.created,
        user: source.owner,
        entrypoint: config.entrypoint.clone().or(first).unwrap_or_default(),
        args: config.args.clone(),
        env: config
            .env
            .iter()
            .map(|(name, value)| (EnvName::to_string(name), value.render(&values, &platform)))
            .collect(),
        path_folders: config.path_folders.clone(),
        ports: config.ports.clone(),
        workdir: config.workdir.clone(),
        labels: merged(known.clone(), fill(&config.labels)),
        annotations: merged(
            merged(known, source.base_annotations.clone()),
            fill(&config.annotations),
        ),
        stop_signal: config.stop_signal.as_ref().map(ToString::to_string),
        platform,
    }
}

fn merged(
    mut low: BTreeMap<String, String>,
    high: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    low.extend(high);
    low
}
