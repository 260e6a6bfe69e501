//! What is known of the layers of an image before it is built.

use crate::image::{Base, HeldLayer, Image};
use crate::layers::Layer;
use crate::model::{Blob, Digest};
use crate::plan::{Destination, ImagePlan, Memo, Recipe};
use crate::ports::{Part, Users};

use super::Ports;

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
    pub(super) files: Option<LayerMemory>,
    /// The layers of its programs, by the number of the platform and the number of the program.
    pub(super) programs: Vec<Vec<LayerMemory>>,
}

/// The layers of one image that need not be made, in the same places.
#[derive(Debug, Default)]
pub(super) struct KeptLayers {
    /// That of its files.
    pub(super) files: Option<HeldLayer>,
    /// Those of its programs.
    pub(super) programs: Vec<Vec<Option<HeldLayer>>>,
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

    /// Tells whether a layer of it was never made.
    pub(super) fn lacks_a_layer(&self) -> bool {
        self.layers().any(|layer| layer.memo.is_none())
    }

    /// Returns the layers of `plan` that are still kept, each checked to its last byte; those of programs where
    /// `takes` says so.
    pub(super) fn kept(
        &self,
        ports: &Ports<'_>,
        plan: &ImagePlan,
        takes: impl Fn(&LayerMemory) -> bool,
    ) -> KeptLayers {
        let users = users(plan);
        let recall = |memory: &LayerMemory| ports.memos.layer(memory.memo.as_ref()?, &users);
        KeptLayers {
            files: self.files.as_ref().and_then(recall),
            programs: self
                .programs
                .iter()
                .map(|programs| {
                    let programs = programs.iter();
                    programs
                        .map(|program| takes(program).then(|| recall(program))?)
                        .collect()
                })
                .collect(),
        }
    }

    /// Returns all layers, that of the files first.
    pub(super) fn layers(&self) -> impl Iterator<Item = &LayerMemory> {
        self.files.iter().chain(self.programs.iter().flatten())
    }

    pub(super) fn layers_mut(&mut self) -> impl Iterator<Item = &mut LayerMemory> {
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
}

impl LayerMemory {
    /// Knows nothing yet of what was made before.
    pub(super) fn new(part: Part, recipe: Result<Recipe, String>) -> Self {
        Self {
            part,
            recipe,
            memo: None,
        }
    }

    pub(super) fn key(&self) -> Option<Digest> {
        self.recipe.as_ref().ok().map(Recipe::key)
    }
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
