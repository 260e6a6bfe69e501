//! Plain programs, without an image.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::compile::Binary;
use crate::facts::SourceFacts;
use crate::model::{BuildError, BuildState, ExitCode, ForeignText, Phase, Platform};
use crate::plan::{DistInputs, DistPlan, DistProgram, DistRequest, Selection, Target, plan_dist};
use crate::report::{self, counted};
use crate::toolchain::{Choice, PinnedModule};

use super::compile::{Compile, compile};
use super::course::{Course, Went, compiling};
use super::module_check::ModuleCheck;
use super::pinned_modules::pinned_modules;
use super::prepare::{Request, check_vendoring, gather, warn_of_mistaken};
use super::{Outcome, Ports, revisions, toolchain};

/// What is asked of `dist` beside the names of programs.
pub struct DistOrder<'a> {
    /// What the programs run on; empty means everything that Go can build for.
    pub platforms: &'a [Platform],
    /// The folder that takes them, absolute.
    pub folder: &'a Path,
    /// How long one platform may take.
    pub time_limit: Duration,
}

/// Programs that are ready to be compiled.
pub struct PreparedDist {
    /// What will be made.
    pub plan: DistPlan,
    /// Which Go compiles.
    pub go: Choice,
    /// The modules that may be needed.
    modules: Vec<PinnedModule>,
    /// What the source says.
    pub(super) source: SourceFacts,
}

impl PreparedDist {
    /// Returns what the source says.
    pub fn source(&self) -> &SourceFacts {
        &self.source
    }
}

/// Finds out and decides all that `dist` needs.
///
/// # Errors
/// Every reason why nothing can be made.
pub fn prepare_dist(
    ports: &Ports<'_>,
    request: &Request<'_>,
    order: &DistOrder<'_>,
) -> Result<PreparedDist, Vec<BuildError>> {
    let one = |error| vec![error];
    warn_of_mistaken(ports, request.modules);
    let source = gather(ports, request).map_err(one)?;
    check_vendoring(ports, &source).map_err(one)?;
    let selection = Selection::new(
        request.config,
        &source,
        &request.project.folder,
        request.standpoint(),
    );
    let selected = selection.select(request.names).map_err(one)?;
    let revisions = revisions::of(ports, request, &source, &selected).map_err(one)?;
    let inputs: Vec<DistInputs<'_>> = selected
        .into_iter()
        .zip(revisions)
        .map(|(selected, revision)| DistInputs {
            untracked: source.untracked_inputs(&selected.mains, &[]),
            selected,
            revision,
        })
        .collect();
    let dist = DistRequest {
        config: request.config,
        epoch: request.epoch,
        project: request.project,
        platforms: order.platforms,
        folder: order.folder,
        time_limit: order.time_limit,
    };
    let plan = plan_dist(&dist, &inputs)?;
    let go = toolchain::decide(ports.toolchains, &request.config.go, &source.go).map_err(one)?;
    Ok(PreparedDist {
        plan,
        go,
        modules: pinned_modules(ports.source, &source).map_err(one)?,
        source,
    })
}

/// Compiles all programs, at most `jobs` builds at once, and puts each in its place as it is ready;
/// `row` is told of each result, good or bad, when it is there.
///
/// # Errors
/// When there is no Go to compile with; what fails later is in the outcome, beside what was made.
pub fn dist(
    ports: &Ports<'_>,
    prepared: &PreparedDist,
    jobs: NonZeroUsize,
    row: &(dyn Fn(&report::Binary) + Sync),
) -> Result<Outcome, Vec<BuildError>> {
    let course = Course::begin(ports.events, compiling(&prepared.go), &prepared.go);
    let obtained = toolchain::obtain(ports.toolchains, ports.events, &prepared.go);
    let toolchain = obtained.map_err(|error| vec![error])?;
    course.obtained(&toolchain);
    let check = ModuleCheck::new(ports.verifier, &prepared.source.vendoring);
    let went = Went::default();
    let began = ports.clock.elapsed();
    let outcome = Mutex::new(Outcome::default());
    let downloads = compile(
        ports,
        &toolchain,
        &Compile {
            batches: &prepared.plan.batches,
            modules: &prepared.modules,
            jobs,
        },
        &|_, target, result| {
            let verified = result.and_then(|binary| check.verified(binary));
            let placed = went.through(verified).and_then(|binary| {
                let placed = place(ports, &prepared.plan, &binary);
                placed.map_err(|error| error.in_state(BuildState::ProduceArtifact))
            });
            let (line, error) = match placed {
                Ok(line) => (line, None),
                Err(error) => {
                    let after = ports.clock.elapsed().saturating_sub(began);
                    (failed(target, &error, after), Some(error))
                }
            };
            let mut outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner);
            row(&line);
            outcome.binaries.push(line);
            outcome.errors.extend(error);
        },
    );
    let mut outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome
        .binaries
        .sort_by_key(|binary| position(&prepared.plan, binary));
    let programs = outcome.binaries.len() as u64;
    let decided = [
        (BuildState::DownloadDeps, downloads.to_string()),
        (BuildState::VerifyChecksums, check.to_string()),
        (BuildState::Build, counted(programs, "program", "programs")),
    ];
    went.tell(&course, decided);
    if outcome.errors.is_empty() {
        course.done(
            BuildState::ProduceArtifact,
            counted(programs, "file", "files"),
        );
    }
    outcome.toolchain = Some(toolchain);
    Ok(outcome)
}

fn place(
    ports: &Ports<'_>,
    plan: &DistPlan,
    binary: &Binary,
) -> Result<report::Binary, BuildError> {
    let is_it = |program: &&DistProgram| program.target == binary.target;
    let program = plan.programs.iter().find(is_it).ok_or_else(|| {
        let package = &binary.target.main.import_path;
        BuildError::new(Phase::Compile, package, "nobody asked for this program")
            .exit(ExitCode::Internal)
    })?;
    let digest = ports.programs.place(binary, &program.path)?;
    Ok(report::Binary {
        package: binary.target.main.import_path.to_string(),
        platform: binary.target.platform.to_string(),
        path: Some(program.path.display().to_string()),
        size_bytes: binary.size_bytes,
        seconds: binary.duration.as_secs_f64(),
        sha256: Some(digest.to_hex()),
        status: "OK".to_owned(),
    })
}

fn position(plan: &DistPlan, binary: &report::Binary) -> Option<usize> {
    plan.programs.iter().position(|program| {
        program.target.main.import_path.as_str() == binary.package
            && program.target.platform.to_string() == binary.platform
    })
}

fn failed(target: &Target, error: &BuildError, after: Duration) -> report::Binary {
    report::Binary {
        package: target.main.import_path.to_string(),
        platform: target.platform.to_string(),
        path: None,
        size_bytes: 0,
        seconds: after.as_secs_f64(),
        sha256: None,
        status: format!("FAIL: {}", ForeignText::new(&error.in_one_line())),
    }
}
