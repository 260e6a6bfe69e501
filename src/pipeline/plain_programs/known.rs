//! Programs of `dist` that were compiled before, from what they would be compiled from now.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};
use std::sync::Arc;
use std::time::Duration;

use crate::compile::{Binary, BuildInfo, BuildInfoScanner, Sources};
use crate::facts::{InputReader, SourceInputs, Stamps};
use crate::history::LayersRun;
use crate::model::{Blob, Event, Phase, crew};
use crate::plan::{Batch, CompiledBy, GoSettings, Memo, Recipe, Target};
use crate::ports::{Part, Users};
use crate::report::Explanation;

use super::super::Ports;
use super::super::explain::rebuilt_programs;
use super::super::layers_run::made;
use super::super::memory::LayerMemory;
use super::super::module_check::ModuleCheck;
use super::super::remember::{is_seen_by, tell_of_forgetting};
use super::prepare::PreparedDist;

/// How many programs are read at once.
const AT_ONCE: usize = 4;

/// What is known of the programs of a run before one is compiled.
pub(super) struct KnownPrograms<'a> {
    ports: &'a Ports<'a>,
    prepared: &'a PreparedDist,
    /// What each is compiled from, and what is remembered of it.
    memories: BTreeMap<Target, LayerMemory>,
    /// The states of their sources when that was found out.
    stamps: Stamps,
    /// Those that need not be compiled.
    kept: BTreeMap<Target, Binary>,
}

impl<'a> KnownPrograms<'a> {
    /// Finds out what the programs of `prepared` are compiled from, and which of them are still there, each whole and
    /// unharmed.
    pub(super) fn look_up(ports: &'a Ports<'a>, prepared: &'a PreparedDist) -> Self {
        let reader = InputReader::new(ports.source, &prepared.source);
        let mut memories = memories(prepared, &reader);
        for memory in memories.values_mut() {
            memory.memo = memory.key().and_then(|key| ports.memos.find(key));
        }
        let known: Vec<(&Target, &LayerMemory)> = memories.iter().collect();
        // What is said of a program is read in its modules: they have to be what they were.
        let is_described = !prepared.plan.form.sbom.is_empty();
        let check = ModuleCheck::new(ports.verifier, &prepared.source.vendoring);
        let kept = crew::all(AT_ONCE, &known, |(target, memory)| {
            let binary = kept(ports, target, memory.memo.as_ref()?)?;
            if is_described {
                check.verified(binary).ok()
            } else {
                Some(binary)
            }
        });
        let kept = kept.into_iter().flatten();
        Self {
            ports,
            prepared,
            kept: kept.map(|it| (it.target.clone(), it)).collect(),
            memories,
            stamps: reader.into_stamps(),
        }
    }

    /// Returns the states of their sources when it was found out what they are compiled from.
    pub(super) fn stamps(&self) -> &Stamps {
        &self.stamps
    }

    /// Returns which programs are kept, and why those that are not have to be compiled. It is to be asked before any
    /// is: what one was last made from is forgotten then.
    pub(super) fn explained(&self) -> (LayersRun, Vec<Explanation>) {
        let missing = self.memories.iter();
        let missing = missing.filter(|(target, _)| !self.is_kept(target));
        let missing: Vec<&LayerMemory> = missing.map(|(_, memory)| memory).collect();
        let made = missing.iter().map(|memory| made(self.ports, memory, None));
        let run = LayersRun {
            kept: self.kept.len() as u64,
            made: made.collect(),
        };
        (run, rebuilt_programs(self.ports, missing))
    }

    /// Returns what has to be compiled.
    pub(super) fn missing(&self) -> Vec<Batch> {
        let batches = self.prepared.plan.batches.iter();
        batches
            .filter_map(|batch| batch.of(|target| !self.is_kept(target)))
            .collect()
    }

    /// Returns the programs that need not be compiled, with the settings that they were compiled with.
    pub(super) fn kept(&self) -> Vec<(&GoSettings, &Binary)> {
        let batches = self.prepared.plan.batches.iter();
        batches
            .flat_map(|batch| {
                let kept = batch.targets().filter_map(|target| self.kept.get(&target));
                kept.map(|binary| (&batch.settings, binary))
            })
            .collect()
    }

    /// Tells whether a program need not be compiled.
    pub(super) fn is_kept(&self, target: &Target) -> bool {
        self.kept.contains_key(target)
    }

    /// Says which programs are not compiled.
    pub(super) fn tell(&self) {
        let message = match self.kept.len() {
            0 => return,
            1 => "1 program: no source changed".to_owned(),
            many => format!("{many} programs: no source changed"),
        };
        self.ports.events.emit(Event::Noted {
            phase: Phase::Compile,
            message,
        });
    }

    /// Notes that a program is the latest of its kind, and keeps it where it was just compiled.
    pub(super) fn note(&self, binary: &Binary) {
        let Some(memory) = self.memories.get(&binary.target) else {
            return;
        };
        match &memory.memo {
            // At worst, whoever asks what changed since is told more than happened.
            Some(memo) if self.is_kept(&binary.target) => {
                drop(self.ports.memos.note_latest(&memory.part, memo));
            }
            _ => self.keep(binary, memory),
        }
    }

    /// Keeps a program, unless its sources changed while it was compiled, or are more than was seen before. What cannot
    /// be kept is compiled again: the run has what it needs.
    fn keep(&self, binary: &Binary, memory: &LayerMemory) {
        let (target, LayerMemory { part, recipe, .. }) = (&binary.target, memory);
        let seen = recipe.as_ref().map_err(Clone::clone).and_then(|recipe| {
            is_seen_by(recipe, &binary.sources)?;
            Ok(recipe)
        });
        let recipe = match seen {
            Ok(recipe) => recipe,
            Err(why) => return tell_of_forgetting(self.ports, &target.main, &why),
        };
        if !self.is_still_so(target, recipe) {
            return;
        }
        if let Err(error) = self.ports.memos.keep_program(part, recipe, &*binary.source) {
            let package = &target.main.import_path;
            self.ports.events.emit(Event::Noted {
                phase: Phase::Compile,
                message: format!("the next run will compile {package} again: {error}"),
            });
        }
    }

    /// Tells whether a program is made from what it was made from when that was found out. A file that was changed,
    /// and changed back, may have been compiled in between.
    fn is_still_so(&self, target: &Target, recipe: &Recipe) -> bool {
        let Self {
            ports, prepared, ..
        } = self;
        let batches = prepared.plan.batches.iter();
        let mut own = batches.filter(|batch| batch.targets().any(|it| it == *target));
        let Some(batch) = own.next() else {
            return false;
        };
        let reader = InputReader::new(ports.source, &prepared.source);
        let now = inputs_of(&reader, target);
        let now = now.map(|inputs| recipe_of(prepared, target, &batch.settings, &inputs));
        let mut stamps = reader.into_stamps().into_iter();
        now.as_ref() == Ok(recipe)
            && stamps.all(|(path, stamp)| self.stamps.get(&path) == Some(&stamp))
    }
}

fn memories(prepared: &PreparedDist, reader: &InputReader<'_>) -> BTreeMap<Target, LayerMemory> {
    let mut inputs = BTreeMap::new();
    let batches = prepared.plan.batches.iter();
    let all = batches.flat_map(|batch| batch.targets().map(move |target| (batch, target)));
    all.map(|(batch, target)| {
        let main = target.main.import_path.clone();
        let inputs = inputs.entry(main);
        let inputs = inputs.or_insert_with(|| inputs_of(reader, &target));
        let inputs = inputs.as_ref().map_err(Clone::clone);
        let recipe = inputs.map(|inputs| recipe_of(prepared, &target, &batch.settings, inputs));
        let memory = LayerMemory::new(part(prepared, &target), recipe);
        (target, memory)
    })
    .collect()
}

fn inputs_of(reader: &InputReader<'_>, target: &Target) -> Result<SourceInputs, String> {
    let inputs = reader.inputs(&target.main);
    inputs.map_err(|error| error.to_string())
}

fn recipe_of(
    prepared: &PreparedDist,
    target: &Target,
    settings: &GoSettings,
    inputs: &SourceInputs,
) -> Recipe {
    let by = CompiledBy {
        go: &prepared.go.version,
        toolchain: prepared.toolchain,
        project: &prepared.project,
    };
    Recipe::of_plain_program(target, settings, by, inputs)
}

/// Names a program by the first image that it belongs to. In an image its path would be another.
fn part(prepared: &PreparedDist, target: &Target) -> Part {
    let plan = &prepared.plan;
    let number = plan.position(target);
    let image = number.and_then(|number| plan.image_of(&plan.programs[number]));
    Part {
        image: image.map(|it| it.name.to_string()).unwrap_or_default(),
        platform: target.platform.to_string(),
        path: target.main.import_path.to_string(),
    }
}

/// Returns the program that `memo` tells of. What cannot be read is compiled again.
fn kept(ports: &Ports<'_>, target: &Target, memo: &Memo) -> Option<Binary> {
    let blob = ports.memos.layer(memo, &Users::Readers)?.layer.blob;
    Some(Binary {
        target: target.clone(),
        size_bytes: blob.descriptor.size_bytes,
        duration: Duration::ZERO,
        info: Arc::new(build_info(&blob).ok()??),
        sources: Sources::InTree(BTreeSet::new()),
        source: blob.source(),
    })
}

fn build_info(program: &Blob) -> io::Result<Option<BuildInfo>> {
    let (mut reader, mut info) = (program.open()?, BuildInfoScanner::default());
    let mut buffer = vec![0; 64 << 10];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(info.finish()),
            length => info.update(&buffer[..length]),
        }
    }
}
