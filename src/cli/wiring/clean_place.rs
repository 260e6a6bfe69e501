//! A place to build in that knows nothing of what was built before.
#![expect(
    clippy::disallowed_methods,
    reason = "the place is made here, before anything is built in it"
)]

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::adapters::disk::CacheFolder;
use crate::adapters::git::{Checkout, CheckoutError, Origin};
use crate::adapters::held_folder::HeldFolder;
use crate::attest::ProvenanceSource;
use crate::cli::session::Session;
use crate::model::{BuildError, CommitId, Environment, ExitCode, GitUrl, Host, Phase};
use crate::ports::EventSink;

/// Variables that say what is built, or with what that is kept from before. The rest stays: how the
/// network, proxies, registries and the checksum database are reached is the machine's to say.
const FORGOTTEN: [&str; 5] = [
    "GOCACHE",
    "GOFLAGS",
    "GOMODCACHE",
    "GOWORK",
    "SOURCE_DATE_EPOCH",
];
const OURS: &str = "CORACLE_";

/// Folders for one build: its source, its caches, and what comes of it. All are gone with this.
pub(in crate::cli) struct CleanPlace {
    folder: HeldFolder,
}

impl CleanPlace {
    /// Makes it, where other builds of this machine work.
    ///
    /// # Errors
    /// When the disk takes none.
    pub(in crate::cli) fn make(
        session: &Session,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let cache = CacheFolder::open(&session.host, events)?;
        let folder = HeldFolder::make(cache.workplace()).map_err(unwritable)?;
        let place = Self { folder };
        fs::create_dir(place.source()).map_err(unwritable)?;
        Ok(place)
    }

    /// Returns where the source is.
    pub(in crate::cli) fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    /// Returns where what is built goes, an OCI layout.
    pub(in crate::cli) fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    /// Writes the configuration, outside of the source.
    ///
    /// # Errors
    /// When the disk takes it not.
    pub(in crate::cli) fn write_config(&self, text: &str) -> Result<PathBuf, BuildError> {
        let path = self.folder.path().join("coracle.toml");
        fs::write(&path, text).map_err(unwritable)?;
        Ok(path)
    }

    /// Puts the commit that `source` names there: from the repository that `folder` lies in, where
    /// that has it, else from where everybody can have it.
    ///
    /// # Errors
    /// When nobody can be asked, or has it.
    pub(in crate::cli) fn check_out(
        &self,
        session: &Session,
        source: &ProvenanceSource,
        commit: &CommitId,
        folder: &Path,
    ) -> Result<(), BuildError> {
        let checkout = Checkout::new(&session.host.environment, &session.cancellation);
        let known_as: Option<GitUrl> = source
            .repository
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error| unreachable(commit, error))?;
        let origin = match checkout.repository_of(folder, commit) {
            Some(repository) => Origin::Folder(repository),
            None => Origin::Url(known_as.clone().ok_or_else(|| {
                unreachable(
                    commit,
                    "its provenance does not say where others can have it",
                )
            })?),
        };
        let taken = checkout.take(&origin, commit, &self.source());
        let taken = taken.and_then(|()| {
            checkout.name(known_as.as_ref(), source.branch.as_deref(), &self.source())
        });
        taken.map_err(|error: CheckoutError| unreachable(commit, error))
    }

    /// Returns the machine as a build in this place sees it.
    pub(in crate::cli) fn host(&self, host: &Host, more: &[(&str, String)]) -> Host {
        let folder = |name: &str| self.folder.path().join(name).into_os_string();
        let kept = host.environment.iter().filter(|(name, _)| {
            let name = name.to_string_lossy();
            !name.starts_with(OURS) && !FORGOTTEN.contains(&&*name)
        });
        let kept = kept.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let own = ["CORACLE_CACHE", "GOCACHE", "GOMODCACHE"];
        let own = own.map(|name| (OsString::from(name), folder(name)));
        let more = more.iter().map(|(name, value)| (name.into(), value.into()));
        Host {
            environment: Environment::new(kept.chain(own).chain(more)),
            cwd: self.source(),
            ..host.clone()
        }
    }
}

fn unwritable(error: io::Error) -> BuildError {
    BuildError::new(Phase::Verify, "", "there is no place to build it again")
        .because(error)
        .exit(ExitCode::CannotWrite)
}

fn unreachable(
    commit: &CommitId,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> BuildError {
    BuildError::new(
        Phase::Verify,
        "",
        format!("its source, commit {commit}, cannot be had"),
    )
    .because(error)
    .hint("name a repository that has it: --source DIR")
}
