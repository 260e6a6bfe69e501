//! Layers that were just made: brought to where they are needed, and remembered for the next run.

use crate::compile::Sources;
use crate::image::HeldLayer;
use crate::layers::Layer;
use crate::model::crew;

use super::Ports;
use super::assembly::Place;
use super::build::{BuildJob, FEWEST_TASKS, ImageJob, bring, locked};
use super::check::Compiled;
use super::remember::Made;

/// A layer that was just made.
pub(super) struct Fresh {
    pub(super) layer: Layer,
    /// The program in it; `None` where it is of files.
    pub(super) program: Option<FreshProgram>,
}

/// A program that was just compiled, without its bytes: these may go once they are in a layer.
pub(super) struct FreshProgram {
    pub(super) place: Place,
    pub(super) compiled: Compiled,
    pub(super) sources: Sources,
}

/// Brings a layer to where it is needed, and remembers it, so that the next run need not make it. That of a program
/// which a gate has yet to pass is remembered later.
pub(super) fn keep(ports: &Ports<'_>, job: &BuildJob<'_>, number: usize, fresh: Fresh) {
    let layer: HeldLayer = fresh.layer.clone().into();
    let ImageJob { plan, memory, .. } = &job.images[number];
    match &fresh.program {
        None => {
            bring(ports, plan, &layer);
            // It is read for this once more, and what a thread of its own would take it would keep.
            let account = job.files_account(number);
            memory.remember_files(ports, &fresh.layer, account);
        }
        Some(program) if let Some(gate) = job.gate => {
            // By now somebody has looked at it: what is refused goes nowhere.
            if gate.is_clean(&program.compiled) {
                bring(ports, plan, &layer);
            }
            locked(&job.to_remember).push((number, fresh));
        }
        Some(program) => {
            let remember = || remember_program(ports, job, number, &fresh.layer, program);
            crew::both(remember, || bring(ports, plan, &layer));
        }
    }
}

/// Remembers the layers of those programs that have passed the gate: what is remembered is not compiled again, and
/// so not looked at.
pub(super) fn remember_clean(ports: &Ports<'_>, job: &BuildJob<'_>) {
    let Some(gate) = job.gate else { return };
    let mut waiting = locked(&job.to_remember);
    let waiting = std::mem::take(&mut *waiting);
    crew::all(
        FEWEST_TASKS,
        &waiting,
        |(number, Fresh { layer, program })| {
            let Some(program) = program.as_ref().filter(|it| gate.is_clean(&it.compiled)) else {
                return;
            };
            if remember_program(ports, job, *number, layer, program) {
                let Place { platform, program } = program.place;
                gate.note_remembered(&job.images[*number].memory.programs[platform][program]);
            } else {
                gate.note_forgotten();
            }
        },
    );
}

fn remember_program(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    number: usize,
    layer: &Layer,
    program: &FreshProgram,
) -> bool {
    let ImageJob { plan, memory, .. } = &job.images[number];
    let FreshProgram { place, sources, .. } = program;
    let made = Made {
        place: *place,
        sources,
        layer,
    };
    let account = job.program_account(number, *place);
    memory.remember_program(ports, job.recalled, plan, &made, account)
}
