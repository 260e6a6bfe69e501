//! A team behind a firewall: a git server and a module proxy that want to know who asks, and the way to them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tempfile::TempDir;

use super::checksums::{self, ChecksumDatabase, Tree};
use super::git::GitRepository;
use super::http::fault::{Fault, Faults};
use super::http::misbehave::Misbehaving;
use super::http::proxy::Proxy;
use super::http::server::{Bound, Server};
use super::http::tls::Authority;
use super::http::{Handler, Journal};
use super::module_proxy::ModuleProxy;
use super::{TestEnvironment, programs};

/// Where the team develops.
pub(crate) const GIT_HOST: &str = "git.corp.internal";
/// Where the team's machines have modules from.
pub(crate) const PROXY_HOST: &str = "goproxy.corp.internal";
/// Where everybody has public modules from.
pub(crate) const PUBLIC_PROXY_HOST: &str = "goproxy.example.org";
/// The module that only the git server has.
pub(crate) const PRIVATE: &str = "git.corp.internal/team/dep";
/// The module that only the proxy has.
pub(crate) const PUBLIC: &str = "example.com/public";
/// Who may see all of it.
pub(crate) const LOGIN: (&str, &str) = ("me", "glpat-hunter2");

const DATABASE: &str = "sum.example.com";

/// The servers of a team; they are gone when dropped.
pub(crate) struct Team {
    authority: Authority,
    tunnel: Proxy,
    folder: TempDir,
    files: Files,
    journal: Journal,
    faults: Arc<Faults>,
    database: ChecksumDatabase,
    go_sum: String,
    _server: Server,
}

/// What the proxy has, by path.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

impl Team {
    /// Starts a git server with a private module, and a proxy with a public one. Both are reached by https, through
    /// a tunnel that leads to whatever host of theirs is asked for.
    pub(crate) fn start() -> Self {
        let (bound, authority) = (Bound::new(), Authority::new());
        let tunnel = Proxy::to(bound.address());
        let folder = TempDir::new().expect("a folder for repositories");
        let private = files_of(PRIVATE);
        make_repository(&folder.path().join("team/dep.git"), &private);
        let public = files_of(PUBLIC);
        let files = Files::default();
        let (journal, faults) = (Journal::default(), Arc::new(Faults::default()));
        let hosts = Hosts {
            repositories: folder.path().to_owned(),
            files: Arc::clone(&files),
        };
        let handler = Misbehaving::new(hosts, journal.clone(), Arc::clone(&faults));
        let team = Self {
            _server: bound.serve(Some(authority.server_config(&["http/1.1"])), handler),
            authority,
            tunnel,
            folder,
            files,
            journal,
            faults,
            database: ChecksumDatabase::new(DATABASE),
            go_sum: format!("{}{}", go_sum(PRIVATE, &private), go_sum(PUBLIC, &public)),
        };
        team.publish(PUBLIC);
        team.put(&format!("/sumdb/{DATABASE}/supported"), b"");
        let latest = team.database.latest(&Tree::of(3));
        team.put(&format!("/sumdb/{DATABASE}/latest"), latest.as_bytes());
        team
    }

    /// Lets the proxy have a module too.
    pub(crate) fn publish(&self, module: &str) {
        let files = files_of(module);
        let named = zip_names(module, &files);
        let named: Vec<(&str, &[u8])> = named
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_bytes()))
            .collect();
        let at = |suffix: &str| format!("/{module}/@v/v1.0.0.{suffix}");
        self.put(&at("info"), b"{\"Version\": \"v1.0.0\"}");
        self.put(&at("mod"), files[0].1.as_bytes());
        self.put(&at("zip"), &checksums::zip_of(&named));
    }

    /// Lets the proxy have all that another has.
    pub(crate) fn take_over(&self, other: &ModuleProxy) {
        for (path, content) in other.files() {
            self.put(&path, &content);
        }
    }

    /// Lets the next requests go wrong.
    pub(crate) fn misbehave(&self, fault: Fault) {
        self.faults.order(fault);
    }

    fn put(&self, path: &str, content: &[u8]) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), content.to_owned());
    }

    /// Returns what to write into GOPROXY, with user and password.
    pub(crate) fn proxy_url() -> String {
        let (user, password) = LOGIN;
        format!("https://{user}:{password}@{PROXY_HOST}")
    }

    /// Returns what all servers were asked.
    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Returns the folder that repositories are below.
    pub(crate) fn repositories(&self) -> &Path {
        self.folder.path()
    }

    /// Returns a project that needs both modules, on a machine that has neither, reaches the team's servers and
    /// asks their proxy. Who the user is there is not said yet, and no module is named as private.
    pub(crate) fn environment(&self) -> TestEnvironment {
        let mut environment = TestEnvironment::new().with_hello();
        let root = environment.root().to_owned();
        environment.set("GOMODCACHE", root.join("go-mod"));
        environment.set("GOPROXY", Self::proxy_url());
        environment.set("GOSUMDB", self.database.verifier());
        self.lead_there(&mut environment);
        environment.write("go.sum", &self.go_sum);
        let requires = format!("require (\n\t{PRIVATE} v1.0.0\n\t{PUBLIC} v1.0.0\n)\n");
        environment.write(
            "go.mod",
            format!("module example.com/hello\n\ngo 1.26\n\n{requires}"),
        );
        let imports = format!("import (\n\t_ \"{PUBLIC}\"\n\t_ \"{PRIVATE}\"\n)\n");
        environment.write(
            "main.go",
            format!("package main\n\n{imports}\nfunc main() {{}}\n"),
        );
        environment
    }

    fn lead_there(&self, environment: &mut TestEnvironment) {
        let certificate = environment.root().join("authority.pem");
        let pem = self.authority.certificate_pem();
        std::fs::write(&certificate, pem).expect("a certificate");
        for name in ["HTTP_PROXY", "http_proxy", "https_proxy", "SSL_CERT_DIR"] {
            environment.unset(name);
        }
        environment.set("HTTPS_PROXY", self.tunnel.url());
        environment.set("NO_PROXY", "127.0.0.1");
        environment.set("SSL_CERT_FILE", &certificate);
        environment.set("GIT_SSL_CAINFO", &certificate);
    }
}

/// Lets the user of `environment` be `login` at `host`, by a netrc file of theirs.
pub(crate) fn log_in(environment: &TestEnvironment, host: &str, login: (&str, &str)) {
    let (user, password) = login;
    let line = format!("machine {host} login {user} password {password}\n");
    std::fs::write(environment.home().join(".netrc"), line).expect("a netrc file");
}

/// The files of a module of one package.
pub(crate) fn files_of(module: &str) -> [(&'static str, String); 2] {
    [
        ("go.mod", format!("module {module}\n\ngo 1.26\n")),
        ("source.go", "package source\n".to_owned()),
    ]
}

fn zip_names<'a>(
    module: &str,
    files: &'a [(&'static str, String); 2],
) -> Vec<(String, &'a String)> {
    let named = files.iter();
    named
        .map(|(name, content)| (format!("{module}@v1.0.0/{name}"), content))
        .collect()
}

/// Returns what go.sum says of a module.
pub(crate) fn go_sum(module: &str, files: &[(&'static str, String); 2]) -> String {
    let named = zip_names(module, files);
    let named: Vec<(&str, &[u8])> = named
        .iter()
        .map(|(name, content)| (name.as_str(), content.as_bytes()))
        .collect();
    let zip = checksums::h1(&named);
    let go_mod = checksums::h1(&[("go.mod", files[0].1.as_bytes())]);
    format!("{module} v1.0.0 {zip}\n{module} v1.0.0/go.mod {go_mod}\n")
}

/// Makes a bare repository of files, with the tag v1.0.0.
pub(crate) fn make_repository(bare: &Path, files: &[(&'static str, String)]) {
    let folder = TempDir::new().expect("a folder for a repository");
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).expect("a file of a module");
    }
    let repository = GitRepository::create(folder.path());
    repository.tag("v1.0.0");
    let to = bare.to_str().expect("a path");
    repository.git(["clone", "--quiet", "--bare", ".", to]);
}

/// All hosts of the team.
struct Hosts {
    repositories: PathBuf,
    files: Files,
}

impl Handler for Hosts {
    async fn answer(&self, request: Request) -> Response {
        let host = request.headers().get(HOST).and_then(|it| it.to_str().ok());
        let host = host.unwrap_or_default().trim_end_matches(":443").to_owned();
        let query = request.uri().query().unwrap_or_default();
        if host == GIT_HOST && query == "go-get=1" {
            return go_get(request.uri().path());
        }
        if host == PUBLIC_PROXY_HOST {
            return self.module(request.uri().path());
        }
        if !is_known(request.headers()) {
            let challenge = [(WWW_AUTHENTICATE, "Basic realm=\"team\"")];
            return (StatusCode::UNAUTHORIZED, challenge, "who are you").into_response();
        }
        match host.as_str() {
            GIT_HOST => self.git(request).await,
            PROXY_HOST => self.module(request.uri().path()),
            _ => (StatusCode::NOT_FOUND, "no such host").into_response(),
        }
    }
}

/// As forges do: for whoever asks, and for any path.
fn go_get(path: &str) -> Response {
    let module = format!("{GIT_HOST}{path}");
    let content = format!("{module} git https://{module}.git");
    let page = format!("<html><head><meta name=\"go-import\" content=\"{content}\"></head></html>");
    ([(CONTENT_TYPE, "text/html")], page).into_response()
}

fn is_known(headers: &HeaderMap) -> bool {
    let expected = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", LOGIN.0, LOGIN.1))
    );
    let is = |name: &str, expected: &str| {
        let given = headers.get(name);
        given.is_some_and(|given| given.as_bytes() == expected.as_bytes())
    };
    // Some forges take a header of their own.
    is(AUTHORIZATION.as_str(), &expected) || is("private-token", LOGIN.1)
}

impl Hosts {
    fn module(&self, path: &str) -> Response {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match files.get(path) {
            Some(content) => content.clone().into_response(),
            None => (StatusCode::NOT_FOUND, "not found: no such module").into_response(),
        }
    }

    /// Answers as `git http-backend` does: RFC 3875.
    async fn git(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let text = |name: &str| {
            let value = head.headers.get(name).and_then(|it| it.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let mut backend = Command::new(programs::find("git"));
        backend
            .arg("http-backend")
            .env_clear()
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("GIT_PROJECT_ROOT", &self.repositories)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("REQUEST_METHOD", head.method.as_str())
            .env("PATH_INFO", head.uri.path())
            .env("QUERY_STRING", head.uri.query().unwrap_or_default())
            .env("CONTENT_TYPE", text("content-type"))
            .env("HTTP_CONTENT_ENCODING", text("content-encoding"))
            .env("GIT_PROTOCOL", text("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let body = to_bytes(body, 16 << 20).await.expect("a request's body");
        let mut child = backend.spawn().expect("git http-backend");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(&body).expect("a body for git");
        drop(stdin);
        let output = child.wait_with_output().expect("an answer of git");
        of_cgi(&output.stdout)
    }
}

fn of_cgi(output: &[u8]) -> Response {
    let end = output.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.expect("headers and a body");
    let head = String::from_utf8_lossy(&output[..end]).into_owned();
    let mut response = Response::builder();
    for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
        response = match name {
            "Status" => response.status(value.split(' ').next().expect("a status")),
            _ => response.header(name, value),
        };
    }
    let body = Body::from(output[end + 4..].to_vec());
    response.body(body).expect("a response")
}
