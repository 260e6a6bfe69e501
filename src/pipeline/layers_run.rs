//! What became of the layers of a run, and how large its programs are, for the history.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::history::{LayersRun, MadeLayer, MadeReason, ProgramRun};
use crate::plan::{ImagePlan, Target};

use super::build::ImageJob;
use super::memory::{ImageMemory, LayerMemory};
use super::recall::Recalled;
use super::{BuildJob, Ports};

/// The first so many of what changed are named.
const MOST_CHANGED: usize = 5;

/// What was compiled, from any thread.
#[derive(Default)]
pub(super) struct ProgramSizes(Mutex<BTreeMap<Target, (u64, f64)>>);

impl ProgramSizes {
    /// Notes the size of a program, and how long its compile took.
    pub(super) fn note(&self, binary: &Binary) {
        let known = (binary.size_bytes, binary.duration.as_secs_f64());
        let mut compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.insert(binary.target.clone(), known);
    }

    fn find(&self, target: &Target) -> Option<(u64, f64)> {
        let compiled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        compiled.get(target).copied()
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
        .map(|memory| made(ports, memory))
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

fn made(ports: &Ports<'_>, memory: &LayerMemory) -> MadeLayer {
    let (reason, changed) = match &memory.recipe {
        Err(_) => (MadeReason::Always, Vec::new()),
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
            let remembered = || Some((remembered_bytes(layer)?, None));
            let now = compiled.find(&target);
            let now = now.map(|(size_bytes, seconds)| (size_bytes, Some(seconds)));
            let Some((size_bytes, seconds)) = now.or_else(remembered) else {
                continue;
            };
            programs.push(ProgramRun {
                package: program.to.to_string(),
                image: plan.name.to_string(),
                platform: settings.platform.to_string(),
                size_bytes,
                seconds,
                parts: Vec::new(),
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
