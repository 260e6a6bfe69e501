//! One batch, from loading its packages to its last binary.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::GoBuilder;
use super::cgo_imports::may_import_c;
use super::collector::{Collector, Listed};
use super::downloads::{Downloads, missing};
use super::go_actions::GoActions;
use super::go_error::GoError;
use super::run_go::RunGo;
use super::workshop::Workshop;
use crate::adapters::process::Stream;
use crate::compile::{
    BuildOutput, CgoFiles, GoCommand, GoCommands, KnownPaths, Listing, ModuleDownload, Reach,
    compile_error, download_failure, load_error,
};
use crate::facts::MainPackage;
use crate::model::{BuildError, Event, ModuleDownloads, Phase};
use crate::plan::{Batch, Target};
use crate::ports::Done;
use crate::toolchain::{PinnedModule, Toolchain};

/// A batch on its way.
pub(super) struct BatchRun<'a> {
    builder: &'a GoBuilder<'a>,
    toolchain: &'a Toolchain,
    batch: &'a Batch,
    /// What is fetched first where something is missing.
    modules: &'a [PinnedModule],
    done: &'a Done<'a>,
    paths: KnownPaths,
    started: Duration,
    downloads: Mutex<ModuleDownloads>,
}

/// The compiler lacks modules.
struct Lacking;

impl<'a> BatchRun<'a> {
    /// Begins.
    pub(super) fn new(
        builder: &'a GoBuilder<'a>,
        toolchain: &'a Toolchain,
        batch: &'a Batch,
        modules: &'a [PinnedModule],
        done: &'a Done<'a>,
    ) -> Self {
        Self {
            paths: builder.known_paths(toolchain, batch),
            started: builder.clock.elapsed(),
            builder,
            toolchain,
            batch,
            modules,
            done,
            downloads: Mutex::default(),
        }
    }

    /// Goes to the end: every target has its result then. Returns what came of fetching modules.
    pub(super) fn run(self) -> ModuleDownloads {
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
        let downloads = self.downloads.into_inner();
        downloads.unwrap_or_else(PoisonError::into_inner)
    }

    /// Loads all packages, which fetches their modules, and compiles nothing.
    ///
    /// # Errors
    /// When one cannot be loaded.
    pub(super) fn load(&self) -> Result<(), BuildError> {
        let targets: Vec<Target> = self.batch.mains.iter().map(|it| self.target(it)).collect();
        let Some(first) = targets.first() else {
            return Ok(());
        };
        let blame = |error: GoError| error.for_target(first, &self.paths);
        let workshop = Workshop::open(&self.builder.settings.cache)
            .map_err(|error| blame(GoError::Workshop(error)))?;
        let scratch = workshop.scratch();
        let listing = self.list(&self.commands(&scratch)).map_err(blame)?;
        for target in &targets {
            let failures = listing.failures(&target.main.import_path);
            if !failures.is_empty() {
                return Err(load_error(target, &failures, &[], &self.paths));
            }
        }
        Ok(())
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

    /// Compiles without a word to the network, and lists the packages meanwhile: where no module is
    /// missing, and all can be loaded, that is all. Else modules are fetched, and what can be loaded is
    /// compiled then.
    ///
    /// The list waits until packages are compiled: the compiler loads them first, with all
    /// processors, and links in the end with little more than one.
    fn build_in(&self, workshop: &Arc<Workshop>, waiting: &mut Vec<Target>) -> Result<(), GoError> {
        let scratch = workshop.scratch();
        let commands = self.commands(&scratch);
        let foreign = self.foreign_folders(workshop);
        let listed = OnceLock::new();
        let mut collector = Collector::new(
            self.builder,
            &self.batch.settings,
            self.done,
            workshop,
            &foreign,
            &listed,
            waiting,
        );
        let said = std::thread::scope(|scope| {
            let (loading, loaded) = channel();
            let (commands, listed) = (&commands, &listed);
            scope.spawn(move || {
                // What loads lets go of its end, and says nothing where it lacks nothing.
                if let Ok(Lacking) = loaded.recv() {
                    self.download(commands);
                }
                self.list_and_warn(commands, listed);
            });
            let reach = Reach::Offline;
            self.compile(commands, reach, workshop, &mut collector, Some(loading))
        });
        let Some(Ok(listing)) = listed.get() else {
            drop(collector);
            let error = listed.into_inner().and_then(Result::err);
            return Err(error.unwrap_or(GoError::Deleted));
        };
        let mut said = said?;
        let fails = |target: &Target| !listing.failures(&target.main.import_path).is_empty();
        if said.is_for_want_of_network() || collector.waiting().iter().any(fails) {
            self.keep_what_loads(&commands, listing, collector.waiting())?;
            if !collector.waiting().is_empty() {
                collector.begin_again();
                said = self.compile(&commands, Reach::Online, workshop, &mut collector, None)?;
            }
        }
        drop(collector);
        if !workshop.is_there() && !waiting.is_empty() {
            return Err(GoError::Deleted);
        }
        for target in waiting.drain(..) {
            let lines = said.about(&listing.closure(&target.main.import_path));
            self.fail(&target, compile_error(&target, &lines, &self.paths));
        }
        Ok(())
    }

    /// Lists all packages, and tells of what is left out of them for want of cgo: nothing is made of
    /// that but a warning, and without one the compiler goes on.
    fn list_and_warn(&self, commands: &GoCommands<'_>, listed: &Listed) {
        let listing = listed.get_or_init(|| self.list(commands));
        if let Ok(listing) = listing
            && let Ok(cgo) = self.cgo_files(commands, listing)
        {
            self.warn_of_cgo(listing, &cgo);
        }
    }

    /// Fetches what is missing of the modules that may be needed, apart from the build. Which of
    /// those that cannot be had are needed, loading tells.
    fn download(&self, commands: &GoCommands<'_>) {
        let platform = self.batch.platform.to_string();
        let module_cache = &self.paths.module_cache;
        let missing = missing(module_cache, self.modules);
        if missing.is_empty() {
            return;
        }
        let Ok(command) = commands.download(&missing) else {
            return;
        };
        self.tell(&command);
        let mut downloads = Downloads::new(self.builder.events, platform, module_cache);
        downloads.wait_for(&missing);
        let finished = self.go().run_beside(&command, || downloads.look());
        let stdout = finished.map(|finished| finished.stdout).unwrap_or_default();
        let failures = ModuleDownload::parse(&stdout);
        self.note(ModuleDownloads {
            downloaded: downloads.end(),
            failures: failures
                .iter()
                .filter_map(ModuleDownload::failure)
                .collect(),
        });
    }

    fn note(&self, downloads: ModuleDownloads) {
        let mut all = self
            .downloads
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.add(downloads);
    }

    /// Loads all packages, which fetches the modules that still are missing; that is shown where it
    /// happens.
    fn list(&self, commands: &GoCommands<'_>) -> Result<Listing, GoError> {
        let platform = self.batch.platform.to_string();
        let module_cache = &self.paths.module_cache;
        let mut downloads = Downloads::new(self.builder.events, platform, module_cache);
        let command = commands.list()?;
        self.tell(&command);
        let finished = self.go().run_observed(&command, &mut |stream, line| {
            if stream == Stream::Stderr {
                downloads.hear(line);
            }
        });
        self.note(ModuleDownloads {
            downloaded: downloads.end(),
            failures: Vec::new(),
        });
        let finished = finished?;
        Ok(Listing::parse(&finished.stdout)?)
    }

    /// Finds out which files count only where cgo is on.
    fn cgo_files(
        &self,
        commands: &GoCommands<'_>,
        listing: &Listing,
    ) -> Result<Vec<CgoFiles>, GoError> {
        let suspects = listing.cgo_suspects(may_import_c);
        if suspects.is_empty() {
            return Ok(Vec::new());
        }
        let finished = self.go().run(&commands.list_cgo_files(&suspects)?)?;
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
        let cgo = self.cgo_files(commands, listing)?;
        waiting.retain(|target| {
            let failures = failures(target);
            self.note(ModuleDownloads {
                downloaded: Vec::new(),
                failures: failures
                    .iter()
                    .filter_map(|failure| download_failure(&failure.message))
                    .collect(),
            });
            if !failures.is_empty() {
                self.fail(target, load_error(target, &failures, &cgo, &self.paths));
            }
            failures.is_empty()
        });
        Ok(())
    }

    /// A program that cannot be loaded is not compiled without anything.
    fn warn_of_cgo(&self, listing: &Listing, cgo: &[CgoFiles]) {
        let mains = self.batch.mains.iter().map(|main| &main.import_path);
        let loaded = mains.filter(|main| listing.failures(main).is_empty());
        let packages: BTreeSet<&str> = loaded.flat_map(|main| listing.closure(main)).collect();
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
    /// about the others, which still wait. Lets go of `loading` once the packages are loaded.
    fn compile(
        &self,
        commands: &GoCommands<'_>,
        reach: Reach,
        workshop: &Workshop,
        collector: &mut Collector<'_>,
        mut loading: Option<Sender<Lacking>>,
    ) -> Result<BuildOutput, GoError> {
        let mains: Vec<_> = collector
            .waiting()
            .iter()
            .map(|it| it.main.clone())
            .collect();
        let mains: Vec<&MainPackage> = mains.iter().collect();
        let command = commands.build(&mains, &workshop.output(), reach)?;
        self.tell(&command);
        let (command, actions) = GoActions::begin(self.builder, workshop.actions(), command);
        let look = || {
            loading.take_if(|_| workshop.is_at_work());
            collector.look();
        };
        let finished = self.go().run_beside(&command, look);
        if let (Ok(finished), Some(actions)) = (&finished, actions) {
            actions.end(&self.batch.platform, finished.status);
        }
        let finished = finished.map(|finished| {
            let said = BuildOutput::parse(&String::from_utf8_lossy(&finished.stderr));
            if let Some(loading) = loading.take_if(|_| said.is_for_want_of_network()) {
                // Who listens lists packages in any case.
                let _ = loading.send(Lacking);
            }
            said
        });
        drop(loading);
        match finished {
            Ok(said) => {
                collector.finish();
                Ok(said)
            }
            Err(error) => {
                // What was finished stays.
                collector.look();
                Err(error)
            }
        }
    }

    /// Tells which command is run.
    fn tell(&self, command: &GoCommand) {
        self.builder.events.emit(Event::Ran {
            phase: Phase::Compile,
            command: command.shell_line(),
        });
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
        self.builder.commands(self.toolchain, self.batch, scratch)
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
