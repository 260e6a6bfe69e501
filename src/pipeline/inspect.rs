//! What is in an image that is there already.

use std::io::{self, Read};

use super::stored_image::{StoredImage, makers};
use super::stored_platforms::{StoredPlatform, StoredPlatforms};
use super::verify::attached;
use crate::attest::Demand;
use crate::compile::{BuildInfo, LinkedModule};
use crate::image::{EmbeddedBase, IndexEntry, StoredConfig};
use crate::layers::{TarEntry, TarKind, Whiteout};
use crate::model::{BuildError, Cancellation, Platform, Repository, limits};
use crate::ports::{EventSink, ImageReader, Referrers};
use crate::report::{
    GoModule, GoProgram, ImageSettings, InspectedEntry, InspectedImage, InspectedKind,
    InspectedLayer, Inspection, LayerContent, OtherManifest, Package,
};

/// How the files of layers are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileList {
    /// The first few of each layer.
    First,
    /// All of them.
    All,
}

/// What is asked for, and who listens.
pub struct InspectRequest<'a> {
    /// The image as it was named.
    pub name: &'a str,
    /// The only platform that is wanted, where not all are.
    pub platform: Option<&'a Platform>,
    /// How files are listed.
    pub files: FileList,
    /// Where what hangs on it is found, of an image in a registry.
    pub attached: Option<AttachedRequest<'a>>,
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Where what hangs on an image is found, and how it is judged.
pub struct AttachedRequest<'a> {
    /// Who lists and reads it.
    pub referrers: &'a dyn Referrers,
    /// Where the image is.
    pub repository: &'a Repository,
    /// Who should have signed; without keys nothing is verified.
    pub demand: &'a Demand,
}

/// Reads the image of `reader` to its last byte, and tells what is in it.
///
/// # Errors
/// When it cannot be read, is not what its digests say, or has not the platform that is wanted.
pub fn inspect(
    reader: &dyn ImageReader,
    request: &InspectRequest<'_>,
) -> Result<Inspection, BuildError> {
    let inspector = Inspector {
        image: StoredImage {
            reader,
            name: request.name,
            events: request.events,
            cancellation: request.cancellation,
        },
        files: request.files,
        base: EmbeddedBase::load()?,
    };
    let found = StoredPlatforms::read(&inspector.image, request.platform)?;
    let images = found.images.iter().map(|image| {
        let mut inspected = inspector.image(image)?;
        if image.manifest.digest != found.root.digest {
            inspected.attached = attached(request, image.manifest.digest)?;
        }
        Ok(inspected)
    });
    Ok(Inspection {
        form: 1,
        name: request.name.to_owned(),
        digest: found.root.digest.to_string(),
        media_type: found.root.media_type.to_string(),
        annotations: found.annotations,
        images: images.collect::<Result<_, BuildError>>()?,
        others: found.others.into_iter().map(other).collect(),
        attached: attached(request, found.root.digest)?,
    })
}

struct Inspector<'a> {
    image: StoredImage<'a>,
    files: FileList,
    base: EmbeddedBase,
}

impl Inspector<'_> {
    fn image(&self, stored: &StoredPlatform) -> Result<InspectedImage, BuildError> {
        let StoredPlatform {
            manifest, config, ..
        } = stored;
        let mut image = InspectedImage {
            platform: config.platform.to_string(),
            digest: manifest.digest.to_string(),
            media_type: manifest.media_type.to_string(),
            config_digest: stored.config_digest.to_string(),
            size_bytes: stored.layers.iter().map(|layer| layer.size_bytes).sum(),
            created: config.created.clone(),
            settings: settings(config),
            annotations: stored.annotations.clone(),
            layers: Vec::new(),
            programs: Vec::new(),
            packages: Vec::new(),
            attached: Vec::new(),
        };
        let makers = makers(config);
        for number in 0..stored.layers.len() {
            let layer = self.layer(stored, number, &mut image)?;
            image.layers.push(InspectedLayer {
                created_by: makers.get(number).cloned(),
                ..layer
            });
        }
        Ok(image)
    }

    fn layer(
        &self,
        stored: &StoredPlatform,
        number: usize,
        image: &mut InspectedImage,
    ) -> Result<InspectedLayer, BuildError> {
        let layer = &stored.layers[number];
        let mut content = LayerContent::default();
        let programs = &mut image.programs;
        let walked = stored.walk(&self.image, number, &mut |entry, bytes| {
            programs
                .extend(go_program(entry, bytes)?.filter(|_| programs.len() < limits::GO_PROGRAMS));
            self.note(&mut content, entry);
            Ok(())
        })?;
        content.tar_bytes = walked.tar_bytes;
        let is_base = walked.diff_id == self.base.layer.diff_id;
        if is_base {
            image
                .packages
                .extend(self.base.lock.packages.iter().map(|package| Package {
                    name: package.name.clone(),
                    version: package.version.clone(),
                }));
        }
        Ok(InspectedLayer {
            digest: layer.digest.to_string(),
            diff_id: walked.diff_id.to_string(),
            media_type: layer.media_type.to_string(),
            size_bytes: layer.size_bytes,
            created_by: None,
            base: is_base.then(|| "static".to_owned()),
            content,
        })
    }

    /// Counts an entry, and lists it as far as lists go.
    fn note(&self, content: &mut LayerContent, entry: &TarEntry) {
        const SHOWN: usize = 12;
        let inspected = inspected(entry);
        let count = match inspected.kind {
            InspectedKind::File | InspectedKind::Hardlink => &mut content.files,
            InspectedKind::Folder => &mut content.folders,
            InspectedKind::Symlink => &mut content.symlinks,
            InspectedKind::Whiteout | InspectedKind::Opaque => &mut content.whiteouts,
            InspectedKind::Other => &mut content.others,
        };
        *count += 1;
        content.file_bytes += inspected.size_bytes;
        if self.files == FileList::All || content.entries.len() < SHOWN {
            content.entries.push(inspected);
        }
    }
}

fn other(entry: IndexEntry) -> OtherManifest {
    OtherManifest {
        digest: entry.manifest.digest.to_string(),
        media_type: entry.manifest.media_type.to_string(),
        annotations: entry.annotations,
    }
}

fn settings(stored: &StoredConfig) -> ImageSettings {
    ImageSettings {
        user: stored.user.clone(),
        entrypoint: stored.entrypoint.clone(),
        cmd: stored.cmd.clone(),
        env: stored
            .env
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        ports: stored.ports.clone(),
        volumes: stored.volumes.clone(),
        working_dir: stored.working_dir.clone(),
        stop_signal: stored.stop_signal.clone(),
        labels: stored.labels.clone(),
    }
}

fn inspected(entry: &TarEntry) -> InspectedEntry {
    let (kind, path, target) = match (entry.whiteout(), &entry.kind) {
        (Some(Whiteout::Path(path)), _) => (InspectedKind::Whiteout, path, None),
        (Some(Whiteout::Content(path)), _) => (InspectedKind::Opaque, path, None),
        (None, TarKind::File) => (InspectedKind::File, entry.path.clone(), None),
        (None, TarKind::HardLink(target)) => (
            InspectedKind::Hardlink,
            entry.path.clone(),
            Some(target.clone()),
        ),
        (None, TarKind::Symlink(target)) => (
            InspectedKind::Symlink,
            entry.path.clone(),
            Some(target.clone()),
        ),
        (None, TarKind::Folder) => (InspectedKind::Folder, entry.path.clone(), None),
        (None, TarKind::Special | TarKind::Unknown) => {
            (InspectedKind::Other, entry.path.clone(), None)
        }
    };
    InspectedEntry {
        path: format!("/{path}"),
        kind,
        mode: format!("{:04o}", entry.mode),
        uid: entry.uid,
        gid: entry.gid,
        capabilities: entry.capabilities.as_ref().map(ToString::to_string),
        size_bytes: entry.size_bytes,
        target,
    }
}

/// Reads a file that may be run, and tells what Go wrote into it.
fn go_program(entry: &TarEntry, content: &mut dyn Read) -> io::Result<Option<GoProgram>> {
    if entry.kind != TarKind::File || entry.mode & 0o111 == 0 {
        return Ok(None);
    }
    let info = BuildInfo::read(content)?;
    Ok(info.map(|info| GoProgram {
        path: format!("/{}", entry.path),
        size_bytes: entry.size_bytes,
        go_version: info.go_version,
        package: info.path,
        module: info.main.as_ref().map(module),
        settings: info.settings.into_iter().collect(),
        modules: info.modules.iter().map(module).collect(),
    }))
}

fn module(linked: &LinkedModule) -> GoModule {
    GoModule {
        path: linked.path.clone(),
        version: linked.version.clone(),
        sum: linked.sum.clone(),
        replacement: linked
            .replacement
            .as_deref()
            .map(|other| Box::new(module(other))),
    }
}
