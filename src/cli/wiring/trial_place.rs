//! Two places to build the same in, that have as little in common as can be.
#![expect(
    clippy::disallowed_methods,
    reason = "the places are made here, before anything is built in them"
)]

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::num::NonZeroUsize;
use std::os::unix::fs::{DirBuilderExt as _, symlink};
use std::path::{Path, PathBuf};

use super::project::{Project, Source};
use crate::adapters::disk::{CacheFolder, TreeCopy, read_go_env};
use crate::adapters::fetch::TOOLCHAINS;
use crate::adapters::held_folder::HeldFolder;
use crate::adapters::host::Umask;
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::model::{BuildError, Environment, ExitCode, Host, Phase, Work};
use crate::ports::{EventSink, Progress};
use crate::report::Circumstance;
use crate::toolchain::GoEnvFile;

/// Somebody else.
const OTHER_USER: &str = "coracle-other";
/// No whole number of hours from anywhere.
const OTHER_ZONE: &str = "Asia/Kathmandu";
/// Where upper and lower case are not what programs expect.
const OTHER_LOCALE: &str = "tr_TR.UTF-8";

/// One of two builds of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Trial {
    /// As it is built every day, but for what is kept from before.
    First,
    /// As somebody else would build it.
    Second,
}

/// Folders for one build: its caches, its home, what comes of it, and of the second also its source. All
/// are gone with this.
pub(in crate::cli) struct TrialPlace<'a> {
    session: &'a Session,
    trial: Trial,
    folder: HeldFolder,
    source: &'a Source,
    /// Of the project, in the first place the user's own.
    project: PathBuf,
}

impl<'a> TrialPlace<'a> {
    /// Makes the place for `trial`, with a copy of the source where it needs one.
    ///
    /// # Errors
    /// When the disk takes it not, the source cannot be read, or the run is told to stop.
    pub(in crate::cli) fn make(
        session: &'a Session,
        project: &'a Project,
        trial: Trial,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let cache = CacheFolder::open(&session.host, events)?;
        let folder = HeldFolder::make(cache.workplace()).map_err(unwritable)?;
        for name in ["cache", "home", "tmp", "image"] {
            private_folder(&folder.path().join(name)).map_err(unwritable)?;
        }
        share_toolchains(&cache, folder.path()).map_err(unwritable)?;
        let source = &project.source;
        let mut place = Self {
            session,
            trial,
            folder,
            source,
            project: source.project_folder(),
        };
        if trial == Trial::Second {
            place.project = place.copy(&cache, events)?;
        }
        Ok(place)
    }

    /// Copies all that is in the repository, or in no repository all that is in the source tree.
    fn copy(&self, cache: &CacheFolder, events: &dyn EventSink) -> Result<PathBuf, BuildError> {
        let top = fs::canonicalize(self.source.top()).map_err(unwritable)?;
        let to = self.folder.path().join("another folder/source");
        private_folder(&to).map_err(unwritable)?;
        let work = Work::new(Phase::Facts, format!("copy of {}", top.display()));
        let progress = Progress::start(events, work, None);
        // As the tree names it, however the user does: the copy lies in it.
        let workplace = fs::canonicalize(cache.workplace()).map_err(unwritable)?;
        let copy = TreeCopy {
            left_out: &[workplace],
            copied: &|bytes| progress.advance(bytes),
            cancellation: &self.session.cancellation,
        };
        copy.run(&top, &to).map_err(unwritable)?;
        let project = fs::canonicalize(&self.project).map_err(unwritable)?;
        let below = project.strip_prefix(&top).unwrap_or(Path::new(""));
        Ok(to.join(below))
    }

    /// Returns the folder that it is built in.
    pub(in crate::cli) fn project(&self) -> &Path {
        &self.project
    }

    /// Returns where an image goes, an OCI layout.
    pub(in crate::cli) fn image(&self, name: &str) -> PathBuf {
        self.folder.path().join("image").join(name)
    }

    /// Returns how much is done at once.
    pub(in crate::cli) fn jobs(&self, jobs: Option<NonZeroUsize>) -> NonZeroUsize {
        let jobs = jobs.unwrap_or(self.session.host.cores);
        match self.trial {
            Trial::First => jobs,
            Trial::Second => jobs.saturating_add(1),
        }
    }

    /// Has all files made as they are made here, until what is returned is dropped.
    pub(in crate::cli) fn umask(&self) -> Option<Umask> {
        (self.trial == Trial::Second).then(Umask::private)
    }

    /// Returns the run as it goes on here.
    ///
    /// # Errors
    /// When the user's Go settings cannot be read.
    pub(in crate::cli) fn session(&self) -> Result<Session, BuildError> {
        let host = &self.session.host;
        let folder = |name: &str| self.folder.path().join(name).into_os_string();
        let mut variables = vec![
            ("CORACLE_CACHE", folder("cache")),
            ("GOCACHE", folder("go-build")),
            ("TMPDIR", folder("tmp")),
        ];
        if self.trial == Trial::Second {
            variables.extend(self.at_home()?);
            variables.extend([
                ("HOME", folder("home")),
                ("USER", OTHER_USER.into()),
                ("LOGNAME", OTHER_USER.into()),
                ("TZ", OTHER_ZONE.into()),
                ("LC_ALL", OTHER_LOCALE.into()),
            ]);
        }
        let own = variables.into_iter();
        let own = own.map(|(name, value)| (OsString::from(name), value));
        let all = host.environment.iter();
        let all = all.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(self.session.on(Host {
            environment: Environment::new(all.chain(own)),
            ..host.clone()
        }))
    }

    /// Names what is in the user's home and is needed from another: settings, logins, and modules, which
    /// are compared with go.sum wherever they are.
    fn at_home(&self) -> Result<Vec<(&'static str, OsString)>, BuildError> {
        let host = &self.session.host;
        let environment = &host.environment;
        let path = GoEnvFile::path(environment, &host.platform);
        let file = read_go_env(path.as_deref())?;
        let modules = GoFolders::resolve(environment, &file, &host.platform, self.folder.path());
        let mut variables = vec![("GOMODCACHE", modules.module_cache.into_os_string())];
        if let Some(path) = path.filter(|path| path.exists()) {
            variables.push(("GOENV", path.into_os_string()));
        }
        let Some(home) = environment.home() else {
            return Ok(variables);
        };
        let kept = [
            ("DOCKER_CONFIG", ".docker"),
            ("GIT_CONFIG_GLOBAL", ".gitconfig"),
            ("NETRC", ".netrc"),
            ("XDG_CONFIG_HOME", ".config"),
        ];
        let kept = kept.map(|(name, path)| (name, home.join(path)));
        let kept = kept.into_iter().filter(|(name, path)| {
            let is_set = environment.get(name).is_some();
            !is_set && path.exists()
        });
        variables.extend(kept.map(|(name, path)| (name, path.into_os_string())));
        Ok(variables)
    }
}

/// Returns what differs between two places.
pub(in crate::cli) fn circumstances(
    first: &TrialPlace<'_>,
    second: &TrialPlace<'_>,
    jobs: Option<NonZeroUsize>,
) -> Vec<Circumstance> {
    let environment = &first.session.host.environment;
    let variable = |name: &str| environment.get_str(name).unwrap_or("not set").to_owned();
    let place = |place: &TrialPlace<'_>, name: &str| {
        let path = place.folder.path().join(name);
        path.display().to_string()
    };
    let both = |name| (place(first, name), place(second, name));
    let all = [
        (
            "folder",
            (
                first.project.display().to_string(),
                second.project.display().to_string(),
            ),
        ),
        ("user", (variable("USER"), OTHER_USER.to_owned())),
        ("home", (variable("HOME"), place(second, "home"))),
        ("umask", ("that of this run".to_owned(), "077".to_owned())),
        ("time zone", (variable("TZ"), OTHER_ZONE.to_owned())),
        ("locale", (variable("LC_ALL"), OTHER_LOCALE.to_owned())),
        (
            "jobs",
            (first.jobs(jobs).to_string(), second.jobs(jobs).to_string()),
        ),
        ("Go's build cache", both("go-build")),
        ("coracle's cache", both("cache")),
        ("temporary files", both("tmp")),
    ];
    let all = all.into_iter();
    all.map(|(what, (first, second))| Circumstance {
        what: what.to_owned(),
        first,
        second,
    })
    .collect()
}

fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Toolchains are proven, and read-only: one copy serves both.
fn share_toolchains(cache: &CacheFolder, place: &Path) -> io::Result<()> {
    let toolchains = cache.workplace().join(TOOLCHAINS);
    private_folder(&toolchains)?;
    symlink(
        fs::canonicalize(toolchains)?,
        place.join("cache").join(TOOLCHAINS),
    )
}

fn unwritable(error: io::Error) -> BuildError {
    let message = "there is no place to build it twice";
    let code = match error.kind() {
        io::ErrorKind::Interrupted => ExitCode::Refused,
        _ => ExitCode::CannotWrite,
    };
    BuildError::new(Phase::Facts, "", message)
        .because(error)
        .exit(code)
}
