//! The shape of coracle.toml, before defaults are filled in.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::attest_config::AttestTable;
use super::deploy::DeployTable;
use super::layers_config::LayersTable;
use super::sign_config::SignTable;
use super::{
    BaseChoice, CacheConfig, DistConfig, EnvName, ExposedPort, FileRule, GoConfig, HistoryConfig,
    ImageGoConfig, ModulesConfig, NetworkConfig, PipelineConfig, PlatformChoice, PlatformTemplate,
    PolicyConfig, RegistryConfig, RepositoryTemplate, SecretsConfig, SloConfig, StampConfig,
    StampVariable, StopSignal, TagTemplate, Template, UserChoice,
};
use crate::model::{FileCapabilities, ImageName, ImagePath, RegistryHost, SourcePath};

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
    /// How much is kept from run to run.
    pub(super) cache: CacheConfig,
    /// How layers are made.
    pub(super) layers: LayersTable,
    /// What a release of plain programs consists of.
    pub(super) dist: DistConfig,
    /// Files that look like secrets and are none, and where secrets come from.
    pub(super) secrets: SecretsConfig,
    /// What may go into images.
    pub(super) policy: Option<PolicyConfig>,
    /// Whether and with what images are signed.
    pub(super) sign: SignTable,
    /// What is said of images that are signed.
    pub(super) attest: AttestTable,
    /// What is particular about a registry, by its host.
    #[schemars(with = "BTreeMap<String, RegistryConfig>")]
    pub(super) registries: BTreeMap<RegistryHost, RegistryConfig>,
    /// How patient coracle is with the network.
    pub(super) network: NetworkConfig,
    /// What is wanted of builds.
    pub(super) slo: SloConfig,
    /// With whom the history of runs is shared.
    pub(super) history: HistoryConfig,
    /// To where images are deployed.
    pub(super) deploy: Option<DeployTable>,
    /// What `coracle ci` does.
    pub(super) pipeline: PipelineConfig,
}

/// What an image is made of, and where it goes. What `[defaults]` says goes for every image; an
/// image overrides it key by key.
///
/// ```toml
/// [defaults]
/// repository = "registry.example.com/team/{name}"
/// platforms  = ["linux/amd64", "linux/arm64"]
/// tags       = ["{version}", "latest"]
///
/// [images.server]
/// main   = "./cmd/server"
/// files  = [{ from = "config/defaults.yaml", to = "/config/defaults.yaml" }]
/// env    = { PORT = "8080" }
/// ports  = [8080]
/// labels = { team = "edge" }
///
/// [images.worker]
/// mains  = ["./cmd/worker", "./cmd/migrate"]
/// base   = "registry.example.com/base/debian:13"
/// args   = ["--queue", "default"]
///
/// [images.dns]
/// main         = "./cmd/dns"
/// ports        = ["53/udp"]
/// capabilities = "net_bind_service=ep"
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Image {
    /// Where it is pushed to, as in `"registry.example.com/team/{name}"`; a template. Without one
    /// it can be built, but not pushed. The default is none.
    pub(super) repository: Option<RepositoryTemplate>,
    /// What it runs on, as in `["linux/amd64", "linux/arm64"]`, or `"all"` for every platform of
    /// the base that Go can build for. The default is `["linux/amd64"]`.
    pub(super) platforms: Option<PlatformChoice>,
    /// What it stands on: `"static"` (built in: certificates, time zones, the user nonroot),
    /// `"scratch"` (nothing), or a reference to an image with its registry's host, best pinned by
    /// `@sha256:…`. The default is `"static"`.
    pub(super) base: Option<BaseChoice>,
    /// Its tags, as in `["{version}", "latest"]`; templates, in whose values `-` stands for what a
    /// tag cannot hold. With `[]` it is known by its digest alone. The default is `["latest"]`.
    pub(super) tags: Option<Vec<TagTemplate>>,
    /// The folder of its main package, from the folder of coracle.toml, as in `"./cmd/server"`.
    /// The default is the only main package of the module.
    #[schemars(with = "Option<String>")]
    pub(super) main: Option<SourcePath>,
    /// The folders of several main packages, in place of `main` and `path`; each program is at `/`
    /// and the name of its folder. The default is none.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) mains: Option<Vec<SourcePath>>,
    /// Where its program is in the image. The default is `/` and the image's name.
    #[schemars(with = "Option<String>")]
    pub(super) path: Option<ImagePath>,
    /// Further files; the keys of each are below. The default is none.
    pub(super) files: Vec<FileRule>,
    /// Environment variables, over those of the base; the values are templates. The default is
    /// what the base has.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) env: BTreeMap<EnvName, PlatformTemplate>,
    /// Folders that are added to its PATH, after those of the base or of `env`, as in `["/app/bin"]`.
    /// The default is none.
    #[schemars(with = "Vec<String>")]
    pub(super) path_folders: Vec<ImagePath>,
    /// Ports that it listens on, as in `[8080, "53/udp"]`; tcp where nothing else is said. The
    /// default is none.
    pub(super) ports: BTreeSet<ExposedPort>,
    /// Who it runs as: `USER` or `USER:GROUP`, numbers, or names that are looked up in the image's
    /// passwd and group and written as numbers; or `"base"`, whom the base names. The default is `"65532:65532"`.
    pub(super) user: Option<UserChoice>,
    /// What its programs may do though they do not run as root, in setcap's form, as in `"net_bind_service=ep"`;
    /// names alone are `=p`: the program raises them itself. It gets those that the container has too (`podman run
    /// --cap-add`), and none where that may gain no rights (`allowPrivilegeEscalation: false`); with `e` it does not start
    /// where the container lacks one. The default is none.
    pub(super) capabilities: FileCapabilities,
    /// The folder that it starts in. The default is what the base has.
    #[schemars(with = "Option<String>")]
    pub(super) workdir: Option<ImagePath>,
    /// What it starts, and the first arguments. That of the base never counts. The default is its
    /// first program.
    #[schemars(length(min = 1))]
    pub(super) entrypoint: Option<Vec<String>>,
    /// Arguments that whoever runs it may replace (the image's Cmd). Those of the base never
    /// count. The default is none.
    pub(super) args: Vec<String>,
    /// Labels, over those of the base; the values are templates. Version, revision, creation
    /// time, source and title are set without being asked. The default is what the base has.
    pub(super) labels: BTreeMap<String, PlatformTemplate>,
    /// Annotations of its manifests and its index; the values are templates. Those that are labels
    /// too, and the base's name and digest, are set without being asked. The default is none.
    pub(super) annotations: BTreeMap<String, PlatformTemplate>,
    /// The signal that asks it to end, as in `"SIGTERM"`. The default is what the base has.
    pub(super) stop_signal: Option<StopSignal>,
    /// How its programs are compiled, beside what `[go]` says of all; the keys are below. The default
    /// is nothing else.
    pub(super) go: ImageGoConfig,
    /// Variables that the linker sets in its programs, over those of `[stamp] vars`, in the same form.
    /// The default is none.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) stamp: BTreeMap<StampVariable, Template>,
}
