//! A bundle in place of the network, and what makes one.

use std::path::Path;

use super::signing::public_key;
use super::{Shelves, World};
use crate::adapters::disk::{
    BundledBlobs, CacheFolder, DiskBundleSink, UnpackedBundle, open_bundle,
};
use crate::attest::TrustedSigners;
use crate::cli::session::Session;
use crate::config::KeySource;
use crate::facts::SourceFacts;
use crate::model::{BuildError, GoVersion};
use crate::pipeline::{BundleInUse, BundledBases, Bundling, Outcome};
use crate::ports::{BaseSource, EventSink};
use crate::toolchain::ModuleSettings;

/// A bundle that a run takes all from.
pub(super) struct NamedBundle {
    name: String,
    bundle: UnpackedBundle,
}

impl NamedBundle {
    /// Opens the bundle at `path`; where a key is named, it must have signed it.
    pub(super) fn open(
        session: &Session,
        path: &Path,
        key: Option<&KeySource>,
        cache: &CacheFolder,
        events: &dyn EventSink,
    ) -> Result<Self, BuildError> {
        let key = key.map(|source| public_key(session, source, &session.host.cwd));
        let trusted = key.transpose()?.map(TrustedSigners::of_key);
        Ok(Self {
            name: path.display().to_string(),
            bundle: open_bundle(path, cache, trusted.as_ref(), events, &session.cancellation)?,
        })
    }
}

impl Shelves {
    /// Returns the release of Go that stands in for the machine's.
    pub(super) fn bundled_go(&self) -> Option<GoVersion> {
        let bundle = self.bundle.as_ref()?;
        Some(bundle.bundle.manifest.go.clone())
    }

    /// Returns `settings`, as they are where modules come from a bundle.
    pub(super) fn modules(&self, settings: ModuleSettings) -> ModuleSettings {
        match &self.bundle {
            Some(bundle) => settings.through_bundle(&bundle.bundle.proxy()),
            None => settings,
        }
    }

    /// Returns the blob store, with the blobs of a bundle behind it.
    pub(super) fn bundled_blobs(&self) -> BundledBlobs {
        let layout = self.bundle.as_ref().map(|bundle| bundle.bundle.layout());
        BundledBlobs::new(self.blobs.clone(), layout)
    }

    /// Lets the names of bases mean what they meant when the bundle was made.
    pub(super) fn bundled_bases<'a>(
        &'a self,
        bases: Box<dyn BaseSource + 'a>,
    ) -> Box<dyn BaseSource + 'a> {
        match &self.bundle {
            Some(bundle) => Box::new(BundledBases {
                bases,
                manifest: &bundle.bundle.manifest,
                bundle: bundle.name.clone(),
            }),
            None => bases,
        }
    }

    /// Tells whether a bundle may have come into the cache folder.
    pub(super) fn has_unpacked(&self) -> bool {
        self.bundle.is_some()
    }
}

impl World<'_> {
    /// Returns the bundle that this run takes all from, where it does.
    pub(in crate::cli) fn bundle(&self) -> Option<BundleInUse<'_>> {
        let NamedBundle { name, bundle } = self.shelves.bundle.as_ref()?;
        Some(BundleInUse {
            name,
            manifest: &bundle.manifest,
            sums: bundle.sums(),
            host: &self.session.host.platform,
        })
    }

    /// Says of what failed for want of something in the bundle that it is so.
    pub(in crate::cli) fn explain(&self, outcome: Outcome, source: &SourceFacts) -> Outcome {
        match self.bundle() {
            Some(bundle) => Outcome {
                errors: bundle.explain(outcome.errors, source),
                ..outcome
            },
            None => outcome,
        }
    }

    /// Does something with what makes bundles.
    pub(in crate::cli) fn bundling<T>(&self, work: impl FnOnce(Bundling<'_>) -> T) -> T {
        let sink = DiskBundleSink::new(self.events, self.session.cancellation.clone());
        work(Bundling {
            ports: self.ports(),
            toolchains: &self.toolchains,
            modules: &self.builder,
            blobs: &self.shelves.bundled_blobs(),
            sink: &sink,
        })
    }
}
