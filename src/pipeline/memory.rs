//! What is remembered of the layers of images, so that none is made twice.
//!
//! A layer is recalled by its recipe, which is found out before anything is compiled. After it was
//! made, the recipe is found out once more: only where nothing changed meanwhile is the layer kept
//! under it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;

use crate::compile::{Binary, Sources};
use crate::facts::{InputReader, SourceInputs, Stamps};
use crate::image::{Base, HeldLayer, Image};
use crate::layers::{Layer, StoredLayerError, TarKind, walk_layer};
use crate::model::{
    Blob, BlobSource, Cancellation, Content, Digest, Digester, Entry, Event, Phase, crew,
};
use crate::plan::{Destination, ImagePlan, Memo, Program, Recipe, RecipeContent};
use crate::ports::{Part, Users};

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
    pub(super) files: Option<HeldLayer>,
    /// Those of its programs.
    pub(super) programs: Vec<Vec<Option<HeldLayer>>>,
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

/// What was found out of images before they are built.
pub(super) struct Recalled {
    /// What is remembered of each.
    pub(super) images: Vec<ImageMemory>,
    /// The states of their sources when that was found out.
    stamps: Stamps,
}

/// Finds out what each image of `prepared` is made from, and what is remembered of it.
pub(super) fn recall(ports: &Ports<'_>, prepared: &Prepared) -> Recalled {
    let reader = InputReader::new(ports.source, &prepared.source);
    let images = prepared.plan.images.iter();
    let mut memories: Vec<ImageMemory> = images
        .map(|plan| ImageMemory {
            files: (!plan.files.is_empty()).then(|| recall_files(prepared, plan)),
            programs: recall_programs(prepared, plan, &reader),
        })
        .collect();
    let mut layers: Vec<&mut LayerMemory> = memories
        .iter_mut()
        .flat_map(ImageMemory::layers_mut)
        .collect();
    let keys: Vec<Option<Digest>> = layers.iter().map(|layer| layer.key()).collect();
    let memos = each(&keys, |key| ports.memos.find((*key)?));
    for (layer, memo) in layers.iter_mut().zip(memos) {
        layer.memo = memo;
    }
    Recalled {
        images: memories,
        stamps: reader.into_stamps(),
    }
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
            let layer = Layer {
                blob: Blob::elsewhere(memo.layer.clone()),
                diff_id: memo.diff_id,
            };
            Some(HeldLayer::from(layer))
        };
        let files = match &self.files {
            None => None,
            Some(memory) => Some(name(memory)?),
        };
        let platforms = plan.platforms.iter().zip(&self.programs);
        let platforms: Option<Vec<_>> = platforms
            .map(|(settings, programs)| {
                let programs: Option<Vec<HeldLayer>> = programs.iter().map(name).collect();
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

    /// Returns the layers of `plan` that are still kept, each checked to its last byte.
    fn kept(&self, ports: &Ports<'_>, plan: &ImagePlan) -> KeptLayers {
        let users = users(plan);
        let recall = |memory: &LayerMemory| ports.memos.layer(memory.memo.as_ref()?, &users);
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

    fn layers_mut(&mut self) -> impl Iterator<Item = &mut LayerMemory> {
        self.files
            .iter_mut()
            .chain(self.programs.iter_mut().flatten())
    }

    /// Notes which layers this image is made of now.
    pub(super) fn note_use(&self, ports: &Ports<'_>) {
        for memory in self.layers() {
            if let Some(memo) = &memory.memo {
                // At worst, whoever asks what changed since is told more than happened.
                let _ = ports.memos.note_latest(&memory.part, memo);
            }
        }
    }

    /// Remembers the layer of the files, if it holds what its recipe says: they may have changed
    /// while it was made.
    pub(super) fn remember_files(&self, ports: &Ports<'_>, layer: &Layer) {
        let Some(memory) = &self.files else { return };
        let held = files_in(layer, ports.cancellation);
        let Ok(recipe) = &memory.recipe else { return };
        if held.is_ok_and(|held| recipe.holds_files(&held)) {
            memory.remember(ports, layer, || Some(recipe.clone()));
        }
    }

    /// Remembers the layer of a program, unless its sources changed while it was compiled, or are
    /// more than was seen before.
    pub(super) fn remember_program(
        &self,
        ports: &Ports<'_>,
        (prepared, recalled): (&Prepared, &Recalled),
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
                // A file that was changed, and changed back, may have been compiled in between.
                let mut stamps = reader.into_stamps().into_iter();
                if stamps.any(|(path, stamp)| recalled.stamps.get(&path) != Some(&stamp)) {
                    return None;
                }
                Some(prepared.program_recipe(program, &binary.target.platform, &inputs))
            }),
        }
    }
}

impl LayerMemory {
    /// Knows nothing yet of what was made before.
    fn new(part: Part, recipe: Result<Recipe, String>) -> Self {
        Self {
            part,
            recipe,
            memo: None,
        }
    }

    fn key(&self) -> Option<Digest> {
        self.recipe.as_ref().ok().map(Recipe::key)
    }

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

/// Returns the layers of the images of `numbers` that need not be made, some at once.
pub(super) fn kept(
    ports: &Ports<'_>,
    prepared: &Prepared,
    memories: &[ImageMemory],
    numbers: &[usize],
) -> Vec<KeptLayers> {
    each(numbers, |&number| {
        memories[number].kept(ports, &prepared.plan.images[number])
    })
}

/// Who reads layers of an image: registries at one host can mount them from each other.
fn users(plan: &ImagePlan) -> Users {
    let mut hosts = plan
        .deliveries
        .iter()
        .map(|delivery| match &delivery.destination {
            Destination::Registry(repository) => Some(repository.host()),
            Destination::Archive(_) | Destination::Layout(_) => None,
        });
    match hosts.next() {
        Some(Some(host)) if hosts.all(|other| other == Some(host)) => {
            Users::Registries(host.clone())
        }
        _ => Users::Readers,
    }
}

/// How much is looked for at once: to wait for a registry takes no processor.
const AT_ONCE: usize = 16;

/// Does `work` on all `items`, some at once, and returns what came of each.
pub(super) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let done = crew::each(AT_ONCE, items, |item| Ok::<_, Infallible>(work(item)));
    done.unwrap_or_else(|never| match never {})
}
