//! What is remembered of the layers of images, so that none is made twice.
//!
//! A layer is recalled by its recipe, which is found out before anything is compiled. After it was
//! made, the recipe is found out once more: only where nothing changed meanwhile is the layer kept
//! under it.

use std::io;

use crate::compile::{Binary, Sources};
use crate::facts::{InputReader, SourceInputs};
use crate::image::{Base, Image};
use crate::layers::Layer;
use crate::model::{Blob, BlobSource, Content, Digest, Digester, Entry, Event, Phase, crew};
use crate::plan::{ImagePlan, Memo, Program, Recipe, RecipeContent};
use crate::ports::Part;

use super::assembly::Place;
use super::{Ports, Prepared};

/// What is known of one layer before it is made.
#[derive(Debug)]
pub(super) struct LayerMemory {
    pub(super) part: Part,
    /// What it is made from, or why that cannot be told.
    pub(super) recipe: Result<Recipe, String>,
    pub(super) memo: Option<Memo>,
}

/// What is known of the layers of one image.
#[derive(Debug)]
pub(super) struct ImageMemory {
    /// The layer of its files, where it copies any.
    files: Option<LayerMemory>,
    /// The layers of its programs, by the number of the platform and the number of the program.
    programs: Vec<Vec<LayerMemory>>,
}

/// The layers of one image that need not be made, in the same places.
#[derive(Debug, Default)]
pub(super) struct KeptLayers {
    /// That of its files.
    pub(super) files: Option<Layer>,
    /// Those of its programs.
    pub(super) programs: Vec<Vec<Option<Layer>>>,
}

/// A layer of a program, just made.
pub(super) struct Made<'a> {
    /// The program as it was planned.
    pub(super) program: &'a Program,
    /// What it was compiled to.
    pub(super) binary: &'a Binary,
    /// Its layer.
    pub(super) layer: &'a Layer,
}

/// Finds out what each image of `prepared` is made from, and what is remembered of it.
pub(super) fn recall(ports: &Ports<'_>, prepared: &Prepared) -> Vec<ImageMemory> {
    let reader = InputReader::new(ports.source, &prepared.source);
    let images = prepared.plan.images.iter();
    images
        .map(|plan| ImageMemory {
            files: (!plan.files.is_empty()).then(|| recall_files(ports, prepared, plan)),
            programs: recall_programs(ports, prepared, plan, &reader),
        })
        .collect()
}

fn recall_files(ports: &Ports<'_>, prepared: &Prepared, plan: &ImagePlan) -> LayerMemory {
    let part = Part {
        image: plan.name.to_string(),
        platform: String::new(),
        path: String::new(),
    };
    // A file that cannot be read is told of where the layer is made.
    let recipe = files_recipe(prepared, plan).map_err(|error| error.to_string());
    known(ports, part, recipe)
}

fn recall_programs(
    ports: &Ports<'_>,
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
                    known(ports, part, recipe.map_err(Clone::clone))
                })
                .collect()
        })
        .collect()
}

fn known(ports: &Ports<'_>, part: Part, recipe: Result<Recipe, String>) -> LayerMemory {
    let memo = recipe
        .as_ref()
        .ok()
        .and_then(|recipe| ports.memos.find(recipe.key()));
    LayerMemory { part, recipe, memo }
}

fn forget(ports: &Ports<'_>, program: &Program, why: &str) {
    ports.events.emit(Event::Noted {
        phase: Phase::Plan,
        message: format!("{} is compiled each time: {why}", program.main.import_path),
    });
}

fn files_recipe(prepared: &Prepared, plan: &ImagePlan) -> io::Result<Recipe> {
    Recipe::of_files(&plan.files, prepared.compression, describe)
}

fn describe(entry: &Entry) -> io::Result<String> {
    match &entry.content {
        Content::Folder => Ok("folder".to_owned()),
        Content::Symlink(target) => Ok(format!("link {target}")),
        Content::File { source, .. } => Ok(format!("file {}", digest_of(&**source)?)),
    }
}

fn digest_of(source: &dyn BlobSource) -> io::Result<Digest> {
    let mut digester = Digester::default();
    io::copy(&mut source.open()?, &mut digester)?;
    Ok(digester.finish())
}

impl ImageMemory {
    /// Returns the image as it would be, if everything of it is remembered. Its layers have names,
    /// but no bytes.
    pub(super) fn image(&self, ports: &Ports<'_>, plan: &ImagePlan, base: &Base) -> Option<Image> {
        let name = |memory: &LayerMemory| {
            let memo = memory.memo.as_ref()?;
            Some(Layer {
                blob: Blob::elsewhere(memo.layer.clone()),
                diff_id: memo.diff_id,
            })
        };
        let files = match &self.files {
            None => None,
            Some(memory) => Some(name(memory)?),
        };
        let platforms = plan.platforms.iter().zip(&self.programs);
        let platforms: Option<Vec<_>> = platforms
            .map(|(settings, programs)| {
                let programs: Option<Vec<Layer>> = programs.iter().map(name).collect();
                let base = base.for_platform(&settings.platform)?;
                let files = files.as_ref();
                Some(
                    ports
                        .packager
                        .platform(plan, settings, base, files, &programs?),
                )
            })
            .collect();
        Some(ports.packager.join(plan, platforms?))
    }

    /// Returns the layers that are still kept, each checked to its last byte.
    pub(super) fn kept(&self, ports: &Ports<'_>) -> KeptLayers {
        let recall = |memory: &LayerMemory| ports.packager.recall(memory.memo.as_ref()?);
        KeptLayers {
            files: self.files.as_ref().and_then(recall),
            programs: self
                .programs
                .iter()
                .map(|programs| programs.iter().map(recall).collect())
                .collect(),
        }
    }

    /// Returns all layers, that of the files first.
    pub(super) fn layers(&self) -> impl Iterator<Item = &LayerMemory> {
        self.files.iter().chain(self.programs.iter().flatten())
    }

    /// Notes which layers this image is made of now.
    pub(super) fn note_use(&self, ports: &Ports<'_>) {
        for memory in self.layers() {
            if let (Ok(recipe), Some(_)) = (&memory.recipe, &memory.memo) {
                // Whoever asks what changed since is told more than happened.
                let _ = ports.memos.note_latest(&memory.part, recipe.key());
            }
        }
    }

    /// Remembers the layer of the files, unless they changed while it was made.
    pub(super) fn remember_files(
        &self,
        ports: &Ports<'_>,
        prepared: &Prepared,
        plan: &ImagePlan,
        layer: &Layer,
    ) {
        if let Some(memory) = &self.files {
            memory.remember(ports, layer, || files_recipe(prepared, plan).ok());
        }
    }

    /// Remembers the layer of a program, unless its sources changed while it was compiled, or are
    /// more than was seen before.
    pub(super) fn remember_program(
        &self,
        ports: &Ports<'_>,
        prepared: &Prepared,
        place: Place,
        made: &Made<'_>,
    ) {
        let Made {
            program,
            binary,
            layer,
        } = *made;
        let memory = &self.programs[place.platform][place.program];
        if let Err(why) = &memory.recipe {
            forget(ports, program, why);
            return;
        }
        match unseen(memory, &binary.sources) {
            Some(file) => forget(ports, program, &format!("nobody saw that it needs {file}")),
            None => memory.remember(ports, layer, || {
                // Anew: what was read before is what has to be compared.
                let reader = InputReader::new(ports.source, &prepared.source);
                let inputs = reader.inputs(&program.main).ok()?;
                Some(prepared.program_recipe(program, &binary.target.platform, &inputs))
            }),
        }
    }
}

impl LayerMemory {
    fn remember(&self, ports: &Ports<'_>, layer: &Layer, now: impl FnOnce() -> Option<Recipe>) {
        let Ok(recipe) = &self.recipe else {
            return;
        };
        if now().as_ref() != Some(recipe) {
            return;
        }
        let memo = Memo {
            recipe: recipe.clone(),
            layer: layer.blob.descriptor.clone(),
            diff_id: layer.diff_id,
        };
        keep(ports, &self.part, &memo);
    }
}

/// Returns a file that the compiler read, and that is not in the recipe. Then the recipe is not
/// complete, and nothing can be remembered by it.
fn unseen(memory: &LayerMemory, sources: &Sources) -> Option<String> {
    let recipe = memory.recipe.as_ref().ok()?;
    let RecipeContent::Program(program) = &recipe.content else {
        return None;
    };
    match sources {
        Sources::Outside(file) => Some(file.display().to_string()),
        Sources::InTree(files) => files
            .iter()
            .find(|file| !program.inputs.contains_key(file.as_str()))
            .map(ToString::to_string),
    }
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

/// Returns the kept layers of each of `memories`, some at once.
pub(super) fn kept(
    ports: &Ports<'_>,
    memories: &[&ImageMemory],
    at_once: usize,
) -> Vec<KeptLayers> {
    let kept = crew::each(at_once, memories, |memory| {
        Ok::<_, std::convert::Infallible>(memory.kept(ports))
    });
    kept.unwrap_or_else(|never| match never {})
}
