//! What becomes of one image.

use crate::config::BaseChoice;
use crate::facts::MainPackage;
use crate::model::{Entry, FileCapabilities, ImageName, ImagePath, Platform, Tag};

use super::{Destination, GoSettings, ImageSettings, Target};

/// An image, decided to the last byte that does not depend on the compiler.
#[derive(Debug, Clone)]
pub struct ImagePlan {
    /// Its name.
    pub name: ImageName,
    /// What it stands on.
    pub base: BaseChoice,
    /// Its programs, each a layer of its own, in order.
    pub programs: Vec<Program>,
    /// The files that are copied into it, sorted by path: a layer below the programs.
    pub files: Vec<Entry>,
    /// What it says about itself on each platform, in the order asked for.
    pub platforms: Vec<ImageSettings>,
    /// Where it goes.
    pub deliveries: Vec<Delivery>,
}

/// A program in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// What it is compiled from.
    pub main: MainPackage,
    /// How it is compiled.
    pub settings: GoSettings,
    /// Where it is in the image.
    pub to: ImagePath,
    /// What it lets its process do.
    pub capabilities: FileCapabilities,
}

/// A place that an image goes to, and its names there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The place.
    pub destination: Destination,
    /// The names, in the order asked for.
    pub tags: Vec<Tag>,
}

impl ImagePlan {
    /// Tells whether it goes to a registry.
    pub fn is_pushed(&self) -> bool {
        let mut deliveries = self.deliveries.iter();
        deliveries.any(|delivery| matches!(delivery.destination, Destination::Registry(_)))
    }

    /// Returns what has to be compiled for `platform`, in the order of the layers.
    pub fn targets(&self, platform: &Platform) -> impl Iterator<Item = (Target, GoSettings)> {
        self.programs.iter().map(|program| {
            let target = Target {
                main: program.main.clone(),
                platform: platform.clone(),
            };
            (target, program.settings.clone())
        })
    }
}
