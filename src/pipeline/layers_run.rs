//! What became of the layers of a run, and how large its programs are, for the history.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::history::{LayersRun, MadeLayer, MadeReason, ProgramRun};
use crate::model::crew;
use crate::plan::{ImagePlan, Target};

use super::build::ImageJob;
use super::check::{Compiled, Gate};
use super::memory::{ImageMemory, LayerMemory};
use super::program_parts::ProgramParts;
use super::recall::Recalled;
use super::{BuildJob, Ports};

/// The first so many of what changed are named.
const MOST_CHANGED: usize = 5;

/// What was compiled, from any thread.
#[derive(Default)]
pub(super) struct ProgramSizes(Mutex<BTreeMap<Compiled, CompiledSize>>);

/// What is known of a program that was compiled.
#[derive(Clone)]
struct CompiledSize {
    size_bytes: u64,
    seconds: f64,
    parts: ProgramParts,
}

impl ProgramSizes {
    /// Notes the size of a program, how long its compile took, and what its bytes are. One is looked at at a
    /// time, so that little memory is taken.
    pub(super) fn note(&self, compiled: &Compiled, binary: &Binary) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Several images may hold the same.
        known
            .entry(compiled.clone())
            .or_insert_with(|| CompiledSize {
                size_bytes: binary.size_bytes,
                seconds: binary.duration.as_secs_f64(),
                parts: ProgramParts::of(binary),
            });
    }

    fn find(&self, compiled: &Compiled) -> Option<CompiledSize> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(compiled).cloned()
    }
}

/// Does `work`, and notes beside it how large a program is, and what its bytes are, where anybody wants to know.
pub(super) fn beside_sizes<T>(
    sizes: Option<&ProgramSizes>,
    compiled: &Compiled,
    binary: &Binary,
    work: impl FnOnce() -> T,
) -> T {
    match sizes {
        Some(sizes) => crew::both(|| sizes.note(compiled, binary), work).1,
        None => work(),
    }
}

/// Returns which layers of `recalled` are kept, and why those of `job` have to be made that are. It is to
/// be asked before any is: what a layer was last made from is forgotten then.
pub(super) fn layers_run(
    ports: &Ports<'_>,
    recalled: &Recalled<'_>,
    job: Option<&BuildJob<'_>>,
) -> LayersRun {
    let all: usize = recalled.images.iter().map(|it| it.layers().count()).sum();
    let jobs = job.into_iter().flat_map(|job| &job.images);
    let made: Vec<MadeLayer> = jobs
        .flat_map(missing)
        .map(|memory| made(ports, memory, job.and_then(|job| job.gate)))
        .collect();
    LayersRun {
        kept: all.saturating_sub(made.len()) as u64,
        made,
    }
}

/// Returns those layers that are not at hand.
fn missing<'a>(image: &'a ImageJob<'_>) -> Vec<&'a LayerMemory> {
    let (memory, kept) = (image.memory, &image.kept);
    let files = memory.files.iter().filter(|_| kept.files.is_none());
    let programs = memory.programs.iter().flatten();
    let at_hand = kept.programs.iter().flatten();
    let programs = programs.zip(at_hand).filter(|(_, kept)| kept.is_none());
    files.chain(programs.map(|(memory, _)| memory)).collect()
}

/// Says why a layer, or a plain program, has to be made.
pub(super) fn made(ports: &Ports<'_>, memory: &LayerMemory, gate: Option<&Gate<'_>>) -> MadeLayer {
    let (reason, changed) = match &memory.recipe {
        Err(_) => (MadeReason::Always, Vec::new()),
        Ok(_) if is_unchecked(memory, gate) => (MadeReason::Unchecked, Vec::new()),
        Ok(_) if memory.memo.is_some() => (MadeReason::Lost, Vec::new()),
        Ok(recipe) => match ports.memos.latest(&memory.part) {
            None => (MadeReason::New, Vec::new()),
            Some(latest) => {
                let changes = recipe.changes_since(&latest.recipe).into_iter();
                let changed = changes.take(MOST_CHANGED).map(|change| change.what);
                (MadeReason::Changed, changed.collect())
            }
        },
    };
    MadeLayer {
        image: memory.part.image.clone(),
        platform: memory.part.platform.clone(),
        path: memory.part.path.clone(),
        reason,
        changed,
    }
}

/// Tells whether a program that was made before has to be made again, so that somebody looks at it.
pub(super) fn is_unchecked(memory: &LayerMemory, gate: Option<&Gate<'_>>) -> bool {
    let is_refused = |gate: &Gate<'_>| !gate.takes(memory);
    // The layer of the files has no path.
    let is_program = !memory.part.path.is_empty();
    is_program && memory.memo.is_some() && gate.is_some_and(is_refused)
}

/// Returns the programs of the images of `recalled`, as far as it is known how large they are.
pub(super) fn programs_run(recalled: &Recalled<'_>, compiled: &ProgramSizes) -> Vec<ProgramRun> {
    let plans = recalled.prepared.plan.images.iter();
    plans
        .zip(&recalled.images)
        .flat_map(|(plan, memory)| of_image(plan, memory, compiled))
        .collect()
}

fn of_image(plan: &ImagePlan, memory: &ImageMemory, compiled: &ProgramSizes) -> Vec<ProgramRun> {
    let mut programs = Vec::new();
    for (settings, layers) in plan.platforms.iter().zip(&memory.programs) {
        for (program, layer) in plan.programs.iter().zip(layers) {
            let target = Target {
                main: program.main.clone(),
                platform: settings.platform.clone(),
            };
            let now = compiled.find(&(target, program.settings.clone()));
            let (size_bytes, seconds, parts) = match now {
                Some(now) => (now.size_bytes, Some(now.seconds), Some(now.parts)),
                None => match remembered_bytes(layer) {
                    Some(size_bytes) => (size_bytes, None, None),
                    None => continue,
                },
            };
            let (parts, no_parts) = parts.map(ProgramParts::into_record).unwrap_or_default();
            programs.push(ProgramRun {
                package: program.to.to_string(),
                image: plan.name.to_string(),
                platform: settings.platform.to_string(),
                size_bytes,
                seconds,
                parts,
                no_parts,
                version: None,
            });
        }
    }
    programs
}

fn remembered_bytes(layer: &LayerMemory) -> Option<u64> {
    let account = layer.memo.as_ref()?.account.as_ref()?;
    let program = account.programs.first()?;
    Some(program.account.size_bytes)
}
