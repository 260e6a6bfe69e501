//! Everything before the compiler: facts, bases, the plan, and the checks that it passes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::attest::{Provenance, RulesResult};
use crate::config::{AttestConfig, Config, SecretsConfig, ToolchainPreference};
use crate::facts::{
    self, AllowedSecrets, BuildTags, GatherRequest, OwnOutputs, Project, Revision, SourceFacts,
    SourceInputs, Suspect, Vendoring,
};
use crate::image::Base;
use crate::model::{
    BuildError, Compression, Content, Event, Phase, Platform, SourcePath, Timestamp, Work, crew,
};
use crate::plan::{
    BasePaths, CompiledBy, Destination, ImageInputs, ImagePlan, ImageRequest, ImagesPlan, Program,
    Recipe, Selected, Selection, Sink, Standpoint, Written, own_outputs, plan_images,
};
use crate::ports::{Git, Progress};
use crate::toolchain::{Choice, ModuleSettings};

use super::bases::BaseReader;
use super::provenance::Origins;
use super::{Ports, accounts, bases, revisions, toolchain};

/// What is asked for, in the words of the command line and the configuration.
pub struct Request<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The place of the project in its source tree.
    pub project: &'a Project,
    /// The folder that paths on the command line start from, in the source tree.
    pub start: &'a SourcePath,
    /// The images that are named.
    pub names: &'a [String],
    /// Where the source tree is, absolute.
    pub root: &'a Path,
    /// The verb that was typed, for hints.
    pub verb: &'a str,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// How modules are reached and verified.
    pub modules: &'a ModuleSettings,
}

impl<'a> Request<'a> {
    /// Returns where the user stands, for what is named from there.
    pub(super) fn standpoint(&self) -> Standpoint<'a> {
        Standpoint {
            start: self.start,
            verb: self.verb,
        }
    }

    /// Returns what of `source` is to be made.
    pub(super) fn select<'s>(
        &'s self,
        source: &'s SourceFacts,
    ) -> Result<Vec<Selected<'s>>, BuildError> {
        let folder = &self.project.folder;
        Selection::new(self.config, source, folder, self.standpoint()).select(self.names)
    }
}

/// Images that are ready to be built.
pub struct Prepared {
    /// What will be built.
    pub plan: ImagesPlan,
    /// The base of each image, in the same order.
    pub bases: Vec<Base>,
    /// Which Go compiles.
    pub go: Choice,
    /// Whose Go it may be.
    pub(super) toolchain: ToolchainPreference,
    /// Where it compiles.
    pub(super) project: Project,
    /// What the source says.
    pub(super) source: SourceFacts,
    /// How layers are compressed.
    pub(super) compression: Compression,
    /// What is said of images beside the signature.
    pub(super) attest: AttestConfig,
    /// How each image will be built.
    pub(super) provenances: Vec<Provenance>,
    /// Which files may look like secrets.
    pub(super) secrets: SecretsConfig,
    /// Which rules images are held to before they are published.
    pub(super) rules: RulesResult,
    /// What looks like a secret in the files that go into images, and is not allowed.
    pub(super) suspects: BTreeSet<Suspect>,
}

impl Prepared {
    /// Tells whether any image goes to a registry.
    pub fn is_pushed(&self) -> bool {
        self.plan.images.iter().any(ImagePlan::is_pushed)
    }

    /// Returns what the source says.
    pub fn source(&self) -> &SourceFacts {
        &self.source
    }

    /// Returns the recipe of the layer of `program`, compiled from `inputs`.
    pub(super) fn program_recipe(
        &self,
        program: &Program,
        platform: &Platform,
        inputs: &SourceInputs,
    ) -> Recipe {
        let by = CompiledBy {
            go: &self.go.version,
            toolchain: self.toolchain,
            project: &self.project,
        };
        Recipe::of_program(program, platform, by, self.compression, inputs)
    }
}

/// Finds out all that a build of images needs to know, and decides all that can be decided.
///
/// # Errors
/// Every reason why nothing can be built.
pub fn prepare(
    ports: &Ports<'_>,
    request: &Request<'_>,
    sink: Sink,
) -> Result<Prepared, Vec<BuildError>> {
    let prepared = survey(ports, request, sink)?;
    let suspects: Vec<Suspect> = prepared.suspects.iter().cloned().collect();
    facts::refuse_secrets(&suspects, &allowed_secrets(request)).map_err(one)?;
    Ok(prepared)
}

/// As [`prepare`], but for what looks like a secret, of which only a note is made.
///
/// # Errors
/// Every other reason why nothing can be built.
pub(super) fn survey(
    ports: &Ports<'_>,
    request: &Request<'_>,
    sink: Sink,
) -> Result<Prepared, Vec<BuildError>> {
    warn_of_mistaken(ports, request.modules);
    if sink == Sink::Registry {
        refuse_unverified(request.modules).map_err(one)?;
    }
    let source = gather(ports, request).map_err(one)?;
    check_vendoring(ports, &source).map_err(one)?;
    let selected = request.select(&source).map_err(one)?;
    let go = toolchain::decide(ports.toolchains, &request.config.go, &source.go).map_err(one)?;
    let bases = bases::resolve(ports, &selected).map_err(one)?;
    let revisions = revisions::of(ports, request, &source, &selected).map_err(one)?;
    let inputs = Inputs {
        ports,
        request,
        own: own_outputs(
            request.config,
            &Written::Images(&sink),
            &selected,
            &source.mains,
            (request.root, request.start),
        ),
        source: &source,
    };
    let reader = BaseReader::new(ports, &sink);
    let (inputs, suspects) = inputs.of_all(reader, selected, &bases, revisions)?;
    let origins = Origins {
        request,
        roots: ports.git.map(Git::roots),
        source: &source,
        go: &go,
    };
    let known = origins.of_images(&inputs);
    let images = ImageRequest {
        config: request.config,
        epoch: request.epoch,
        project: request.project,
        sink,
    };
    let plan = plan_images(&images, inputs)?;
    Ok(Prepared {
        provenances: origins.provenances(known, &plan, &bases),
        plan,
        bases,
        secrets: request.config.secrets.clone(),
        go,
        toolchain: request.config.go.toolchain,
        project: request.project.clone(),
        compression: request.config.layers.compression,
        attest: request.config.attest.clone(),
        source,
        suspects,
        rules: match &request.config.policy {
            Some(policy) => RulesResult::Held(policy.vulnerabilities),
            None => RulesResult::NoRules,
        },
    })
}

/// Whoever sets a variable believes that it does something.
pub(super) fn warn_of_mistaken(ports: &Ports<'_>, modules: &ModuleSettings) {
    for (name, meant) in modules.mistaken() {
        ports.events.emit(Event::Warned {
            phase: Phase::Modules,
            message: format!("{name} is set, and no go command knows it: modules are verified as without it"),
            hints: vec![format!(
                "unset {name}; modules that the checksum database must not hear of: export {meant}=git.example.com/*"
            )],
        });
    }
}

/// A vendor folder that is out of step is told of before a compiler starts, and one that Go passes over is
/// pointed out.
pub(super) fn check_vendoring(ports: &Ports<'_>, source: &SourceFacts) -> Result<(), BuildError> {
    if let Vendoring::PassedOver(reason) = &source.vendoring {
        ports.events.emit(Event::Warned {
            phase: Phase::Modules,
            message: format!("there is a vendor folder, and Go takes nothing from it: {reason}"),
            hints: Vec::new(),
        });
    }
    source.vendoring.check()
}

/// What others will run is not built from modules that nobody vouches for.
pub(super) fn refuse_unverified(modules: &ModuleSettings) -> Result<(), BuildError> {
    let Some((name, value)) = modules.switched_off_verification() else {
        return Ok(());
    };
    let message = "it switches verification off for every module; nothing is pushed so";
    let error = BuildError::new(Phase::Modules, format!("{name}={value}"), message);
    Err(error
        .hint(format!("take it back where it was set: unset {name}, go env -u {name}, or [modules] in coracle.toml"))
        .hint("private modules alone may go without: export GOPRIVATE=git.example.com/*"))
}

/// How many places are asked at once.
const MOST_ASKED: usize = 16;

/// Asks every place that images go to whether it would take them, before a compiler starts, and
/// returns why those that would not do so.
pub(super) fn preflight<'a>(
    ports: &Ports<'_>,
    images: impl Iterator<Item = &'a ImagePlan>,
) -> BTreeMap<&'a Destination, BuildError> {
    let places: BTreeSet<&Destination> = images
        .flat_map(|image| &image.deliveries)
        .map(|delivery| &delivery.destination)
        .collect();
    let places: Vec<&Destination> = places.into_iter().collect();
    let _progress = Progress::start(ports.events, Work::new(Phase::Plan, "preflight"), None);
    let checked = crew::all(MOST_ASKED, &places, |place| {
        ports.publisher.check(place).err()
    });
    let checked = places.into_iter().zip(checked);
    checked
        .filter_map(|(place, error)| Some((place, error?)))
        .collect()
}

/// Reads the source and its history.
pub(super) fn gather(ports: &Ports<'_>, request: &Request<'_>) -> Result<SourceFacts, BuildError> {
    let _progress = Progress::start(ports.events, Work::new(Phase::Facts, "source"), None);
    let config = request.config;
    let images = config.images.values().chain([&config.defaults]);
    let tags = BuildTags::new(&config.go.tags).or(images.flat_map(|image| &image.go.tags));
    let git = ports.git.filter(|_| !revisions::is_named(request));
    let gather = GatherRequest {
        project: request.project,
        tags: &tags,
        describe: revisions::describe(request),
    };
    facts::gather(ports.source, git, &gather)
}

/// What the inputs of images are found in.
struct Inputs<'a> {
    ports: &'a Ports<'a>,
    request: &'a Request<'a>,
    source: &'a SourceFacts,
    own: OwnOutputs,
}

impl Inputs<'_> {
    fn of_all<'a>(
        &self,
        mut reader: BaseReader<'_>,
        selected: Vec<Selected<'a>>,
        bases: &[Base],
        revisions: Vec<Revision>,
    ) -> Result<(Vec<ImageInputs<'a>>, BTreeSet<Suspect>), Vec<BuildError>> {
        let mut inputs = Vec::new();
        let mut suspects = BTreeSet::new();
        let mut errors = Vec::new();
        for ((image, base), revision) in selected.into_iter().zip(bases).zip(revisions) {
            let paths = reader.paths(&image, base);
            let input = paths.and_then(|paths| self.of_image(image, base, paths, revision));
            match input.and_then(|input| Ok((self.suspects(&input)?, input))) {
                Ok((found, input)) => {
                    suspects.extend(found);
                    inputs.push(input);
                }
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() {
            Ok((inputs, suspects))
        } else {
            Err(errors)
        }
    }

    fn of_image<'a>(
        &self,
        selected: Selected<'a>,
        base: &Base,
        base_paths: Vec<Arc<BasePaths>>,
        revision: Revision,
    ) -> Result<ImageInputs<'a>, BuildError> {
        let files = facts::copied_files(
            self.ports.source,
            &self.request.project.folder,
            &selected.config.files,
            &self.own,
        )?;
        Ok(ImageInputs {
            base: bases::platforms(base),
            base_paths,
            base_annotations: bases::annotations(base),
            owner: accounts::owner(&selected, base, &files, self.ports.cancellation)?,
            untracked: self.source.untracked_inputs(&selected.mains, &files),
            files,
            revision,
            selected,
        })
    }

    /// Looks into everything that goes into an image as it is: what is copied, and what is embedded.
    fn suspects(&self, input: &ImageInputs<'_>) -> Result<Vec<Suspect>, BuildError> {
        let tree = self.ports.source;
        let embedded = self.source.embedded_files(tree, &input.selected.mains)?;
        let copied = input
            .files
            .iter()
            .filter(|file| matches!(file.entry.content, Content::File { .. }));
        let looked_into: BTreeSet<SourcePath> = copied
            .map(|file| file.from.clone())
            .chain(embedded)
            .collect();
        let allowed = allowed_secrets(self.request);
        facts::find_secrets(tree, &looked_into, &allowed, self.ports.cancellation)
    }
}

pub(super) fn allowed_secrets<'a>(request: &Request<'a>) -> AllowedSecrets<'a> {
    AllowedSecrets {
        patterns: &request.config.secrets.allow,
        folder: &request.project.folder,
    }
}

fn one(error: BuildError) -> Vec<BuildError> {
    vec![error]
}
