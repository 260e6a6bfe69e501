//! The images that the manifests of a deploy name: those that it pushes, and those that the registry has.

use super::images;
use super::options::ImageOptions;
use super::session::Session;
use super::wiring::Deploying;
use crate::config::EnvironmentConfig;
use crate::deploy::{DeployImage, ManifestImages};
use crate::manifests::BuiltReference;
use crate::model::{BuildError, ImageName};
use crate::pipeline::{self, NamedImages, PushedImages, Resolving};
use crate::ports::EventSink;

/// What is deployed.
pub(super) enum Cargo<'a> {
    /// These images, which were pushed before.
    Pushed(Vec<DeployImage>),
    /// What a push with these flags makes.
    ToPush(&'a mut ImageOptions),
}

/// Who asks what manifests name.
#[derive(Clone, Copy)]
pub(super) struct Asking<'a> {
    pub(super) session: &'a Session,
    pub(super) options: &'a ImageOptions,
    pub(super) events: &'a dyn EventSink,
}

impl Asking<'_> {
    /// Finds out which images the manifests of `environments` name, beside those that are pushed; adds to `cargo` what
    /// they name by import path, where nothing says that only some are to be pushed. Those that the registry has are
    /// looked up there.
    pub(super) fn images(
        self,
        deploying: &Deploying<'_>,
        environments: &[&EnvironmentConfig],
        cargo: &mut Cargo<'_>,
    ) -> Result<ManifestImages, Vec<BuildError>> {
        let named = self.named(deploying, environments, cargo)?;
        let mut standing = Vec::new();
        for image in &named.elsewhere {
            standing.push(deploying.standing(image)?);
        }
        let names = named.names;
        Ok(ManifestImages { names, standing })
    }

    /// As [`Self::images`], and asks no registry.
    pub(super) fn named(
        self,
        deploying: &Deploying<'_>,
        environments: &[&EnvironmentConfig],
        cargo: &mut Cargo<'_>,
    ) -> Result<NamedImages, Vec<BuildError>> {
        let texts = deploying.manifests(environments);
        let texts = texts.map_err(|error| vec![error])?;
        let files = texts.iter();
        let files = files.map(|text| (text.name.as_str(), text.bytes.as_slice()));
        let resolving = Resolving::read(files, None)?;
        let references = resolving.references()?;
        let named = self.of_references(deploying, &references, cargo);
        named.map_err(|errors| {
            let errors = errors.into_iter();
            errors.map(|error| resolving.locate(error)).collect()
        })
    }

    fn of_references(
        self,
        deploying: &Deploying<'_>,
        references: &[BuiltReference],
        cargo: &mut Cargo<'_>,
    ) -> Result<NamedImages, Vec<BuildError>> {
        let is_package = |it: &&BuiltReference| matches!(it, BuiltReference::Package(_));
        let is_among = |names: &[ImageName]| {
            let known = |it: &BuiltReference| matches!(it, BuiltReference::Image(name) if names.contains(name));
            references.iter().all(known)
        };
        match cargo {
            Cargo::Pushed(images) => {
                let names: Vec<ImageName> = images.iter().map(|it| it.name.clone()).collect();
                // Then nobody needs the source.
                if is_among(&names) {
                    return Ok(NamedImages::default());
                }
                self.ask(self.options, references, &PushedImages::Were(&names))
            }
            Cargo::ToPush(options) => {
                if options.build.images.is_empty() {
                    let all: Vec<ImageName> = deploying.image_names().cloned().collect();
                    if references.is_empty() || is_among(&all) {
                        return Ok(NamedImages::default());
                    }
                    let packages = references.iter().filter(is_package).map(pipeline::word);
                    let all = all.iter().map(ToString::to_string);
                    options.build.images = all.chain(packages).collect();
                }
                self.ask(options, references, &PushedImages::WillBe)
            }
        }
    }

    fn ask(
        self,
        options: &ImageOptions,
        references: &[BuiltReference],
        pushed: &PushedImages<'_>,
    ) -> Result<NamedImages, Vec<BuildError>> {
        images::named(self.session, options, references, pushed, self.events)
    }
}
