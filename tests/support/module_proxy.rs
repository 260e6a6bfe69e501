//! A Go module proxy that has what a test puts into it, asks the user's own proxy for the rest where it may, records
//! every request and misbehaves on order.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_RANGE, RANGE};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};

use super::http::fault::Faults;
use super::http::misbehave::Misbehaving;
use super::http::server::{Bound, Server};
use super::http::{Fault, Handler, Journal};
use super::{checksums, folders, go};

/// A running proxy; it is gone when dropped.
pub(crate) struct ModuleProxy {
    url: String,
    journal: Journal,
    faults: Arc<Faults>,
    files: Files,
    _server: Server,
}

/// A module that a proxy has.
pub(crate) struct Published {
    /// What go.sum says of it.
    pub(crate) go_sum: String,
    /// The size of its zip.
    pub(crate) zip_bytes: u64,
}

/// What the proxy has itself, by path.
type Files = Arc<Mutex<BTreeMap<String, Bytes>>>;

impl ModuleProxy {
    /// Starts a proxy that knows nothing but what is put into it.
    pub(crate) fn empty() -> Self {
        Self::start(None)
    }

    /// Starts a proxy that asks the user's own for whatever it does not have itself.
    pub(crate) fn passing_through() -> Self {
        Self::start(Some(Upstream::of_the_user()))
    }

    fn start(upstream: Option<Upstream>) -> Self {
        let bound = Bound::new();
        let url = format!("http://{}", bound.address());
        let (journal, faults) = (Journal::default(), Arc::new(Faults::default()));
        let files = Files::default();
        let honest = Modules {
            files: Arc::clone(&files),
            upstream,
        };
        let handler = Misbehaving::new(honest, journal.clone(), Arc::clone(&faults));
        Self {
            url,
            journal,
            faults,
            files,
            _server: bound.serve(None, handler),
        }
    }

    /// Returns what to write into GOPROXY.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns all that was put into it, by path.
    pub(crate) fn files(&self) -> BTreeMap<String, Bytes> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.clone()
    }

    /// Puts a file at a path, such as `/example.com/m/@v/v1.0.0.info`.
    pub(crate) fn put(&self, path: &str, content: impl Into<Vec<u8>>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), content.into().into());
    }

    /// Puts a module of one package there.
    pub(crate) fn publish(&self, module: &str, version: &str, source: &str) -> Published {
        let go_mod = format!("module {module}\n\ngo 1.26\n");
        let files = [("go.mod", go_mod.as_str()), ("source.go", source)];
        self.publish_files(module, version, &files)
    }

    /// Puts a module there, the first of whose files is its go.mod.
    pub(crate) fn publish_files(
        &self,
        module: &str,
        version: &str,
        files: &[(&str, &str)],
    ) -> Published {
        let go_mod = files[0].1.as_bytes();
        let names: Vec<String> = files
            .iter()
            .map(|(name, _)| format!("{module}@{version}/{name}"))
            .collect();
        let files: Vec<(&str, &[u8])> = names
            .iter()
            .zip(files)
            .map(|(name, (_, content))| (name.as_str(), content.as_bytes()))
            .collect();
        let escaped = escaped(module);
        let at = |suffix: &str| format!("/{escaped}/@v/{version}.{suffix}");
        let zip = checksums::zip_of(&files);
        let (zip_sum, zip_bytes) = (checksums::h1(&files), zip.len() as u64);
        let mod_sum = checksums::h1(&[("go.mod", go_mod)]);
        self.put(&at("info"), format!("{{\"Version\": \"{version}\"}}"));
        self.put(&at("mod"), go_mod);
        self.put(&at("zip"), zip);
        Published {
            go_sum: format!("{module} {version} {zip_sum}\n{module} {version}/go.mod {mod_sum}\n"),
            zip_bytes,
        }
    }

    /// Says which versions of a module there are.
    pub(crate) fn list(&self, module: &str, versions: &[&str]) {
        self.put(&format!("/{module}/@v/list"), versions.join("\n"));
    }

    /// Orders a fault.
    pub(crate) fn misbehave(&self, fault: Fault) {
        self.faults.order(fault);
    }

    /// Returns what it was asked.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }
}

/// Returns a module's path as proxies are asked for it.
fn escaped(module: &str) -> String {
    let mut escaped = String::new();
    for c in module.chars() {
        if c.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

struct Modules {
    files: Files,
    upstream: Option<Upstream>,
}

impl Handler for Modules {
    async fn answer(&self, request: Request) -> Response {
        match (self.own(request.uri().path()), &self.upstream) {
            (Some(content), _) => rest_of(content, &request),
            (None, Some(upstream)) => upstream.ask(request).await,
            (None, None) => (StatusCode::NOT_FOUND, "not found: no such module").into_response(),
        }
    }
}

impl Modules {
    fn own(&self, path: &str) -> Option<Bytes> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        // The go command writes the mark of a capital letter so.
        files.get(&path.replace("%21", "!")).cloned()
    }
}

/// Answers with what the request asks for of a file: all of it, or what follows a place in it.
fn rest_of(content: Bytes, request: &Request) -> Response {
    let range = request.headers().get(RANGE).and_then(|it| it.to_str().ok());
    let start = range.and_then(|it| it.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok());
    let (Some(start), size): (Option<usize>, _) = (start, content.len()) else {
        return content.into_response();
    };
    if start >= size {
        let all = [(CONTENT_RANGE, format!("bytes */{size}"))];
        return (StatusCode::RANGE_NOT_SATISFIABLE, all).into_response();
    }
    let part = [(CONTENT_RANGE, format!("bytes {start}-{}/{size}", size - 1))];
    (StatusCode::PARTIAL_CONTENT, part, content.slice(start..)).into_response()
}

/// The user's own proxy.
#[derive(Clone)]
struct Upstream {
    url: String,
    client: reqwest::Client,
}

impl Upstream {
    fn of_the_user() -> Self {
        // Another test of this process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self {
            url: go::module_proxy(),
            client: reqwest::Client::new(),
        }
    }

    /// Answers as the user's proxy does. What it says of one release never changes, so zips are kept between runs.
    async fn ask(&self, request: Request) -> Response {
        let path = request.uri().path();
        let is_zip = Path::new(path)
            .extension()
            .is_some_and(|extension| extension == "zip");
        if request.method() != Method::GET || !is_zip {
            return self.pass_on(request).await;
        }
        let kept = folders::module_zips().join(path.replace('/', "_"));
        if let Ok(content) = std::fs::read(&kept) {
            return content.into_response();
        }
        let upstream = self.clone();
        // By itself: who asks may give up before all is here, and finds it when asking again.
        let fetched = tokio::spawn(async move { upstream.fetch(request, &kept).await });
        fetched.await.expect("a download that ends")
    }

    /// Passes on what is asked for, and keeps the answer.
    async fn fetch(&self, request: Request, kept: &Path) -> Response {
        let answer = self.pass_on(request).await;
        if answer.status() != StatusCode::OK {
            return answer;
        }
        match to_bytes(answer.into_body(), usize::MAX).await {
            Ok(content) => {
                keep(kept, &content);
                content.into_response()
            }
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }

    async fn pass_on(&self, request: Request) -> Response {
        let (head, _) = request.into_parts();
        let mut asked = self
            .client
            .request(head.method, format!("{}{}", self.url, head.uri));
        if let Some(range) = head.headers.get(RANGE) {
            asked = asked.header(RANGE, range);
        }
        match asked.send().await {
            Ok(answer) => Response::from(axum::http::Response::from(answer).map(Body::new)),
            Err(error) => (StatusCode::BAD_GATEWAY, error.to_string()).into_response(),
        }
    }
}

/// Other tests read while this one writes.
fn keep(path: &Path, content: &[u8]) {
    let folder = path.parent().expect("a file has a folder");
    std::fs::create_dir_all(folder).expect("a folder for zips");
    let mut file = tempfile::NamedTempFile::new_in(folder).expect("a file for a zip");
    file.write_all(content).expect("a zip on the disk");
    file.persist(path).expect("a zip in its place");
}
