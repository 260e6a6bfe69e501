//! What is written down of deploys, in the cache folder: `deploys/HEX.json`, and beside it a lock that does not
//! outlive its process.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the lock is a file"
)]

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::CacheFolder;
use super::temp_file;
use crate::deploy::{Holder, Record};
use crate::model::{BuildError, Digest, ExitCode, Phase};
use crate::ports::DeployJournal;

/// Where they are, from the cache folder.
const DEPLOYS: &str = "deploys";
/// A record holds a handful of deploys.
const MAX_BYTES: u64 = 8 << 20;

/// The book of one environment, on this machine.
pub struct DiskDeployJournal {
    cache: CacheFolder,
    environment: String,
    key: Digest,
    lock: Mutex<Option<File>>,
}

impl DiskDeployJournal {
    /// Keeps in `cache` what becomes of `environment` of the project that `project` names.
    pub fn new(cache: CacheFolder, project: &str, environment: &str) -> Self {
        Self {
            cache,
            environment: environment.to_owned(),
            key: Digest::of(format!("{project}\0{environment}").as_bytes()),
            lock: Mutex::default(),
        }
    }

    fn path(&self, ending: &str) -> PathBuf {
        let name = format!("{}.{ending}", self.key.to_hex());
        self.cache.workplace().join(DEPLOYS).join(name)
    }

    fn cannot(&self, what: &str, error: io::Error) -> BuildError {
        BuildError::new(
            Phase::Deploy,
            &self.environment,
            format!("cannot {what} the book of its deploys"),
        )
        .because(error)
        .exit(ExitCode::CannotWrite)
        .hint("name another folder: CORACLE_CACHE=/var/tmp/coracle")
    }

    fn open_lock(&self) -> io::Result<File> {
        temp_file::private_folder(&self.cache.workplace().join(DEPLOYS))?;
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(self.path("lock"))
    }
}

impl DeployJournal for DiskDeployJournal {
    fn hold(&self, holder: &Holder) -> Result<(), BuildError> {
        let mut file = self
            .open_lock()
            .map_err(|error| self.cannot("lock", error))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let other =
                    holder_in(&mut file).map_or_else(|| "another run".to_owned(), |it| it.name);
                return Err(BuildError::new(
                    Phase::Deploy,
                    &self.environment,
                    format!("{other} deploys there at the moment"),
                )
                .hint("wait until it is done, and look: coracle status"));
            }
            // On a file system without locks nobody can be kept out.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let text = serde_json::to_vec(holder).unwrap_or_default();
        file.set_len(0)
            .and_then(|()| file.write_all(&text))
            .map_err(|error| self.cannot("lock", error))?;
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = Some(file);
        Ok(())
    }

    /// The lock is there as long as the process.
    fn renew(&self) -> Result<(), BuildError> {
        Ok(())
    }

    fn release(&self) {
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn holder(&self) -> Result<Option<Holder>, BuildError> {
        let Ok(mut file) = File::open(self.path("lock")) else {
            return Ok(None);
        };
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Ok(holder_in(&mut file)),
            _ => Ok(None),
        }
    }

    fn read(&self) -> Result<Record, BuildError> {
        let Some(text) = CacheFolder::read_at(&self.path("json"), MAX_BYTES) else {
            return Ok(Record::default());
        };
        Record::parse(&text).ok_or_else(|| {
            BuildError::new(
                Phase::Deploy,
                &self.environment,
                "the book of its deploys cannot be read: another version of coracle wrote it, or it is harmed",
            )
            .hint(format!("use that version, or forget what was deployed: rm {}", self.path("json").display()))
        })
    }

    fn write(&self, record: &Record) -> Result<(), BuildError> {
        let text =
            serde_json::to_vec(record).map_err(|error| self.cannot("write", error.into()))?;
        self.cache
            .keep_small(&self.path("json"), &text)
            .map_err(|error| self.cannot("write", error))
    }
}

fn holder_in(file: &mut File) -> Option<Holder> {
    let mut text = Vec::new();
    file.take(1 << 16).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}
