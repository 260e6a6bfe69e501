//! One of two images that are compared.

use std::collections::BTreeMap;

use crate::compare::{Cause, ComparedLayer, Difference, Origin};
use crate::image::{IndexEntry, StoredConfig, StoredManifest};
use crate::model::{BuildError, Descriptor, Digest, Platform, limits};
use crate::pipeline::stored_image::{Piece, StoredImage, makers};

/// One of the two images.
pub(super) struct Side<'a> {
    pub(super) image: StoredImage<'a>,
}

/// The manifest of one platform.
pub(super) struct PlatformManifest {
    pub(super) platform: Platform,
    pub(super) manifest: Descriptor,
    /// Where the index names it, from 0.
    pub(super) place: usize,
}

/// What an image of one platform says of itself.
pub(super) struct PlatformPieces {
    pub(super) manifest: Piece<StoredManifest>,
    pub(super) config: Piece<StoredConfig>,
    pub(super) layers: Vec<ComparedLayer>,
}

impl PlatformPieces {
    pub(super) fn origin(&self) -> Origin {
        Origin::of_labels(&self.config.said.labels)
    }
}

impl<'a> Side<'a> {
    pub(super) fn new(image: StoredImage<'a>) -> Self {
        Self { image }
    }

    /// Lists the images below `root`: all, or those for the platform that is wanted.
    pub(super) fn platforms(
        &self,
        root: &Piece<StoredManifest>,
        wanted: Option<&Platform>,
    ) -> Result<Vec<PlatformManifest>, BuildError> {
        let all = match &root.said {
            StoredManifest::Image { config, .. } => vec![PlatformManifest {
                platform: self.image.config(config)?.said.platform,
                manifest: root.descriptor.clone(),
                place: 0,
            }],
            StoredManifest::Index { entries, .. } => entries
                .iter()
                .enumerate()
                .filter_map(|(place, entry)| {
                    Some(PlatformManifest {
                        platform: entry.platform.clone()?,
                        manifest: entry.manifest.clone(),
                        place,
                    })
                })
                .collect(),
        };
        let Some(wanted) = wanted else {
            return Ok(all);
        };
        let (chosen, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|image| image.platform.covers(wanted));
        if chosen.is_empty() {
            let has: Vec<String> = others.iter().map(|one| one.platform.to_string()).collect();
            return Err(self.image.lacks(wanted, &has));
        }
        Ok(chosen)
    }

    /// Reads what the image of one platform says of itself. Its layers are named, not read.
    pub(super) fn pieces(&self, manifest: &Descriptor) -> Result<PlatformPieces, BuildError> {
        let manifest = self.image.manifest(manifest)?;
        let StoredManifest::Image { config, layers, .. } = &manifest.said else {
            let error = self.image.wrong(&manifest.descriptor);
            return Err(error.because("it is an index where an image's manifest is expected"));
        };
        if layers.len() > limits::COMPARED_LAYERS {
            let limit = limits::COMPARED_LAYERS;
            let error = self.image.wrong(&manifest.descriptor);
            return Err(error.because(format!("it has more than {limit} layers")));
        }
        let config = self.image.config(config)?;
        let makers = makers(&config.said);
        let layers = layers
            .iter()
            .enumerate()
            .map(|(place, layer)| ComparedLayer {
                descriptor: layer.clone(),
                diff_id: config.said.diff_ids.get(place).copied(),
                created_by: makers.get(place).cloned(),
            })
            .collect();
        Ok(PlatformPieces {
            manifest,
            config,
            layers,
        })
    }
}

/// Compares what two indexes name beside images, such as attestations, by their digests.
pub(super) fn other_differences(a: &[IndexEntry], b: &[IndexEntry]) -> Vec<Difference> {
    let others = |entries: &[IndexEntry]| -> BTreeMap<Digest, String> {
        let others = entries.iter().filter(|entry| entry.platform.is_none());
        let named = others.map(|entry| (entry.manifest.digest, kind(entry)));
        named.collect()
    };
    let (of_a, of_b) = (others(a), others(b));
    let mut found = Vec::new();
    for (digest, kind) in of_a.iter().filter(|(digest, _)| !of_b.contains_key(digest)) {
        let other = Difference::new(Cause::Json, "index", format!("manifests[{digest}]"));
        found.push(other.sides(Some(kind.clone()), None));
    }
    for (digest, kind) in of_b.iter().filter(|(digest, _)| !of_a.contains_key(digest)) {
        let other = Difference::new(Cause::Json, "index", format!("manifests[{digest}]"));
        found.push(other.sides(None, Some(kind.clone())));
    }
    found
}

fn kind(entry: &IndexEntry) -> String {
    match entry.annotations.get("vnd.docker.reference.type") {
        Some(kind) => kind.clone(),
        None => format!("{} for no platform", entry.manifest.media_type),
    }
}
