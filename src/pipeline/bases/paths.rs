//! What is at the paths of bases, so that nothing of an image clashes with it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use crate::config::BaseChoice;
use crate::image::{Base, EmbeddedBase, LockedContent, PlatformBase};
use crate::layers::{TarEntry, TarKind, Whiteout, walk_layer};
use crate::model::{Blob, BuildError, ByteSize, Digest, ImagePath, Phase, Work, crew, limits};
use crate::plan::{BasePath, BasePaths, PathChange, Selected, Sink, image_platforms};
use crate::ports::Progress;

use super::super::Ports;

/// Reads bases, each once however many images stand on it.
pub(in crate::pipeline) struct BaseReader<'a> {
    ports: &'a Ports<'a>,
    wanted: Wanted,
    known: BTreeMap<Vec<Digest>, Arc<BasePaths>>,
    embedded: Option<Arc<BasePaths>>,
}

/// Which layers of bases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// All: the image is written to this machine, and its layers with it.
    All,
    /// None, where the image goes to a registry or nowhere: most registries are never asked for the
    /// layers of a base, as they have them already, and what is refused must not depend on what this
    /// machine has. No more is known than what every image has.
    None,
}

impl<'a> BaseReader<'a> {
    /// Reads as much of bases as is in order for images that go to `sink`.
    pub(in crate::pipeline) fn new(ports: &'a Ports<'a>, sink: &Sink) -> Self {
        Self {
            ports,
            wanted: match sink {
                Sink::Files { outputs, .. } if !outputs.is_empty() => Wanted::All,
                Sink::Files { .. } | Sink::Registry => Wanted::None,
            },
            known: BTreeMap::new(),
            embedded: None,
        }
    }

    /// Reads bases whole.
    pub(in crate::pipeline) fn whole(ports: &'a Ports<'a>) -> Self {
        Self {
            ports,
            wanted: Wanted::All,
            known: BTreeMap::new(),
            embedded: None,
        }
    }

    /// Returns what the base of `selected` has where, once for each platform that differs.
    ///
    /// # Errors
    /// When a platform is none of this base, or a layer cannot be had or read.
    pub(in crate::pipeline) fn paths(
        &mut self,
        selected: &Selected<'_>,
        base: &Base,
    ) -> Result<Vec<Arc<BasePaths>>, BuildError> {
        match &selected.config.base {
            BaseChoice::Scratch => Ok(vec![Arc::default()]),
            BaseChoice::Static => Ok(vec![self.of_embedded()?]),
            BaseChoice::Registry(_) => {
                let (choice, has) = (&selected.config.platforms, super::platforms(base));
                let platforms = image_platforms(&selected.name, choice, &has)?;
                let bases: BTreeMap<Vec<Digest>, &PlatformBase> = platforms
                    .iter()
                    .filter_map(|platform| base.for_platform(platform))
                    .map(|base| (digests(base), base))
                    .collect();
                self.fetch(&bases, selected)?;
                let paths = bases.into_iter();
                paths
                    .map(|(digests, base)| self.of_layers(digests, base, selected))
                    .collect()
            }
        }
    }

    fn of_embedded(&mut self) -> Result<Arc<BasePaths>, BuildError> {
        let paths = match &self.embedded {
            Some(paths) => Arc::clone(paths),
            None => Arc::new(of_lock()?),
        };
        self.embedded = Some(Arc::clone(&paths));
        Ok(paths)
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
        if self.wanted == Wanted::All {
            for layer in layers {
                let changes = self.read(layer).map_err(|error| explain(error, selected))?;
                paths.lay(changes);
            }
        }
        let paths = Arc::new(paths);
        self.known.insert(digests, Arc::clone(&paths));
        Ok(paths)
    }

    /// Brings the layers of all platforms here, several at once.
    fn fetch(
        &self,
        bases: &BTreeMap<Vec<Digest>, &PlatformBase>,
        selected: &Selected<'_>,
    ) -> Result<(), BuildError> {
        let unknown = bases
            .iter()
            .filter(|(digests, _)| !self.known.contains_key(*digests));
        let layers: BTreeMap<Digest, &Blob> = unknown
            .flat_map(|(_, base)| &base.layers)
            .map(|layer| (layer.layer.blob.descriptor.digest, &layer.layer.blob))
            .collect();
        if self.wanted == Wanted::None || layers.is_empty() {
            return Ok(());
        }
        let work = Work::new(
            Phase::Base,
            format!("the layers of {}", selected.config.base),
        );
        let progress = Progress::start(self.ports.events, work, None);
        let layers: Vec<&Blob> = layers.into_values().collect();
        let fetched = crew::each(FETCHED_AT_ONCE, &layers, |layer| {
            layer.fetch(&|bytes| progress.advance(bytes))
        });
        fetched.map(drop).map_err(|error| explain(error, selected))
    }

    fn read(&self, layer: &Blob) -> io::Result<Vec<(ImagePath, PathChange)>> {
        let mut changes = Vec::new();
        let mut left_bytes = limits::BASE_PATHS_BYTES;
        walk_layer(layer, self.ports.cancellation, &|_| (), &mut |entry, _| {
            let known = left_bytes.checked_sub(path_bytes(&entry.path));
            left_bytes = known.ok_or_else(too_long)?;
            changes.extend(change(entry));
            Ok(())
        })
        .map_err(io::Error::other)?;
        Ok(changes)
    }
}

/// How many layers are fetched at once.
const FETCHED_AT_ONCE: usize = 4;

/// What a registry says of a layer is an error already.
fn explain(error: io::Error, selected: &Selected<'_>) -> BuildError {
    error.downcast::<BuildError>().unwrap_or_else(|error| {
        let base = &selected.config.base;
        BuildError::new(Phase::Base, base, "cannot read a layer of this base").because(error)
    })
}

fn digests(base: &PlatformBase) -> Vec<Digest> {
    let layers = base.layers.iter();
    layers
        .map(|layer| layer.layer.blob.descriptor.digest)
        .collect()
}

/// Returns how long a path is together with those of all folders above it.
fn path_bytes(path: &str) -> u64 {
    let folders = path.bytes().filter(|byte| *byte == b'/').count();
    (path.len() * (folders + 1)) as u64
}

fn too_long() -> io::Error {
    let limit = ByteSize(limits::BASE_PATHS_BYTES);
    io::Error::other(format!("the paths in it are longer than {limit} together"))
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
