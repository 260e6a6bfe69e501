//! What images are made from, and which of their layers were made before: found out before anything
//! is compiled, so that no layer is made twice.

use std::io;

use crate::facts::{InputReader, SourceInputs, Stamps};
use crate::model::{Content, Digest, Entry, crew};
use crate::plan::{ImagePlan, Recipe};
use crate::ports::Part;

use super::check::Gate;
use super::memory::{ImageMemory, KeptLayers, LayerMemory};
use super::{Ports, Prepared};

/// How much is looked for at once: to wait for a registry takes no processor.
const AT_ONCE: usize = 16;

/// What was found out of images before they are built.
pub(super) struct Recalled<'a> {
    /// What was found out and decided before.
    pub(super) prepared: &'a Prepared,
    /// What is remembered of each.
    pub(super) images: Vec<ImageMemory>,
    /// The states of their sources when that was found out.
    pub(super) stamps: Stamps,
}

/// Finds out what each image of `prepared` is made from, and what is remembered of it.
pub(super) fn recall<'a>(ports: &Ports<'_>, prepared: &'a Prepared) -> Recalled<'a> {
    let reader = InputReader::new(ports.source, &prepared.source);
    let mut memories = made_from(prepared, &reader);
    let mut layers: Vec<&mut LayerMemory> = memories
        .iter_mut()
        .flat_map(ImageMemory::layers_mut)
        .collect();
    let keys: Vec<Option<Digest>> = layers.iter().map(|layer| layer.key()).collect();
    let memos = crew::all(AT_ONCE, &keys, |key| ports.memos.find((*key)?));
    for (layer, memo) in layers.iter_mut().zip(memos) {
        layer.memo = memo;
    }
    Recalled {
        prepared,
        images: memories,
        stamps: reader.into_stamps(),
    }
}

impl Recalled<'_> {
    /// Tells whether all images are made from what they were made from when that was found out, and nothing of it
    /// was changed and changed back meanwhile.
    pub(super) fn is_still_so(&self, ports: &Ports<'_>) -> bool {
        let reader = InputReader::new(ports.source, &self.prepared.source);
        let images = made_from(self.prepared, &reader);
        let keys = |images: &[ImageMemory]| -> Vec<Option<Digest>> {
            let layers = images.iter().flat_map(ImageMemory::layers);
            layers.map(LayerMemory::key).collect()
        };
        keys(&images) == keys(&self.images) && reader.into_stamps() == self.stamps
    }
}

/// Finds out what each image of `prepared` is made from.
fn made_from(prepared: &Prepared, reader: &InputReader<'_>) -> Vec<ImageMemory> {
    let images = prepared.plan.images.iter();
    images
        .map(|plan| ImageMemory {
            files: (!plan.files.is_empty()).then(|| recall_files(prepared, plan)),
            programs: recall_programs(prepared, plan, reader),
        })
        .collect()
}

/// Returns the layers of the images of `numbers` that need not be made, some at once; where `gate` is there, those of
/// programs that it takes.
pub(super) fn kept(
    ports: &Ports<'_>,
    recalled: &Recalled<'_>,
    numbers: &[usize],
    gate: Option<&Gate<'_>>,
) -> Vec<KeptLayers> {
    let takes = |program: &LayerMemory| gate.is_none_or(|gate| gate.takes(program));
    crew::all(AT_ONCE, numbers, |&number| {
        let plan = &recalled.prepared.plan.images[number];
        recalled.images[number].kept(ports, plan, takes)
    })
}

fn recall_files(prepared: &Prepared, plan: &ImagePlan) -> LayerMemory {
    let part = Part {
        image: plan.name.to_string(),
        platform: String::new(),
        path: String::new(),
    };
    // A file that cannot be read is told of where the layer is made.
    let recipe = files_recipe(prepared, plan).map_err(|error| error.to_string());
    LayerMemory::new(part, recipe)
}

fn recall_programs(
    prepared: &Prepared,
    plan: &ImagePlan,
    reader: &InputReader<'_>,
) -> Vec<Vec<LayerMemory>> {
    let programs = plan.programs.iter();
    let inputs: Vec<Result<SourceInputs, String>> = programs
        .map(|program| {
            let inputs = reader.inputs(&program.main);
            inputs.map_err(|error| error.to_string())
        })
        .collect();
    let platforms = plan.platforms.iter();
    platforms
        .map(|settings| {
            let programs = plan.programs.iter().zip(&inputs);
            programs
                .map(|(program, inputs)| {
                    let part = Part {
                        image: plan.name.to_string(),
                        platform: settings.platform.to_string(),
                        path: program.to.to_string(),
                    };
                    let recipe = inputs
                        .as_ref()
                        .map(|inputs| prepared.program_recipe(program, &settings.platform, inputs));
                    LayerMemory::new(part, recipe.map_err(Clone::clone))
                })
                .collect()
        })
        .collect()
}

fn files_recipe(prepared: &Prepared, plan: &ImagePlan) -> io::Result<Recipe> {
    Recipe::of_files(&plan.files, prepared.compression, describe)
}

fn describe(entry: &Entry) -> io::Result<String> {
    match &entry.content {
        Content::Folder => Ok("folder".to_owned()),
        Content::Symlink(target) => Ok(format!("link {target}")),
        Content::File { source, .. } => Ok(format!("file {}", Digest::of_source(&**source)?)),
    }
}
