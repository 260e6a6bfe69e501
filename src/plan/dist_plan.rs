//! Plain programs: what `dist` makes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Config, Extra, ImageConfig, SbomFormat};
use crate::facts::{CopiedFile, MainPackage, Project, Revision};
use crate::model::{
    ArchiveForm, BuildError, Entry, ImageName, ImagePath, Phase, Platform, Repository, SourcePath,
    Tag, Timestamp,
};

use super::dist_names::{archive_name, bare_name, beside, program_name, sbom_ending};
use super::plan_images::repository;
use super::stamp::Stamp;
use super::{Batch, CHECKSUMS, GoSettings, Selected, Target, batches, go_ports, go_settings};

/// A program that is compiled to a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistProgram {
    /// What it is compiled from, and for what.
    pub target: Target,
    /// What it is called where it is alone: `NAME`, with `.exe` on Windows.
    pub name: String,
    /// Where it goes: `dist/NAME-OS-ARCH`, with `.exe` on Windows, or the archive that it goes into:
    /// `dist/NAME_VERSION_OS_ARCH.tar.gz`.
    pub path: PathBuf,
    /// The numbers of the images that it belongs to, in the order of the plan: at least one.
    pub images: Vec<usize>,
}

/// What the programs of one image have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistImage {
    /// The image's name.
    pub name: ImageName,
    /// Its version.
    pub version: String,
    /// When it was made, as it says.
    pub created: Timestamp,
    /// What is said of it where it is pushed, as of the image.
    pub annotations: BTreeMap<String, String>,
    /// Where the files go beside the folder, if they are pushed.
    pub place: Option<ReleasePlace>,
}

/// A place in a registry that takes the files of a release.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasePlace {
    /// The repository, which is that of the image.
    pub repository: Repository,
    /// The tag: the version, with `-dist` after it.
    pub tag: Tag,
}

/// What is made beside programs and their sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistForm {
    /// The archive that each program goes into, if any.
    pub archive: Option<ArchiveForm>,
    /// In which forms it is listed what each program consists of.
    pub sbom: BTreeSet<SbomFormat>,
    /// Whether each file is signed.
    pub signed: Extra,
    /// Whether programs are packed by upx.
    pub packed: Extra,
    /// Whether all of it goes to a registry too.
    pub pushed: Extra,
}

/// What plain programs are made from.
pub struct DistRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// The place of the project in its source tree.
    pub project: &'a Project,
    /// What they run on; empty means everything that Go can build for.
    pub platforms: &'a [Platform],
    /// The folder that takes them.
    pub folder: &'a Path,
    /// How long one platform may take.
    pub time_limit: Duration,
    /// What is made beside them.
    pub form: &'a DistForm,
    /// What goes into archives beside them.
    pub files: &'a [CopiedFile],
}

/// What `dist` will make.
#[derive(Debug, Clone)]
pub struct DistPlan {
    /// The programs, by main package and then by platform, in the order asked for.
    pub programs: Vec<DistProgram>,
    /// What they belong to.
    pub images: Vec<DistImage>,
    /// What has to be compiled for them.
    pub batches: Vec<Batch>,
    /// The folder that takes them.
    pub folder: PathBuf,
    /// How long one platform may take.
    pub time_limit: Duration,
    /// What is made beside them.
    pub form: DistForm,
    /// What goes into each archive beside its program.
    pub files: Vec<Entry>,
}

/// Main packages that are asked for.
pub struct DistInputs<'a> {
    /// What is asked for.
    pub selected: Selected<'a>,
    /// The state of the history that they are built from.
    pub revision: Revision,
    /// Files among their inputs that git does not keep.
    pub untracked: Vec<SourcePath>,
}

impl DistProgram {
    /// Returns where it is listed what the program consists of.
    pub fn sbom(&self, format: SbomFormat) -> PathBuf {
        beside(&self.path, sbom_ending(format))
    }
}

impl DistForm {
    /// Tells whether what is made says which version it is of.
    fn tells_versions(&self) -> bool {
        self.archive.is_some() || !self.sbom.is_empty() || self.pushed.is_wanted()
    }

    /// One file cannot be two.
    fn one_for_two(
        &self,
        target: &Target,
        message: String,
        [first, other]: [&ImageName; 2],
    ) -> BuildError {
        let hint = if self.pushed.is_wanted() {
            format!(
                "push one after the other: coracle dist --push {first} && coracle dist --push {other}"
            )
        } else {
            format!(
                "make them in two folders: coracle dist {first} -o dist/{first} && coracle dist {other} -o dist/{other}"
            )
        };
        BuildError::new(Phase::Plan, &target.main.import_path, message).hint(hint)
    }
}

impl DistPlan {
    /// Returns where the list of all files and their sums is.
    pub fn checksums(&self) -> PathBuf {
        self.folder.join(CHECKSUMS)
    }

    /// Returns the number of the program that is compiled from `target`.
    pub fn position(&self, target: &Target) -> Option<usize> {
        self.programs.iter().position(|it| it.target == *target)
    }

    /// Returns the image that a program is named by, of those that it belongs to.
    pub fn image_of(&self, program: &DistProgram) -> Option<&DistImage> {
        self.images.get(*program.images.first()?)
    }

    /// Returns every place of a file that this makes, but for those of signatures.
    pub fn paths(&self) -> Vec<PathBuf> {
        let programs = self.programs.iter().flat_map(|program| {
            let sboms = self.form.sbom.iter().map(|format| program.sbom(*format));
            std::iter::once(program.path.clone()).chain(sboms)
        });
        programs.chain([self.checksums()]).collect()
    }
}

/// Decides what `dist` makes of `inputs`.
///
/// # Errors
/// Platforms that Go cannot build for, programs that would be in one file, and places that cannot be
/// named.
pub fn plan_dist(
    request: &DistRequest<'_>,
    inputs: &[DistInputs<'_>],
) -> Result<DistPlan, Vec<BuildError>> {
    let all = go_ports::all();
    let platforms = if request.platforms.is_empty() {
        &all
    } else {
        request.platforms
    };
    let unknown = platforms.iter().filter(|it| !go_ports::can_build(it));
    let mut planning = Planning {
        request,
        platforms,
        programs: Vec::new(),
        images: Vec::new(),
        targets: Vec::new(),
        paths: BTreeSet::new(),
        errors: unknown.map(refused).collect(),
    };
    for input in inputs {
        planning.add(input);
    }
    planning.finish()
}

/// A plan that is being made.
struct Planning<'a> {
    request: &'a DistRequest<'a>,
    platforms: &'a [Platform],
    programs: Vec<DistProgram>,
    images: Vec<DistImage>,
    targets: Vec<(Target, GoSettings)>,
    paths: BTreeSet<PathBuf>,
    errors: Vec<BuildError>,
}

impl Planning<'_> {
    /// Adds the programs of one image.
    fn add(&mut self, input: &DistInputs<'_>) {
        let (request, selected) = (self.request, &input.selected);
        let stamp = Stamp::new(
            selected,
            &request.config.stamp,
            &input.revision,
            &input.untracked,
            request.epoch,
        );
        let place = if request.form.pushed.is_wanted() {
            place(selected, &stamp).map(Some)
        } else {
            Ok(None)
        };
        match place {
            Ok(place) => self.images.push(DistImage {
                name: selected.name.clone(),
                version: stamp.version().to_owned(),
                created: stamp.created,
                annotations: stamp.annotations(input.revision.origin()),
                place,
            }),
            Err(error) => return self.errors.push(error),
        }
        for main in &selected.mains {
            self.add_main(main, selected.config, &stamp);
        }
    }

    fn add_main(&mut self, main: &MainPackage, image: &ImageConfig, stamp: &Stamp) {
        let request = self.request;
        let settings = go_settings(request.config, image, stamp, main);
        let base_name = main.import_path.base_name();
        let image = self.images.len() - 1;
        for platform in self.platforms {
            let target = Target {
                main: main.clone(),
                platform: platform.clone(),
            };
            if self.belongs_to_another(&target, &settings, image) {
                continue;
            }
            let file_name = match request.form.archive {
                Some(form) => archive_name(base_name, stamp.version(), platform, form),
                None => bare_name(base_name, platform),
            };
            let path = request.folder.join(file_name);
            if !self.paths.insert(path.clone()) {
                self.errors.push(clash(&target, &path));
            }
            let name = program_name(base_name, platform);
            self.errors.extend(self.hidden(&name));
            self.targets.push((target.clone(), settings.clone()));
            self.programs.push(DistProgram {
                target,
                name,
                path,
                images: vec![image],
            });
        }
    }

    /// Tells whether a program is that of another image already, and adds this one to its images.
    fn belongs_to_another(&mut self, target: &Target, settings: &GoSettings, image: usize) -> bool {
        let known = self.programs.iter().position(|it| it.target == *target);
        let Some(known) = known else {
            return false;
        };
        let program = &mut self.programs[known];
        let first = &self.images[program.images[0]];
        let other = &self.images[image];
        let form = &self.request.form;
        let difference = if self.targets[known].1 != *settings {
            Some(format!(
                "{} would compile it otherwise than {}",
                other.name, first.name
            ))
        } else if form.tells_versions() && first.version != other.version {
            Some(format!(
                "{} would call it {}, and {} {}",
                first.name, first.version, other.name, other.version
            ))
        } else {
            None
        };
        let refusal =
            difference.map(|message| form.one_for_two(target, message, [&first.name, &other.name]));
        self.errors.extend(refusal);
        if !program.images.contains(&image) {
            program.images.push(image);
        }
        true
    }

    /// Finds what is to be in an archive where the program is.
    fn hidden(&self, name: &str) -> Option<BuildError> {
        let place = ImagePath::root().join(name).ok()?;
        let is_hidden = |file: &&CopiedFile| {
            let path = &file.entry.path;
            let mut parents = std::iter::successors(Some(path.clone()), ImagePath::parent);
            parents.any(|path| path == place)
        };
        let hidden = self.request.files.iter().find(is_hidden);
        let hidden = hidden.filter(|_| self.request.form.archive.is_some())?;
        let message = format!("it is to be in archives where the program {name} is");
        let error = BuildError::new(Phase::Plan, &hidden.from, message);
        Some(error.hint("leave it out of files under [dist] in coracle.toml"))
    }

    fn finish(self) -> Result<DistPlan, Vec<BuildError>> {
        let mut errors = self.errors;
        let request = self.request;
        let mut said = BTreeSet::new();
        // What is in the way of several programs is told once.
        errors.retain(|error| said.insert(error.to_string()));
        if !errors.is_empty() {
            return Err(errors);
        }
        let files = match request.form.archive {
            Some(_) => request
                .files
                .iter()
                .map(|file| file.entry.clone())
                .collect(),
            None => Vec::new(),
        };
        Ok(DistPlan {
            programs: self.programs,
            images: self.images,
            batches: batches::group(self.targets, request.project, Some(request.time_limit)),
            folder: request.folder.to_owned(),
            time_limit: request.time_limit,
            form: request.form.clone(),
            files,
        })
    }
}

/// Returns where the files of an image go in a registry: beside the image.
fn place(selected: &Selected<'_>, stamp: &Stamp) -> Result<ReleasePlace, BuildError> {
    let repository = repository(selected, &stamp.values())?;
    let tag = Tag::sanitized(&format!("{}-dist", stamp.version())).map_err(|error| {
        BuildError::new(
            Phase::Plan,
            &selected.name,
            "a tag cannot be made of the version",
        )
        .because(error)
    })?;
    Ok(ReleasePlace { repository, tag })
}

fn refused(platform: &Platform) -> BuildError {
    let near = go_ports::nearest(platform).join(", ");
    BuildError::new(Phase::Plan, platform, go_ports::why_not(platform))
        .hint(format!("near it are {near}"))
}

fn clash(target: &Target, path: &Path) -> BuildError {
    BuildError::new(
        Phase::Plan,
        &target.main.import_path,
        format!("two programs are to be {}", path.display()),
    )
    .hint("name one of them, as in: coracle dist ./cmd/server")
}
