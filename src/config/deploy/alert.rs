//! Who is told of what fails.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::KeySource;
use crate::config::text_value::deserialize_time;

/// Who is told of what fails: of deploys below `[deploy]` or an environment, of stages of `coracle ci` below
/// `[pipeline]`. That an alert cannot be sent is a warning, and changes nothing.
///
/// ```toml
/// [deploy]
/// how = { kubernetes = { manifests = ["deploy/"] } }
///
/// [deploy.alert]
/// webhook = "env://SLACK_WEBHOOK"
/// command = ["./page-the-team.sh"]
/// timeout = "10s"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct AlertTable {
    /// The variable that holds the address to which `{"text": …}` is posted, as `"env://NAME"`: whoever knows the
    /// address may write there, so that it does not stand in a file. The default is none.
    webhook: Option<KeySource>,
    /// A program that is told on stdin, and its arguments. The default is none.
    command: Vec<String>,
    /// How long either may take. The default is `"10s"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    timeout: Duration,
}

impl Default for AlertTable {
    fn default() -> Self {
        Self {
            webhook: None,
            command: Vec::new(),
            timeout: Duration::from_secs(10),
        }
    }
}

/// Who is told of what fails.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "AlertTable")]
pub struct AlertConfig {
    /// The variable that holds an address to post to.
    webhook: Option<KeySource>,
    /// A program and its arguments; empty where there is none.
    pub command: Vec<String>,
    /// How long either may take.
    pub timeout: Duration,
}

impl AlertConfig {
    /// Returns the variable that holds the address to post to.
    pub fn variable(&self) -> Option<&str> {
        self.webhook.as_ref().and_then(KeySource::variable)
    }
}

impl TryFrom<AlertTable> for AlertConfig {
    type Error = &'static str;

    fn try_from(table: AlertTable) -> Result<Self, Self::Error> {
        if let Some(webhook) = &table.webhook
            && webhook.variable().is_none()
        {
            return Err(
                "a webhook is named by the variable that holds its address: whoever knows it may write there\nwrite webhook = \"env://SLACK_WEBHOOK\"",
            );
        }
        if table.webhook.is_none() && table.command.is_empty() {
            return Err("nobody is named\nname a webhook or a command");
        }
        Ok(Self {
            webhook: table.webhook,
            command: table.command,
            timeout: table.timeout,
        })
    }
}
