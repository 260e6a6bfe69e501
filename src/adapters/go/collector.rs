//! Programs, handed on as soon as they are there.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::GoBuilder;
use super::go_error::{GoError, inspection_error};
use super::inspection::{InspectionError, inspect};
use super::workshop::Workshop;
use crate::compile::{Binary, Listing, Sources, check_experiments, main_label, program_name};
use crate::model::{BuildError, Phase, Work};
use crate::plan::{GoSettings, Target};
use crate::ports::{Done, Progress};

/// What the packages of a batch are, as soon as that is known.
pub(super) type Listed = OnceLock<Result<Listing, GoError>>;

/// Looks for the programs of targets that wait while the compiler makes them.
pub(super) struct Collector<'a> {
    builder: &'a GoBuilder<'a>,
    asked: &'a GoSettings,
    done: &'a Done<'a>,
    workshop: &'a Arc<Workshop>,
    foreign: &'a [PathBuf],
    listed: &'a Listed,
    started: Duration,
    waiting: &'a mut Vec<Target>,
    progress: BTreeMap<Target, Progress<'a>>,
    seen: BTreeSet<Target>,
}

impl<'a> Collector<'a> {
    /// Begins to wait for the targets of `waiting`, which are compiled as `asked`; those whose result is known leave
    /// it.
    pub(super) fn new(
        builder: &'a GoBuilder<'a>,
        asked: &'a GoSettings,
        done: &'a Done<'a>,
        workshop: &'a Arc<Workshop>,
        foreign: &'a [PathBuf],
        listed: &'a Listed,
        waiting: &'a mut Vec<Target>,
    ) -> Self {
        let progress = waiting.iter().map(|target| {
            let subject = format!("{} {}", target.platform, main_label(&target.main));
            let work = Work::new(Phase::Compile, subject);
            (target.clone(), Progress::start(builder.events, work, None))
        });
        Self {
            started: builder.clock.elapsed(),
            progress: progress.collect(),
            seen: BTreeSet::new(),
            builder,
            asked,
            done,
            workshop,
            foreign,
            listed,
            waiting,
        }
    }

    /// Returns the targets whose result is not known.
    pub(super) fn waiting(&mut self) -> &mut Vec<Target> {
        self.waiting
    }

    /// Waits for programs that are compiled once more.
    pub(super) fn begin_again(&mut self) {
        self.started = self.builder.clock.elapsed();
        self.seen.clear();
        self.progress
            .retain(|target, _| self.waiting.contains(target));
    }

    /// Hands on what is there and good. What is not good may not be whole yet, and is looked at
    /// once more in the end.
    pub(super) fn look(&mut self) {
        if self.listed.get().is_none() {
            return;
        }
        for (target, path) in self.ready() {
            if !self.seen.insert(target.clone()) {
                continue;
            }
            if let Ok(binary) = self.inspect(&target, path) {
                self.hand_on(&target, Ok(binary));
            }
        }
    }

    /// Hands on all that is there: the compiler has ended.
    pub(super) fn finish(&mut self) {
        self.listed.wait();
        for (target, path) in self.ready() {
            let binary = self.inspect(&target, path);
            self.hand_on(
                &target,
                binary.map_err(|error| inspection_error(&target, error)),
            );
        }
    }

    fn ready(&self) -> Vec<(Target, PathBuf)> {
        let output = self.workshop.output();
        let paths = self.waiting.iter().map(|target| {
            let path = output.join(program_name(target));
            (target.clone(), path)
        });
        paths.filter(|(_, path)| path.is_file()).collect()
    }

    fn inspect(&self, target: &Target, path: PathBuf) -> Result<Binary, InspectionError> {
        let duration = self.builder.clock.elapsed().saturating_sub(self.started);
        let settings = &self.builder.settings;
        let listing = self.listed.get().and_then(|listed| listed.as_ref().ok());
        let listing = listing.ok_or_else(|| io::Error::other("its packages are not known"))?;
        let sources = Sources::of(
            listing.files(&target.main.import_path),
            &settings.source_root,
            &settings.folders.module_cache,
        );
        let binary = inspect(target, path, self.workshop, self.foreign, duration, sources)?;
        check_experiments(&binary.info, self.asked)?;
        Ok(binary)
    }

    fn hand_on(&mut self, target: &Target, result: Result<Binary, BuildError>) {
        self.waiting.retain(|waiting| waiting != target);
        self.progress.remove(target);
        (self.done)(target, result);
    }
}
