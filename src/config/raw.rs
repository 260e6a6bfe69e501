//! The shape of coracle.toml, before defaults are filled in.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::layers_config::LayersTable;
use super::{
    BaseChoice, EnvName, ExposedPort, FileRule, GoConfig, ModulesConfig, NetworkConfig,
    PlatformChoice, PlatformTemplate, RegistryConfig, RepositoryTemplate, SecretsConfig,
    StampConfig, StopSignal, TagTemplate, UserChoice,
};
use crate::model::{ImageName, ImagePath, RegistryHost, SourcePath};

/// The settings of coracle, which makes images of Go source.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "coracle.toml")]
pub(super) struct File {
    /// What every image has that does not say otherwise.
    pub(super) defaults: Image,
    /// The images, by name.
    #[schemars(with = "BTreeMap<String, Image>")]
    pub(super) images: BTreeMap<ImageName, Image>,
    /// Which Go compiles, and how.
    pub(super) go: GoConfig,
    /// Where Go modules come from.
    pub(super) modules: ModulesConfig,
    /// What programs are told about themselves.
    pub(super) stamp: StampConfig,
    /// How layers are made.
    pub(super) layers: LayersTable,
    /// Files that look like secrets and are none.
    pub(super) secrets: SecretsConfig,
    /// What is particular about a registry, by its host.
    #[schemars(with = "BTreeMap<String, RegistryConfig>")]
    pub(super) registries: BTreeMap<RegistryHost, RegistryConfig>,
    /// How patient coracle is with the network.
    pub(super) network: NetworkConfig,
}

/// What an image is made of, and where it goes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Image {
    /// Where it is pushed to, as in "registry.example.com/team/{name}".
    pub(super) repository: Option<RepositoryTemplate>,
    /// What it runs on, as in `["linux/amd64", "linux/arm64"]`, or "all" for every platform of the
    /// base. The default is `["linux/amd64"]`.
    pub(super) platforms: Option<PlatformChoice>,
    /// What it stands on: "static" (certificates, time zones, the user nonroot), "scratch"
    /// (nothing), or a reference to an image. The default is "static".
    pub(super) base: Option<BaseChoice>,
    /// Its tags, as in `["{version}", "latest"]`. The default is `["latest"]`.
    pub(super) tags: Option<Vec<TagTemplate>>,
    /// The folder of its main package, as in "./cmd/server".
    #[schemars(with = "Option<String>")]
    pub(super) main: Option<SourcePath>,
    /// The folders of several main packages, in place of main; each program is at /BASENAME.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) mains: Option<Vec<SourcePath>>,
    /// Where its program is in the image. The default is / and the image's name.
    #[schemars(with = "Option<String>")]
    pub(super) path: Option<ImagePath>,
    /// Further files.
    pub(super) files: Vec<FileRule>,
    /// Environment variables.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) env: BTreeMap<EnvName, PlatformTemplate>,
    /// Ports that it listens on, as in `[8080, "53/udp"]`.
    pub(super) ports: BTreeSet<ExposedPort>,
    /// Who it runs as: USER or USER:GROUP, names or numbers. The default is "65532:65532".
    pub(super) user: Option<UserChoice>,
    /// The folder that it starts in. The default is the base's.
    #[schemars(with = "Option<String>")]
    pub(super) workdir: Option<ImagePath>,
    /// What it starts, and the first arguments. The default is its first program.
    #[schemars(length(min = 1))]
    pub(super) entrypoint: Option<Vec<String>>,
    /// Arguments that whoever runs it may replace.
    pub(super) args: Vec<String>,
    /// Labels.
    pub(super) labels: BTreeMap<String, PlatformTemplate>,
    /// Annotations of its manifests and its index.
    pub(super) annotations: BTreeMap<String, PlatformTemplate>,
    /// The signal that asks it to end, as in "SIGTERM".
    pub(super) stop_signal: Option<StopSignal>,
}
