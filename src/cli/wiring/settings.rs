//! What adapters are told: the configuration and the machine, in their words.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

use super::{Project, Shelves};
use crate::adapters::disk;
use crate::adapters::fetch::ToolchainSettings;
use crate::adapters::go::{ActionsWanted, GoBuilderSettings, GovulncheckSettings};
use crate::adapters::http::{ClientSettings, Network};
use crate::adapters::registry::RegistrySettings;
use crate::cli::options::RunOptions;
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::config::{BaseChoice, Config, VulnerabilityDatabase};
use crate::model::{BuildError, Environment, ExitCode, Phase, RegistryHost};
use crate::publish::RetryPolicy;
use crate::toolchain::{GoEnvFile, ModuleSettings};

/// Returns the environment of programs that are started, without the secrets that `config` names.
pub(super) fn environment(session: &Session, config: &Config) -> Environment {
    session.host.environment.without(config.secret_variables())
}

/// Returns whether anybody may be asked.
pub(super) fn network(options: &RunOptions) -> Network {
    if options.offline {
        Network::Offline
    } else {
        Network::Online
    }
}

/// Returns how modules are reached.
pub(super) fn module_settings(
    session: &Session,
    config: &Config,
    network: Network,
) -> Result<ModuleSettings, BuildError> {
    let host = &session.host;
    let file = disk::read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    let settings =
        ModuleSettings::resolve(&host.environment, &config.modules, &file).map_err(|error| {
            let hint = error.hint();
            BuildError::new(Phase::Config, "GOPROXY", error).hint(hint)
        })?;
    Ok(match network {
        Network::Offline => settings.offline(),
        Network::Online => settings,
    })
}

/// Returns where Go comes from.
pub(super) fn toolchain_settings(
    session: &Session,
    config: &Config,
    shelves: &Shelves,
    modules: ModuleSettings,
) -> ToolchainSettings {
    ToolchainSettings {
        environment: environment(session, config),
        platform: session.host.platform.clone(),
        modules,
        cache: shelves.cache.path().to_owned(),
        workplace: shelves.cache.workplace().to_owned(),
        retry: retry(config),
        bundled: shelves.bundled_go(),
    }
}

/// Returns how often others are asked again.
pub(super) fn retry(config: &Config) -> RetryPolicy {
    RetryPolicy {
        retries: config.network.retries,
    }
}

/// Returns what the compiler is given.
pub(super) fn builder_settings(
    session: &Session,
    project: &Project,
    shelves: &Shelves,
    modules: ModuleSettings,
    jobs: NonZeroUsize,
) -> Result<GoBuilderSettings, BuildError> {
    let host = &session.host;
    let cache = shelves.cache.workplace().to_owned();
    let file = disk::read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    Ok(GoBuilderSettings {
        environment: environment(session, &project.config),
        folders: GoFolders::resolve(&host.environment, &file, &host.platform, &cache),
        modules,
        source_root: project.source.location.root.clone(),
        cache,
        jobs,
        actions: if session.is_traced() {
            ActionsWanted::Told
        } else {
            ActionsWanted::Untold
        },
    })
}

/// Returns how vulnerabilities are found.
pub(super) fn scanner_settings(
    session: &Session,
    config: &Config,
    shelves: &Shelves,
    go: GoBuilderSettings,
    network: Network,
) -> Result<GovulncheckSettings, BuildError> {
    let policy = config.policy.as_ref();
    let database = policy.and_then(|policy| policy.vulnerability_database.clone());
    let database = database.map_or_else(VulnerabilityDatabase::of_go, Ok);
    Ok(GovulncheckSettings {
        go,
        platform: session.host.platform.clone(),
        cache: shelves.cache.path().to_owned(),
        database: database
            .map_err(|error| BuildError::new(Phase::Check, "", error).exit(ExitCode::Internal))?,
        network,
        retry: retry(config),
    })
}

/// Returns how hosts are reached and trusted; certificates are in files below `root`.
pub(super) fn client_settings(
    session: &Session,
    config: &Config,
    root: &Path,
    network: Network,
) -> Result<ClientSettings, BuildError> {
    let mut ca = BTreeMap::new();
    for (host, registry) in &config.registries {
        if let Some(file) = &registry.ca {
            ca.insert(host.clone(), disk::read_certificates(&root.join(file))?);
        }
    }
    Ok(ClientSettings {
        environment: session.host.environment.clone(),
        patience: config.network.timeout,
        network,
        ca,
        traffic: session.traffic.clone(),
    })
}

/// Returns how registries are spoken to, and by whom.
pub(super) fn registry_settings(
    session: &Session,
    config: &Config,
    jobs: NonZeroUsize,
) -> RegistrySettings {
    RegistrySettings {
        registries: config.registries.clone(),
        retry: retry(config),
        jobs,
        environment: environment(session, config),
        login_hosts: login_hosts(config),
    }
}

/// `CORACLE_USER` is for the registry that images go to; where none goes anywhere, for those that
/// bases come from.
fn login_hosts(config: &Config) -> BTreeSet<RegistryHost> {
    let images = || config.images.values().chain([&config.defaults]);
    let targets: BTreeSet<RegistryHost> = images()
        .filter_map(|image| image.repository.as_ref()?.host())
        .collect();
    if !targets.is_empty() {
        return targets;
    }
    images()
        .filter_map(|image| match &image.base {
            BaseChoice::Registry(reference) => Some(reference.repository().host().clone()),
            BaseChoice::Static | BaseChoice::Scratch => None,
        })
        .collect()
}
