//! What is known, before anything is built, of how images will be built.

use crate::attest::{BaseUsed, Provenance, ProvenanceSource};
use crate::config::{ImageConfig, RecordedImage};
use crate::facts::{Revision, SourceFacts};
use crate::image::Base;
use crate::model::{Platform, Roots, SourcePath};
use crate::plan::{ImageInputs, ImagePlan, ImagesPlan};
use crate::toolchain::Choice;

use super::prepare::Request;

/// What is the same for all images of a run.
pub(super) struct Origins<'a> {
    pub(super) request: &'a Request<'a>,
    /// Where the repository lies beside the source tree, where there is one.
    pub(super) roots: Option<&'a Roots>,
    pub(super) source: &'a SourceFacts,
    pub(super) go: &'a Choice,
}

/// What a plan keeps nothing of, and provenance names.
pub(super) struct ImageOrigin<'a> {
    config: &'a ImageConfig,
    source: ProvenanceSource,
    mains: Vec<SourcePath>,
}

impl Origins<'_> {
    /// Returns where images come from.
    pub(super) fn of_images<'i>(&self, inputs: &[ImageInputs<'i>]) -> Vec<ImageOrigin<'i>> {
        inputs.iter().map(|inputs| self.origin(inputs)).collect()
    }

    /// Returns how the images of `plan` are built; which toolchain it is, their layers will tell.
    pub(super) fn provenances(
        &self,
        origins: Vec<ImageOrigin<'_>>,
        plan: &ImagesPlan,
        bases: &[Base],
    ) -> Vec<Provenance> {
        let images = origins.into_iter().zip(&plan.images).zip(bases);
        images
            .map(|((origin, plan), base)| self.provenance(origin, plan, base))
            .collect()
    }

    fn origin<'i>(&self, inputs: &ImageInputs<'i>) -> ImageOrigin<'i> {
        let folder = &self.request.project.folder;
        let mains = inputs.selected.mains.iter().map(|main| {
            let below = main.folder.below(folder).and_then(|path| path.parse().ok());
            below.unwrap_or_else(|| main.folder.clone())
        });
        ImageOrigin {
            config: inputs.selected.config,
            source: self.source(inputs),
            mains: mains.collect(),
        }
    }

    fn source(&self, inputs: &ImageInputs<'_>) -> ProvenanceSource {
        let Revision::Commit(commit) = &inputs.revision else {
            return ProvenanceSource {
                repository: None,
                commit: None,
                version: None,
                branch: None,
                time: None,
                folder: self.request.project.folder.clone(),
                workspace: self.source.workspace().cloned(),
                is_committed: false,
            };
        };
        let in_repository = |path: &SourcePath| self.roots?.in_repository(path);
        let folder = in_repository(&self.request.project.folder);
        let workspace = self.source.workspace();
        // What lies beside the repository is in no commit of it.
        let is_whole = self
            .roots
            .is_some_and(|roots| roots.repository_in_tree.as_str().is_empty())
            && self.source.outside().is_none();
        let mains = inputs.selected.mains.iter();
        let mut mains = mains.map(|main| main.folder.below(&self.request.project.folder));
        let version = inputs.revision.version(&inputs.untracked);
        ProvenanceSource {
            repository: commit.origin.clone(),
            commit: Some(commit.id.clone()),
            branch: commit.branch.clone(),
            time: Some(commit.time),
            folder: folder.unwrap_or_default(),
            workspace: workspace.and_then(in_repository),
            is_committed: is_whole && mains.all(|it| it.is_some()) && !version.ends_with("-dirty"),
            version: Some(version),
        }
    }

    fn provenance(&self, origin: ImageOrigin<'_>, plan: &ImagePlan, base: &Base) -> Provenance {
        let config = self.request.config;
        let platforms: Vec<Platform> = plan
            .platforms
            .iter()
            .map(|settings| settings.platform.clone())
            .collect();
        let recorded = RecordedImage {
            config,
            name: &plan.name,
            image: origin.config,
            mains: &origin.mains,
            platforms: &platforms,
            go: &self.go.version,
        };
        Provenance {
            image: plan.name.clone(),
            config: recorded.to_value(),
            source: origin.source,
            epoch: self.request.epoch,
            go: self.go.version.clone(),
            go_h1: None,
            base: base.origin.as_ref().map(|(reference, digest)| BaseUsed {
                reference: reference.clone(),
                digest: *digest,
            }),
            modules: self.request.modules.verification(),
            coracle: env!("CARGO_PKG_VERSION").to_owned(),
            run: config.run.clone(),
        }
    }
}
