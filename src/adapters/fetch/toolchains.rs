//! The `ToolchainSource` port.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::checksum_client::ChecksumClient;
use super::fetch_error::FetchError;
use super::logins::{Logins, TIME_LIMIT};
use super::machine_go;
use super::module_servers::{ModuleServers, Receiver};
use super::shelf::{Shelf, ShelfHold, ShelfLock};
use super::unpack::unpack;
use crate::adapters::http::{Client, Conduct, RetryPolicy};
use crate::config::AddressTrust;
use crate::model::{
    BuildError, Cancellation, Environment, Event, GoVersion, Phase, Platform, Work,
};
use crate::ports::{EventSink, HeadShelf, Progress, ToolchainSource};
use crate::toolchain::{H1, MAX_ZIP_BYTES, ModuleSettings, Refusal, Toolchain, ToolchainModule};

/// What is needed to have Go.
#[derive(Debug, Clone)]
pub struct ToolchainSettings {
    /// The environment that coracle was started in.
    pub environment: Environment,
    /// What this machine runs.
    pub platform: Platform,
    /// How modules are reached and verified.
    pub modules: ModuleSettings,
    /// Coracle's cache folder.
    pub cache: PathBuf,
    /// Where what is fetched goes: the cache folder, where that takes anything.
    pub workplace: PathBuf,
    /// How often a request is tried again.
    pub retry: RetryPolicy,
    /// The release in the bundle that this run takes all from: it stands in for the machine's own Go.
    pub bundled: Option<GoVersion>,
}

/// Has Go.
pub struct Toolchains<'a> {
    pub(super) settings: ToolchainSettings,
    servers: ModuleServers<'a>,
    heads: &'a dyn HeadShelf,
    events: &'a dyn EventSink,
    pub(super) cancellation: Cancellation,
    machine: OnceLock<Option<Toolchain>>,
    /// Keeps others from removing what this run uses.
    holds: Mutex<Vec<ShelfHold>>,
    has_fetched: AtomicBool,
}

impl<'a> Toolchains<'a> {
    /// Makes a source that asks servers through `client`; what checksum databases sign is kept in
    /// `heads`.
    pub fn new(
        settings: ToolchainSettings,
        client: &'a Client,
        heads: &'a dyn HeadShelf,
        events: &'a dyn EventSink,
        cancellation: Cancellation,
    ) -> Self {
        let conduct = Conduct {
            retry: settings.retry,
            trust: AddressTrust::default(),
        };
        let logins = Logins::new(
            &settings.environment,
            &settings.modules,
            TIME_LIMIT,
            cancellation.clone(),
        );
        Self {
            servers: ModuleServers::new(client, conduct, logins),
            settings,
            heads,
            events,
            cancellation,
            machine: OnceLock::new(),
            holds: Mutex::default(),
            has_fetched: AtomicBool::new(false),
        }
    }

    /// Tells whether this run has added a release to the cache folder.
    pub fn has_fetched(&self) -> bool {
        self.has_fetched.load(Ordering::Relaxed)
    }

    fn machine(&self) -> Option<&Toolchain> {
        self.machine
            .get_or_init(|| machine_go::find(&self.settings.environment, &self.cancellation))
            .as_ref()
    }

    fn find_or_fetch(&self, version: &GoVersion) -> Result<Toolchain, FetchError> {
        let ToolchainSettings {
            platform,
            cache,
            workplace,
            ..
        } = &self.settings;
        let mut shelf = Shelf::new(cache, version, platform);
        if let Some(toolchain) = self.held(&shelf, Shelf::find) {
            return Ok(toolchain);
        }
        if workplace != cache {
            if let Some(toolchain) = self.held(&shelf, Shelf::find_touched) {
                return Ok(toolchain);
            }
            shelf = Shelf::new(workplace, version, platform);
        }
        let lock = shelf.lock(&self.cancellation, || {
            self.note(format!(
                "waiting for another coracle that fetches go {version}"
            ));
        })?;
        let known = self.held(&shelf, |shelf| {
            shelf.find().or_else(|| shelf.find_touched())
        });
        if let Some(toolchain) = known {
            return Ok(toolchain);
        }
        let toolchain = self.fetch(&shelf, &lock)?;
        self.has_fetched.store(true, Ordering::Relaxed);
        self.keep(shelf.hold());
        Ok(toolchain)
    }

    /// Returns what `find` finds, and sees to it that it stays there to the end of the run.
    fn held(
        &self,
        shelf: &Shelf,
        find: impl FnOnce(&Shelf) -> Option<Toolchain>,
    ) -> Option<Toolchain> {
        let hold = shelf.hold()?;
        let toolchain = find(shelf)?;
        shelf.note_use();
        self.keep(Some(hold));
        Some(toolchain)
    }

    fn keep(&self, hold: Option<ShelfHold>) {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds.extend(hold);
    }

    /// Fetches a release. The zip comes first: whether the release exists is then known from who should
    /// have it, also where the database cannot be asked.
    fn fetch(&self, shelf: &Shelf, lock: &ShelfLock) -> Result<Toolchain, FetchError> {
        let database = self.database()?;
        let zip = self.download(shelf, lock)?;
        let expected = database.h1(shelf.module())?;
        match self.fill(shelf, lock, &zip.file, expected) {
            // Its beginning came from a run before, or from a proxy that has changed its mind.
            Err(error) if zip.is_resumed && error.is_about_content() => {
                let zip = self.download(shelf, lock)?;
                self.fill(shelf, lock, &zip.file, expected)
            }
            filled => filled,
        }
    }

    /// Returns the database that GOSUMDB names.
    pub(super) fn database(&self) -> Result<ChecksumClient<'_>, FetchError> {
        ChecksumClient::new(&self.servers, &self.settings.modules, self.heads)
    }

    /// Fills the shelf from the zip, which is removed once it is of no use any more.
    fn fill(
        &self,
        shelf: &Shelf,
        lock: &ShelfLock,
        zip: &File,
        expected: H1,
    ) -> Result<Toolchain, FetchError> {
        let progress = self.start(format!("unpack go {}", shelf.version()), None);
        let filled = shelf.fill(lock, expected, |root| {
            let written = |bytes| progress.advance(bytes);
            unpack(
                zip,
                shelf.module(),
                Some(root),
                &self.cancellation,
                &written,
            )
        });
        let is_used_up = match &filled {
            Ok(_) => true,
            Err(error) => error.is_about_content(),
        };
        if is_used_up {
            shelf.remove_zip(lock)?;
        }
        filled
    }

    /// Downloads the zip, or the rest of it.
    fn download(&self, shelf: &Shelf, lock: &ShelfLock) -> Result<Zip, FetchError> {
        let mut zip = Zip {
            file: shelf.zip_file(lock)?,
            is_resumed: false,
        };
        match self.receive(&mut zip, shelf.version(), shelf.module()) {
            Ok(()) => Ok(zip),
            Err(error) => {
                let is_empty = zip.file.metadata().is_ok_and(|it| it.len() == 0);
                if is_empty || matches!(error, FetchError::TooLong { .. }) {
                    // Why it could not be had matters more.
                    let _ = shelf.remove_zip(lock);
                }
                Err(error)
            }
        }
    }

    /// Asks for what `zip` does not have yet of `module`, the release `version`.
    pub(super) fn receive(
        &self,
        zip: &mut Zip,
        version: &GoVersion,
        module: &ToolchainModule,
    ) -> Result<(), FetchError> {
        let start = |size_bytes| self.start(format!("download go {version}"), size_bytes);
        let mut zip = Incoming {
            zip,
            start: &start,
            progress: None,
        };
        let proxies = self.settings.modules.proxies();
        let path = module.zip_path();
        let mut others_part = false;
        let received = proxies.ask(|proxy| {
            if others_part {
                let emptied = zip.zip.file.set_len(0);
                emptied.map_err(|error| Refusal::Failed(error.into()))?;
            }
            others_part = true;
            self.servers.receive(proxy, &path, MAX_ZIP_BYTES, &mut zip)
        });
        received.map_err(Refusal::into_reason)
    }

    fn start(&self, subject: String, total_bytes: Option<u64>) -> Progress<'a> {
        Progress::start(
            self.events,
            Work::new(Phase::Toolchain, subject),
            total_bytes,
        )
    }

    fn note(&self, message: String) {
        self.events.emit(Event::Noted {
            phase: Phase::Toolchain,
            message,
        });
    }
}

impl ToolchainSource for Toolchains<'_> {
    fn installed(&self) -> Option<GoVersion> {
        if let Some(version) = &self.settings.bundled {
            return Some(version.clone());
        }
        self.machine().map(|toolchain| toolchain.version.clone())
    }

    fn local(&self) -> Result<Toolchain, BuildError> {
        if let Some(version) = &self.settings.bundled {
            return self.fetched(version);
        }
        self.machine().cloned().ok_or_else(|| {
            BuildError::new(Phase::Toolchain, "", "there is no Go on this machine")
                .hint("leave [go] toolchain at \"auto\": coracle fetches Go where there is none")
        })
    }

    fn kept(&self) -> Result<Vec<Toolchain>, BuildError> {
        let kept = Shelf::all(&self.settings.cache, &self.settings.platform);
        let kept = kept.map_err(|error| {
            BuildError::new(Phase::Toolchain, "", "cannot read the cache folder").because(error)
        })?;
        Ok(kept.iter().filter_map(Shelf::noted).collect())
    }

    fn find(&self, version: &GoVersion) -> Option<Toolchain> {
        let ToolchainSettings {
            platform, cache, ..
        } = &self.settings;
        let shelf = Shelf::new(cache, version, platform);
        self.held(&shelf, Shelf::find).or_else(|| {
            // Where nothing is, nobody who fetches it is waited for.
            shelf.noted()?;
            let _lock = shelf.lock(&self.cancellation, || {}).ok()?;
            self.held(&shelf, Shelf::find_touched)
        })
    }

    fn fetched(&self, version: &GoVersion) -> Result<Toolchain, BuildError> {
        self.find_or_fetch(version)
            .map_err(|error| error.into_build_error(version, &self.settings.platform))
    }
}

/// A zip in a file.
pub(super) struct Zip {
    pub(super) file: File,
    /// Whether it was put together of parts.
    pub(super) is_resumed: bool,
}

/// A zip that comes into its file.
struct Incoming<'a, 'b> {
    zip: &'b mut Zip,
    start: &'b dyn Fn(Option<u64>) -> Progress<'a>,
    progress: Option<Progress<'a>>,
}

impl Receiver for Incoming<'_, '_> {
    fn has_bytes(&mut self) -> io::Result<u64> {
        Ok(self.zip.file.metadata()?.len())
    }

    fn begin(&mut self, start_bytes: u64, size_bytes: Option<u64>) -> io::Result<()> {
        self.zip.is_resumed = start_bytes > 0;
        self.zip.file.set_len(start_bytes)?;
        self.zip.file.seek(SeekFrom::Start(start_bytes))?;
        // What broke off ends before the same work begins again.
        self.progress = None;
        let progress = (self.start)(size_bytes);
        progress.advance(start_bytes);
        self.progress = Some(progress);
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.zip.file.write_all(bytes)?;
        if let Some(progress) = &self.progress {
            progress.advance(bytes.len() as u64);
        }
        Ok(())
    }
}
