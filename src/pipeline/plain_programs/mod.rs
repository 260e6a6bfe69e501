//! Plain programs, without an image.

mod files;
mod known;
mod prepare;
mod push;

pub use files::DistHelpers;
pub use prepare::{DistOrder, PreparedDist, prepare_dist};
pub use push::ReleaseSink;

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::compile::Binary;
use crate::history::ProgramRun;
use crate::model::{BuildError, BuildState, Event, ForeignText, Phase, Route, crew};
use crate::plan::{Batch, Destination, DistPlan, GoSettings, Target};
use crate::report::{self, Release, counted};
use crate::toolchain::Toolchain;

use super::check::ProgramsGate;
use super::compile::{Compile, compile};
use super::course::{Course, Went, compiling};
use super::module_check::ModuleCheck;
use super::program_parts::ProgramParts;
use super::vendored::{self, Vendored};
use super::{Outcome, Ports, toolchain};
use files::Workbench;
use known::KnownPrograms;
use push::{places, push};

/// How programs are made.
#[derive(Clone, Copy)]
pub struct DistRun<'a> {
    /// How many builds go on at once.
    pub jobs: NonZeroUsize,
    /// Who does what is not done by itself.
    pub helpers: DistHelpers<'a>,
    /// Who takes the files beside the folder.
    pub sink: Option<ReleaseSink<'a>>,
}

/// Compiles all programs, and puts each in its place as it is ready; `row` is told of each result, good
/// or bad, when it is there. What is in the way is found before a compiler starts.
///
/// # Errors
/// When there is no Go to compile with, or no place for the files; what fails later is in the outcome,
/// beside what was made.
pub fn dist(
    ports: &Ports<'_>,
    prepared: &PreparedDist,
    run: &DistRun<'_>,
    row: &(dyn Fn(&report::Binary) + Sync),
) -> Result<Outcome, Vec<BuildError>> {
    let one = |error| vec![error];
    preflight(ports, &prepared.plan, run)?;
    let known = KnownPrograms::look_up(ports, prepared);
    // What others will run is not compiled from vendored files that nobody vouches for.
    let vendored = run
        .sink
        .map(|_| vendored::compare(ports, &prepared.source, known.stamps()));
    let (vendored, unvouched) = match vendored {
        Some(Err(error)) => (None, Some(error)),
        compared => (compared.and_then(Result::ok).flatten(), None),
    };
    known.tell();
    let (layers, rebuilt) = known.explained();
    let missing = known.missing();
    let route = if missing.is_empty() {
        Route::Kept
    } else {
        compiling(&prepared.go)
    };
    let course = Course::begin(ports.events, route, &prepared.go);
    let gate = run.sink.and_then(|sink| sink.gate);
    let is_needed = !missing.is_empty() || gate.is_some();
    let obtain = || toolchain::obtain(ports.toolchains, ports.events, &prepared.go);
    let toolchain = is_needed.then(obtain).transpose().map_err(one)?;
    if let Some(toolchain) = &toolchain {
        course.obtained(toolchain);
    }
    let bench = Workbench::new(ports, &prepared.plan, &prepared.source, run.helpers);
    let bench = bench.map_err(one)?;
    let gate = gate.zip(toolchain.as_ref()).map(|(order, toolchain)| {
        ProgramsGate::new(ports, order, &prepared.plan.batches, toolchain)
    });
    let making = Making {
        ports,
        prepared,
        bench: &bench,
        course: &course,
        known: &known,
        vendored,
        gate: gate.as_ref(),
        row,
    };
    let judge = || making.gate.map(ProgramsGate::judge_source);
    let make = || making.all(&missing, toolchain.as_ref(), run.jobs);
    let (judged, mut outcome) = crew::both(judge, make);
    let broken = making.gate.zip(judged);
    let broken = broken.map(|(gate, source)| gate.refusals(source));
    let refusals = unvouched.into_iter().chain(broken.unwrap_or_default());
    making.finish(&mut outcome, refusals.collect(), run);
    outcome.making.layers = Some(layers);
    outcome.rebuilt = rebuilt;
    outcome.toolchain = toolchain;
    Ok(outcome)
}

/// Asks whoever takes and signs files whether they would, before a compiler starts.
fn preflight(ports: &Ports<'_>, plan: &DistPlan, run: &DistRun<'_>) -> Result<(), Vec<BuildError>> {
    let mut errors = Vec::new();
    errors.extend(ports.programs.check(&plan.paths()).err());
    errors.extend(run.helpers.signer.and_then(|signer| signer.check().err()));
    if run.sink.is_some() {
        for place in places(plan).into_keys() {
            let destination = Destination::Registry(place.repository.clone());
            errors.extend(ports.publisher.check(&destination).err());
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors)
    }
}

/// What became of a program.
struct Ended {
    /// Its number in the plan.
    number: Option<usize>,
    line: report::Binary,
    run: Result<ProgramRun, BuildError>,
}

/// A release that is being made.
struct Making<'a> {
    ports: &'a Ports<'a>,
    prepared: &'a PreparedDist,
    bench: &'a Workbench<'a>,
    course: &'a Course<'a>,
    known: &'a KnownPrograms<'a>,
    /// What is vendored, where it was compared with go.sum.
    vendored: Option<Vendored>,
    /// What holds the programs to the rules, where they are to be pushed.
    gate: Option<&'a ProgramsGate<'a>>,
    row: &'a (dyn Fn(&report::Binary) + Sync),
}

impl Making<'_> {
    /// Puts all programs in their places: those that are kept, and of the batches that are `missing` each as it is
    /// compiled.
    fn all(&self, missing: &[Batch], toolchain: Option<&Toolchain>, jobs: NonZeroUsize) -> Outcome {
        let ended = Mutex::default();
        let kept = self.known.kept();
        let keep = || {
            crew::all(jobs.get(), &kept, |(settings, binary)| {
                let vouched = self.vouched((*binary).clone());
                let made = vouched.and_then(|binary| self.make(settings, &binary));
                self.note(&ended, &binary.target, made, Duration::ZERO);
            });
        };
        let toolchain = toolchain.filter(|_| !missing.is_empty());
        let compile = || {
            if let Some(toolchain) = toolchain {
                self.compile(missing, toolchain, jobs, &ended);
            }
        };
        crew::both(keep, compile);
        let mut ended: Vec<Ended> = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.sort_by_key(|it| it.number);
        let mut outcome = Outcome::default();
        for Ended { line, run, .. } in ended {
            outcome.binaries.push(line);
            match run {
                Ok(run) => outcome.making.programs.push(run),
                Err(error) => outcome.errors.push(error),
            }
        }
        outcome
    }

    /// Compiles programs, and puts each in its place.
    fn compile(
        &self,
        batches: &[Batch],
        toolchain: &Toolchain,
        jobs: NonZeroUsize,
        ended: &Mutex<Vec<Ended>>,
    ) {
        let ports = self.ports;
        let check = ModuleCheck::new(ports.verifier, &self.prepared.source.vendoring);
        let went = Went::default();
        let began = ports.clock.elapsed();
        let downloads = compile(
            ports,
            toolchain,
            &Compile {
                batches,
                modules: &self.prepared.modules,
                jobs,
            },
            &|settings, target, result| {
                let verified = result.and_then(|binary| self.verified(&check, binary));
                let made = went
                    .through(verified)
                    .and_then(|binary| self.make(settings, &binary));
                let after = ports.clock.elapsed().saturating_sub(began);
                self.note(ended, target, made, after);
            },
        );
        let programs = batches.iter().map(|batch| batch.mains.len() as u64).sum();
        let decided = [
            (BuildState::DownloadDeps, downloads.to_string()),
            (BuildState::VerifyChecksums, check.to_string()),
            (BuildState::Build, counted(programs, "program", "programs")),
        ];
        went.tell(self.course, decided);
    }

    /// Notes what became of a program, and shows it; a failure came `after` so much time.
    fn note(
        &self,
        ended: &Mutex<Vec<Ended>>,
        target: &Target,
        made: Result<(report::Binary, ProgramRun), BuildError>,
        after: Duration,
    ) {
        let (line, run) = match made {
            Ok((line, run)) => (line, Ok(run)),
            Err(error) => (failed(target, &error, after), Err(error)),
        };
        let number = self.prepared.plan.position(target);
        let mut ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
        (self.row)(&line);
        ended.push(Ended { number, line, run });
    }

    /// Hands on a program that was compiled from what go.sum says.
    fn verified(&self, check: &ModuleCheck<'_>, binary: Binary) -> Result<Binary, BuildError> {
        self.vouched(check.verified(binary)?)
    }

    /// Hands on a program whose vendored files are what they were when they were compared.
    fn vouched(&self, binary: Binary) -> Result<Binary, BuildError> {
        match &self.vendored {
            Some(vendored) => vendored.watch.unchanged(self.ports.source, binary),
            None => Ok(binary),
        }
    }

    /// Makes the files of a program, and beside that keeps it, lets the gate look at it, and notes what its bytes are.
    fn make(
        &self,
        settings: &GoSettings,
        binary: &Binary,
    ) -> Result<(report::Binary, ProgramRun), BuildError> {
        let look = || self.gate.inspect(|gate| gate.look_at(settings, binary));
        let note = || {
            let parts = ProgramParts::of(binary);
            self.known.note(binary);
            parts
        };
        let beside = || crew::both(look, note).1;
        let (parts, made) = crew::both(beside, || self.bench.make(binary));
        let made = made.map_err(|error| error.in_state(BuildState::ProduceArtifact))?;
        let seconds = (!self.known.is_kept(&binary.target)).then_some(made.seconds);
        let run = ProgramRun {
            seconds,
            ..program_run(&made, binary, parts, self.version(&binary.target))
        };
        Ok((made, run))
    }

    /// Returns the version that a program is made as.
    fn version(&self, target: &Target) -> Option<String> {
        let plan = &self.prepared.plan;
        let program = &plan.programs[plan.position(target)?];
        Some(plan.image_of(program)?.version.clone())
    }

    /// Lists what was made, and pushes it where all was made and nothing is against it.
    fn finish(&self, outcome: &mut Outcome, refusals: Vec<BuildError>, run: &DistRun<'_>) {
        let plan = &self.prepared.plan;
        let in_state = |error: BuildError| error.in_state(BuildState::ProduceArtifact);
        if let Some(reason) = self.ports.cancellation.reason() {
            // Whoever waits for it has to hear that it is not done, where nothing else broke off.
            return outcome.errors.push(reason.to_error());
        }
        let files = self.bench.list().unwrap_or_else(|error| {
            outcome.errors.push(in_state(error));
            Vec::new()
        });
        let is_refused = !refusals.is_empty();
        outcome.errors.extend(refusals.into_iter().map(in_state));
        let mut pushed = Vec::new();
        if let Some(sink) = run.sink {
            if outcome.errors.is_empty() {
                let made = self.bench.made();
                let (there, errors) = push(self.ports, plan, &made, sink, run.helpers.signer);
                pushed = there;
                outcome.errors.extend(errors.into_iter().map(in_state));
            } else if !is_refused {
                self.ports.events.emit(Event::Noted {
                    phase: Phase::Publish,
                    message: "nothing is pushed, because not all of it was made".to_owned(),
                });
            }
        }
        if outcome.errors.is_empty() {
            let made = self.bench.made().len() as u64;
            let made = counted(made, "file", "files");
            self.course.done(BuildState::ProduceArtifact, made);
        }
        outcome.release = Some(Box::new(Release {
            folder: plan.folder.display().to_string(),
            files,
            pushed,
        }));
    }
}

/// Returns what the history keeps of a program, but for its time: of one that was packed, what that left of it.
fn program_run(
    made: &report::Binary,
    binary: &Binary,
    parts: ProgramParts,
    version: Option<String>,
) -> ProgramRun {
    let packed = made.packed.as_ref();
    let packed = packed.filter(|packed| packed.kept_because.is_none());
    let (parts, no_parts) = match packed {
        Some(_) => ProgramParts::packed().into_record(),
        None => parts.into_record(),
    };
    ProgramRun {
        package: made.package.clone(),
        image: String::new(),
        platform: made.platform.clone(),
        size_bytes: packed.map_or(binary.size_bytes, |packed| packed.after_bytes),
        seconds: None,
        parts,
        no_parts,
        version,
    }
}

fn failed(target: &Target, error: &BuildError, after: Duration) -> report::Binary {
    report::Binary {
        package: target.main.import_path.to_string(),
        platform: target.platform.to_string(),
        path: None,
        size_bytes: 0,
        seconds: after.as_secs_f64(),
        sha256: None,
        packed: None,
        files: Vec::new(),
        status: format!("FAIL: {}", ForeignText::new(&error.in_one_line())),
    }
}
