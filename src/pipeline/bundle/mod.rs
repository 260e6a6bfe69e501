//! All that a build takes from others, put into one file.

mod bases;
mod fit;

pub use bases::BundledBases;
pub use fit::BundleInUse;
pub(super) use fit::sums_of;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde_json::Value;

use crate::attest::bundle_statement;
use crate::bundle::{
    BundleFile, BundledBase, EntryName, EntryNameError, LAYOUT, Manifest, Recorded, SUMS, blob_path,
};
use crate::image::{Base, StoredManifest};
use crate::model::{
    Blob, BuildError, Descriptor, Digest, Digester, Event, ExitCode, MediaType, Phase, Platform,
    Work, limits,
};
use crate::ports::{BlobStore, BundleSink, ModuleArchive, Progress, Signer, ToolchainArchive};
use crate::publish::{LAYOUT_INDEX, LAYOUT_MARKER, LAYOUT_MARKER_TEXT, LayoutIndex};

use super::{Ports, Prepared, toolchain};

/// Who has what goes into a bundle, and takes the bundle.
pub struct Bundling<'a> {
    /// The world of a build.
    pub ports: Ports<'a>,
    /// Releases of Go as they travel.
    pub toolchains: &'a dyn ToolchainArchive,
    /// Modules as they travel.
    pub modules: &'a dyn ModuleArchive,
    /// Where bases are once they were fetched.
    pub blobs: &'a dyn BlobStore,
    /// Where the bundle goes.
    pub sink: &'a dyn BundleSink,
}

/// What is asked of a bundle beside the images.
pub struct BundleOrder<'a> {
    /// Whether anybody is to sign it.
    pub sealing: Sealing,
    /// The machines that its Go is to run on.
    pub hosts: &'a BTreeSet<Platform>,
    /// The file that it goes to.
    pub file: &'a Path,
}

/// Whether a bundle is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sealing {
    /// By whoever signs what the project pushes.
    Signed,
    /// By nobody: what is in it is proven without.
    Unsigned,
}

/// A bundle that was made.
#[derive(Debug)]
pub struct MadeBundle {
    /// The digest of the file.
    pub digest: Digest,
    /// What it is for, and what is in it.
    pub manifest: Manifest,
}

impl Bundling<'_> {
    /// Puts all that `prepared` takes from others into one file.
    ///
    /// # Errors
    /// When something cannot be had, is not what it should be, or the file cannot be written.
    pub fn bundle(
        &self,
        prepared: &Prepared,
        order: &BundleOrder<'_>,
    ) -> Result<MadeBundle, BuildError> {
        let signer = match order.sealing {
            Sealing::Signed => Some(self.signer()?),
            Sealing::Unsigned => None,
        };
        self.warn_of_outside(prepared);
        let go = &prepared.go;
        let toolchain = toolchain::obtain(self.ports.toolchains, self.ports.events, go)?;
        let platforms = platforms(prepared);
        let mut files = Files::default();
        files.take(self.modules.archive(&toolchain, &prepared.plan.batches)?);
        for host in order.hosts {
            files.take(self.toolchains.archive(&go.version, host)?);
        }
        let bases = self.bases(prepared, &platforms, &mut files)?;
        let sums = sums_of(self.ports.source, &prepared.source)?;
        files.put(SUMS, sums.to_text())?;
        let manifest = Manifest {
            coracle: env!("CARGO_PKG_VERSION").to_owned(),
            go: go.version.clone(),
            hosts: order.hosts.iter().cloned().collect(),
            platforms: platforms.into_iter().collect(),
            bases: bases.into_iter().collect(),
            files: self.record(&files)?,
        };
        let files: Vec<BundleFile> = files.0.into_values().collect();
        let statement = bundle_statement(Digest::of(&manifest.to_bytes()));
        let seal = signer.map(|signer| signer.sign(&statement.to_bytes()));
        let seal = seal.transpose()?;
        let digest = self.sink.write(order.file, &manifest, &files)?;
        if let Some(seal) = seal {
            self.sink.write_seal(order.file, &seal.to_bytes())?;
        }
        Ok(MadeBundle { digest, manifest })
    }

    /// Returns who signs, which is found out before anything is fetched.
    fn signer(&self) -> Result<&dyn Signer, BuildError> {
        let signing = self.ports.signing.ok_or_else(|| {
            BuildError::new(Phase::Config, "--sign", "nobody is there to sign")
                .hint("name a key: CORACLE_KEY, or [sign] in coracle.toml")
                .hint("make one: coracle keys generate")
        })?;
        signing.signer.check()?;
        Ok(signing.signer)
    }

    /// What lies outside of the source tree is not there on another machine.
    fn warn_of_outside(&self, prepared: &Prepared) {
        if let Some(folder) = prepared.source.outside() {
            self.ports.events.emit(Event::Warned {
                phase: Phase::Bundle,
                message: format!(
                    "the module in {folder} lies outside of the source tree, and a bundle has nothing of it"
                ),
                hints: vec!["bring it to the other machine together with the source".to_owned()],
            });
        }
    }

    /// Puts the bases of registries into `files`, as an OCI layout.
    fn bases(
        &self,
        prepared: &Prepared,
        platforms: &BTreeSet<Platform>,
        files: &mut Files,
    ) -> Result<BTreeSet<BundledBase>, BuildError> {
        let mut bases = BTreeSet::new();
        let mut index = LayoutIndex::empty();
        for base in &prepared.bases {
            let Some((reference, digest)) = &base.origin else {
                continue;
            };
            let named = BundledBase {
                reference: reference.clone(),
                digest: *digest,
            };
            if bases.insert(named) {
                let root = self.base(base, *digest, platforms, files)?;
                index.set(&root, &[]);
            }
        }
        if !bases.is_empty() {
            files.put(&format!("{LAYOUT}/{LAYOUT_MARKER}"), LAYOUT_MARKER_TEXT)?;
            files.put(&format!("{LAYOUT}/{LAYOUT_INDEX}"), index.to_bytes())?;
        }
        Ok(bases)
    }

    /// Puts one base into `files`: what of it serves `platforms`.
    fn base(
        &self,
        base: &Base,
        digest: Digest,
        platforms: &BTreeSet<Platform>,
        files: &mut Files,
    ) -> Result<Descriptor, BuildError> {
        let bytes = self.small(digest, limits::MANIFEST_BYTES)?;
        let root = parse(&bytes, digest)?;
        let descriptor = Descriptor {
            media_type: media_type(&bytes, &root),
            digest,
            size_bytes: bytes.len() as u64,
        };
        match root {
            StoredManifest::Image { config, .. } => self.config(&config, files)?,
            StoredManifest::Index { entries, .. } => {
                // Of several for one platform the first counts, as where it was resolved.
                let serving = platforms.iter().filter_map(|wanted| {
                    entries
                        .iter()
                        .find(|entry| entry.platform.as_ref().is_some_and(|it| it.covers(wanted)))
                });
                for entry in serving {
                    let digest = entry.manifest.digest;
                    let bytes = self.small(digest, limits::MANIFEST_BYTES)?;
                    if let StoredManifest::Image { config, .. } = parse(&bytes, digest)? {
                        self.config(&config, files)?;
                    }
                    files.put(&blob_path(&digest), bytes)?;
                }
            }
        }
        files.put(&blob_path(&digest), bytes)?;
        for platform in &base.platforms {
            for held in &platform.layers {
                files.put_blob(&held.layer.blob)?;
            }
        }
        Ok(descriptor)
    }

    fn config(&self, config: &Descriptor, files: &mut Files) -> Result<(), BuildError> {
        let bytes = self.small(config.digest, limits::CONFIG_BYTES)?;
        files.put(&blob_path(&config.digest), bytes)
    }

    /// Returns what was fetched when the base was resolved.
    fn small(&self, digest: Digest, limit_bytes: u64) -> Result<Vec<u8>, BuildError> {
        self.blobs.read(digest, limit_bytes).ok_or_else(|| {
            let message = "what describes this base is not in the cache folder";
            BuildError::new(Phase::Bundle, digest, message)
                .exit(ExitCode::CannotWrite)
                .hint("see that the cache folder takes files, or name another: CORACLE_CACHE=/var/tmp/coracle")
        })
    }

    /// Reads all files, and says what they are.
    fn record(&self, files: &Files) -> Result<BTreeMap<EntryName, Recorded>, BuildError> {
        let total_bytes = files.0.values().map(|file| file.size_bytes).sum();
        let work = Work::new(Phase::Bundle, "digests");
        let progress = Progress::start(self.ports.events, work, Some(total_bytes));
        let mut recorded = BTreeMap::new();
        for (name, file) in &files.0 {
            if let Some(reason) = self.ports.cancellation.reason() {
                return Err(reason.to_error());
            }
            let mut digester = Digester::default();
            let read = file
                .source
                .open()
                .and_then(|mut reader| io::copy(&mut reader, &mut digester));
            read.map_err(|error| {
                BuildError::new(Phase::Bundle, name, "cannot read what goes into the bundle")
                    .because(error)
            })?;
            progress.advance(file.size_bytes);
            let size_bytes = digester.size_bytes();
            let digest = digester.finish();
            recorded.insert(name.clone(), Recorded { size_bytes, digest });
        }
        Ok(recorded)
    }
}

/// The files of a bundle, each name once: what has one name has one content.
#[derive(Default)]
struct Files(BTreeMap<EntryName, BundleFile>);

impl Files {
    fn take(&mut self, files: Vec<BundleFile>) {
        for file in files {
            self.0.insert(file.name.clone(), file);
        }
    }

    fn put(&mut self, name: &str, bytes: impl Into<Vec<u8>>) -> Result<(), BuildError> {
        let file = BundleFile::of_bytes(name, bytes).map_err(misnamed)?;
        self.take(vec![file]);
        Ok(())
    }

    fn put_blob(&mut self, blob: &Blob) -> Result<(), BuildError> {
        let name = blob_path(&blob.descriptor.digest).parse();
        self.take(vec![BundleFile {
            name: name.map_err(misnamed)?,
            size_bytes: blob.descriptor.size_bytes,
            source: blob.source(),
        }]);
        Ok(())
    }
}

fn misnamed(error: EntryNameError) -> BuildError {
    BuildError::new(Phase::Bundle, "", error).exit(ExitCode::Internal)
}

fn platforms(prepared: &Prepared) -> BTreeSet<Platform> {
    let images = prepared.plan.images.iter();
    let settings = images.flat_map(|image| &image.platforms);
    settings.map(|settings| settings.platform.clone()).collect()
}

fn parse(bytes: &[u8], digest: Digest) -> Result<StoredManifest, BuildError> {
    StoredManifest::parse(bytes, None).map_err(|error| {
        BuildError::new(Phase::Bundle, digest, "the base cannot be used").because(error)
    })
}

/// Returns what a manifest says that it is, else what OCI calls such a one.
fn media_type(bytes: &[u8], root: &StoredManifest) -> MediaType {
    let said: Option<MediaType> = serde_json::from_slice::<Value>(bytes)
        .ok()
        .and_then(|value| serde_json::from_value(value["mediaType"].clone()).ok());
    said.unwrap_or(match root {
        StoredManifest::Image { .. } => MediaType::Manifest,
        StoredManifest::Index { .. } => MediaType::Index,
    })
}
