//! By what images get to an environment.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::text_value::{deserialize_time, written_as_text};
use crate::model::{ImageName, SourcePath};

/// How long a rollout may take where nothing is said.
const ROLLOUT: Duration = Duration::from_mins(5);

/// By what images get to an environment: exactly one of these.
///
/// ```toml
/// [deploy.how.kubernetes]
/// manifests = ["deploy/"]
/// namespace = "shop"
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct HowTable {
    /// Applies manifests to a cluster, through kubectl. The default is none.
    kubernetes: Option<KubernetesHow>,
    /// Starts a program of one's own. The default is none.
    command: Option<CommandHow>,
    /// Runs a container on this machine, through podman. The default is none.
    podman: Option<PodmanHow>,
}

/// By what images get to an environment.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "HowTable")]
pub enum DeployHow {
    /// Through kubectl.
    Kubernetes(KubernetesHow),
    /// Through a program of the user's.
    Command(CommandHow),
    /// Through podman on this machine.
    Podman(PodmanHow),
}

impl TryFrom<HowTable> for DeployHow {
    type Error = &'static str;

    fn try_from(table: HowTable) -> Result<Self, Self::Error> {
        match (table.kubernetes, table.command, table.podman) {
            (Some(how), None, None) if how.manifests.is_empty() => {
                Err("manifests is empty, expected files or folders, as in [\"deploy/\"]")
            }
            (Some(how), None, None) => Ok(Self::Kubernetes(how)),
            (None, Some(how), None) if how.run.is_empty() => {
                Err("run is empty, expected a program and its arguments, as in [\"./deploy.sh\"]")
            }
            (None, Some(how), None) => Ok(Self::Command(how)),
            (None, None, Some(how)) => Ok(Self::Podman(how)),
            (None, None, None) => Err("how is empty\nname one of kubernetes, command and podman"),
            _ => Err("kubernetes, command and podman exclude each other\nkeep one of them"),
        }
    }
}

/// Applies manifests to a cluster, through kubectl, and waits until what they describe is rolled out.
///
/// ```toml
/// [deploy.how.kubernetes]
/// manifests = ["deploy/", "jobs/report.yaml"]
/// context   = "production"
/// namespace = "shop"
/// timeout   = "10m"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct KubernetesHow {
    /// Files of YAML or JSON, and folders of them, from the folder of coracle.toml. Images of the project are
    /// named `coracle://NAME` in them. The default is none: they must be named.
    #[schemars(with = "Vec<String>")]
    pub manifests: Vec<SourcePath>,
    /// The namespace of objects that name none. The default is that of the context.
    pub namespace: Option<ContainerName>,
    /// The context of kubectl's configuration. The default is its current one.
    pub context: Option<ContextName>,
    /// How long the rollout may take. The default is `"5m"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    pub timeout: Duration,
}

impl Default for KubernetesHow {
    fn default() -> Self {
        Self {
            manifests: Vec::new(),
            namespace: None,
            context: None,
            timeout: ROLLOUT,
        }
    }
}

/// Starts a program that brings images to where they run. It finds each image's reference by digest in its
/// environment and on stdin; docs/deploy.md says how.
///
/// ```toml
/// [deploy.how.command]
/// run     = ["./deploy.sh", "production"]
/// status  = ["./running.sh", "production"]
/// timeout = "10m"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CommandHow {
    /// The program and its arguments, to deploy and to roll back. The default is none: it must be named.
    pub run: Vec<String>,
    /// A program that prints what runs, a line `NAME REFERENCE` each. The default is none: what was deployed last
    /// is taken for what runs.
    pub status: Vec<String>,
    /// How long either may take. The default is `"5m"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    pub timeout: Duration,
}

impl Default for CommandHow {
    fn default() -> Self {
        Self {
            run: Vec::new(),
            status: Vec::new(),
            timeout: ROLLOUT,
        }
    }
}

/// Runs an image as a container on this machine, through podman; the one that ran before is replaced.
///
/// ```toml
/// [deploy.how.podman]
/// name    = "shop"
/// image   = "server"
/// options = ["--publish=8080:8080", "--env=STAGE=lab"]
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PodmanHow {
    /// What the container is called.
    pub name: ContainerName,
    /// The image that it runs. The default is the only one that is deployed.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub image: Option<ImageName>,
    /// Options of `podman run`, each one word, as in `"--publish=8080:8080"`. The default is none.
    #[serde(default)]
    pub options: Vec<RunOption>,
    /// Arguments of the image. The default is what the image has.
    #[serde(default)]
    pub args: Vec<String>,
    /// Options of `podman` itself, as in `"--runtime=runc"`. The default is none.
    #[serde(default)]
    pub global: Vec<RunOption>,
    /// Options of `podman pull`, as in `"--tls-verify=false"`. The default is none.
    #[serde(default)]
    pub pull: Vec<RunOption>,
    /// How long it may take until it runs. The default is `"5m"`.
    #[serde(default = "rollout", deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    pub timeout: Duration,
}

fn rollout() -> Duration {
    ROLLOUT
}

/// The name of a container or a namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerName(String);

/// Why a text is no such name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no such name, expected letters, digits, '.', '_' and '-', as in \"shop\"")]
pub struct ContainerNameError(String);

impl FromStr for ContainerName {
    type Err = ContainerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        if begins && text.len() <= 63 && text.bytes().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(ContainerNameError(text.to_owned()))
    }
}

impl ContainerName {
    /// Returns it as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ContainerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a context: anything that kubectl takes for no flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextName(String);

/// Why a text is no such name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no name of a context, expected what kubectl config get-contexts shows")]
pub struct ContextNameError(String);

impl FromStr for ContextName {
    type Err = ContextNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_wrong = text.is_empty() || text.starts_with('-') || text.contains(char::is_control);
        if is_wrong {
            return Err(ContextNameError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ContextName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An option of podman, with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunOption(String);

/// Why a text is no option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RunOptionError {
    /// It would be taken for the image.
    #[error(
        "{0:?} is no option, expected one word that begins with '-', as in \"--publish=8080:8080\""
    )]
    NoOption(String),
    /// A deploy sets it.
    #[error("{0} is coracle's to set\ntake it out")]
    Ours(String),
}

/// What names, detaches and replaces the container is decided already.
const OURS: [&str; 8] = [
    "--name",
    "--replace",
    "--detach",
    "-d",
    "--rm",
    "--cidfile",
    "--pull",
    "--",
];

impl FromStr for RunOption {
    type Err = RunOptionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with('-') || text.contains(char::is_control) {
            return Err(RunOptionError::NoOption(text.to_owned()));
        }
        let name = text.split('=').next().unwrap_or(text);
        if OURS.contains(&name) {
            return Err(RunOptionError::Ours(name.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl RunOption {
    /// Returns it as it is typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

written_as_text!(ContainerName, ContextName, RunOption);
