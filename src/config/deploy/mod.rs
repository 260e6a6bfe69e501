//! To where images are deployed, how, and what proves that they work there.

mod alert;
mod environment_name;
mod how;
mod smoke;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub use alert::AlertConfig;
pub use environment_name::{EnvironmentName, EnvironmentNameError};
pub use how::{
    CommandHow, ContainerName, ContainerNameError, ContextName, ContextNameError, DeployHow,
    KubernetesHow, PodmanHow, RunOption, RunOptionError,
};
pub use smoke::{SmokeConfig, SmokeKind, SmokeUrl, SmokeUrlError};

pub(super) use alert::AlertTable;
use how::HowTable;
use smoke::SmokeTable;

use super::ConfigError;
use super::tree::Node;

/// What the only environment is called where none is named.
const ONLY: &str = "production";
/// The environment that comes first where nothing is said of the order.
const FIRST: &str = "staging";

/// To where `coracle deploy` brings images. What stands here holds for each environment that does not say
/// otherwise; where none is named, for the only one, `production`.
///
/// ```toml
/// [deploy]
/// smoke = [{ url = "https://shop.example.com/healthz", contains = "ok", latency = "500ms" }]
/// alert = { webhook = "env://SLACK_WEBHOOK" }
///
/// [deploy.environments.staging]
/// how   = { kubernetes = { manifests = ["deploy/"], context = "staging", namespace = "shop" } }
/// smoke = [{ url = "https://staging.shop.example.com/healthz" }]
///
/// [deploy.environments.production]
/// how = { kubernetes = { manifests = ["deploy/"], context = "production", namespace = "shop" } }
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct DeployTable {
    /// The environments in the order in which they are deployed to. The default is `staging` first,
    /// `production` last, and others between them by name.
    #[schemars(with = "Vec<String>")]
    order: Vec<EnvironmentName>,
    /// The environments, by name. The default is one alone, `production`.
    #[schemars(with = "BTreeMap<String, EnvironmentTable>")]
    environments: BTreeMap<EnvironmentName, EnvironmentTable>,
    /// By what images get there: exactly one of the keys below. The default is none, which each environment has
    /// to say.
    #[schemars(with = "Option<HowTable>")]
    how: Option<DeployHow>,
    /// What must work before the next environment is deployed to, in this order. The default is nothing.
    #[schemars(with = "Option<Vec<SmokeTable>>")]
    smoke: Option<Vec<SmokeConfig>>,
    /// Whether a deploy that fails brings back what ran before. The default is `true`.
    rollback: Option<bool>,
    /// Who is told of a deploy that fails. The default is nobody.
    #[schemars(with = "Option<AlertTable>")]
    alert: Option<AlertConfig>,
}

/// One environment; what it does not say, `[deploy]` says.
///
/// ```toml
/// [deploy.environments.lab]
/// how      = { podman = { name = "shop", options = ["--publish=8080:8080"] } }
/// smoke    = [{ url = "http://localhost:8080/healthz" }, { command = ["./smoke.sh", "lab"] }]
/// rollback = false
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct EnvironmentTable {
    /// By what images get there. The default is what `[deploy]` says.
    #[schemars(with = "Option<HowTable>")]
    how: Option<DeployHow>,
    /// What must work afterwards. The default is what `[deploy]` says.
    #[schemars(with = "Option<Vec<SmokeTable>>")]
    smoke: Option<Vec<SmokeConfig>>,
    /// Whether a deploy that fails brings back what ran before. The default is what `[deploy]` says.
    rollback: Option<bool>,
    /// Who is told of a deploy that fails. The default is what `[deploy]` says.
    #[schemars(with = "Option<AlertTable>")]
    alert: Option<AlertConfig>,
}

/// To where images are deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployConfig {
    /// In the order in which they are deployed to, never none.
    pub environments: Vec<EnvironmentConfig>,
}

/// One place that images are deployed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentConfig {
    /// What it is called.
    pub name: EnvironmentName,
    /// By what images get there.
    pub how: DeployHow,
    /// What must work afterwards.
    pub smoke: Vec<SmokeConfig>,
    /// What is done when a deploy fails.
    pub on_failure: OnFailure,
    /// Who is told then.
    pub alert: Option<AlertConfig>,
}

/// What is done when a deploy fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// What ran before is brought back.
    RollBack,
    /// All stays as it is.
    Leave,
}

impl DeployConfig {
    /// Returns the variables whose values are nobody's business but coracle's.
    pub fn secret_variables(&self) -> impl Iterator<Item = &str> {
        let alerts = self.environments.iter().filter_map(|it| it.alert.as_ref());
        alerts.filter_map(AlertConfig::variable)
    }
}

impl DeployTable {
    /// Completes the table, which was read from `node`.
    pub(super) fn into_config(mut self, node: &Node) -> Result<DeployConfig, ConfigError> {
        if self.environments.is_empty()
            && let Ok(only) = ONLY.parse()
        {
            self.environments.insert(only, EnvironmentTable::default());
        }
        let order = self.ordered(node)?;
        let environments = order.into_iter().map(|name| {
            let table = self.environments.remove(&name).unwrap_or_default();
            let place = || node.place_at(&["environments", name.as_str()]);
            let Some(how) = table.how.or_else(|| self.how.clone()) else {
                return Err(ConfigError::new(
                    place(),
                    format_args!(
                        "nothing says how to deploy to {name}\nadd how = {{ kubernetes = {{ manifests = [\"deploy/\"] }} }}, or {{ command = … }} or {{ podman = … }}"
                    ),
                ));
            };
            let rollback = table.rollback.or(self.rollback).unwrap_or(true);
            Ok(EnvironmentConfig {
                how,
                smoke: table.smoke.or_else(|| self.smoke.clone()).unwrap_or_default(),
                on_failure: if rollback { OnFailure::RollBack } else { OnFailure::Leave },
                alert: table.alert.or_else(|| self.alert.clone()),
                name,
            })
        });
        let environments = environments.collect::<Result<_, _>>()?;
        Ok(DeployConfig { environments })
    }

    fn ordered(&self, node: &Node) -> Result<Vec<EnvironmentName>, ConfigError> {
        let wrong = |message: String| Err(ConfigError::new(node.place_of("order"), message));
        if self.order.is_empty() {
            let mut names: Vec<EnvironmentName> = self.environments.keys().cloned().collect();
            names.sort_by_key(|name| match name.as_str() {
                FIRST => 0,
                ONLY => 2,
                _ => 1,
            });
            return Ok(names);
        }
        for (at, name) in self.order.iter().enumerate() {
            if !self.environments.contains_key(name) {
                return wrong(format!(
                    "there is no environment {name}\nadd a table [deploy.environments.{name}], or take it out"
                ));
            }
            if self.order[..at].contains(name) {
                return wrong(format!("{name} is listed twice in order"));
            }
        }
        match self
            .environments
            .keys()
            .find(|name| !self.order.contains(name))
        {
            Some(name) => wrong(format!(
                "order does not name {name}\nname every environment, or leave order out"
            )),
            None => Ok(self.order.clone()),
        }
    }
}
