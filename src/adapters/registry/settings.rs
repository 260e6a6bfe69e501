//! What the adapter is told.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use crate::config::RegistryConfig;
use crate::model::{Environment, RegistryHost};
use crate::publish::RetryPolicy;

/// How registries are reached, and by whom.
#[derive(Debug, Clone)]
pub struct RegistrySettings {
    /// What is particular about a registry. Certificates are the HTTP client's to know.
    pub registries: BTreeMap<RegistryHost, RegistryConfig>,
    /// How often a request is tried again.
    pub retry: RetryPolicy,
    /// How much is done at once; no registry is asked for more than eight things at a time.
    pub jobs: NonZeroUsize,
    /// Where logins and the files that hold them are named.
    pub environment: Environment,
    /// The registries that `CORACLE_USER` and `CORACLE_PASSWORD` are for: where images go, or where
    /// bases come from when none goes anywhere. No other registry ever sees them.
    pub login_hosts: BTreeSet<RegistryHost>,
}

impl RegistrySettings {
    /// More connections only make a registry answer 429.
    const MOST_AT_ONCE: usize = 8;

    /// Waiting for answers takes no processor, so that a machine which has few need not wait for one
    /// after the other.
    const FEWEST_AT_ONCE: usize = 4;

    pub(super) fn at_once(&self) -> usize {
        self.jobs
            .get()
            .clamp(Self::FEWEST_AT_ONCE, Self::MOST_AT_ONCE)
    }

    pub(super) fn of(&self, host: &RegistryHost) -> RegistryConfig {
        self.registries.get(host).cloned().unwrap_or_default()
    }
}
