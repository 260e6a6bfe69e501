//! What `go mod download` says of modules, and what the go command's words say of hosts.

use std::path::PathBuf;

use serde::Deserialize;

use super::go_values::go_values;
use crate::model::{DownloadCause, DownloadFailure};

/// What came of fetching one module, in the stream of `go mod download -json`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ModuleDownload {
    /// Its path.
    pub path: String,
    /// Its version.
    pub version: String,
    /// Where its zip is.
    pub zip: Option<PathBuf>,
    /// Why it was not fetched.
    pub error: Option<String>,
}

impl ModuleDownload {
    /// Reads the stream. What follows something that is no such object is left out: the build tells
    /// what it lacks.
    pub fn parse(stream: &[u8]) -> Vec<Self> {
        go_values(stream).map_while(Result::ok).collect()
    }

    /// Returns `PATH@VERSION`.
    pub fn name(&self) -> String {
        format!("{}@{}", self.path, self.version)
    }

    /// Returns the failure, where it is one.
    pub fn failure(&self) -> Option<DownloadFailure> {
        let error = self.error.as_deref()?;
        let host = host_in(error).or_else(|| host_of(&self.path));
        Some(DownloadFailure {
            module: self.name(),
            cause: cause_in(error).unwrap_or(DownloadCause::Other),
            host,
        })
    }
}

/// Returns the failure that the words of the go command about a package or a build tell of, where a
/// host is to blame.
pub fn download_failure(text: &str) -> Option<DownloadFailure> {
    let cause = cause_in(text)?;
    let module = text
        .split_whitespace()
        .map(|word| word.trim_end_matches(':'))
        .find(|word| word.contains("@v") && !word.contains("://"));
    let host = host_in(text).or_else(|| host_of(module?));
    Some(DownloadFailure {
        module: module.unwrap_or_default().to_owned(),
        host,
        cause,
    })
}

/// Any of these words tells a cause; the first that fits counts.
const CAUSES: [(&[&str], DownloadCause); 15] = [
    (
        &["checksum mismatch", "SECURITY ERROR"],
        DownloadCause::ChecksumMismatch,
    ),
    (&["disabled by GOPROXY=off"], DownloadCause::Forbidden),
    (
        &[
            "401 Unauthorized",
            "403 Forbidden",
            "terminal prompts disabled",
            "could not read Username",
            "could not read Password",
            "Permission denied (publickey",
            "Host key verification failed",
            "Authentication failed",
        ],
        DownloadCause::Denied,
    ),
    (&["404 Not Found"], DownloadCause::NotFound),
    (&["410 Gone"], DownloadCause::Gone),
    (&["429 Too Many Requests"], DownloadCause::Status(429)),
    (&["500 Internal Server Error"], DownloadCause::Status(500)),
    (&["502 Bad Gateway"], DownloadCause::Status(502)),
    (&["503 Service Unavailable"], DownloadCause::Status(503)),
    (&["504 Gateway Timeout"], DownloadCause::Status(504)),
    (&["connection refused"], DownloadCause::Refused),
    (
        &[
            "no such host",
            "Could not resolve host",
            "server misbehaving",
        ],
        DownloadCause::UnknownHost,
    ),
    (
        &[
            "x509:",
            "TLS handshake",
            "tls:",
            "first record does not look like",
        ],
        DownloadCause::Tls,
    ),
    (
        &["i/o timeout", "Connection timed out", "deadline exceeded"],
        DownloadCause::Timeout,
    ),
    (
        &["unexpected EOF", "connection reset"],
        DownloadCause::BrokenOff,
    ),
];

fn cause_in(text: &str) -> Option<DownloadCause> {
    let says = |(words, _): &&(&[&str], _)| words.iter().any(|word| text.contains(word));
    CAUSES.iter().find(says).map(|(_, cause)| *cause)
}

/// Returns the host of the first address in a text, with its port.
fn host_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("://")?;
    let is_end = |c: char| c.is_whitespace() || "/\"'?#".contains(c);
    let authority = rest.split(is_end).next()?;
    let host = authority.rsplit('@').next()?.trim_end_matches(':');
    (!host.is_empty()).then(|| host.to_owned())
}

/// Modules that come by git are asked of the host that begins their path.
fn host_of(path: &str) -> Option<String> {
    let first = path.split('/').next()?;
    first.contains('.').then(|| first.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_tells_what_was_fetched_and_which_host_failed() {
        let stream = br#"{"Path": "a.example/m", "Version": "v1.0.0", "Zip": "/z", "Sum": "h1:x"}
{
	"Path": "b.example/m", "Version": "v1.0.0",
	"Error": "b.example/m@v1.0.0: reading http://u:p@proxy.example:8080/b.example/m/@v/v1.0.0.info: 404 Not Found"
}
broken"#;
        let [one, two] = ModuleDownload::parse(stream).try_into().unwrap();
        assert_eq!(one.zip, Some("/z".into()));
        assert_eq!(one.failure(), None);
        let failure = two.failure().unwrap();
        assert_eq!(failure.host.as_deref(), Some("proxy.example:8080"));
        assert_eq!(failure.cause, DownloadCause::NotFound);
    }

    #[test]
    fn the_words_of_the_go_command_tell_the_module_the_host_and_the_cause() {
        let cases = [
            (
                "main.go:3:8: m.example/a@v1.0.0: Get \"https://p.example/m.example/a/@v/v1.0.0.zip\": dial tcp 192.0.2.1:443: i/o timeout",
                Some(("m.example/a@v1.0.0", "p.example", DownloadCause::Timeout)),
            ),
            (
                "git.example/a@v1.0.0: invalid version: git ls-remote -q origin: exit status 128:\n\tfatal: could not read Username for 'https://git.example': terminal prompts disabled",
                Some(("git.example/a@v1.0.0", "git.example", DownloadCause::Denied)),
            ),
            (
                "verifying m.example/a@v1.0.0: checksum mismatch",
                Some((
                    "m.example/a@v1.0.0",
                    "m.example",
                    DownloadCause::ChecksumMismatch,
                )),
            ),
            ("main.go:2:1: undefined: x", None),
        ];
        for (text, expected) in cases {
            let failure = download_failure(text);
            let found = failure.as_ref().map(|it| {
                let host = it.host.as_deref().unwrap_or_default();
                (it.module.as_str(), host, it.cause)
            });
            assert_eq!(found, expected, "{text}");
        }
    }
}
