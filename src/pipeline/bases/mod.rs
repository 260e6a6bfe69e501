//! What images stand on.

mod inventory;
mod paths;

pub use inventory::base_inventory;
pub(super) use paths::BaseReader;

use std::collections::BTreeMap;

use crate::config::{BaseChoice, PlatformChoice};
use crate::image::{Base, EmbeddedBase};
use crate::model::{BuildError, Event, Phase, Reference, Work};
use crate::plan::{BasePlatforms, Selected};
use crate::ports::{Progress, Wanted};

use super::Ports;

/// Finds the base of each image of `selected`, reading each once.
///
/// # Errors
/// When a base cannot be had, lacks a platform, or is not what its digests say.
pub(super) fn resolve(
    ports: &Ports<'_>,
    selected: &[Selected<'_>],
) -> Result<Vec<Base>, BuildError> {
    let mut known: BTreeMap<(Reference, Vec<String>), Base> = BTreeMap::new();
    let mut embedded: Option<Base> = None;
    selected
        .iter()
        .map(|image| match &image.config.base {
            BaseChoice::Scratch => Ok(Base::scratch()),
            BaseChoice::Static => {
                let base = match &embedded {
                    Some(base) => base.clone(),
                    None => EmbeddedBase::load()?.to_base(),
                };
                embedded = Some(base.clone());
                Ok(base)
            }
            BaseChoice::Registry(reference) => {
                let key = (reference.clone(), wanted_names(&image.config.platforms));
                if let Some(base) = known.get(&key) {
                    return Ok(base.clone());
                }
                let base = pull(ports, reference, &image.config.platforms)?;
                known.insert(key, base.clone());
                Ok(base)
            }
        })
        .collect()
}

fn pull(
    ports: &Ports<'_>,
    reference: &Reference,
    platforms: &PlatformChoice,
) -> Result<Base, BuildError> {
    let work = Work::new(Phase::Base, reference.to_string());
    let _progress = Progress::start(ports.events, work, None);
    let wanted = match platforms {
        PlatformChoice::All => Wanted::All,
        PlatformChoice::Listed(platforms) => Wanted::These(platforms),
    };
    let base = ports.bases.resolve(reference, wanted)?;
    if let (None, Some((_, digest))) = (reference.digest(), &base.origin) {
        ports.events.emit(Event::Noted {
            phase: Phase::Base,
            message: format!("{reference} is {digest}; pin it with \"{reference}@{digest}\""),
        });
    }
    Ok(base)
}

fn wanted_names(platforms: &PlatformChoice) -> Vec<String> {
    match platforms {
        PlatformChoice::All => Vec::new(),
        PlatformChoice::Listed(platforms) => platforms.iter().map(ToString::to_string).collect(),
    }
}

/// Returns what `base` can run on.
pub(super) fn platforms(base: &Base) -> BasePlatforms {
    let listed: Option<Vec<_>> = base
        .platforms
        .iter()
        .map(|entry| entry.platform.clone())
        .collect();
    listed.map_or(BasePlatforms::Any, BasePlatforms::Listed)
}

/// Returns the annotations that say what an image stands on, image-spec v1.1, `annotations.md`.
pub(super) fn annotations(base: &Base) -> BTreeMap<String, String> {
    let Some((reference, digest)) = &base.origin else {
        return BTreeMap::new();
    };
    let key = |name: &str| format!("org.opencontainers.image.base.{name}");
    BTreeMap::from([
        (key("name"), reference.to_string()),
        (key("digest"), digest.to_string()),
    ])
}
