//! What came of fetching modules.

use std::collections::BTreeMap;
use std::fmt;

/// The modules that a run has fetched, and those that it could not, for the report and whoever keeps
/// a history of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModuleDownloads {
    /// What was fetched.
    pub downloaded: Vec<DownloadedModule>,
    /// What was not. Where a proxy has nothing and the next one has, there is no failure.
    pub failures: Vec<DownloadFailure>,
}

/// A module that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DownloadedModule {
    /// `PATH@VERSION`.
    pub module: String,
    /// The size of its zip.
    pub size_bytes: u64,
}

/// A module that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DownloadFailure {
    /// `PATH@VERSION`.
    pub module: String,
    /// The host that was asked last, where that is known.
    pub host: Option<String>,
    /// Why it was in vain.
    pub cause: DownloadCause,
}

/// Why a host gave no module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DownloadCause {
    /// It has none: 404.
    NotFound,
    /// It will never have it: 410.
    Gone,
    /// Who asks may not have it: 401, 403, or what git says.
    Denied,
    /// It answered with another status of HTTP.
    Status(u16),
    /// It did not answer in time.
    Timeout,
    /// Nobody listens there.
    Refused,
    /// No such host is known.
    UnknownHost,
    /// It cannot prove who it is.
    Tls,
    /// It broke off.
    BrokenOff,
    /// What it gave is not what go.sum or the checksum database says.
    ChecksumMismatch,
    /// It was not to be asked.
    Forbidden,
    /// The go command says something else.
    Other,
}

impl DownloadCause {
    /// Returns the word that reports use: `404`, `refused`.
    pub fn word(self) -> String {
        let word = match self {
            Self::NotFound => "404",
            Self::Gone => "410",
            Self::Denied => "denied",
            Self::Status(status) => return status.to_string(),
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::UnknownHost => "unknown host",
            Self::Tls => "tls",
            Self::BrokenOff => "broken off",
            Self::ChecksumMismatch => "checksum mismatch",
            Self::Forbidden => "not asked",
            Self::Other => "other",
        };
        word.to_owned()
    }
}

impl fmt::Display for DownloadCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.word())
    }
}

impl ModuleDownloads {
    /// Adds what came of another batch. Of a module that failed more than once, the last counts.
    pub fn add(&mut self, other: Self) {
        self.downloaded.extend(other.downloaded);
        self.downloaded.sort();
        self.downloaded
            .dedup_by(|one, two| one.module == two.module);
        for failure in other.failures {
            self.failures.retain(|known| known.module != failure.module);
            self.failures.push(failure);
        }
        self.failures.sort();
    }

    /// Counts failures by host and cause; the host is empty where none is known.
    pub fn failures_by_host(&self) -> BTreeMap<(&str, DownloadCause), usize> {
        let mut counts = BTreeMap::new();
        for failure in &self.failures {
            let host = failure.host.as_deref().unwrap_or_default();
            *counts.entry((host, failure.cause)).or_default() += 1;
        }
        counts
    }
}

/// What was decided of a build's modules: `12 modules downloaded`.
impl fmt::Display for ModuleDownloads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.downloaded.len() {
            0 => f.write_str("all modules are there"),
            1 => f.write_str("1 module downloaded"),
            many => write!(f, "{many} modules downloaded"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_once_a_module_by_host_and_cause() {
        let failure = |module: &str, cause| DownloadFailure {
            module: module.to_owned(),
            host: Some("proxy.example.com".to_owned()),
            cause,
        };
        let of = |failures| ModuleDownloads {
            failures,
            ..ModuleDownloads::default()
        };
        let mut all = of(vec![failure("a@v1", DownloadCause::Timeout)]);
        all.add(of(vec![
            failure("a@v1", DownloadCause::NotFound),
            failure("b@v1", DownloadCause::NotFound),
        ]));
        let counts: Vec<_> = all.failures_by_host().into_iter().collect();
        assert_eq!(
            counts,
            [(("proxy.example.com", DownloadCause::NotFound), 2)]
        );
    }
}
