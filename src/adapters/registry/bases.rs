//! Images of registries, as bases.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::call::Registries;
use super::pull::{Pull, PullError};
use super::remote_layer::RemoteLayer;
use crate::image::{Base, HeldLayer, PlatformBase, StoredConfig, StoredManifest};
use crate::layers::Layer;
use crate::model::{
    Blob, BuildError, Descriptor, Digest, Event, MediaType, Phase, Platform, Reference, Repository,
    crew,
};
use crate::ports::{BaseSource, BlobStore, EventSink, Wanted};

/// Finds bases in registries; keeps what it found in the blob store.
pub struct RegistryBases<'a> {
    registries: Arc<Registries>,
    store: Arc<dyn BlobStore + Send>,
    sink: &'a dyn EventSink,
    /// Each layer once, however many images stand on it, so that it is fetched once.
    layers: Mutex<BTreeMap<(Digest, u64, MediaType), Blob>>,
}

impl<'a> RegistryBases<'a> {
    /// Makes a source that keeps what it fetches in `store`.
    pub fn new(
        registries: Arc<Registries>,
        store: Arc<dyn BlobStore + Send>,
        sink: &'a dyn EventSink,
    ) -> Self {
        Self {
            registries,
            store,
            sink,
            layers: Mutex::default(),
        }
    }

    /// Returns where `reference` may be had: a mirror first, where one is set.
    fn places(&self, reference: &Reference) -> Result<Vec<Repository>, PullError> {
        let repository = reference.repository();
        let mirror = self.registries.settings.of(repository.host()).mirror;
        let mirrored = mirror
            .map(|mirror| mirror.repository(repository))
            .transpose()?;
        Ok(mirrored.into_iter().chain([repository.clone()]).collect())
    }

    fn resolve_at(
        &self,
        places: &[Repository],
        reference: &Reference,
        wanted: Wanted<'_>,
    ) -> Result<Base, PullError> {
        let pull = Pull {
            registries: &self.registries,
            store: &*self.store,
            sink: self.sink,
            place: &places[0],
        };
        let (digest, root) = pull.root(&reference.target())?;
        let platforms = match root {
            StoredManifest::Image { config, layers, .. } => {
                let config = pull.config(&config)?;
                let platform = config.platform.clone();
                select(std::slice::from_ref(&platform), Clone::clone, wanted)?;
                vec![self.platform(&platform, config, layers, places, reference)?]
            }
            StoredManifest::Index { entries, .. } => {
                let images: Vec<(Platform, Descriptor)> = entries
                    .into_iter()
                    .filter_map(|entry| Some((entry.platform?, entry.manifest)))
                    .collect();
                let chosen = select(&images, |(platform, _)| platform.clone(), wanted)?;
                let at_once = self.registries.settings.at_once();
                crew::each(at_once, &chosen, |(platform, manifest)| {
                    let (config, layers) = pull.child(manifest)?;
                    let config = pull.config(&config)?;
                    self.platform(platform, config, layers, places, reference)
                })?
            }
        };
        Ok(Base {
            origin: Some((reference.clone(), digest)),
            platforms,
        })
    }

    fn platform(
        &self,
        platform: &Platform,
        config: StoredConfig,
        layers: Vec<Descriptor>,
        places: &[Repository],
        base: &Reference,
    ) -> Result<PlatformBase, PullError> {
        if layers.len() != config.diff_ids.len() {
            return Err(PullError::Layers {
                layers: layers.len(),
                diff_ids: config.diff_ids.len(),
            });
        }
        if let Some(strange) = layers.iter().find(|layer| !layer.media_type.is_layer()) {
            return Err(PullError::LayerType(strange.media_type.clone()));
        }
        let layers = layers
            .into_iter()
            .zip(config.diff_ids)
            .map(|(descriptor, diff_id)| HeldLayer {
                layer: Layer {
                    blob: self.layer(&descriptor, places, base),
                    diff_id,
                },
                repository: Some(places[0].clone()),
            });
        Ok(PlatformBase {
            platform: Some(platform.clone()),
            layers: layers.collect(),
            env: config.env,
            labels: config.labels,
            user: config.user,
            working_dir: config.working_dir,
            stop_signal: config.stop_signal,
            history: config.history,
        })
    }

    fn layer(&self, descriptor: &Descriptor, places: &[Repository], base: &Reference) -> Blob {
        let mut layers = self.layers.lock().unwrap_or_else(PoisonError::into_inner);
        let Descriptor {
            media_type,
            digest,
            size_bytes,
        } = descriptor.clone();
        let blob = layers
            .entry((digest, size_bytes, media_type))
            .or_insert_with(|| {
                let layer = RemoteLayer {
                    registries: Arc::clone(&self.registries),
                    store: Arc::clone(&self.store),
                    places: places.to_vec(),
                    base: base.clone(),
                    descriptor: descriptor.clone(),
                    fetching: Mutex::default(),
                };
                Blob::new(descriptor.clone(), Arc::new(layer))
            });
        blob.clone()
    }

    fn explain(&self, error: PullError, reference: &Reference) -> BuildError {
        let repository = reference.repository();
        let login = self.registries.login_of(repository);
        error.into_build_error(reference, login.as_deref())
    }
}

impl BaseSource for RegistryBases<'_> {
    fn resolve(&self, reference: &Reference, wanted: Wanted<'_>) -> Result<Base, BuildError> {
        let places = self
            .places(reference)
            .map_err(|error| self.explain(error, reference))?;
        let mut rest = places.as_slice();
        loop {
            match self.resolve_at(rest, reference, wanted) {
                Ok(base) => return Ok(base),
                Err(error) if rest.len() > 1 => {
                    let mirror = &rest[0];
                    let error = self.explain(error, reference);
                    let cause = error.causes().next().map(ToString::to_string);
                    self.sink.emit(Event::Warned {
                        phase: Phase::Base,
                        message: format!(
                            "the mirror {mirror} is of no use, so {} is asked: {}",
                            reference.repository(),
                            cause.unwrap_or(error.message),
                        ),
                        hints: Vec::new(),
                    });
                    rest = &rest[1..];
                }
                Err(error) => return Err(self.explain(error, reference)),
            }
        }
    }
}

/// Returns those of `all` that are wanted: the first for each platform, in the order of the index.
fn select<T: Clone>(
    all: &[T],
    platform: impl Fn(&T) -> Platform,
    wanted: Wanted<'_>,
) -> Result<Vec<T>, PullError> {
    let has = |wanted: &Platform| all.iter().position(|one| platform(one).covers(wanted));
    let mut chosen: Vec<usize> = match wanted {
        Wanted::All => all.iter().filter_map(|one| has(&platform(one))).collect(),
        Wanted::These(wanted) => wanted
            .iter()
            .map(|wanted| {
                has(wanted).ok_or_else(|| PullError::Platform {
                    wanted: wanted.clone(),
                    has: all.iter().map(&platform).collect(),
                })
            })
            .collect::<Result<_, _>>()?,
    };
    chosen.sort_unstable();
    chosen.dedup();
    Ok(chosen
        .into_iter()
        .map(|number| all[number].clone())
        .collect())
}
