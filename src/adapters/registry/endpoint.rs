//! Where a registry answers.

use url::Url;

use crate::adapters::http::{Client, HttpError};
use crate::config::{AddressTrust, RegistryConfig, Transport};
use crate::model::RegistryHost;
use crate::publish::is_docker_hub;

/// A registry's host, and the URL that its API is under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The host as references name it.
    pub(super) host: RegistryHost,
    /// The URL below which `v2/` lies.
    pub(super) base: Url,
    /// Where it may send us on to.
    pub(super) trust: AddressTrust,
}

impl Endpoint {
    /// Finds out how `host` is spoken to. Where http is allowed, https is tried first.
    pub(super) fn find(
        client: &Client,
        host: &RegistryHost,
        config: &RegistryConfig,
    ) -> Result<Self, HttpError> {
        let secure = base(host, "https")?;
        let http_allowed =
            config.transport == Transport::HttpToo || (host.is_loopback() && config.ca.is_none());
        let base = if http_allowed && !client.speaks_tls(&secure)? {
            base(host, "http")?
        } else {
            secure
        };
        Ok(Self {
            host: host.clone(),
            base,
            trust: config.trust,
        })
    }
}

fn base(host: &RegistryHost, scheme: &str) -> Result<Url, HttpError> {
    // Docker Hub is called by one name and answers under another.
    let api = if is_docker_hub(host.as_str()) {
        "registry-1.docker.io"
    } else {
        host.as_str()
    };
    Url::parse(&format!("{scheme}://{api}/"))
        .map_err(|error| HttpError::Setup(format!("cannot call {host}: {error}")))
}
