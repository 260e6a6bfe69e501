//! The CNCF distribution registry, the real one, on loopback.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::registry::{FakeRegistry, SERVICE, signed_token};
use super::tools::{self, Tool};

/// Who may use the registry.
pub(crate) enum Access<'a> {
    /// Everybody.
    Open,
    /// The user `gopher` with the password `secret`.
    Htpasswd,
    /// Whoever has a token of this registry's token server, one with `signed_tokens()`.
    TokensOf(&'a FakeRegistry),
}

/// A running registry; it is gone when dropped.
pub(crate) struct Distribution {
    process: Child,
    host: String,
    folder: TempDir,
}

/// `gopher:secret`, by `htpasswd -B`.
const HTPASSWD: &str = "gopher:$2y$05$c4WoMPo3SXsafkva.HHa6u7b1XOWKqA7XZANDrnv4IVny/8ABNR66\n";

impl Distribution {
    /// Starts a registry.
    pub(crate) fn start(access: &Access<'_>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let write = |name: &str, content: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("a file of the registry's");
            path.display().to_string()
        };
        let auth = match access {
            Access::Open => String::new(),
            Access::Htpasswd => {
                let path = write("htpasswd", HTPASSWD.to_owned());
                format!("auth: {{htpasswd: {{realm: tests, path: {path}}}}}\n")
            }
            Access::TokensOf(registry) => {
                let jwks = write("jwks.json", signed_token::key_set().to_string());
                let (host, issuer) = (registry.host(), signed_token::ISSUER);
                // crane refuses a realm that is the address of another port of this machine, but not a name.
                let realm = format!("http://{host}/token").replace("127.0.0.1", "localhost");
                format!(
                    "auth: {{token: {{realm: '{realm}', service: {SERVICE}, issuer: {issuer}, jwks: {jwks}}}}}\n"
                )
            }
        };
        let storage = folder.path().join("storage");
        let settings = format!(
            "version: 0.1\nhttp: {{addr: '127.0.0.1:0'}}\nlog: {{level: info, formatter: json}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n{auth}",
            storage.display()
        );
        let (process, host) = serve(&write("config.yml", settings));
        Self {
            process,
            host,
            folder,
        }
    }

    /// Returns `127.0.0.1:PORT/NAME`.
    pub(crate) fn repository(&self, name: &str) -> String {
        format!("{}/{name}", self.host)
    }

    /// Returns the folder that holds all that was sent to it.
    pub(crate) fn storage(&self) -> PathBuf {
        self.folder.path().join("storage")
    }

    /// Returns `127.0.0.1:PORT`.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }
}

impl Drop for Distribution {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts the program and waits until it says where it listens.
fn serve(settings: &str) -> (Child, String) {
    let mut process = Command::new(tools::get(Tool::Registry))
        .args(["serve", settings])
        .env_clear()
        .env("OTEL_TRACES_EXPORTER", "none")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the registry starts");
    let mut said = String::new();
    let mut lines = BufReader::new(process.stderr.take().expect("a pipe")).lines();
    let host = lines.by_ref().map_while(Result::ok).find_map(|line| {
        said.push_str(&line);
        let (_, after) = line.split_once("listening on ")?;
        Some(after.split(['"', ',']).next()?.to_owned())
    });
    // Whoever writes into a full pipe waits for ever.
    std::thread::spawn(move || lines.for_each(drop));
    (
        process,
        host.unwrap_or_else(|| panic!("the registry does not listen: {said}")),
    )
}
