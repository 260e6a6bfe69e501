//! Why images would be built anew, or not. Nothing is built.

mod commands;
mod modules;

pub use commands::explain_commands;
pub use modules::explain_modules;

use std::collections::BTreeMap;

use crate::plan::{Memo, RecipeChange, RecipeContent};
use crate::report::{Change, Explanation, LayerExplanation, Verdict};

use super::memory::LayerMemory;
use super::recall::{Recalled, recall};
use super::{Ports, Prepared};

/// Tells of each image of `prepared` which of its layers would be made anew, and why.
pub fn explain(ports: &Ports<'_>, prepared: &Prepared) -> Vec<Explanation> {
    explain_recalled(ports, &recall(ports, prepared))
}

/// Tells which layers are made in this run, and why. What is made is remembered afterwards: this is to be
/// asked before.
pub(super) fn rebuilt(ports: &Ports<'_>, recalled: &Recalled<'_>) -> Vec<Explanation> {
    made(explain_recalled(ports, recalled))
}

/// Tells the same of plain programs.
pub(super) fn rebuilt_programs<'a>(
    ports: &Ports<'_>,
    programs: impl IntoIterator<Item = &'a LayerMemory>,
) -> Vec<Explanation> {
    let mut images: BTreeMap<&str, Vec<LayerExplanation>> = BTreeMap::new();
    for program in programs {
        let layers = images.entry(&program.part.image).or_default();
        layers.push(of_layer(ports, program));
    }
    let explanations = images.into_iter().map(|(image, layers)| Explanation {
        form: 1,
        image: image.to_owned(),
        layers,
    });
    made(explanations.collect())
}

/// Keeps what is made, without what it is made from.
fn made(mut explanations: Vec<Explanation>) -> Vec<Explanation> {
    for explanation in &mut explanations {
        explanation.layers.retain(|layer| layer.verdict.is_made());
        for layer in &mut explanation.layers {
            layer.inputs.clear();
        }
    }
    explanations.retain(|explanation| !explanation.layers.is_empty());
    explanations
}

fn explain_recalled(ports: &Ports<'_>, recalled: &Recalled<'_>) -> Vec<Explanation> {
    let plans = &recalled.prepared.plan.images;
    let images = plans.iter().zip(&recalled.images);
    images
        .map(|(plan, memory)| Explanation {
            form: 1,
            image: plan.name.to_string(),
            layers: memory
                .layers()
                .map(|layer| of_layer(ports, layer))
                .collect(),
        })
        .collect()
}

fn of_layer(ports: &Ports<'_>, layer: &LayerMemory) -> LayerExplanation {
    let latest = ports.memos.latest(&layer.part);
    let (recipe, reason) = match &layer.recipe {
        Ok(recipe) => (Some(recipe), None),
        Err(reason) => (None, Some(reason.clone())),
    };
    let changes: Vec<RecipeChange> = recipe
        .zip(latest.as_ref())
        .map(|(recipe, latest)| recipe.changes_since(&latest.recipe))
        .unwrap_or_default();
    LayerExplanation {
        platform: layer.part.platform.clone(),
        path: layer.part.path.clone(),
        verdict: verdict(layer, latest.as_ref(), &changes),
        reason,
        key: recipe.map(|recipe| recipe.key().to_string()),
        changes: changes.into_iter().map(reported).collect(),
        inputs: recipe.map(|it| inputs(&it.content)).unwrap_or_default(),
    }
}

fn verdict(layer: &LayerMemory, latest: Option<&Memo>, changes: &[RecipeChange]) -> Verdict {
    match (&layer.recipe, &layer.memo, latest) {
        (Err(_), _, _) => Verdict::Always,
        (_, Some(_), _) if changes.is_empty() => Verdict::Unchanged,
        (_, Some(_), _) => Verdict::Remembered,
        (_, None, Some(_)) => Verdict::Changed,
        (_, None, None) => Verdict::New,
    }
}

fn inputs(content: &RecipeContent) -> Vec<String> {
    match content {
        RecipeContent::Program(program) => program.inputs.keys().cloned().collect(),
        RecipeContent::Files(files) => files.keys().cloned().collect(),
    }
}

fn reported(change: RecipeChange) -> Change {
    Change {
        what: change.what,
        before: change.before,
        now: change.now,
    }
}
