//! The port through which the pipeline gets images.

use super::{HeldLayer, Image, NewLayer, PlatformBase, PlatformImage, assemble, join};
use crate::compile::Binary;
use crate::layers::{Layer, LayerWriter};
use crate::model::{BuildError, Content, Entry, FileMode, Owner, Phase, Work};
use crate::plan::{ImagePlan, ImageSettings, Program};
use crate::ports::{EventSink, Packager, Progress};

/// Makes images of binaries and files, over the blob store of a layer writer.
pub struct ImagePackager<'a> {
    layers: LayerWriter<'a>,
    events: &'a dyn EventSink,
}

impl<'a> ImagePackager<'a> {
    /// Makes layers by `layers`, and tells `events` how far they are.
    pub fn new(layers: LayerWriter<'a>, events: &'a dyn EventSink) -> Self {
        Self { layers, events }
    }

    fn layer(
        &self,
        plan: &ImagePlan,
        entries: Vec<Entry>,
        subject: &str,
    ) -> Result<Layer, BuildError> {
        let total_bytes = entries.iter().map(size_bytes).sum();
        let work = Work::new(Phase::Layers, format!("{} {subject}", plan.name));
        let progress = Progress::start(self.events, work, Some(total_bytes));
        self.layers
            .write(entries, &|bytes| progress.advance(bytes))
            .map_err(|error| {
                error.into_build_error(&plan.name, &format!("cannot make a layer of {subject}"))
            })
    }
}

impl Packager for ImagePackager<'_> {
    fn files(&self, plan: &ImagePlan) -> Result<Option<Layer>, BuildError> {
        if plan.files.is_empty() {
            return Ok(None);
        }
        self.layer(plan, plan.files.clone(), "files").map(Some)
    }

    fn program(
        &self,
        plan: &ImagePlan,
        program: &Program,
        binary: &Binary,
    ) -> Result<Layer, BuildError> {
        let entry = Entry {
            path: program.to.clone(),
            mode: FileMode::EXECUTABLE,
            owner: Owner::ROOT,
            capabilities: program.capabilities,
            content: Content::File {
                size_bytes: binary.size_bytes,
                source: binary.source.clone(),
            },
        };
        let subject = format!("{} {}", binary.target.platform, program.to);
        self.layer(plan, vec![entry], &subject)
    }

    fn platform(
        &self,
        plan: &ImagePlan,
        settings: &ImageSettings,
        base: &PlatformBase,
        files: Option<&HeldLayer>,
        programs: &[HeldLayer],
    ) -> PlatformImage {
        let files = files.map(|layer| NewLayer {
            held: layer.clone(),
            created_by: "coracle files".to_owned(),
        });
        let programs = plan.programs.iter().zip(programs);
        let programs = programs.map(|(program, layer)| NewLayer {
            held: layer.clone(),
            created_by: format!("coracle build {}", program.main.import_path),
        });
        assemble(settings, base, files.into_iter().chain(programs).collect())
    }

    fn join(&self, plan: &ImagePlan, platforms: Vec<PlatformImage>) -> Image {
        join(&plan.platforms, platforms)
    }
}

fn size_bytes(entry: &Entry) -> u64 {
    match entry.content {
        Content::File { size_bytes, .. } => size_bytes,
        Content::Folder | Content::Symlink(_) => 0,
    }
}
