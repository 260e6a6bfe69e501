//! What a go command is given of the machine, and nothing else.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::Path;

use super::GoFolders;
use crate::model::Environment;
use crate::toolchain::ModuleSettings;

/// The machine around a go command.
#[derive(Debug, Clone, Copy)]
pub struct Surroundings<'a> {
    /// The environment that coracle was started in.
    pub environment: &'a Environment,
    /// Go's own folders.
    pub folders: &'a GoFolders,
    /// How modules are reached.
    pub modules: &'a ModuleSettings,
    /// The root of the source tree.
    pub source_root: &'a Path,
    /// A folder for what the command leaves behind when it is stopped.
    pub scratch: &'a Path,
    /// How much may be compiled at once.
    pub jobs: NonZeroUsize,
}

/// Who the user is, how hosts are reached and trusted, and what git needs to fetch private modules:
/// ways out of the machine, none of which changes a byte of the output.
const KEPT: [&str; 46] = [
    // git and ssh are found, and find their settings and keys.
    "HOME",
    "LOGNAME",
    "PATH",
    "USER",
    "XDG_CONFIG_HOME",
    "XDG_RUNTIME_DIR",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AGENT_PID",
    "SSH_ASKPASS",
    "SSH_AUTH_SOCK",
    // git, but not what names a repository: coracle may run in a hook of one.
    "GIT_ALLOW_PROTOCOL",
    "GIT_ASKPASS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_HTTP_LOW_SPEED_LIMIT",
    "GIT_HTTP_LOW_SPEED_TIME",
    "GIT_HTTP_USER_AGENT",
    "GIT_PROXY_COMMAND",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_SSL_NO_VERIFY",
    "GIT_TERMINAL_PROMPT",
    // Where passwords are, as curl and the go command read them.
    "NETRC",
    // Certificates and proxies, in both spellings.
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "TMPDIR",
    // How much memory the compiler and the linker take.
    "GOGC",
    "GOMEMLIMIT",
];

/// How seldom the compiler and the linker collect garbage, where the user does not say: the linker of
/// a program of 58 MB works 15 % less, and takes 10 % more memory.
const SELDOM: &str = "400";

/// Numbered pairs that git reads as settings, as CI systems hand credentials on.
const KEPT_PREFIXES: [&str; 2] = ["GIT_CONFIG_KEY_", "GIT_CONFIG_VALUE_"];

impl Surroundings<'_> {
    /// Returns the variables that do not depend on what is compiled: what is kept of the user's,
    /// Go's folders, and how modules are reached.
    pub(super) fn variables(&self) -> BTreeMap<OsString, OsString> {
        let kept = self.environment.iter().filter(|(name, _)| {
            name.to_str().is_some_and(|name| {
                KEPT.contains(&name) || KEPT_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            })
        });
        let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let folders = [
            ("GOCACHE", &self.folders.build_cache),
            ("GOMODCACHE", &self.folders.module_cache),
            ("GOPATH", &self.folders.path),
        ];
        let folders = folders.map(|(name, path)| (name.into(), path.clone().into_os_string()));
        let modules = self.modules.to_variables().into_iter();
        let modules = modules.map(|(name, value)| (name.into(), value.expose().into()));
        [("GOGC".into(), SELDOM.into())]
            .into_iter()
            .chain(kept)
            .chain(folders)
            .chain(modules)
            .chain([("GOTMPDIR".into(), self.scratch.into())])
            .collect()
    }
}
