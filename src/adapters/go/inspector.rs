//! The `GoInspector` port over the go program.

use std::path::Path;

use super::downloads::missing;
use super::go_error::GoError;
use super::run_go::RunGo;
use super::workshop::Workshop;
use super::{GoBuilder, build_cache};
use crate::adapters::process::Finished;
use crate::compile::{
    BuildCacheReading, CacheShare, CommandError, GoCommand, GoCommands, PackageGraph,
    PlannedCommand, Recompiled, ReleaseNotes, VetRemark, WORK_FOLDER, exports,
};
use crate::facts::MainPackage;
use crate::model::{BuildError, ExitCode, ModulePath, Phase, SourcePath, Work};
use crate::plan::{Batch, Target};
use crate::ports::{GoInspector, Packages, Progress};
use crate::toolchain::{PinnedModule, Toolchain};

/// What is looked at where packages are compiled anew.
const COMPILED: &str = "compiled packages";

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a method of `GoCommands` is not general enough in its lifetime"
)]
impl GoInspector for GoBuilder<'_> {
    fn packages(&self, toolchain: &Toolchain, batch: &Batch) -> Result<Packages, BuildError> {
        let look = Look::new(self, toolchain, batch);
        let finished = look.succeed("packages", |commands| commands.packages())?;
        let graph = PackageGraph::parse(&finished.stdout)
            .map_err(|error| look.explain("packages", &error.into()))?;
        let errors = batch.mains.iter().filter_map(|main| {
            let said = GoError::Said(graph.failure(&main.import_path)?.to_owned());
            Some(look.explain_of(Some(main), "packages", &said))
        });
        let errors = errors.collect();
        Ok(Packages { graph, errors })
    }

    fn commands(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[PinnedModule],
    ) -> Result<Vec<PlannedCommand>, BuildError> {
        let work = Path::new(WORK_FOLDER);
        let scratch = work.join("work");
        let missing = missing(&self.settings.folders.module_cache, modules);
        let commands = self.commands(toolchain, batch, &scratch);
        let planned = commands.of_build(&work.join("out"), &missing);
        planned
            .map_err(|error| Look::new(self, toolchain, batch).explain("commands", &error.into()))
    }

    fn releases(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        modules: &[ModulePath],
    ) -> Result<Vec<ReleaseNotes>, BuildError> {
        if modules.is_empty() {
            return Ok(Vec::new());
        }
        let look = Look::new(self, toolchain, batch);
        let finished = look.succeed("releases", |commands| commands.releases(modules))?;
        ReleaseNotes::parse(&finished.stdout)
            .map_err(|error| look.explain("releases", &error.into()))
    }

    fn untidiness(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        folder: &SourcePath,
    ) -> Result<Option<String>, BuildError> {
        let look = Look::new(self, toolchain, batch);
        let finished = look.run("go.mod", |commands| commands.tidiness(folder))?;
        let diff = String::from_utf8_lossy(&finished.stdout);
        if finished.status.success() {
            Ok(None)
        } else if diff.is_empty() {
            Err(look.explain("go.mod", &said(&finished)))
        } else {
            Ok(Some(diff.into_owned()))
        }
    }

    fn vet(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        folder: &SourcePath,
    ) -> Result<Vec<VetRemark>, BuildError> {
        let look = Look::new(self, toolchain, batch);
        let finished = look.run("go vet", |commands| commands.vet(folder))?;
        let remarks = VetRemark::parse(&String::from_utf8_lossy(&finished.stderr));
        if finished.status.success() || !remarks.is_empty() {
            Ok(remarks)
        } else {
            Err(look.explain("go vet", &said(&finished)))
        }
    }

    fn build_cache(&self, share: CacheShare) -> Result<BuildCacheReading, BuildError> {
        let folder = &self.settings.folders.build_cache;
        let work = Work::new(Phase::Cache, "read Go's build cache");
        let progress = Progress::start(self.events, work, None);
        let advance = |bytes| progress.advance(bytes);
        let reading = build_cache::read(folder, share, &self.cancellation, &advance);
        if let Some(reason) = self.cancellation.reason() {
            return Err(reason.to_error());
        }
        reading.map_err(|error| {
            let message = "cannot read Go's build cache";
            BuildError::new(Phase::Cache, folder.display().to_string(), message).because(error)
        })
    }

    fn recompiled(
        &self,
        toolchain: &Toolchain,
        batch: &Batch,
        packages: &[String],
    ) -> Result<Recompiled, BuildError> {
        if packages.is_empty() {
            return Ok(Recompiled::default());
        }
        let look = Look::new(self, toolchain, batch);
        let listed = |finished: Finished| exports(&String::from_utf8_lossy(&finished.stdout));
        let kept = look.succeed(COMPILED, |commands| commands.exported(packages))?;
        let kept = listed(kept);
        let unworkable = |error| look.explain(COMPILED, &GoError::Workshop(error));
        let workshop = Workshop::open(&self.settings.cache).map_err(unworkable)?;
        let elsewhere = workshop.output();
        let anew = look.succeed(COMPILED, |commands| {
            let mut command = commands.exported(packages)?;
            let cache = elsewhere.clone().into_os_string();
            command.environment.insert("GOCACHE".into(), cache);
            Ok(command)
        })?;
        build_cache::compare(&kept, &listed(anew)).map_err(unworkable)
    }
}

fn said(finished: &Finished) -> GoError {
    GoError::Said(String::from_utf8_lossy(&finished.stderr).trim().to_owned())
}

/// A look at what a batch is made of.
struct Look<'a> {
    builder: &'a GoBuilder<'a>,
    toolchain: &'a Toolchain,
    batch: &'a Batch,
}

type Command<'c> = dyn Fn(&GoCommands<'_>) -> Result<GoCommand, CommandError> + 'c;

impl<'a> Look<'a> {
    fn new(builder: &'a GoBuilder<'a>, toolchain: &'a Toolchain, batch: &'a Batch) -> Self {
        Self {
            builder,
            toolchain,
            batch,
        }
    }

    /// Runs a command that must succeed.
    fn succeed(
        &self,
        subject: &str,
        command: impl Fn(&GoCommands<'_>) -> Result<GoCommand, CommandError>,
    ) -> Result<Finished, BuildError> {
        let finished = self.run(subject, command)?;
        if finished.status.success() {
            Ok(finished)
        } else {
            Err(self.explain(subject, &said(&finished)))
        }
    }

    /// Runs a command, whatever it comes to.
    fn run(
        &self,
        subject: &str,
        command: impl Fn(&GoCommands<'_>) -> Result<GoCommand, CommandError>,
    ) -> Result<Finished, BuildError> {
        let work = Work::new(Phase::Check, format!("{subject} {}", self.batch.platform));
        let _progress = Progress::start(self.builder.events, work, None);
        let finished = self.run_in_workshop(&command);
        finished.map_err(|error| self.explain(subject, &error))
    }

    fn run_in_workshop(&self, command: &Command<'_>) -> Result<Finished, GoError> {
        let workshop = Workshop::open(&self.builder.settings.cache).map_err(GoError::Workshop)?;
        let scratch = workshop.scratch();
        let commands = self.builder.commands(self.toolchain, self.batch, &scratch);
        let command = command(&commands)?;
        let go = RunGo {
            clock: self.builder.clock,
            cancellation: &self.builder.cancellation,
            started: self.builder.clock.elapsed(),
            time_limit: self.batch.time_limit,
        };
        go.run_beside(&command, || {})
    }

    fn explain(&self, subject: &str, error: &GoError) -> BuildError {
        self.explain_of(self.batch.mains.first(), subject, error)
    }

    fn explain_of(&self, main: Option<&MainPackage>, subject: &str, error: &GoError) -> BuildError {
        let paths = self.builder.known_paths(self.toolchain, self.batch);
        let target = main.map(|main| Target {
            main: main.clone(),
            platform: self.batch.platform.clone(),
        });
        match (error, target) {
            // What keeps a program from being compiled is explained where that is known best.
            (_, Some(target)) => {
                let mut explained = error.for_target(&target, &paths);
                if explained.phase == Phase::Compile {
                    explained.phase = Phase::Check;
                }
                explained.message = format!("cannot look at {subject}");
                explained
            }
            (error, None) => BuildError::new(Phase::Check, subject, error).exit(ExitCode::Internal),
        }
    }
}
