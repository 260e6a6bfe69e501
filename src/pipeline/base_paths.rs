//! What is at the paths of bases, so that nothing of an image clashes with it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::config::BaseChoice;
use crate::image::{Base, EmbeddedBase, LockedContent, PlatformBase};
use crate::layers::{TarEntry, TarKind, Whiteout, walk_layer};
use crate::model::{Blob, BuildError, Digest, ImagePath, Phase, Work};
use crate::plan::{BasePath, BasePaths, PathChange, Selected, Sink, image_platforms};
use crate::ports::Progress;

use super::{Ports, bases};

/// Reads bases, each once however many images stand on it.
pub(super) struct BaseReader<'a> {
    ports: &'a Ports<'a>,
    wanted: Wanted,
    known: BTreeMap<Vec<Digest>, Arc<BasePaths>>,
}

/// Which layers of bases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All: the image is written to this machine, and its layers with it.
    All,
    /// Those that are here: most registries are never asked for the layers of a base, as they have
    /// them already. Of others no more is known than what every image has.
    Here,
}

impl<'a> BaseReader<'a> {
    /// Reads as much of bases as is in order for images that go to `sink`.
    pub(super) fn new(ports: &'a Ports<'a>, sink: &Sink) -> Self {
        Self {
            ports,
            wanted: match sink {
                Sink::Files { .. } => Wanted::All,
                Sink::Registry => Wanted::Here,
            },
            known: BTreeMap::new(),
        }
    }

    /// Returns what the base of `selected` has where, once for each platform that differs.
    ///
    /// # Errors
    /// When a platform is none of this base, or a layer cannot be had or read.
    pub(super) fn paths(
        &mut self,
        selected: &Selected<'_>,
        base: &Base,
    ) -> Result<Vec<Arc<BasePaths>>, BuildError> {
        match &selected.config.base {
            BaseChoice::Scratch => Ok(vec![Arc::default()]),
            BaseChoice::Static => Ok(vec![Arc::new(of_lock()?)]),
            BaseChoice::Registry(_) => {
                let (choice, has) = (&selected.config.platforms, bases::platforms(base));
                let platforms = image_platforms(&selected.name, choice, &has)?;
                let bases: BTreeMap<Vec<Digest>, &PlatformBase> = platforms
                    .iter()
                    .filter_map(|platform| base.for_platform(platform))
                    .map(|base| (digests(base), base))
                    .collect();
                let paths = bases.into_iter();
                paths
                    .map(|(digests, base)| self.of_layers(digests, base, selected))
                    .collect()
            }
        }
    }

    fn of_layers(
        &mut self,
        digests: Vec<Digest>,
        base: &PlatformBase,
        selected: &Selected<'_>,
    ) -> Result<Arc<BasePaths>, BuildError> {
        if let Some(paths) = self.known.get(&digests) {
            return Ok(Arc::clone(paths));
        }
        let layers: Vec<&Blob> = base.layers.iter().map(|layer| &layer.layer.blob).collect();
        let mut paths = BasePaths::default();
        let blobs = self.ports.blobs;
        let is_here = |layer: &&Blob| blobs.find(&layer.descriptor).is_some();
        if self.wanted == Wanted::All || layers.iter().all(is_here) {
            let base = &selected.config.base;
            let work = Work::new(Phase::Base, format!("the layers of {base}"));
            let progress = Progress::start(self.ports.events, work, None);
            for layer in layers {
                let changes = self.read(layer, &progress).map_err(|error| {
                    // What a registry says of a layer is an error already.
                    error.downcast::<BuildError>().unwrap_or_else(|error| {
                        BuildError::new(Phase::Base, base, "cannot read a layer of this base")
                            .because(error)
                    })
                })?;
                paths.lay(changes);
            }
        }
        let paths = Arc::new(paths);
        self.known.insert(digests, Arc::clone(&paths));
        Ok(paths)
    }

    fn read(
        &self,
        layer: &Blob,
        progress: &Progress<'_>,
    ) -> io::Result<Vec<(ImagePath, PathChange)>> {
        layer.fetch(&|bytes| progress.advance(bytes))?;
        let mut changes = Vec::new();
        walk_layer(layer, self.ports.cancellation, &|_| (), &mut |entry, _| {
            changes.extend(change(entry));
            Ok(())
        })
        .map_err(io::Error::other)?;
        Ok(changes)
    }
}

fn digests(base: &PlatformBase) -> Vec<Digest> {
    let layers = base.layers.iter();
    layers
        .map(|layer| layer.layer.blob.descriptor.digest)
        .collect()
}

/// A name that no image of ours can have clashes with none of ours.
fn change(entry: &TarEntry) -> Option<(ImagePath, PathChange)> {
    let path = |text: &str| format!("/{text}").parse::<ImagePath>().ok();
    match entry.whiteout() {
        Some(Whiteout::Path(gone)) => Some((path(&gone)?, PathChange::Gone)),
        Some(Whiteout::Content(emptied)) => Some((path(&emptied)?, PathChange::Emptied)),
        None if entry.path.is_empty() => None,
        None => {
            let what = match &entry.kind {
                TarKind::Folder => BasePath::Folder,
                TarKind::Symlink(target) => BasePath::Link(target.clone()),
                TarKind::File | TarKind::HardLink(_) | TarKind::Special => BasePath::File,
                TarKind::Unknown => return None,
            };
            Some((path(&entry.path)?, PathChange::Is(what)))
        }
    }
}

/// The embedded base need not be unpacked: its lock lists what is in it.
fn of_lock() -> Result<BasePaths, BuildError> {
    let mut paths = BasePaths::default();
    let entries = EmbeddedBase::load()?.lock.entries.into_iter();
    let entries = entries.map(|entry| {
        let what = match entry.content {
            LockedContent::Directory => BasePath::Folder,
            LockedContent::File { .. } => BasePath::File,
            LockedContent::Link { target } => BasePath::Link(target),
        };
        (entry.path, PathChange::Is(what))
    });
    paths.lay(entries.collect());
    Ok(paths)
}
