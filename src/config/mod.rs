//! The text of coracle.toml, or what ko reads in its place, flags and environment → `Config`.
//!
//! In: the file's text, what was typed, the environment. Out: typed values, every default filled
//! in; precedence is flag, environment, image, defaults, built-in. The invariant: nothing to the
//! right of this room reads any of the three, and every error says where the wrong value stands.
//! It never guesses at a key that it does not know.

mod advice;
mod attest_config;
mod base_choice;
mod blocked_module;
mod build_flag;
mod cache_config;
mod capabilities_text;
mod complete;
mod date;
mod deploy;
mod dist_config;
mod env_name;
mod error;
mod faults;
mod file_rule;
mod file_text;
mod go_config;
mod go_env;
mod go_flag;
mod history_config;
mod identity_rule;
mod image_config;
mod image_go_config;
mod init;
mod keyless_config;
mod ko;
mod layers_config;
mod licence_rules;
mod linker_flag;
mod merge;
mod modules_config;
mod nearest;
mod network_config;
mod overrides;
mod pipeline_config;
mod place;
mod platform_choice;
mod policy_config;
mod port;
mod processor;
mod raw;
mod reader;
mod recorded;
mod registry_config;
mod run_identity;
mod schema;
mod secret_source;
mod secrets_config;
mod service_url;
mod sign_config;
mod slo_config;
mod stage_name;
mod stamp_config;
mod stop_signal;
mod template;
mod template_parts;
mod text_value;
mod tree;
mod trusted_signer;
mod user;
mod version_range;
mod vulnerability_database;

use std::collections::BTreeMap;

pub use attest_config::{AttestConfig, Saying, SbomFormat};
pub use base_choice::{BaseChoice, BaseChoiceError};
pub use blocked_module::{BlockedModule, BlockedUses};
pub use build_flag::BuildFlag;
pub use cache_config::{CacheConfig, CacheLimit, CacheLimitError, CacheTrust};
pub use capabilities_text::CapabilitiesError;
pub use deploy::{
    AlertConfig, CommandHow, ContainerName, ContainerNameError, ContextName, ContextNameError,
    DeployConfig, DeployHow, EnvironmentConfig, EnvironmentName, EnvironmentNameError,
    KubernetesHow, OnFailure, PodmanHow, RunOption, RunOptionError, SmokeConfig, SmokeKind,
    SmokeUrl, SmokeUrlError,
};
pub use dist_config::{DistConfig, Extra};
pub use env_name::{EnvName, EnvNameError};
pub use error::ConfigError;
pub use file_rule::{FileRule, GlobPattern, GlobPatternError};
pub use file_text::FileText;
pub use go_config::{BuildTag, BuildTagError, GoConfig, SymbolsChoice, ToolchainPreference};
pub use go_env::{GoEnvError, GoEnvName, GoEnvValue};
pub use go_flag::GoFlagError;
pub use history_config::HistoryConfig;
pub use identity_rule::{IdentityPattern, IdentityRegex, IdentityRegexError, IdentityRule};
pub use image_config::{ImageConfig, Mains};
pub use image_go_config::ImageGoConfig;
pub use init::{InitFacts, InitMain, init_text};
pub use keyless_config::{KeylessConfig, LogVersion, TransparencyLog};
pub use ko::{KoConfig, KoData, KoFacts, KoMain, KoText, ko_text, load_ko};
pub use layers_config::LayersConfig;
pub use licence_rules::{LicenceName, LicenceNameError, LicenceRules};
pub use linker_flag::LinkerFlag;
pub use modules_config::{
    DirectChoice, ModulePattern, ModulePatternError, ModuleProxy, ModuleProxyError, ModulesConfig,
};
pub(crate) use nearest::nearest;
pub use network_config::NetworkConfig;
pub use overrides::Overrides;
pub use pipeline_config::{
    CiEvent, LintConfig, LinterChoice, PipelineConfig, StageConfig, TestConfig,
};
pub use place::Place;
pub use platform_choice::PlatformChoice;
pub use policy_config::{
    AcceptedVulnerability, Judgement, LocalReplaceRule, PolicyConfig, VulnerabilityLevel,
};
pub use port::{ExposedPort, ExposedPortError, Protocol};
pub use recorded::{RecordedImage, recorded_text};
pub use registry_config::{AddressTrust, Mirror, RegistryConfig, Transport};
pub use run_identity::RunIdentity;
pub use schema::json_schema;
pub use secret_source::SecretSource;
pub use secrets_config::SecretsConfig;
pub use service_url::{ServiceUrl, ServiceUrlError};
pub use sign_config::{FormatError, KeySource, SignConfig, SignatureFormat, SignerChoice};
pub use slo_config::{Percent, PercentError, SloConfig};
pub use stage_name::{StageName, StageNameError};
pub use stamp_config::{
    StampConfig, StampSource, StampText, StampTextError, StampVariable, StampVariableError,
};
pub use stop_signal::{StopSignal, StopSignalError};
pub use template::{
    PlatformTemplate, RepositoryTemplate, TagTemplate, Template, TemplateError, TemplateValues,
};
pub use template_parts::PartsError;
pub use trusted_signer::TrustedSigner;
pub use user::{Account, UserChoice, UserChoiceError};
pub use version_range::{VersionRange, VersionRangeError};
pub use vulnerability_database::{VulnerabilityDatabase, VulnerabilityDatabaseError};

use tree::Node;

use crate::model::{Environment, ImageName, RegistryHost};

/// All that a run was told, complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The images of the file, by name.
    pub images: BTreeMap<ImageName, ImageConfig>,
    /// What an image is that is not in the file, but named by its main package.
    pub defaults: ImageConfig,
    /// Which Go compiles, and how.
    pub go: GoConfig,
    /// Where Go modules come from.
    pub modules: ModulesConfig,
    /// What programs are told about themselves.
    pub stamp: StampConfig,
    /// How much is kept from run to run.
    pub cache: CacheConfig,
    /// How layers are made.
    pub layers: LayersConfig,
    /// What a release consists of beside its programs.
    pub dist: DistConfig,
    /// Files that look like secrets and are none, and where secrets come from.
    pub secrets: SecretsConfig,
    /// What may go into images, where anything is said of that.
    pub policy: Option<PolicyConfig>,
    /// With what images are signed, where they are.
    pub sign: Option<SignConfig>,
    /// What is said of images beside the signature.
    pub attest: AttestConfig,
    /// Who runs this, as statements name it.
    pub run: RunIdentity,
    /// What is particular about registries.
    pub registries: BTreeMap<RegistryHost, RegistryConfig>,
    /// How patient a run is with the network.
    pub network: NetworkConfig,
    /// What is wanted of builds.
    pub slo: SloConfig,
    /// With whom the history of runs is shared.
    pub history: HistoryConfig,
    /// To where images are deployed, where that is said.
    pub deploy: Option<DeployConfig>,
    /// What `coracle ci` does.
    pub pipeline: PipelineConfig,
}

impl Config {
    /// Returns the variables that are named as places of secrets: no program that is started has to do
    /// with them.
    pub fn secret_variables(&self) -> Vec<&str> {
        let source = match self.sign.as_ref().map(|sign| &sign.signer) {
            Some(SignerChoice::Key { source, .. }) => Some(source),
            Some(SignerChoice::Keyless(keyless)) => keyless.token.as_ref(),
            Some(SignerChoice::Command(_)) | None => None,
        };
        let of_stages = self
            .secrets
            .values
            .values()
            .filter_map(|source| match source {
                SecretSource::Variable(name) => Some(name.as_str()),
                SecretSource::Command(_) => None,
            });
        let of_signer = source.and_then(KeySource::variable).into_iter();
        let of_deploys = self.deploy.iter().flat_map(DeployConfig::secret_variables);
        let of_pipeline = self.pipeline.alert.iter().filter_map(AlertConfig::variable);
        let of_alerts = of_deploys.chain(of_pipeline);
        of_signer.chain(of_stages).chain(of_alerts).collect()
    }

    /// Returns how images are signed without a key, if they are.
    pub fn keyless(&self) -> Option<&KeylessConfig> {
        match &self.sign.as_ref()?.signer {
            SignerChoice::Keyless(keyless) => Some(keyless),
            SignerChoice::Key { .. } | SignerChoice::Command(_) => None,
        }
    }
}

/// Reads what a run was told: the file where there is one, the environment, the flags.
///
/// # Errors
/// Every key and value that is wrong, as far as one mistake does not hide another.
pub fn load(
    file: Option<FileText<'_>>,
    environment: &Environment,
    overrides: &Overrides,
) -> Result<Config, Vec<ConfigError>> {
    let file = file.map_or_else(|| Ok(file_text::none()), file_text::parse);
    read(&file.map_err(|error| vec![error])?, environment, overrides)
}

fn read(
    file: &Node,
    environment: &Environment,
    overrides: &Overrides,
) -> Result<Config, Vec<ConfigError>> {
    let one = |error| vec![error];
    let sets = overrides.file().map_err(one)?;
    // Each is right on its own: a wrong value is wrong also where another one covers it.
    let errors: Vec<ConfigError> = [file, &sets].into_iter().flat_map(faults::all).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let layers = merge::Layers {
        file,
        environment: &overrides::environment_image(environment).map_err(one)?,
        sets: &sets,
        flags: &overrides.image(),
    };
    let merged = layers.merged();
    reader::read(&merged)
        .and_then(|file: raw::File| {
            let sign = file.sign.with_environment(environment, sets.get("sign"))?;
            let run = RunIdentity::of_environment(environment);
            complete::config(raw::File { sign, ..file }, run, &merged)
        })
        .map_err(one)
}

#[cfg(test)]
mod tests;
