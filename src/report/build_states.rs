//! The states of a build, and the modules that were fetched for it, as the document tells them.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{BuildError, ForeignText, ModuleDownloads};

/// A state of the build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct State {
    /// `CheckGoVersion`, `DownloadGo`, `DownloadDeps`, `VerifyChecksums`, `Build` or `ProduceArtifact`.
    pub state: String,
    /// Whether it was passed.
    pub result: StateResult,
    /// What decided: `12 modules downloaded`; of a state that failed, its first error.
    pub decided: String,
}

/// What came of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StateResult {
    /// The build went on.
    Passed,
    /// The build, or what failed of it, ended there.
    Failed,
}

/// The modules that were fetched.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Modules {
    /// What was fetched, sorted.
    pub downloaded: Vec<Downloaded>,
    /// How often which host failed, and why.
    pub failures: Vec<HostFailures>,
}

/// A module that was fetched.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Downloaded {
    /// `PATH@VERSION`.
    pub module: String,
    /// The number of bytes of its zip.
    pub size_bytes: u64,
}

/// How often a host failed in one way.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct HostFailures {
    /// The host that was asked last; empty where the go command does not say it.
    pub host: String,
    /// A status of HTTP such as `404`, or `timeout`, `refused`, `unknown host`, `tls`, `denied`, `broken off`,
    /// `checksum mismatch`, `not asked`, `other`.
    pub cause: String,
    /// How many modules it did not give.
    pub count: usize,
}

impl State {
    /// Returns the earliest state that one of `errors` happened in.
    pub fn failed(errors: &[BuildError]) -> Option<Self> {
        let in_states = errors
            .iter()
            .filter_map(|error| Some((error.state()?, error)));
        let (state, error) = in_states.min_by_key(|(state, _)| *state)?;
        Some(Self {
            state: state.to_string(),
            result: StateResult::Failed,
            decided: ForeignText::new(&error.to_string()).to_string(),
        })
    }
}

impl From<&ModuleDownloads> for Modules {
    fn from(downloads: &ModuleDownloads) -> Self {
        let shown = |text: &str| ForeignText::new(text).to_string();
        let downloaded = downloads.downloaded.iter().map(|it| Downloaded {
            module: shown(&it.module),
            size_bytes: it.size_bytes,
        });
        let failures = downloads.failures_by_host();
        let failures = failures
            .into_iter()
            .map(|((host, cause), count)| HostFailures {
                host: shown(host),
                cause: cause.to_string(),
                count,
            });
        Self {
            downloaded: downloaded.collect(),
            failures: failures.collect(),
        }
    }
}
