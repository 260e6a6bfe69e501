//! The Go that tests build tools with: the machine's own, or the one that coracle fetches.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::environment::TestEnvironment;
use super::{folders, programs};

/// The settings of the go command that tests take over from the user: how modules are reached from here.
const MODULE_SETTINGS: [&str; 8] = [
    "GOPROXY",
    "GOSUMDB",
    "GONOSUMDB",
    "GONOPROXY",
    "GOPRIVATE",
    "GOAUTH",
    "GOINSECURE",
    "GOVCS",
];

/// The module that releases of Go are published as.
pub(crate) const TOOLCHAIN_MODULE: &str = "golang.org/toolchain";

/// Returns the go program: the machine's, where it is new enough, else a fetched one.
pub(crate) fn program() -> PathBuf {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM
        .get_or_init(|| match programs::try_find("go") {
            Some(go) if release(&go) >= wanted() => go,
            _ => fetched(),
        })
        .clone()
}

/// Returns the root of the Go that the go program belongs to.
pub(crate) fn root() -> PathBuf {
    let program = program().canonicalize().expect("the go program");
    let root = program.ancestors().nth(2).expect("a root above bin/go");
    root.to_owned()
}

/// Returns the release that the project is tested with, from its `.go-version`.
pub(crate) fn wanted_version() -> String {
    let file = folders::project().join(".go-version");
    let version = std::fs::read_to_string(file).expect("the project's .go-version");
    version.trim().to_owned()
}

/// Returns the user's module settings, set in the environment or by `go env -w`, and how to leave this network.
pub(crate) fn module_settings() -> Vec<(String, String)> {
    let network = [
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    ];
    let lower = network.map(str::to_lowercase);
    let network = network.into_iter().chain(lower.iter().map(String::as_str));
    let from_environment = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
    network
        .chain(MODULE_SETTINGS)
        .filter_map(from_environment)
        .chain(written_settings())
        .collect()
}

/// Returns the URL of the module proxy that the user's settings name first.
pub(crate) fn module_proxy() -> String {
    let settings = module_settings();
    let list = settings.iter().rfind(|(name, _)| name == "GOPROXY");
    let first = list.and_then(|(_, list)| list.split([',', '|']).next());
    match first {
        Some(url) if url.starts_with("http") => url.trim_end_matches('/').to_owned(),
        // Go's own, at the domain of its toolchain module.
        _ => format!(
            "https://proxy.{}",
            TOOLCHAIN_MODULE.split_once('/').expect("a path").0
        ),
    }
}

/// Returns what `go env -w` has written, read by the go command itself where there is one.
fn written_settings() -> Vec<(String, String)> {
    let Some(go) = programs::try_find("go") else {
        return Vec::new();
    };
    let output = Command::new(go).args(["env", "-changed", "-json"]).output();
    let output = output.expect("go env");
    let settings: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&output.stdout).unwrap_or_default();
    let text = |name: &&str| {
        Some((
            (*name).to_owned(),
            settings.get(*name)?.as_str()?.to_owned(),
        ))
    };
    MODULE_SETTINGS.iter().filter_map(text).collect()
}

/// Lets coracle build a program where there is no Go, and returns the Go that it fetched for that.
fn fetched() -> PathBuf {
    let environment = TestEnvironment::without_go().with_shared_toolchains();
    environment.write(
        "go.mod",
        format!("module tiny\n\ngo {}\n", wanted_version()),
    );
    environment.write("main.go", "package main\n\nfunc main() {}\n");
    environment.run(["build"]).success();
    find_go(&folders::shared_toolchains())
        .expect("a go program in coracle's cache after a build without Go")
}

fn find_go(folder: &Path) -> Option<PathBuf> {
    let go = folder.join("bin/go");
    if go.is_file() && folder.join("pkg/tool").is_dir() {
        return Some(go);
    }
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders
        .map(|entry| entry.path())
        .find_map(|path| find_go(&path))
}

/// Returns the numbers of the release that a go program says it is.
fn release(go: &Path) -> Vec<u32> {
    let output = Command::new(go).args(["env", "GOVERSION"]).output();
    let version = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    numbers(version.unwrap_or_default().trim().trim_start_matches("go"))
}

fn wanted() -> Vec<u32> {
    numbers(&wanted_version())
}

fn numbers(version: &str) -> Vec<u32> {
    version
        .split('.')
        .map_while(|number| number.parse().ok())
        .collect()
}
