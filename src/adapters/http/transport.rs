//! The machinery below the client: one runtime, and a connection pool for each set of trusted
//! certificates.

use std::collections::BTreeMap;
use std::sync::Arc;

use reqwest::redirect::Policy;
use rustls::RootCertStore;
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;

use super::addresses::Addresses;
use super::proxies::Proxies;
use super::{ClientSettings, HttpError, trust};

/// Connections are driven by these; encryption is most of what they do.
const WORKERS: usize = 2;

const USER_AGENT: &str = concat!("coracle/", env!("CARGO_PKG_VERSION"));

/// A runtime with its pools, made when the first request is sent.
pub(super) struct Transport {
    pub(super) addresses: Addresses,
    proxies: Proxies,
    common: reqwest::Client,
    by_host: BTreeMap<(String, u16), reqwest::Client>,
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Transport {
    pub(super) fn new(settings: &ClientSettings) -> Result<Self, HttpError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("http")
            .enable_all()
            .build()
            .map_err(|error| HttpError::Setup(format!("cannot start threads: {error}")))?;
        let proxies = Proxies::of(&settings.environment)?;
        let addresses = Addresses::default();
        let roots = trust::system_roots(&settings.environment)?;
        let pool = |roots: RootCertStore| pool(roots, &addresses, &proxies);
        let mut by_host = BTreeMap::new();
        for (host, pem) in &settings.ca {
            let mut roots = roots.clone();
            trust::add_pem(&mut roots, pem, host.as_str())?;
            let key = (host.name().to_owned(), host.port().unwrap_or(443));
            by_host.insert(key, pool(roots)?);
        }
        let common = pool(roots)?;
        Ok(Self {
            common,
            by_host,
            proxies,
            addresses,
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    /// Runs `work` to its end, on this thread.
    pub(super) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.handle.block_on(work)
    }

    /// Returns the pool whose certificates are trusted for `url`.
    pub(super) fn pool_for(&self, url: &Url) -> &reqwest::Client {
        // RegistryHost::name has no brackets around an IPv6 address either.
        let name = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        url.port_or_known_default()
            .and_then(|port| self.by_host.get(&(name.to_owned(), port)))
            .unwrap_or(&self.common)
    }

    /// Returns the proxy that requests to `url` go through, which then finds the address.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<&Url> {
        self.proxies.proxy_for(url)
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        // A resolver that hangs must not hold up the end of the program.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn pool(
    roots: RootCertStore,
    addresses: &Addresses,
    proxies: &Proxies,
) -> Result<reqwest::Client, HttpError> {
    let proxies = proxies.clone();
    reqwest::Client::builder()
        .tls_backend_preconfigured(trust::tls(roots)?)
        .redirect(Policy::none())
        // Named in full, so that reqwest does not look into the environment itself.
        .proxy(reqwest::Proxy::custom(move |url| {
            proxies.proxy_for(url).cloned()
        }))
        .dns_resolver(Arc::new(addresses.clone()))
        .user_agent(USER_AGENT)
        .build()
        .map_err(|error| HttpError::Setup(format!("cannot make an HTTP client: {error}")))
}
