//! A registry in memory: honest by the distribution specification, recording every request, misbehaving on order.

mod auth;
mod blobs;
mod honest;
mod manifests;
mod route;
pub(crate) mod signed_token;
mod store;
mod uploads;

pub(crate) use auth::{Login, SERVICE, TokenServer};
pub(crate) use store::{Content, Manifest, digest_of};

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::auth::{Auth, Gate};
use self::honest::Registry;
use self::store::Store;
use crate::support::http::fault::Faults;
use crate::support::http::misbehave::Misbehaving;
use crate::support::http::server::{Bound, Server};
use crate::support::http::tls::Authority;
use crate::support::http::{Fault, Journal, Recorded};

/// A way in which honest registries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// It has the referrers API.
    Referrers,
    /// It answers 202 to every mount: upload it yourself.
    RefusesMounts,
    /// It refuses every mount with an error.
    DeniesMounts,
    /// It answers no HEAD.
    NoHead,
    /// It takes blobs in one request only.
    NoPieces,
    /// It sends blobs whole, whatever part is asked for.
    NoRanges,
    /// It forgets what it got of a blob when a connection breaks.
    ForgetsParts,
    /// It refuses to move a tag.
    ImmutableTags,
    /// It refuses every write.
    ReadOnly,
    /// It hashes and counts blobs without keeping them, for tests with very large ones.
    CountsBlobs,
}

/// What makes this registry differ from others.
#[derive(Clone, Debug, Default)]
struct Rules {
    kept: BTreeSet<Rule>,
    /// Where blobs are really kept, `scheme://host:port`.
    blobs_at: Option<String>,
    /// How many referrers it lists on a page; all where nothing is said.
    referrers_a_page: Option<usize>,
}

impl Rules {
    fn has(&self, rule: Rule) -> bool {
        self.kept.contains(&rule)
    }
}

/// A registry that is about to start.
#[derive(Default)]
pub(crate) struct Builder {
    rules: Rules,
    auth: Auth,
    authority: Option<Authority>,
    protocols: Vec<&'static str>,
    address: Option<IpAddr>,
    storage: Option<Storage>,
}

/// The second server of a registry that redirects blob requests.
struct Storage {
    journal: Journal,
    store: Arc<Mutex<Store>>,
    _server: Server,
}

impl Builder {
    /// Asks every request for this login.
    pub(crate) fn basic(self, login: Login) -> Self {
        Self {
            auth: Auth::Basic(login),
            ..self
        }
    }

    /// Asks every request for a token of this server.
    pub(crate) fn bearer(self, server: TokenServer) -> Self {
        Self {
            auth: Auth::Bearer(server),
            ..self
        }
    }

    /// Speaks HTTPS with a certificate of a new authority.
    pub(crate) fn https(self) -> Self {
        Self {
            authority: Some(Authority::new()),
            ..self
        }
    }

    /// Speaks HTTPS, and HTTP/2 with whoever can.
    pub(crate) fn http2(self) -> Self {
        Self {
            protocols: vec!["h2", "http/1.1"],
            ..self.https()
        }
    }

    /// Answers at the loopback address of IPv6.
    pub(crate) fn ipv6(self) -> Self {
        Self {
            address: Some(Ipv6Addr::LOCALHOST.into()),
            ..self
        }
    }

    /// Keeps to this rule.
    pub(crate) fn rule(mut self, rule: Rule) -> Self {
        self.rules.kept.insert(rule);
        self
    }

    /// Has the referrers API, which lists so many on a page.
    pub(crate) fn referrers_by(mut self, a_page: usize) -> Self {
        self.rules.referrers_a_page = Some(a_page);
        self.rule(Rule::Referrers)
    }

    /// Redirects every GET of a blob to a second server, which needs no credential.
    pub(crate) fn redirect_blobs(mut self) -> Self {
        let bound = Bound::new();
        let origin = format!("http://{}", bound.address());
        let (journal, store) = (Journal::default(), Arc::default());
        let honest = Registry {
            rules: Rules::default(),
            gate: Gate::new(Auth::Anonymous, &origin),
            store: Arc::clone(&store),
        };
        let handler = Misbehaving::new(honest, journal.clone(), Arc::default());
        self.rules.blobs_at = Some(origin);
        self.storage = Some(Storage {
            journal,
            store,
            _server: bound.serve(None, handler),
        });
        self
    }

    /// Starts the registry.
    pub(crate) fn start(self) -> FakeRegistry {
        let bound = self.address.map_or_else(Bound::new, Bound::at);
        let host = bound.address().to_string();
        let scheme = if self.authority.is_some() {
            "https"
        } else {
            "http"
        };
        let storage_store = self
            .storage
            .as_ref()
            .map(|storage| Arc::clone(&storage.store));
        let (journal, faults) = (Journal::default(), Arc::new(Faults::default()));
        let store = storage_store.unwrap_or_default();
        let honest = Registry {
            rules: self.rules,
            gate: Gate::new(self.auth, &format!("{scheme}://{host}")),
            store: Arc::clone(&store),
        };
        let handler = Misbehaving::new(honest, journal.clone(), Arc::clone(&faults));
        let server_config = |authority: &Authority| authority.server_config(&self.protocols);
        let tls = self.authority.as_ref().map(server_config);
        FakeRegistry {
            host,
            journal,
            faults,
            store,
            authority: self.authority,
            storage: self.storage,
            _server: bound.serve(tls, handler),
        }
    }
}

/// A running registry; it is gone when dropped.
pub(crate) struct FakeRegistry {
    host: String,
    journal: Journal,
    faults: Arc<Faults>,
    store: Arc<Mutex<Store>>,
    authority: Option<Authority>,
    storage: Option<Storage>,
    _server: Server,
}

impl FakeRegistry {
    /// Starts a registry that everybody may use, over plain HTTP.
    pub(crate) fn start() -> Self {
        Self::with().start()
    }

    /// Returns a builder for other registries.
    pub(crate) fn with() -> Builder {
        Builder::default()
    }

    /// Returns where it answers.
    pub(crate) fn address(&self) -> SocketAddr {
        self.host.parse().expect("an address")
    }

    /// Returns `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Returns `127.0.0.1:PORT/NAME`, as users write a repository.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }

    /// Returns the certificate to trust, in PEM, of a registry with HTTPS.
    pub(crate) fn certificate_pem(&self) -> Option<&str> {
        self.authority.as_ref().map(Authority::certificate_pem)
    }

    /// Orders a fault.
    pub(crate) fn misbehave(&self, fault: Fault) {
        self.faults.order(fault);
    }

    /// Lets answers come in waves of these sizes, each when so many requests wait; then at once again.
    pub(crate) fn answer_in_waves(&self, sizes: &[usize]) {
        self.faults.waves.order(sizes);
    }

    /// Lets every answer come so much later.
    pub(crate) fn answer_after(&self, pause: std::time::Duration) {
        self.faults.waves.pause(pause);
    }

    /// Returns what it was asked.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Returns what the second server was asked, of a registry with `redirect_blobs()`.
    pub(crate) fn storage_requests(&self) -> Vec<Recorded> {
        let storage = self
            .storage
            .as_ref()
            .expect("a registry with redirect_blobs()");
        storage.journal.requests()
    }

    /// Returns the manifest that a tag or digest names.
    pub(crate) fn manifest(&self, repository: &str, reference: &str) -> Option<Manifest> {
        let store = self.store();
        store
            .repositories
            .get(repository)?
            .manifest(reference)
            .cloned()
    }

    /// Returns the tags of a repository, sorted.
    pub(crate) fn tags(&self, repository: &str) -> Vec<String> {
        let store = self.store();
        let tags = store
            .repositories
            .get(repository)
            .map(|held| held.tags.keys());
        tags.into_iter().flatten().cloned().collect()
    }

    /// Returns a blob.
    pub(crate) fn blob(&self, repository: &str, digest: &str) -> Option<Content> {
        let store = self.store();
        store
            .repositories
            .get(repository)?
            .blobs
            .get(digest)
            .cloned()
    }

    /// Puts a blob into a repository, past all checks, and returns its digest.
    pub(crate) fn put_blob(&self, repository: &str, bytes: impl Into<Vec<u8>>) -> String {
        let bytes = bytes.into();
        let digest = digest_of(&bytes);
        let content = Content::Kept(bytes.into());
        let mut store = self.store();
        store
            .repository(repository)
            .blobs
            .insert(digest.clone(), content);
        digest
    }

    /// Puts a manifest into a repository under a tag, past all checks, and returns its digest.
    pub(crate) fn put_manifest(
        &self,
        repository: &str,
        tag: &str,
        media_type: &str,
        json: &serde_json::Value,
    ) -> String {
        let manifest = Manifest {
            media_type: media_type.to_owned(),
            bytes: json.to_string().into(),
        };
        let digest = manifest.digest();
        let mut store = self.store();
        let held = store.repository(repository);
        held.tags.insert(tag.to_owned(), digest.clone());
        held.manifests.insert(digest.clone(), manifest);
        digest
    }

    /// Takes a tag away; what it named stays.
    pub(crate) fn remove_tag(&self, repository: &str, tag: &str) {
        self.store().repository(repository).tags.remove(tag);
    }

    /// Takes a manifest away, and the tags that name it.
    pub(crate) fn remove_manifest(&self, repository: &str, digest: &str) {
        let mut store = self.store();
        let held = store.repository(repository);
        held.manifests.remove(digest);
        held.tags.retain(|_, tagged| tagged != digest);
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
