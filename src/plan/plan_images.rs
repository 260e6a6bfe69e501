//! Images: from what is asked for and known to what will be done.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::config::{Config, Mains, TemplateValues};
use crate::facts::{CopiedFile, MainPackage, Project, Revision};
use crate::model::{
    BuildError, ImageName, ImagePath, Owner, Phase, Repository, SourcePath, Tag, Timestamp,
};

use super::clashes::{shared_archive, shared_places};
use super::contents::Contents;
use super::platforms::image_platforms;
use super::settings::{SettingsSource, settings};
use super::stamp::Stamp;
use super::{
    BasePaths, BasePlatforms, Batch, Delivery, Destination, ImagePlan, Output, Program, Selected,
    batches, go_settings,
};

/// What a plan of images is made from, the same for all of them.
pub struct ImageRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// The place of the project in its source tree.
    pub project: &'a Project,
    /// Where images go.
    pub sink: Sink,
}

/// Where images go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sink {
    /// To the repository that the configuration names: `push`.
    Registry,
    /// To files: `build`; paths are meant from `folder`.
    Files {
        /// The places.
        outputs: Vec<Output>,
        /// The absolute folder that paths start from.
        folder: PathBuf,
    },
}

/// What is known of one image.
pub struct ImageInputs<'a> {
    /// What is asked for.
    pub selected: Selected<'a>,
    /// What its base can run on.
    pub base: BasePlatforms,
    /// What its base has where, on each platform as far as these differ.
    pub base_paths: Vec<Arc<BasePaths>>,
    /// What its base is called, for annotations.
    pub base_annotations: BTreeMap<String, String>,
    /// Who it runs as, in numbers.
    pub owner: Owner,
    /// The files that are copied into it.
    pub files: Vec<CopiedFile>,
    /// The state of the history that it is built from.
    pub revision: Revision,
    /// Files among its inputs that git does not keep.
    pub untracked: Vec<SourcePath>,
}

/// What will be built.
#[derive(Debug, Clone)]
pub struct ImagesPlan {
    /// The images, in the order asked for.
    pub images: Vec<ImagePlan>,
    /// What has to be compiled for them.
    pub batches: Vec<Batch>,
}

/// Decides everything about the images of `inputs`.
///
/// # Errors
/// Every reason why an image cannot be made, all of them at once.
pub fn plan_images(
    request: &ImageRequest<'_>,
    inputs: Vec<ImageInputs<'_>>,
) -> Result<ImagesPlan, Vec<BuildError>> {
    let mut errors = Vec::new();
    let mut images = Vec::new();
    errors.extend(shared_archive(&request.sink, inputs.len()));
    for input in inputs {
        match plan_image(request, input) {
            Ok(image) => images.push(image),
            Err(error) => errors.push(error),
        }
    }
    errors.extend(shared_places(&images));
    if !errors.is_empty() {
        return Err(errors);
    }
    let targets = images.iter().flat_map(|image| {
        image
            .platforms
            .iter()
            .flat_map(|settings| image.targets(&settings.platform))
    });
    let batches = batches::group(targets, request.project, None);
    Ok(ImagesPlan { images, batches })
}

fn plan_image(request: &ImageRequest<'_>, input: ImageInputs<'_>) -> Result<ImagePlan, BuildError> {
    let ImageInputs {
        selected,
        base,
        base_paths,
        base_annotations,
        owner,
        files,
        revision,
        untracked,
    } = input;
    let (name, config) = (&selected.name, selected.config);
    let stamp = Stamp::new(
        &selected,
        &request.config.stamp,
        &revision,
        &untracked,
        request.epoch,
    );
    let programs = programs(request, &selected, &stamp)?;
    let source = SettingsSource {
        config,
        stamp: &stamp,
        owner,
        programs: &programs,
        origin: revision.origin(),
        base_annotations: &base_annotations,
    };
    let platforms = image_platforms(name, &config.platforms, &base)?;
    let contents = Contents {
        selected: &selected,
        programs: &programs,
        files: &files,
    };
    contents.check(&base_paths)?;
    Ok(ImagePlan {
        platforms: platforms
            .into_iter()
            .map(|platform| settings(&source, platform))
            .collect(),
        deliveries: deliveries(request, &selected, &stamp.values())?,
        name: selected.name.clone(),
        base: config.base.clone(),
        programs,
        files: files.into_iter().map(|file| file.entry).collect(),
    })
}

fn programs(
    request: &ImageRequest<'_>,
    selected: &Selected<'_>,
    stamp: &Stamp,
) -> Result<Vec<Program>, BuildError> {
    let at = |main: &MainPackage, to: ImagePath| Program {
        settings: go_settings(request.config, selected.config, stamp, main),
        main: main.clone(),
        to,
        capabilities: selected.config.capabilities,
    };
    match (&selected.config.mains, selected.mains.as_slice()) {
        (
            Mains::One {
                path: Some(path), ..
            },
            [main],
        ) => Ok(vec![at(main, path.clone())]),
        (Mains::One { path: None, .. }, [main]) => Ok(vec![at(
            main,
            in_root(selected.name.as_str(), &selected.name)?,
        )]),
        (_, mains) => mains
            .iter()
            .map(|main| {
                Ok(at(
                    main,
                    in_root(main.import_path.base_name(), &selected.name)?,
                ))
            })
            .collect(),
    }
}

fn in_root(file_name: &str, image: &ImageName) -> Result<ImagePath, BuildError> {
    ImagePath::root().join(file_name).map_err(|error| {
        BuildError::new(
            Phase::Plan,
            image,
            format!("no program can be named {file_name:?}"),
        )
        .because(error)
    })
}

fn deliveries(
    request: &ImageRequest<'_>,
    selected: &Selected<'_>,
    values: &TemplateValues<'_>,
) -> Result<Vec<Delivery>, BuildError> {
    let tags = tags(selected, values)?;
    let destinations: Vec<Destination> = match &request.sink {
        Sink::Registry => vec![Destination::Registry(repository(selected, values)?)],
        Sink::Files { outputs, folder } => {
            let name = local_name(selected, values)?;
            outputs
                .iter()
                .map(|output| output.destination(folder, values, name.clone()))
                .collect()
        }
    };
    Ok(destinations
        .into_iter()
        .map(|destination| Delivery {
            destination,
            tags: tags.clone(),
        })
        .collect())
}

pub(super) fn tags(
    selected: &Selected<'_>,
    values: &TemplateValues<'_>,
) -> Result<Vec<Tag>, BuildError> {
    let mut tags = Vec::new();
    for template in &selected.config.tags {
        let tag = template.render(values).map_err(|error| {
            BuildError::new(
                Phase::Plan,
                &selected.name,
                "a tag cannot be made of its template",
            )
            .because(error)
        })?;
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

fn local_name(
    selected: &Selected<'_>,
    values: &TemplateValues<'_>,
) -> Result<Repository, BuildError> {
    if selected.config.repository.is_some() {
        repository(selected, values)
    } else {
        Ok(Repository::local(&selected.name))
    }
}

pub(super) fn repository(
    selected: &Selected<'_>,
    values: &TemplateValues<'_>,
) -> Result<Repository, BuildError> {
    let Some(template) = &selected.config.repository else {
        return Err(BuildError::new(Phase::Plan, &selected.name, "no repository is named to push to").hint(
            "give --repo registry.example.com/team/{name}, set CORACLE_REPO, or write repository under [defaults] in coracle.toml",
        ));
    };
    template.render(values).map_err(|error| {
        BuildError::new(
            Phase::Plan,
            &selected.name,
            "a repository cannot be made of its template",
        )
        .because(error)
    })
}
