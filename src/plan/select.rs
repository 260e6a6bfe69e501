//! Which images are meant.

use std::collections::BTreeMap;

use crate::config::{Config, ImageConfig, Mains, nearest};
use crate::facts::{MainPackage, SourceFacts};
use crate::model::{BuildError, ExitCode, ImageName, Phase, SourcePath};

/// An image that is asked for, with its main packages found.
#[derive(Debug, Clone)]
pub struct Selected<'a> {
    /// Its name.
    pub name: ImageName,
    /// What coracle.toml says of it, or of every image that it does not name.
    pub config: &'a ImageConfig,
    /// Its main packages, in the order of its programs.
    pub mains: Vec<&'a MainPackage>,
}

impl Selected<'_> {
    /// Tells whether `other` is the same image.
    fn is(&self, other: &Self) -> bool {
        let folders = |image: &Self| -> Vec<SourcePath> {
            image.mains.iter().map(|main| main.folder.clone()).collect()
        };
        self.name == other.name && folders(self) == folders(other)
    }
}

/// What can be selected from.
pub struct Selection<'a> {
    config: &'a Config,
    mains: BTreeMap<&'a SourcePath, &'a MainPackage>,
    /// Those of the project's own module.
    own: Vec<&'a MainPackage>,
    folder: &'a SourcePath,
    standpoint: Standpoint<'a>,
}

/// Where the user stands, and what was typed there.
#[derive(Debug, Clone, Copy)]
pub struct Standpoint<'a> {
    /// The folder that paths on the command line start from.
    pub start: &'a SourcePath,
    /// The verb that was typed.
    pub verb: &'a str,
}

impl<'a> Selection<'a> {
    /// Offers the images of `config`, which names main packages from the project's `folder`, and
    /// the main packages of `source`, which the command line names from where the user stands.
    pub fn new(
        config: &'a Config,
        source: &'a SourceFacts,
        folder: &'a SourcePath,
        standpoint: Standpoint<'a>,
    ) -> Self {
        let mains = source.mains.iter().map(|main| (&main.folder, main));
        Self {
            config,
            mains: mains.collect(),
            own: source.mains_beside(folder),
            folder,
            standpoint,
        }
    }

    /// Returns the images that `names` mean: names of coracle.toml, or main package paths. With no
    /// name it is every image of the file; without a file, the only main package of the module.
    ///
    /// # Errors
    /// When a name means nothing, or there is not exactly one main package where one is meant.
    pub fn select(&self, names: &[String]) -> Result<Vec<Selected<'a>>, BuildError> {
        if !names.is_empty() {
            let mut selected: Vec<Selected<'a>> = Vec::new();
            for name in names {
                let image = self.named(name)?;
                // What is named twice, or by its name and its path, is built once.
                if !selected.iter().any(|known| known.is(&image)) {
                    selected.push(image);
                }
            }
            return Ok(selected);
        }
        if self.config.images.is_empty() {
            return Ok(vec![self.unnamed(self.only_main("")?)?]);
        }
        self.config
            .images
            .iter()
            .map(|(name, image)| self.configured(name, image))
            .collect()
    }

    fn named(&self, text: &str) -> Result<Selected<'a>, BuildError> {
        if let Some(path) = text.strip_prefix("ko://") {
            return self.of_package(self.imported(path, text)?);
        }
        let name = text.parse::<ImageName>().ok();
        if let Some((name, image)) = name.and_then(|name| self.config.images.get_key_value(&name)) {
            return self.configured(name, image);
        }
        if !(text.starts_with('.') || text.contains('/')) {
            return Err(self.unknown(text));
        }
        // An import path, as ko takes them; what begins with a dot is a folder.
        if let Some(main) = self
            .mains
            .values()
            .find(|it| it.import_path.as_str() == text)
        {
            return self.of_package(main);
        }
        let folder = self.standpoint.start.join(text).map_err(|error| {
            BuildError::new(Phase::Plan, text, "this is no main package of the project")
                .because(error)
        })?;
        self.of_package(self.main_at(&folder, text)?)
    }

    /// Returns the image that coracle.toml has for a main package, else one of its own.
    fn of_package(&self, main: &'a MainPackage) -> Result<Selected<'a>, BuildError> {
        let folder = &main.folder;
        let configured = self.config.images.iter().find(|(_, image)| {
            matches!(&image.mains, Mains::One { main: Some(path), .. } if self.rooted(path).is_ok_and(|path| path == *folder))
        });
        match configured {
            Some((name, image)) => self.configured(name, image),
            None => self.unnamed(main),
        }
    }

    fn configured(
        &self,
        name: &ImageName,
        config: &'a ImageConfig,
    ) -> Result<Selected<'a>, BuildError> {
        if let Some(refusal) = config.refusals.first() {
            return Err(refusal.clone().into());
        }
        let find = |path: &SourcePath| self.main_at(&self.rooted(path)?, name.as_str());
        let mains = match &config.mains {
            Mains::One { main: None, .. } => vec![self.only_main(name.as_str())?],
            Mains::One {
                main: Some(path), ..
            } => vec![find(path)?],
            Mains::Several(paths) => paths.iter().map(find).collect::<Result<_, _>>()?,
        };
        Ok(Selected {
            name: name.clone(),
            config,
            mains,
        })
    }

    fn unnamed(&self, main: &'a MainPackage) -> Result<Selected<'a>, BuildError> {
        let name = ImageName::from_words(main.import_path.base_name()).map_err(|error| {
            BuildError::new(
                Phase::Plan,
                &main.import_path,
                "no image can be named after this package",
            )
            .because(error)
            .hint("name it in coracle.toml, which this writes: coracle init")
        })?;
        Ok(Selected {
            name,
            config: &self.config.defaults,
            mains: vec![main],
        })
    }

    /// Returns the path from the tree's root of one that coracle.toml names.
    fn rooted(&self, path: &SourcePath) -> Result<SourcePath, BuildError> {
        self.folder.join(path.as_str()).map_err(|error| {
            BuildError::new(Phase::Plan, path, "this is no main package of the project")
                .because(error)
        })
    }

    fn main_at(&self, folder: &SourcePath, target: &str) -> Result<&'a MainPackage, BuildError> {
        self.mains.get(folder).copied().ok_or_else(|| {
            let shown = self.typed(folder);
            self.hint_mains(
                self.mains.keys().copied(),
                BuildError::new(
                    Phase::Plan,
                    target,
                    format!("there is no main package in {shown}"),
                ),
            )
        })
    }

    /// Returns the main package of an import path, which was typed as `target`.
    fn imported(&self, path: &str, target: &str) -> Result<&'a MainPackage, BuildError> {
        let mains = || self.mains.values().map(|main| main.import_path.to_string());
        let is_meant = |main: &&&MainPackage| main.import_path.to_string() == path;
        self.mains.values().find(is_meant).copied().ok_or_else(|| {
            let message = "the project has no main package of this import path";
            let error = BuildError::new(Phase::Plan, target, message);
            let known: Vec<String> = mains().collect();
            match nearest(path, known.iter().map(String::as_str)) {
                Some(near) => error.hint(format!("did you mean ko://{near}?")),
                None => error.hint(format!("its main packages are {}", known.join(", "))),
            }
        })
    }

    fn only_main(&self, target: &str) -> Result<&'a MainPackage, BuildError> {
        match self.own.as_slice() {
            [main] => Ok(main),
            [] => Err(
                BuildError::new(Phase::Plan, target, "there is no main package here")
                    .exit(ExitCode::Refused)
                    .hint("a program needs `package main` and `func main()`")
                    .hint(format!(
                        "or look elsewhere: coracle {} -C DIR",
                        self.standpoint.verb
                    )),
            ),
            several => {
                let message = format!(
                    "there are {} main packages, and none is named",
                    several.len()
                );
                let error = BuildError::new(Phase::Plan, target, message);
                let folders = several.iter().map(|main| &main.folder);
                Err(self
                    .hint_mains(folders, error)
                    .hint("to describe them once and for all: coracle init"))
            }
        }
    }

    fn unknown(&self, name: &str) -> BuildError {
        let error = BuildError::new(Phase::Plan, name, "there is no image of this name");
        let names: Vec<&str> = self.config.images.keys().map(ImageName::as_str).collect();
        if names.is_empty() {
            self.hint_mains(self.mains.keys().copied(), error)
        } else {
            error.hint(format!("the images here are {}", names.join(", ")))
        }
    }

    /// Lists all main packages in `folders`, so that one of them can be typed.
    fn hint_mains<'b>(
        &self,
        folders: impl Iterator<Item = &'b SourcePath>,
        error: BuildError,
    ) -> BuildError {
        let paths: Vec<String> = folders.map(|folder| self.typed(folder)).collect();
        let Some(first) = paths.first() else {
            return error;
        };
        let verb = self.standpoint.verb;
        error.hint(format!(
            "name one of {}, as in: coracle {verb} {first}",
            paths.join(", ")
        ))
    }

    /// Returns what a user types for a main package's folder.
    fn typed(&self, folder: &SourcePath) -> String {
        let start = self.standpoint.start;
        let above = std::iter::successors(Some(start.clone()), SourcePath::parent);
        let found = above
            .enumerate()
            .find_map(|(climbs, ancestor)| Some((climbs, folder.below(&ancestor)?)));
        match found {
            Some((0, "")) => ".".to_owned(),
            Some((0, below)) => format!("./{below}"),
            Some((climbs, below)) => {
                let climb = vec![".."; climbs].join("/");
                format!("{climb}/{below}").trim_end_matches('/').to_owned()
            }
            // The root of the tree is above every folder.
            None => folder.to_string(),
        }
    }
}
