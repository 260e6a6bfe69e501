//! Remembers layers that were just made.
//!
//! What a layer is made from is found out once more: only where nothing changed meanwhile is the
//! layer kept under its recipe.

use std::collections::BTreeMap;
use std::io;

use crate::compile::Sources;
use crate::facts::{InputReader, MainPackage};
use crate::layers::{Layer, StoredLayerError, TarKind, walk_layer};
use crate::model::{Cancellation, Digest, Digester, Event, LayerAccount, Phase};
use crate::plan::{ImagePlan, Memo, Recipe, RecipeContent};
use crate::ports::Part;

use super::Ports;
use super::assembly::Place;
use super::memory::{ImageMemory, LayerMemory};
use super::recall::Recalled;

/// A layer of a program, just made.
pub(super) struct Made<'a> {
    /// Where in the image it is.
    pub(super) place: Place,
    /// What it was compiled from.
    pub(super) sources: &'a Sources,
    /// Its layer.
    pub(super) layer: &'a Layer,
}

impl ImageMemory {
    /// Remembers the layer of the files, if it holds what its recipe says: they may have changed
    /// while it was made.
    pub(super) fn remember_files(
        &self,
        ports: &Ports<'_>,
        layer: &Layer,
        account: Option<LayerAccount>,
    ) {
        let Some(memory) = &self.files else { return };
        let held = files_in(layer, ports.cancellation);
        let Ok(recipe) = &memory.recipe else { return };
        if held.is_ok_and(|held| recipe.holds_files(&held)) {
            memory.remember(ports, layer, account, || Some(recipe.clone()));
        }
    }

    /// Remembers the layer of a program, unless its sources changed while it was compiled, or are
    /// more than was seen before; tells whether it is what its recipe names.
    pub(super) fn remember_program(
        &self,
        ports: &Ports<'_>,
        recalled: &Recalled<'_>,
        plan: &ImagePlan,
        made: &Made<'_>,
        account: Option<LayerAccount>,
    ) -> bool {
        let Made {
            place,
            sources,
            layer,
        } = *made;
        let prepared = recalled.prepared;
        let platform = &plan.platforms[place.platform].platform;
        let program = &plan.programs[place.program];
        let memory = &self.programs[place.platform][place.program];
        let recipe = memory.recipe.as_ref().map_err(Clone::clone);
        match recipe.and_then(|recipe| is_seen_by(recipe, sources)) {
            Err(why) => {
                tell_of_forgetting(ports, &program.main, &why);
                false
            }
            Ok(()) => memory.remember(ports, layer, account, || {
                // Anew: what was read before is what has to be compared.
                let reader = InputReader::new(ports.source, &prepared.source);
                let inputs = reader.inputs(&program.main).ok()?;
                // A file that was changed, and changed back, may have been compiled in between.
                let mut stamps = reader.into_stamps().into_iter();
                if stamps.any(|(path, stamp)| recalled.stamps.get(&path) != Some(&stamp)) {
                    return None;
                }
                Some(prepared.program_recipe(program, platform, &inputs))
            }),
        }
    }
}

impl LayerMemory {
    fn remember(
        &self,
        ports: &Ports<'_>,
        layer: &Layer,
        account: Option<LayerAccount>,
        now: impl FnOnce() -> Option<Recipe>,
    ) -> bool {
        let Ok(recipe) = &self.recipe else {
            return false;
        };
        if now().as_ref() != Some(recipe) {
            return false;
        }
        let memo = Memo {
            recipe: recipe.clone(),
            layer: layer.blob.descriptor.clone(),
            diff_id: layer.diff_id,
            account,
        };
        keep(ports, &self.part, &memo);
        true
    }
}

/// Checks that the compiler read no file that is not in the recipe: then this would not be complete, and nothing could
/// be remembered by it.
pub(super) fn is_seen_by(recipe: &Recipe, sources: &Sources) -> Result<(), String> {
    let RecipeContent::Program(program) = &recipe.content else {
        return Ok(());
    };
    let unseen = match sources {
        Sources::Outside(file) => Some(file.display().to_string()),
        Sources::InTree(files) => files
            .iter()
            .find(|file| !program.inputs.contains_key(file.as_str()))
            .map(ToString::to_string),
    };
    match unseen {
        Some(file) => Err(format!("nobody saw that it needs {file}")),
        None => Ok(()),
    }
}

/// Returns the digests of the files in a layer, by their path in the image.
fn files_in(
    layer: &Layer,
    cancellation: &Cancellation,
) -> Result<BTreeMap<String, Digest>, StoredLayerError> {
    let mut files = BTreeMap::new();
    walk_layer(&layer.blob, cancellation, &|_| (), &mut |entry, content| {
        if entry.kind == TarKind::File {
            let mut digester = Digester::default();
            io::copy(content, &mut digester)?;
            files.insert(format!("/{}", entry.path), digester.finish());
        }
        Ok(())
    })?;
    Ok(files)
}

/// Says why a program is not remembered.
pub(super) fn tell_of_forgetting(ports: &Ports<'_>, main: &MainPackage, why: &str) {
    ports.events.emit(Event::Noted {
        phase: Phase::Plan,
        message: format!("{} is compiled each time: {why}", main.import_path),
    });
}

/// What cannot be kept is made again: the run has what it needs.
fn keep(ports: &Ports<'_>, part: &Part, memo: &Memo) {
    if let Err(error) = ports.memos.keep(part, memo) {
        ports.events.emit(Event::Noted {
            phase: Phase::Layers,
            message: format!(
                "the next run will make a layer of {} again: {error}",
                part.image
            ),
        });
    }
}
