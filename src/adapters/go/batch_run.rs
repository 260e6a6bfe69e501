//! One batch, from loading its packages to its last binary.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::GoBuilder;
use super::collector::Collector;
use super::downloads::Downloads;
use super::go_error::GoError;
use super::run_go::RunGo;
use super::workshop::Workshop;
use crate::adapters::process::Stream;
use crate::compile::{
    BuildOutput, CgoFiles, GoCommands, KnownPaths, Listing, Surroundings, compile_error, load_error,
};
use crate::facts::MainPackage;
use crate::model::{BuildError, Event, ImportPath, Phase};
use crate::plan::{Batch, Target};
use crate::ports::Done;
use crate::toolchain::Toolchain;

/// A batch on its way.
pub(super) struct BatchRun<'a> {
    builder: &'a GoBuilder<'a>,
    toolchain: &'a Toolchain,
    batch: &'a Batch,
    done: &'a Done<'a>,
    paths: KnownPaths,
    started: Duration,
}

impl<'a> BatchRun<'a> {
    /// Begins.
    pub(super) fn new(
        builder: &'a GoBuilder<'a>,
        toolchain: &'a Toolchain,
        batch: &'a Batch,
        done: &'a Done<'a>,
    ) -> Self {
        let settings = &builder.settings;
        Self {
            paths: KnownPaths {
                folder: settings.source_root.join(batch.folder.as_str()),
                module_cache: settings.folders.module_cache.clone(),
                goroot: toolchain.root.clone(),
            },
            started: builder.clock.elapsed(),
            builder,
            toolchain,
            batch,
            done,
        }
    }

    /// Goes to the end: every target has its result then.
    pub(super) fn run(&self) {
        let mut waiting: Vec<Target> = self
            .batch
            .mains
            .iter()
            .map(|main| self.target(main))
            .collect();
        let mut built = self.build(&mut waiting);
        // The cache may be deleted at any time; whoever goes on deleting it is told.
        if let Err(GoError::Deleted) = built {
            built = self.build(&mut waiting);
        }
        if let Err(error) = built {
            for target in waiting {
                self.fail(&target, error.for_target(&target, &self.paths));
            }
        }
    }

    fn build(&self, waiting: &mut Vec<Target>) -> Result<(), GoError> {
        let workshop = Workshop::open(&self.builder.settings.cache).map_err(GoError::Workshop)?;
        let workshop = Arc::new(workshop);
        let built = self.build_in(&workshop, waiting);
        built.map_err(|error| {
            if workshop.is_there() {
                error
            } else {
                GoError::Deleted
            }
        })
    }

    fn build_in(&self, workshop: &Arc<Workshop>, waiting: &mut Vec<Target>) -> Result<(), GoError> {
        let scratch = workshop.scratch();
        let commands = self.commands(&scratch);
        let listing = self.list(&commands)?;
        self.keep_what_loads(&commands, &listing, waiting)?;
        if waiting.is_empty() {
            return Ok(());
        }
        let said = self.compile_and_warn(&commands, workshop, &listing, waiting)?;
        if !workshop.is_there() && !waiting.is_empty() {
            return Err(GoError::Deleted);
        }
        for target in waiting.drain(..) {
            let lines = said.about(&listing.closure(&target.main.import_path));
            self.fail(&target, compile_error(&target, &lines, &self.paths));
        }
        Ok(())
    }

    /// Loads all packages, which fetches their modules; that is shown where it happens.
    fn list(&self, commands: &GoCommands<'_>) -> Result<Listing, GoError> {
        let platform = self.batch.platform.to_string();
        let module_cache = &self.paths.module_cache;
        let mut downloads = Downloads::new(self.builder.events, platform, module_cache);
        let finished = self
            .go()
            .run_observed(&commands.list()?, &mut |stream, line| {
                if stream == Stream::Stderr {
                    downloads.hear(line);
                }
            });
        downloads.end();
        let finished = finished?;
        Ok(Listing::parse(&finished.stdout)?)
    }

    /// Finds out which files count only where cgo is on.
    fn cgo_files(
        &self,
        commands: &GoCommands<'_>,
        suspects: &[ImportPath],
    ) -> Result<Vec<CgoFiles>, GoError> {
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        let finished = self.go().run(&commands.list_cgo_files(suspects)?)?;
        Ok(Listing::parse(&finished.stdout)?.into_cgo_files())
    }

    /// Fails the targets that cannot be loaded, and takes them out of `waiting`.
    fn keep_what_loads(
        &self,
        commands: &GoCommands<'_>,
        listing: &Listing,
        waiting: &mut Vec<Target>,
    ) -> Result<(), GoError> {
        let failures = |target: &Target| listing.failures(&target.main.import_path);
        if waiting.iter().all(|target| failures(target).is_empty()) {
            return Ok(());
        }
        let cgo = self.cgo_files(commands, &listing.cgo_suspects())?;
        waiting.retain(|target| {
            let failures = failures(target);
            if !failures.is_empty() {
                self.fail(target, load_error(target, &failures, &cgo, &self.paths));
            }
            failures.is_empty()
        });
        Ok(())
    }

    /// Compiles what waits, see [`Self::compile`]; meanwhile the go command is asked for what is to
    /// be warned of, which would keep the compiler waiting.
    fn compile_and_warn(
        &self,
        commands: &GoCommands<'_>,
        workshop: &Arc<Workshop>,
        listing: &Listing,
        waiting: &mut Vec<Target>,
    ) -> Result<BuildOutput, GoError> {
        let targets = waiting.clone();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // Nothing is made of the answer but a warning: without one the compiler goes on.
                if let Ok(cgo) = self.cgo_files(commands, &listing.cgo_suspects()) {
                    self.warn_of_cgo(&targets, listing, &cgo);
                }
            });
            self.compile(commands, workshop, listing, waiting)
        })
    }

    fn warn_of_cgo(&self, targets: &[Target], listing: &Listing, cgo: &[CgoFiles]) {
        let closures = targets
            .iter()
            .map(|target| listing.closure(&target.main.import_path));
        let packages: BTreeSet<&str> = closures.flatten().collect();
        for CgoFiles { package, files } in cgo {
            if packages.contains(package.as_str()) {
                self.builder.events.emit(Event::Warned {
                    phase: Phase::Compile,
                    message: format!(
                        "{package} is compiled for {} without its files that import \"C\": {}",
                        self.batch.platform,
                        files.join(", ")
                    ),
                    hints: vec![
                        "coracle builds without cgo: see that the package works so".to_owned(),
                    ],
                });
            }
        }
    }

    /// Compiles what waits, hands each program on as soon as it is there, and returns what was said
    /// about the others, which still wait.
    fn compile(
        &self,
        commands: &GoCommands<'_>,
        workshop: &Arc<Workshop>,
        listing: &Listing,
        waiting: &mut Vec<Target>,
    ) -> Result<BuildOutput, GoError> {
        let mains: Vec<_> = waiting.iter().map(|target| &target.main).collect();
        let command = commands.build(&mains, &workshop.output())?;
        let foreign = self.foreign_folders(workshop);
        let mut collector = Collector::new(
            self.builder,
            self.done,
            workshop,
            &foreign,
            listing,
            waiting,
        );
        let finished = self.go().run_beside(&command, || collector.look());
        match finished {
            Ok(finished) => {
                collector.finish();
                Ok(BuildOutput::parse(&String::from_utf8_lossy(
                    &finished.stderr,
                )))
            }
            Err(error) => {
                // What was finished stays.
                collector.look();
                Err(error)
            }
        }
    }

    /// The folders of which a program must know nothing, links resolved too.
    fn foreign_folders(&self, workshop: &Workshop) -> Vec<PathBuf> {
        let settings = &self.builder.settings;
        let folders = [
            self.toolchain.root.clone(),
            settings.folders.module_cache.clone(),
            settings.folders.build_cache.clone(),
            settings.source_root.clone(),
            workshop.output(),
            workshop.scratch(),
        ];
        let folders = folders.into_iter().chain(settings.environment.home());
        folders
            .flat_map(|folder| [folder.canonicalize().unwrap_or_default(), folder])
            .collect()
    }

    fn commands<'b>(&'b self, scratch: &'b Path) -> GoCommands<'b> {
        let settings = &self.builder.settings;
        GoCommands {
            toolchain: self.toolchain,
            batch: self.batch,
            surroundings: Surroundings {
                environment: &settings.environment,
                folders: &settings.folders,
                modules: &settings.modules,
                source_root: &settings.source_root,
                scratch,
                jobs: settings.jobs,
            },
        }
    }

    fn go(&self) -> RunGo<'_> {
        RunGo {
            clock: self.builder.clock,
            cancellation: &self.builder.cancellation,
            started: self.started,
            time_limit: self.batch.time_limit,
        }
    }

    fn target(&self, main: &MainPackage) -> Target {
        Target {
            main: main.clone(),
            platform: self.batch.platform.clone(),
        }
    }

    fn fail(&self, target: &Target, error: BuildError) {
        (self.done)(target, Err(error));
    }
}
