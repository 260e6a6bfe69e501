//! Who coracle is to servers of modules: what the user's own Go settings say in GOAUTH, netrc, git or a program.

#![expect(
    clippy::disallowed_methods,
    reason = "passwords are in a file of the user's"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use url::Url;

use super::fetch_error::FetchError;
use crate::adapters::http::{Response, StatusCode};
use crate::adapters::process::{self, Limits, ProcessError, find_program, run};
use crate::model::{Cancellation, Environment, ForeignText};
use crate::toolchain::{
    AuthMethod, GoAuth, GoAuthError, LoginBook, LoginOrigin, ModuleLogin, ModuleSettings, Netrc,
    ToldLoginError, login_of_git, logins_of_command,
};

/// How long somebody may think who is asked, unless a run has less patience: a helper may ask a cloud.
pub(super) const TIME_LIMIT: Duration = Duration::from_mins(1);
/// More than the logins of all servers take.
const MAX_OUTPUT_BYTES: usize = 256 << 10;

/// The logins of a run. Nobody is asked before the first request that may be told of one.
pub(super) struct Logins {
    environment: Environment,
    auth: Result<GoAuth, GoAuthError>,
    netrc: OnceLock<Netrc>,
    time: Duration,
    cancellation: Cancellation,
    known: Mutex<Known>,
}

/// Who else to be, for a server that refused.
pub(super) enum Renewal {
    /// Whom others were told of meanwhile.
    Meanwhile(ModuleLogin),
    /// Whom all who may know were asked for: they know no other.
    Asked(ModuleLogin),
}

/// What was told so far.
#[derive(Default)]
struct Known {
    has_begun: bool,
    book: LoginBook,
    /// What was wrong with a way of GOAUTH's when it was last asked, by its place in the list.
    faults: BTreeMap<usize, String>,
    /// Those that do not answer at all: nobody waits for them again.
    silent: BTreeSet<usize>,
    /// What git answered in a folder about a server, for it to keep or to forget.
    of_git: BTreeMap<(PathBuf, String), Vec<u8>>,
}

/// Why a way of GOAUTH's told of no login. Never says what was printed: it may be secret.
#[derive(Debug, thiserror::Error)]
enum AskError {
    #[error("it is not on the PATH")]
    Missing,
    #[error("it is named by a path that depends on where coracle is started")]
    Relative,
    #[error(transparent)]
    Process(ProcessError),
    #[error("it ended with {0}")]
    Ended(std::process::ExitStatus),
    #[error("git has no user and password for {0}")]
    GitHasNone(ForeignText),
    #[error("{} is no folder", .0.display())]
    NoFolder(PathBuf),
    #[error(transparent)]
    Told(#[from] ToldLoginError),
}

impl Logins {
    /// Asks as the GOAUTH of `settings` says, each for `time` at most.
    pub(super) fn new(
        environment: &Environment,
        settings: &ModuleSettings,
        time: Duration,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            environment: environment.clone(),
            auth: settings.auth(),
            netrc: OnceLock::new(),
            time,
            cancellation,
            known: Mutex::default(),
        }
    }

    /// Returns who to be at `url`, as far as that is known before its server was asked.
    pub(super) fn find(&self, url: &Url) -> Result<Option<ModuleLogin>, FetchError> {
        let methods = self.methods()?;
        let mut known = self.known();
        if !known.has_begun {
            let is_netrc = |method: &AuthMethod| *method == AuthMethod::Netrc;
            if url.scheme() == "https" {
                known.has_begun = true;
                self.ask(methods, &mut known, None)?;
            } else if methods.iter().any(is_netrc) {
                // As curl does, for this machine itself.
                known.book.enter_netrc(self.netrc());
            }
        }
        Ok(known.book.find(url).cloned())
    }

    /// Returns who else to be at `url`, whose server gave `answer` to whoever is `sent`; nobody else, where
    /// nobody knows better.
    pub(super) fn renew(
        &self,
        url: &Url,
        sent: Option<&ModuleLogin>,
        answer: &Response,
    ) -> Result<Option<Renewal>, FetchError> {
        let methods = self.methods()?;
        let knows_more = |method: &AuthMethod| *method != AuthMethod::Netrc;
        if url.scheme() != "https" || !methods.iter().any(knows_more) {
            return Ok(None);
        }
        let mut known = self.known();
        let other = |known: &Known| {
            let login = known.book.find(url);
            login.filter(|login| Some(*login) != sent).cloned()
        };
        if let Some(login) = other(&known) {
            return Ok(Some(Renewal::Meanwhile(login)));
        }
        self.ask(methods, &mut known, Some((url, answer)))?;
        Ok(other(&known).map(Renewal::Asked))
    }

    /// Tells git whether what it knew of `asked` was right, as the go command does: it keeps or forgets it. What
    /// another server answers, to which that one led, says nothing of it.
    pub(super) fn settle(&self, login: &ModuleLogin, asked: &Url, answer: &Response) {
        if answer.url().origin() != asked.origin() {
            return;
        }
        let verdict = match answer.status() {
            StatusCode::UNAUTHORIZED => "reject",
            status if status.is_success() => "approve",
            _ => return,
        };
        let LoginOrigin::Method(AuthMethod::Git(folder)) = &login.by else {
            return;
        };
        // Told once: what is kept needs not be kept again.
        if let Some(told) = self.known().of_git.remove(&of_server(folder, asked)) {
            let command = self.git(folder, verdict);
            // What git makes of it changes nothing here.
            let _ = command.map(|command| self.run(command, &told));
        }
    }

    /// Returns what was wrong with those who were to know, each with its name.
    pub(super) fn faults(&self) -> Vec<String> {
        let Ok(methods) = self.methods() else {
            return Vec::new();
        };
        let known = self.known();
        let named = |(place, fault): (&usize, &String)| {
            let method = methods.get(*place)?;
            Some(format!("{method}: {fault}"))
        };
        known.faults.iter().filter_map(named).collect()
    }

    /// Returns what the user's file says, which is read once, and which git reads whatever GOAUTH says.
    pub(super) fn netrc(&self) -> &Netrc {
        self.netrc.get_or_init(|| self.read_netrc())
    }

    /// A file that is not there, or is not what it should be, has no passwords.
    fn read_netrc(&self) -> Netrc {
        let default = || Some(self.environment.home()?.join(".netrc"));
        let file = self.environment.get_path("NETRC").or_else(default);
        let read = |path: PathBuf| {
            let mut text = String::new();
            let file = File::open(path)?.take(Netrc::MAX_BYTES);
            io::BufReader::new(file).read_to_string(&mut text)?;
            Ok::<_, io::Error>(Netrc::parse(&text))
        };
        file.and_then(|path| read(path).ok()).unwrap_or_default()
    }

    fn methods(&self) -> Result<&[AuthMethod], FetchError> {
        let auth = self.auth.as_ref();
        auth.map(GoAuth::methods)
            .map_err(|error| FetchError::Auth(*error))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks all, the last first: what the first says is to count.
    fn ask(
        &self,
        methods: &[AuthMethod],
        known: &mut Known,
        refused: Option<(&Url, &Response)>,
    ) -> Result<(), FetchError> {
        for (place, method) in methods.iter().enumerate().rev() {
            if known.silent.contains(&place) {
                continue;
            }
            let asked = match (method, refused) {
                (AuthMethod::Netrc, _) => {
                    known.book.enter_netrc(self.netrc());
                    Ok(())
                }
                // It says nothing before it knows of whom.
                (AuthMethod::Git(_), None) => Ok(()),
                (AuthMethod::Git(folder), Some((url, _))) => {
                    self.ask_git(method, folder, url, known)
                }
                (AuthMethod::Command(program, arguments), _) => {
                    self.ask_program(method, (program, arguments), refused, known)
                }
            };
            match asked {
                Ok(()) => drop(known.faults.remove(&place)),
                Err(AskError::Process(ProcessError::Stopped(reason))) => {
                    return Err(FetchError::Stopped(reason));
                }
                Err(error) => {
                    if matches!(error, AskError::Process(_) | AskError::Missing) {
                        known.silent.insert(place);
                    }
                    known.faults.insert(place, error.to_string());
                }
            }
        }
        Ok(())
    }

    fn ask_git(
        &self,
        method: &AuthMethod,
        folder: &Path,
        url: &Url,
        known: &mut Known,
    ) -> Result<(), AskError> {
        let command = self.git(folder, "fill")?;
        let told = match self.run(command, format!("url={url}\n\n").as_bytes()) {
            Err(AskError::Ended(_)) => {
                let host = url.host_str().unwrap_or_default();
                return Err(AskError::GitHasNone(ForeignText::new(host)));
            }
            told => told?,
        };
        let (address, login) = login_of_git(&String::from_utf8_lossy(&told), url, method)?;
        known.book.enter(&address, login);
        known.of_git.insert(of_server(folder, url), told);
        Ok(())
    }

    /// Where git runs, the user's settings and those of `folder` name who keeps passwords. Nobody is asked at
    /// the terminal.
    fn git(&self, folder: &Path, verb: &str) -> Result<Command, AskError> {
        if !folder.is_dir() {
            return Err(AskError::NoFolder(folder.to_owned()));
        }
        let program = find_program(&self.environment, "git").ok_or(AskError::Missing)?;
        let mut command = process::command(&program, &self.environment);
        command
            .current_dir(folder)
            .env("GIT_TERMINAL_PROMPT", "0")
            .args(["credential", verb]);
        Ok(command)
    }

    fn ask_program(
        &self,
        method: &AuthMethod,
        (program, arguments): (&str, &[String]),
        refused: Option<(&Url, &Response)>,
        known: &mut Known,
    ) -> Result<(), AskError> {
        let mut command = process::command(&self.program(program)?, &self.environment);
        command.args(arguments);
        let mut input = String::new();
        if let Some((url, answer)) = refused {
            command.arg(url.as_str());
            input = head_of(answer);
        }
        let told = self.run(command, input.as_bytes())?;
        for (address, login) in logins_of_command(&String::from_utf8_lossy(&told), method)? {
            known.book.enter(&address, login);
        }
        Ok(())
    }

    /// As for all other programs: none is taken from where the source is.
    fn program(&self, name: &str) -> Result<PathBuf, AskError> {
        match Path::new(name) {
            path if path.is_absolute() => Ok(path.to_owned()),
            _ if name.contains('/') => Err(AskError::Relative),
            _ => find_program(&self.environment, name).ok_or(AskError::Missing),
        }
    }

    /// What it says on stderr is shown to nobody: it may be secret.
    fn run(&self, command: Command, input: &[u8]) -> Result<Vec<u8>, AskError> {
        let limits = Limits {
            time: Some(self.time),
            output_bytes: MAX_OUTPUT_BYTES,
        };
        let finished =
            run(command, input, limits, &self.cancellation).map_err(AskError::Process)?;
        if finished.status.success() {
            Ok(finished.stdout)
        } else {
            Err(AskError::Ended(finished.status))
        }
    }
}

/// Writes the beginning of an answer as programs of GOAUTH's expect it.
fn head_of(answer: &Response) -> String {
    let status = answer.status();
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\n", status.as_u16());
    for (name, value) in answer.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        // Writing to a string cannot fail.
        let _ = writeln!(head, "{name}: {value}");
    }
    head.push('\n');
    head
}

fn of_server(folder: &Path, url: &Url) -> (PathBuf, String) {
    (folder.to_owned(), url.origin().ascii_serialization())
}
