//! How patient coracle is with the network.

use std::time::Duration;

use schemars::JsonSchema;

use super::text_value::deserialize_time;
use crate::model::limits;

/// Retries and time limits of requests.
///
/// ```toml
/// [network]
/// retries = 8
/// timeout = "2m"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkConfig {
    /// How often a request is sent again when a service is unavailable. The default is `4`.
    pub retries: u32,
    /// How long a request may stand still, as in `"90s"` or `"2m"`. The default is `"30s"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    pub timeout: Duration,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self {
            retries: 4,
            timeout: limits::PATIENCE,
        }
    }
}
