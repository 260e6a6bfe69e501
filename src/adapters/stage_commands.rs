//! The commands of stages: coracle itself, Go, and what else a project names.
#![expect(
    clippy::disallowed_methods,
    reason = "what Go and linters are told in files decides what they do"
)]

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::process::{
    self, GRACE, GRACE_OF_OURS, LastWords, Limits, Patience, ProcessError, run, run_followed,
};
use crate::model::{
    BuildError, Cancellation, Digest, Environment, ExitCode, ForeignText, Phase, Secret, is_absent,
};
use crate::ports::{Overtime, ReportFile, StageEnd, StageOrder, StageRunner};

/// How long a program may take to tell its version, or a secret.
const ASKED: Limits = Limits {
    time: Some(Duration::from_mins(1)),
    output_bytes: 64 << 10,
};

/// How much is read of a report.
const MAX_REPORT_BYTES: u64 = 256 << 20;

/// How long a file of settings may be.
const MAX_SETTINGS_BYTES: u64 = 1 << 20;

/// Variables that decide what Go and its tests do, beside those that begin with `GO` and `CGO_`.
const READ_BY_GO: [&str; 6] = ["CC", "CXX", "FC", "AR", "PKG_CONFIG", "PATH"];

/// Flags of Go that name files which stand in for those of the source.
const NAME_FILES: [&str; 2] = ["-modfile", "-overlay"];

/// Where stages run.
pub struct StageSettings {
    /// The program that runs now.
    pub coracle: PathBuf,
    /// All variables, for coracle itself.
    pub own: Environment,
    /// Those that other programs see: no secret that the configuration names is among them.
    pub others: Environment,
    /// The folder of coracle.toml, absolute.
    pub folder: PathBuf,
    /// Files that Go and linters read their settings from, wherever they are; those that are not there too.
    pub settings_files: Vec<PathBuf>,
    /// Arguments that coracle itself is given before its verb's own, such as the file it reads.
    pub arguments: Vec<String>,
}

/// Runs them as children, each in a process group of its own.
pub struct StageCommands {
    settings: StageSettings,
    cancellation: Cancellation,
}

impl StageCommands {
    /// Runs them as `settings` say, until `cancellation` says to stop.
    pub fn new(settings: StageSettings, cancellation: Cancellation) -> Self {
        Self {
            settings,
            cancellation,
        }
    }

    /// Lets commands find the programs of one more folder, where no other has one of their name.
    ///
    /// # Errors
    /// When the folder's name cannot stand in PATH.
    pub fn find_also_in(&mut self, folder: &Path) -> Result<(), BuildError> {
        let others = self.settings.others.with_folder_on_path(folder);
        self.settings.others = others.map_err(|error| {
            BuildError::new(Phase::Ci, folder.display(), "cannot be put on PATH")
                .because(error)
                .exit(ExitCode::Refused)
                .hint("name another cache folder: CORACLE_CACHE=/var/tmp/coracle")
        })?;
        Ok(())
    }

    fn command(&self, words: &[String]) -> Result<Command, BuildError> {
        let settings = &self.settings;
        let (program, arguments) = words
            .split_first()
            .map_or(("", &[][..]), |(program, arguments)| {
                (program.as_str(), arguments)
            });
        let is_ours = program == "coracle";
        let path = if is_ours {
            Some(settings.coracle.clone())
        } else {
            process::find_named(&settings.others, &settings.folder, program)
        };
        let path = path.ok_or_else(|| missing(program))?;
        let environment = if is_ours {
            &settings.own
        } else {
            &settings.others
        };
        let mut command = process::command(&path, environment);
        command.current_dir(&settings.folder).args(arguments);
        // By a link's name Go would call all files by it, and nobody would know them as the source's.
        command.env("PWD", &settings.folder);
        if is_ours {
            command.args(&settings.arguments);
        } else {
            process::without_own_secrets(&mut command);
        }
        Ok(command)
    }

    /// Asks a program something, and returns what it prints.
    fn asked(&self, words: &[String]) -> Result<String, BuildError> {
        let program = words.first().map(String::as_str).unwrap_or_default();
        self.said(self.command(words)?, program)
    }

    fn said(&self, command: Command, program: &str) -> Result<String, BuildError> {
        let failed = |why: String| {
            BuildError::new(Phase::Config, ForeignText::new(program), why).exit(ExitCode::Refused)
        };
        match run(command, b"", ASKED, &self.cancellation) {
            Ok(finished) if finished.status.success() => String::from_utf8(finished.stdout)
                .map_err(|_| failed("it prints what is no UTF-8".to_owned())),
            Ok(finished) => Err(failed(format!("it ends with {}", finished.status))),
            Err(ProcessError::Stopped(reason)) => Err(reason.to_error()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    /// Returns what settings files say, as digests, `more` among them; nothing where one cannot be read, or names other
    /// files.
    fn settings_files(&self, more: Option<&PathBuf>) -> Option<String> {
        let mut all = self.settings.settings_files.iter().chain(more);
        all.try_fold(String::new(), |told, path| {
            let content = settings_in(path).ok()?;
            let is_whole = !name_files(&String::from_utf8_lossy(&content));
            let digest = Digest::of(&content);
            is_whole.then(|| format!("{told}{} {digest}\n", path.display()))
        })
    }

    fn variables(&self) -> String {
        let is_read = |name: &str| {
            name.starts_with("GO") || name.starts_with("CGO_") || READ_BY_GO.contains(&name)
        };
        let read = self.settings.others.iter().filter_map(|(name, value)| {
            let name = name.to_str().filter(|name| is_read(name))?;
            let value = value.as_encoded_bytes().escape_ascii();
            Some(format!("{name}={value}\n"))
        });
        read.collect()
    }
}

impl StageRunner for StageCommands {
    fn run(
        &self,
        order: &StageOrder<'_>,
        line: &mut dyn FnMut(&str),
    ) -> Result<StageEnd, BuildError> {
        let mut command = self.command(order.words)?;
        command.envs(order.env.iter().map(|(name, value)| (name, value)));
        command.envs(
            order
                .secrets
                .iter()
                .map(|(name, value)| (name, value.expose())),
        );
        let mut observe = |_, bytes: &[u8]| line(&String::from_utf8_lossy(bytes));
        let patience = Patience {
            time: order.limit,
            last_words: match order.overtime {
                Overtime::End => LastWords::Unwanted,
                Overtime::ShowStacks => LastWords::Stacks,
            },
            grace: grace(order.words),
        };
        match run_followed(command, patience, &self.cancellation, &mut observe) {
            Ok(status) if status.success() => Ok(StageEnd::Passed),
            Ok(status) => Ok(StageEnd::Failed(status.code())),
            Err(ProcessError::OutOfTime(_)) => Ok(StageEnd::OutOfTime),
            Err(ProcessError::Stopped(reason)) => Err(reason.to_error()),
            Err(ProcessError::Start(error)) => {
                let program = order.words.first().map(String::as_str).unwrap_or_default();
                Err(missing(program).because(error))
            }
            Err(error) => {
                Err(BuildError::new(Phase::Ci, "", "cannot follow a command").because(error))
            }
        }
    }

    fn report_file(&self) -> io::Result<Box<dyn ReportFile>> {
        let file = tempfile::Builder::new().prefix("coracle-").tempfile()?;
        Ok(Box::new(TemporaryReport(file)))
    }

    fn secret_variable(&self, name: &str) -> Option<Secret> {
        let value = self.settings.own.get_str(name)?;
        Some(Secret::new(value.to_owned()))
    }

    fn secret_command(&self, words: &[String]) -> Result<Secret, BuildError> {
        let mut text = self.asked(words)?;
        text.truncate(text.trim_end_matches(['\r', '\n']).len());
        Ok(Secret::new(text))
    }

    fn identity(
        &self,
        program: &str,
        arguments: &[String],
        env: &[(String, String)],
    ) -> Option<String> {
        let set = |name: &str| {
            env.iter()
                .find(|(it, _)| it == name)
                .map(|(_, value)| value)
        };
        let flags = set("GOFLAGS").map(String::as_str);
        let flags = flags.or_else(|| self.settings.others.get_str("GOFLAGS"));
        let mut words = arguments.iter().map(String::as_str).chain(flags);
        if words.any(name_files) {
            return None;
        }
        let own_file = set("GOENV").map(|file| self.settings.folder.join(file));
        let (variables, files) = (self.variables(), self.settings_files(own_file.as_ref())?);
        let mut command = self
            .command(&[program, "version"].map(str::to_owned))
            .ok()?;
        command.envs(env.iter().map(|(name, value)| (name, value)));
        let version = self.said(command, program).ok()?;
        Some(format!("{version}{variables}{files}"))
    }
}

/// Returns how long a command may tidy up: coracle has children of its own to end, wherever it lies.
fn grace(words: &[String]) -> Duration {
    let program = words.first().and_then(|word| Path::new(word).file_name());
    if program.is_some_and(|name| name == "coracle") {
        GRACE_OF_OURS
    } else {
        GRACE
    }
}

/// Reads a file of settings; one that is not there says nothing.
fn settings_in(path: &Path) -> io::Result<Vec<u8>> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() && found.len() <= MAX_SETTINGS_BYTES => fs::read(path),
        Ok(_) => Err(io::Error::other("it is no file of settings")),
        Err(error) if is_absent(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn name_files(settings: &str) -> bool {
    NAME_FILES.iter().any(|flag| settings.contains(flag))
}

/// A report in the folder for temporary files.
struct TemporaryReport(NamedTempFile);

impl ReportFile for TemporaryReport {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn text(&self) -> io::Result<String> {
        io::read_to_string(self.0.reopen()?.take(MAX_REPORT_BYTES))
    }
}

fn missing(program: &str) -> BuildError {
    let error = BuildError::new(
        Phase::Ci,
        ForeignText::new(program),
        "there is no such program on PATH",
    );
    match program {
        "go" => error.hint("install Go, as in: apt-get install golang"),
        "golangci-lint" => error.hint(
            "install it, or let go vet do alone: [pipeline.stages.lint] command = [\"go\", \"vet\", \"./...\"]",
        ),
        _ => error.hint("install it, or name it by its path, as in \"./scripts/stage.sh\""),
    }
}
