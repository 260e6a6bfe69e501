//! The `VulnerabilityScanner` port over govulncheck.

#![expect(
    clippy::disallowed_methods,
    reason = "what the scanner is built in, and what it reads, is on the disk"
)]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::database;
use super::program::{Place, Program};
use super::scan_error::ScanError;
use crate::adapters::go::GoBuilderSettings;
use crate::adapters::go::go_error::GoError;
use crate::adapters::go::run_go::RunGo;
use crate::adapters::go::workshop::Workshop;
use crate::adapters::http::{Client, Conduct, Network, RetryPolicy};
use crate::adapters::process::Finished;
use crate::compile::{Binary, GoCommand, GoCommands, ScanDepth, Scanner, Surroundings};
use crate::config::{AddressTrust, VulnerabilityDatabase, VulnerabilityLevel};
use crate::model::{
    BuildError, Cancellation, Event, ForeignText, Phase, Platform, Timestamp, Work,
};
use crate::plan::Batch;
use crate::policy::{Scanned, Vulnerability, VulnerabilityReport};
use crate::ports::{Clock, DatabaseState, EventSink, Progress, ScanGo, VulnerabilityScanner};

/// How long the scanner may be built, its modules fetched with it.
const BUILD_TIME: Duration = Duration::from_mins(15);
/// How long it may look at a batch that has no limit of its own.
const SCAN_TIME: Duration = Duration::from_mins(30);

/// What is needed to find vulnerabilities.
#[derive(Debug, Clone)]
pub struct GovulncheckSettings {
    /// As for building.
    pub go: GoBuilderSettings,
    /// What this machine runs.
    pub platform: Platform,
    /// Coracle's cache folder, where a scanner may be; one that is built goes to where builds work.
    pub cache: PathBuf,
    /// Where vulnerabilities are known.
    pub database: VulnerabilityDatabase,
    /// Whether anybody may be asked.
    pub network: Network,
    /// How often a request is tried again.
    pub retry: RetryPolicy,
}

/// Finds vulnerabilities with govulncheck.
pub struct Govulncheck<'a> {
    settings: GovulncheckSettings,
    client: &'a Client,
    events: &'a dyn EventSink,
    clock: &'a dyn Clock,
    cancellation: Cancellation,
    /// When the database was changed last, once that is known: it is asked once in a run.
    modified: OnceLock<Timestamp>,
    /// Held while the scanner is built.
    building: Mutex<()>,
}

impl<'a> Govulncheck<'a> {
    /// Makes a scanner that reads the database's state through `client`. Nothing is built yet.
    pub fn new(
        settings: GovulncheckSettings,
        client: &'a Client,
        events: &'a dyn EventSink,
        clock: &'a dyn Clock,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            settings,
            client,
            events,
            clock,
            cancellation,
            modified: OnceLock::new(),
            building: Mutex::new(()),
        }
    }

    fn modified(&self) -> Result<Timestamp, ScanError> {
        if let Some(modified) = self.modified.get() {
            return Ok(*modified);
        }
        let conduct = Conduct {
            retry: self.settings.retry,
            trust: AddressTrust::default(),
        };
        let modified = database::modified(&self.settings.database, self.client, conduct)?;
        Ok(*self.modified.get_or_init(|| modified))
    }

    /// Returns the scanner, which is built where it is not there.
    fn program(&self, go: ScanGo<'_>) -> Result<Program, ScanError> {
        let GovulncheckSettings {
            platform,
            cache,
            go: building,
            ..
        } = &self.settings;
        let version = &go.builder.version;
        if let Some(program) = Place::new(cache, version, platform).find() {
            return Ok(program);
        }
        // What this process builds itself is no other coracle.
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        let place = Place::new(&building.cache, version, platform);
        let _lock = place.lock(&self.cancellation, || {
            self.events.emit(Event::Noted {
                phase: Phase::Check,
                message: "waiting for another coracle that builds the scanner".to_owned(),
            });
        })?;
        if let Some(program) = place.find() {
            return Ok(program);
        }
        self.build(go, &place)?;
        let gone = || ScanError::Run(GoError::Deleted);
        place.find().ok_or_else(gone)
    }

    fn build(&self, go: ScanGo<'_>, place: &Place) -> Result<(), ScanError> {
        let work = Work::new(Phase::Check, format!("build {}", Scanner::name()));
        let _progress = Progress::start(self.events, work, None);
        let workshop = self.workshop()?;
        let scratch = workshop.scratch();
        let surroundings = self.surroundings(&scratch);
        let (folder, output) = (workshop.output().join("module"), workshop.output());
        fs::create_dir(&folder)?;
        for (name, text) in Scanner::FILES {
            fs::write(folder.join(name), text)?;
        }
        let command = Scanner::build(go.builder, &surroundings, &folder, &output);
        let finished = self.run(&command, BUILD_TIME)?;
        if !finished.status.success() {
            return Err(self.build_failure(&finished));
        }
        place.take_in(&output.join(Scanner::program_name()))
    }

    fn build_failure(&self, finished: &Finished) -> ScanError {
        let said = said(finished);
        if said.to_string().contains("checksum mismatch") {
            ScanError::Forged(said)
        } else if self.settings.network == Network::Offline {
            ScanError::NotBuilt(said)
        } else {
            ScanError::Build(said)
        }
    }

    /// Lets the scanner look at what `command` names; `work` is what is shown meanwhile.
    fn look(
        &self,
        go: ScanGo<'_>,
        (batch, work): (&Batch, String),
        scanned: Scanned<'_>,
        command: &dyn Fn(&GoCommands<'_>, &Program, &Workshop) -> Result<GoCommand, ScanError>,
    ) -> Result<Vec<Vulnerability>, ScanError> {
        self.modified()?;
        let program = self.program(go)?;
        let work = Work::new(Phase::Check, work);
        let _progress = Progress::start(self.events, work, None);
        let workshop = self.workshop()?;
        let scratch = workshop.scratch();
        let commands = GoCommands {
            toolchain: go.toolchain,
            batch,
            surroundings: self.surroundings(&scratch),
        };
        let command = command(&commands, &program, &workshop)?;
        let finished = self.run(&command, batch.time_limit.unwrap_or(SCAN_TIME))?;
        if !finished.status.success() {
            return Err(failure(&finished));
        }
        Ok(VulnerabilityReport::read(&finished.stdout, scanned)?)
    }

    /// Lets the scanner look at the source of a batch.
    fn look_into(
        &self,
        go: ScanGo<'_>,
        batch: &Batch,
        depth: ScanDepth,
    ) -> Result<Vec<Vulnerability>, ScanError> {
        let database = &self.settings.database;
        let command = |commands: &GoCommands<'_>, program: &Program, _: &Workshop| {
            Ok(commands.scan(&program.path, database, depth)?)
        };
        let work = match depth {
            ScanDepth::Packages => format!("vulnerabilities {}", batch.platform),
            ScanDepth::Symbols => format!("vulnerable calls {}", batch.platform),
        };
        let scanned = Scanned::Source(&batch.mains);
        self.look(go, (batch, work), scanned, &command)
    }

    fn run(&self, command: &GoCommand, time: Duration) -> Result<Finished, ScanError> {
        let run = RunGo {
            clock: self.clock,
            cancellation: &self.cancellation,
            started: self.clock.elapsed(),
            time_limit: Some(time),
        };
        Ok(run.run_beside(command, || {})?)
    }

    fn workshop(&self) -> Result<Workshop, ScanError> {
        Ok(Workshop::open(&self.settings.go.cache).map_err(GoError::Workshop)?)
    }

    fn surroundings<'b>(&'b self, scratch: &'b Path) -> Surroundings<'b> {
        let go = &self.settings.go;
        Surroundings {
            environment: &go.environment,
            folders: &go.folders,
            modules: &go.modules,
            source_root: &go.source_root,
            scratch,
            jobs: go.jobs,
        }
    }

    fn explain(&self, target: &str, error: ScanError) -> BuildError {
        error.into_build_error(target, &self.settings.database.to_string())
    }
}

impl VulnerabilityScanner for Govulncheck<'_> {
    fn database(&self) -> Result<DatabaseState, BuildError> {
        let modified = self.modified();
        Ok(DatabaseState {
            modified: modified.map_err(|error| self.explain("", error))?,
            address: self.settings.database.to_string(),
            scanner: Scanner::name(),
        })
    }

    fn scan(&self, go: ScanGo<'_>, batch: &Batch) -> Result<Vec<Vulnerability>, BuildError> {
        let found = self.look_into(go, batch, ScanDepth::Packages);
        let found = found.and_then(|found| {
            // Who calls what is asked only where something vulnerable is compiled in.
            let is_outside = |one: &Vulnerability| one.level == VulnerabilityLevel::Required;
            if found.iter().all(is_outside) {
                return Ok(found);
            }
            self.look_into(go, batch, ScanDepth::Symbols)
        });
        found.map_err(|error| self.explain(&batch.platform.to_string(), error))
    }

    fn scan_binary(
        &self,
        go: ScanGo<'_>,
        batch: &Batch,
        binary: &Binary,
    ) -> Result<Vec<Vulnerability>, BuildError> {
        let database = &self.settings.database;
        let command = |commands: &GoCommands<'_>, program: &Program, workshop: &Workshop| {
            let file = workshop.output().join("program");
            write(binary, &file)?;
            Ok(commands.scan_binary(&program.path, database, &file)?)
        };
        let scanned = if batch.settings.keeps_symbols() {
            Scanned::Program
        } else {
            Scanned::StrippedProgram
        };
        let target = format!(
            "{} {}",
            binary.target.platform, binary.target.main.import_path
        );
        let work = format!("vulnerabilities {target}");
        self.look(go, (batch, work), scanned, &command)
            .map_err(|error| self.explain(&target, error))
    }
}

fn write(binary: &Binary, path: &Path) -> Result<(), ScanError> {
    io::copy(&mut binary.open()?, &mut File::create(path)?)?;
    Ok(())
}

fn said(finished: &Finished) -> ForeignText {
    ForeignText::new(String::from_utf8_lossy(&finished.stderr).trim())
}

/// Sorts what the scanner says before it gives up, `internal/scan` and `internal/client` of it.
fn failure(finished: &Finished) -> ScanError {
    const OF_DATABASE: [&str; 2] = ["creating client: ", "fetching vulnerabilities: "];
    let text = String::from_utf8_lossy(&finished.stderr);
    let said = ForeignText::new(&what_matters(&text));
    if OF_DATABASE.iter().any(|words| text.contains(words)) {
        ScanError::Lost(said)
    } else {
        ScanError::Said(said)
    }
}

/// Leaves out what the scanner says of itself and of packages in general, and what it says twice.
fn what_matters(text: &str) -> String {
    const OF_ALL: [&str; 2] = [
        "There are errors with the provided package patterns",
        "For details on package patterns",
    ];
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        let line = line.strip_prefix("govulncheck: ").unwrap_or(line);
        let line = line
            .strip_prefix("loading packages:")
            .unwrap_or(line)
            .trim();
        let is_of_all = OF_ALL.iter().any(|words| line.starts_with(words));
        if !line.is_empty() && !is_of_all && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_the_scanner_says_only_what_is_about_the_source_is_shown() {
        let text = "govulncheck: loading packages: \nThere are errors with the provided package patterns:\n\n\
            bad.go:1:1: expected 'package', found x\nbad.go:1:1: expected 'package', found x\n\n\
            For details on package patterns, see https://example.com/patterns.\n\n";
        assert_eq!(
            what_matters(text),
            "bad.go:1:1: expected 'package', found x"
        );
        let text = "govulncheck: loading packages: no such module\n";
        assert_eq!(what_matters(text), "no such module");
    }
}
