//! Names of images as ko reads them: Docker Hub is meant where no registry is named.

use crate::config::{BaseChoice, ConfigError, Place, RepositoryTemplate};

/// What ko puts after `KO_DOCKER_REPO`, unless a flag says otherwise.
const NAME: &str = "{import_base}-{import_md5}";

/// Registries of ko's that are none: it loads into Docker or a cluster there.
const LOCAL: [&str; 2] = ["ko.local", "kind.local"];

/// What `KO_DOCKER_REPO` comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repository {
    /// A template.
    Named(String),
    /// There is none.
    Unnamed,
    /// Images are loaded into Docker or a cluster on this machine.
    Loaded(String),
}

/// Reads `KO_DOCKER_REPO`.
pub(super) fn repository(text: Option<&str>) -> Result<Repository, ConfigError> {
    let Some(text) = text.map(|text| text.trim_end_matches('/')) else {
        return Ok(Repository::Unnamed);
    };
    let host = text.split('/').next().unwrap_or(text);
    if LOCAL.contains(&host) {
        return Ok(Repository::Loaded(host.to_owned()));
    }
    let text = text.replace('{', "{{").replace('}', "}}");
    let full = if is_host(host) {
        format!("{text}/{NAME}")
    } else {
        format!("docker.io/{text}/{NAME}")
    };
    match full.parse::<RepositoryTemplate>() {
        Ok(_) => Ok(Repository::Named(full)),
        Err(error) => Err(ConfigError::new(Place::Variable("KO_DOCKER_REPO"), error)),
    }
}

/// Returns what is written where no repository is known.
pub(super) fn example() -> String {
    format!("registry.example.com/team/{NAME}")
}

/// Reads a base, and gives it the host that ko leaves out.
pub(super) fn base(text: &str) -> Result<BaseChoice, String> {
    let full = match text.split_once('/') {
        None if text == "scratch" => text.to_owned(),
        None => format!("docker.io/library/{text}"),
        Some((host, _)) if is_host(host) => text.to_owned(),
        Some(_) => format!("docker.io/{text}"),
    };
    full.parse::<BaseChoice>()
        .map_err(|error| error.to_string())
}

fn is_host(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost"
}
