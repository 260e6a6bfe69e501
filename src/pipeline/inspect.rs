//! What is in an image that is there already.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::compile::{BuildInfo, LinkedModule};
use crate::image::{EmbeddedBase, IndexEntry, StoredConfig, StoredManifest};
use crate::layers::{TarEntry, TarKind, Whiteout, walk_layer};
use crate::model::{
    Blob, BuildError, Cancellation, Descriptor, DiffId, Digest, Phase, Platform, Work, limits,
};
use crate::ports::{EventSink, ImageReader, Progress};
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
    /// Who hears how far it is.
    pub events: &'a dyn EventSink,
    /// Whether to stop.
    pub cancellation: &'a Cancellation,
}

/// Reads the image of `reader` to its last byte, and tells what is in it.
///
/// # Errors
/// When it cannot be read, is not what its digests say, or has not the platform that is wanted.
pub fn inspect(
    reader: &dyn ImageReader,
    request: &InspectRequest<'_>,
) -> Result<Inspection, BuildError> {
    let root = reader.root()?;
    let inspector = Inspector {
        reader,
        request,
        base: EmbeddedBase::load()?,
    };
    let mut found = Found {
        inspection: Inspection {
            form: 1,
            name: request.name.to_owned(),
            digest: root.descriptor.digest.to_string(),
            media_type: root.descriptor.media_type.to_string(),
            annotations: BTreeMap::new(),
            images: Vec::new(),
            others: Vec::new(),
        },
        passed_by: Vec::new(),
    };
    match inspector.manifest(&root)? {
        StoredManifest::Image {
            config,
            layers,
            annotations,
        } => {
            inspector.image(
                &mut found,
                &root.descriptor,
                (&config, &layers),
                annotations,
            )?;
        }
        StoredManifest::Index {
            entries,
            annotations,
        } => {
            found.inspection.annotations = annotations;
            for entry in entries {
                inspector.entry(&mut found, entry)?;
            }
        }
    }
    match request.platform {
        Some(platform) if found.inspection.images.is_empty() => {
            let message = format!("the image has no {platform}");
            let error = BuildError::new(Phase::Inspect, request.name, message);
            Err(match found.passed_by.as_slice() {
                [] => error,
                some => error.hint(format!("it has {}", some.join(", "))),
            })
        }
        _ => Ok(found.inspection),
    }
}

/// What is found in an image, and which of its platforms nobody asked for.
struct Found {
    inspection: Inspection,
    passed_by: Vec<String>,
}

struct Inspector<'a> {
    reader: &'a dyn ImageReader,
    request: &'a InspectRequest<'a>,
    base: EmbeddedBase,
}

impl Inspector<'_> {
    fn entry(&self, found: &mut Found, entry: IndexEntry) -> Result<(), BuildError> {
        if entry.platform.is_none() {
            found.inspection.others.push(OtherManifest {
                digest: entry.manifest.digest.to_string(),
                media_type: entry.manifest.media_type.to_string(),
                annotations: entry.annotations,
            });
            return Ok(());
        }
        let blob = self.reader.blob(&entry.manifest)?;
        if let StoredManifest::Image {
            config,
            layers,
            annotations,
        } = self.manifest(&blob)?
        {
            self.image(found, &entry.manifest, (&config, &layers), annotations)?;
        }
        Ok(())
    }

    fn manifest(&self, blob: &Blob) -> Result<StoredManifest, BuildError> {
        let bytes = self.bytes(blob, limits::MANIFEST_BYTES)?;
        StoredManifest::parse(&bytes, Some(&blob.descriptor.media_type))
            .map_err(|error| self.wrong(&blob.descriptor).because(error))
    }

    /// Reads a small blob, and compares it with its descriptor.
    fn bytes(&self, blob: &Blob, limit_bytes: u64) -> Result<Vec<u8>, BuildError> {
        let Descriptor {
            digest, size_bytes, ..
        } = blob.descriptor;
        let mut bytes = Vec::new();
        blob.open()
            .and_then(|reader| reader.take(limit_bytes + 1).read_to_end(&mut bytes))
            .map_err(|error| self.wrong(&blob.descriptor).because(error))?;
        let found = Digest::of(&bytes);
        if bytes.len() as u64 > limit_bytes {
            return Err(self
                .wrong(&blob.descriptor)
                .because(format!("it is longer than {limit_bytes} bytes")));
        }
        if (found, bytes.len() as u64) != (digest, size_bytes) {
            let message = format!(
                "it is {found} with {} bytes, expected {digest} with {size_bytes}",
                bytes.len()
            );
            return Err(self.wrong(&blob.descriptor).because(message));
        }
        Ok(bytes)
    }

    fn image(
        &self,
        found: &mut Found,
        manifest: &Descriptor,
        (config, layers): (&Descriptor, &[Descriptor]),
        annotations: BTreeMap<String, String>,
    ) -> Result<(), BuildError> {
        let bytes = self.bytes(&self.reader.blob(config)?, limits::CONFIG_BYTES)?;
        let stored =
            StoredConfig::parse(&bytes).map_err(|error| self.wrong(config).because(error))?;
        if self
            .request
            .platform
            .is_some_and(|wanted| !stored.platform.covers(wanted))
        {
            found.passed_by.push(stored.platform.to_string());
            return Ok(());
        }
        let mut image = InspectedImage {
            platform: stored.platform.to_string(),
            digest: manifest.digest.to_string(),
            media_type: manifest.media_type.to_string(),
            config_digest: config.digest.to_string(),
            size_bytes: layers.iter().map(|layer| layer.size_bytes).sum(),
            created: stored.created.clone(),
            settings: settings(&stored),
            annotations,
            layers: Vec::new(),
            programs: Vec::new(),
            packages: Vec::new(),
        };
        let makers = makers(&stored);
        for (number, layer) in layers.iter().enumerate() {
            let walked = self.layer(layer, &mut image)?;
            let expected = stored.diff_ids.get(number);
            if expected.is_some_and(|expected| expected.to_string() != walked.diff_id) {
                return Err(self.wrong(layer).because(format!(
                    "its content is {}, and its configuration says {}",
                    walked.diff_id,
                    expected.map(DiffId::to_string).unwrap_or_default(),
                )));
            }
            image.layers.push(InspectedLayer {
                created_by: makers.get(number).cloned(),
                ..walked
            });
        }
        found.inspection.images.push(image);
        Ok(())
    }

    fn layer(
        &self,
        layer: &Descriptor,
        image: &mut InspectedImage,
    ) -> Result<InspectedLayer, BuildError> {
        let blob = self.reader.blob(layer)?;
        let work = Work::new(Phase::Inspect, format!("layer {}", layer.digest));
        let progress = Progress::start(self.request.events, work, Some(layer.size_bytes));
        let mut content = LayerContent::default();
        let programs = &mut image.programs;
        let walked = walk_layer(
            &blob,
            self.request.cancellation,
            &|bytes| progress.advance(bytes),
            &mut |entry, bytes| {
                programs.extend(
                    go_program(entry, bytes)?.filter(|_| programs.len() < limits::GO_PROGRAMS),
                );
                self.note(&mut content, entry);
                Ok(())
            },
        );
        let walked = walked.map_err(|error| self.wrong(layer).because(error))?;
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
        if self.request.files == FileList::All || content.entries.len() < SHOWN {
            content.entries.push(inspected);
        }
    }

    fn wrong(&self, descriptor: &Descriptor) -> BuildError {
        let what = format!("cannot use {} {}", descriptor.media_type, descriptor.digest);
        BuildError::new(Phase::Inspect, self.request.name, what)
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

/// Returns what made each layer: the entries of the history that are not empty.
fn makers(stored: &StoredConfig) -> Vec<String> {
    let layers = stored
        .history
        .iter()
        .filter(|entry| entry["empty_layer"] != true);
    layers
        .map(|entry| entry["created_by"].as_str().unwrap_or_default().to_owned())
        .collect()
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
