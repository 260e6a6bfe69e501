//! Two things that cannot be in one place of an image.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Mains;
use crate::facts::CopiedFile;
use crate::model::{BuildError, Content, ImagePath, Phase};

use super::{BasePath, BasePaths, Program, Selected};

/// What goes into an image.
pub(super) struct Contents<'a> {
    pub(super) selected: &'a Selected<'a>,
    pub(super) programs: &'a [Program],
    pub(super) files: &'a [CopiedFile],
}

/// What is to be at a path of the image.
#[derive(Clone)]
struct Place {
    /// As it was asked for.
    path: ImagePath,
    /// Where that is, once the links of the base are followed.
    real: ImagePath,
    origin: Origin,
    is_folder: bool,
}

/// Where something comes from.
#[derive(Clone)]
enum Origin {
    Program { package: String, name: String },
    File(String),
}

impl Contents<'_> {
    /// Finds two things at one path, things below what is no folder, and what would take a folder
    /// of the base away: they would hide each other, or leave an image that cannot be unpacked.
    pub(super) fn check(&self, bases: &[Arc<BasePaths>]) -> Result<(), BuildError> {
        let places = self.places();
        self.check_each_other(&places)?;
        for base in bases {
            let on_base = places
                .iter()
                .map(|place| self.on_base(place, base))
                .collect::<Result<Vec<Place>, BuildError>>()?;
            self.check_each_other(&on_base)?;
        }
        Ok(())
    }

    fn places(&self) -> Vec<Place> {
        let programs = self.programs.iter().map(|program| Place {
            path: program.to.clone(),
            real: program.to.clone(),
            origin: Origin::Program {
                package: program.main.import_path.to_string(),
                name: program.main.import_path.base_name().to_owned(),
            },
            is_folder: false,
        });
        let files = self.files.iter().map(|file| Place {
            path: file.entry.path.clone(),
            real: file.entry.path.clone(),
            origin: Origin::File(file.from.to_string()),
            is_folder: matches!(file.entry.content, Content::Folder),
        });
        programs.chain(files).collect()
    }

    fn check_each_other(&self, places: &[Place]) -> Result<(), BuildError> {
        let mut taken: BTreeMap<&ImagePath, &Place> = BTreeMap::new();
        for place in places {
            if let Some(other) = taken.insert(&place.real, place)
                && !(other.is_folder && place.is_folder && other.path != place.path)
            {
                let (one, two) = (other.origin.shown(), place.origin.shown());
                let message = format!("{one} and {two} are both to be at {}", place.real);
                return Err(self
                    .error(message)
                    .hint("give one of them another place, or leave it out with exclude"));
            }
        }
        for place in places {
            let parents = std::iter::successors(place.real.parent(), ImagePath::parent);
            let parent = parents
                .filter_map(|parent| taken.get(&parent))
                .find(|parent| !parent.is_folder);
            if let Some(parent) = parent {
                let message = format!(
                    "{} is to be at {}, but {} is no folder: {} is to be there",
                    place.origin.shown(),
                    place.path,
                    parent.path,
                    parent.origin.shown(),
                );
                return Err(self
                    .error(message)
                    .hint("give one of them another place, or leave it out with exclude"));
            }
        }
        Ok(())
    }

    /// Lays a place over the base, and finds out where it really is.
    fn on_base(&self, place: &Place, base: &BasePaths) -> Result<Place, BuildError> {
        let real = base
            .place(&place.path)
            .map_err(|file| self.below_file(place, &file))?;
        match base.at(&real) {
            Some(BasePath::Folder) if !place.is_folder => Err(self.over_folder(place)),
            Some(BasePath::File) if place.is_folder => Err(self.over_file(place)),
            Some(BasePath::Link(_)) => match base.follow(&real) {
                Ok(end) if base.at(&end) == Some(&BasePath::Folder) => {
                    Err(self.over_link(place, &end))
                }
                _ if place.is_folder => Err(self.over_file(place)),
                _ => Ok(()),
            },
            _ => Ok(()),
        }?;
        Ok(Place {
            real,
            ..place.clone()
        })
    }

    fn below_file(&self, place: &Place, file: &ImagePath) -> BuildError {
        let base = &self.selected.config.base;
        let to_be = place.to_be();
        self.clash(
            place,
            format!("{to_be}, but {file} of the base {base} is no folder"),
        )
    }

    fn over_folder(&self, place: &Place) -> BuildError {
        let base = &self.selected.config.base;
        let to_be = place.to_be();
        self.clash(
            place,
            format!("{to_be}, in place of a folder of the base {base}"),
        )
    }

    fn over_file(&self, place: &Place) -> BuildError {
        let base = &self.selected.config.base;
        let to_be = place.to_be();
        self.clash(
            place,
            format!("{to_be} as a folder, in place of a file of the base {base}"),
        )
    }

    fn over_link(&self, place: &Place, folder: &ImagePath) -> BuildError {
        let base = &self.selected.config.base;
        let to_be = place.to_be();
        let message =
            format!("{to_be}, in place of a link of the base {base} to the folder {folder}");
        if place.is_folder {
            return self
                .error(message)
                .hint(format!("name the folder itself: to = \"{folder}\""));
        }
        self.clash(place, message)
    }

    fn clash(&self, place: &Place, message: String) -> BuildError {
        let error = self.error(message);
        match &place.origin {
            Origin::File(_) => error.hint("give it another place with to"),
            Origin::Program { name, .. } => match self.selected.config.mains {
                Mains::One { .. } => error.hint(format!(
                    "give the program another place under [images.{}] in coracle.toml: path = \"/usr/local/bin/{name}\"",
                    self.selected.name
                )),
                Mains::Several(_) => error.hint(format!(
                    "make it an image of its own in coracle.toml, with path = \"/usr/local/bin/{name}\""
                )),
            },
        }
    }

    fn error(&self, message: String) -> BuildError {
        BuildError::new(Phase::Plan, &self.selected.name, message)
    }
}

impl Place {
    fn to_be(&self) -> String {
        format!("{} is to be at {}", self.origin.shown(), self.path)
    }
}

impl Origin {
    fn shown(&self) -> String {
        match self {
            Self::Program { package, .. } => format!("the program {package}"),
            Self::File(from) => from.clone(),
        }
    }
}
