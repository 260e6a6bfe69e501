//! An image that is there already, read piece by piece: each is compared with what names it.

use std::io::Read as _;

use serde_json::Value;

use crate::image::{StoredConfig, StoredManifest};
use crate::layers::{VisitEntry, WalkedLayer, walk_layer};
use crate::model::{
    Blob, BuildError, Cancellation, Descriptor, DiffId, Digest, Phase, Platform, Work, limits,
};
use crate::ports::{EventSink, ImageReader, Progress};

/// An image where it is kept, who hears how far it is read, and whether to stop.
#[derive(Clone, Copy)]
pub(super) struct StoredImage<'a> {
    pub(super) reader: &'a dyn ImageReader,
    /// The image as it was named.
    pub(super) name: &'a str,
    pub(super) events: &'a dyn EventSink,
    pub(super) cancellation: &'a Cancellation,
}

/// A small piece of an image, whose bytes are those that its descriptor names.
pub(super) struct Piece<T> {
    pub(super) descriptor: Descriptor,
    pub(super) bytes: Vec<u8>,
    /// What the bytes say.
    pub(super) said: T,
}

impl<T> Piece<T> {
    /// Returns the bytes as JSON, every key of them.
    pub(super) fn json(&self) -> Value {
        // What was read as a manifest or a configuration is JSON.
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }
}

impl StoredImage<'_> {
    /// Reads the index or the manifest that the image is known by.
    pub(super) fn root(&self) -> Result<Piece<StoredManifest>, BuildError> {
        self.manifest_of(&self.reader.root()?)
    }

    /// Reads a manifest or an index.
    pub(super) fn manifest(
        &self,
        descriptor: &Descriptor,
    ) -> Result<Piece<StoredManifest>, BuildError> {
        self.manifest_of(&self.reader.blob(descriptor)?)
    }

    fn manifest_of(&self, blob: &Blob) -> Result<Piece<StoredManifest>, BuildError> {
        let bytes = self.bytes(blob, limits::MANIFEST_BYTES)?;
        let said = StoredManifest::parse(&bytes, Some(&blob.descriptor.media_type))
            .map_err(|error| self.wrong(&blob.descriptor).because(error))?;
        Ok(Piece {
            descriptor: blob.descriptor.clone(),
            bytes,
            said,
        })
    }

    /// Reads a configuration.
    pub(super) fn config(
        &self,
        descriptor: &Descriptor,
    ) -> Result<Piece<StoredConfig>, BuildError> {
        let bytes = self.bytes(&self.reader.blob(descriptor)?, limits::CONFIG_BYTES)?;
        let said =
            StoredConfig::parse(&bytes).map_err(|error| self.wrong(descriptor).because(error))?;
        Ok(Piece {
            descriptor: descriptor.clone(),
            bytes,
            said,
        })
    }

    /// Shows `visit` each entry of a layer, whose configuration says that its content is
    /// `expected`.
    pub(super) fn walk(
        &self,
        layer: &Descriptor,
        expected: Option<DiffId>,
        visit: &mut VisitEntry<'_>,
    ) -> Result<WalkedLayer, BuildError> {
        let blob = self.reader.blob(layer)?;
        let work = Work::new(Phase::Inspect, format!("layer {}", layer.digest));
        let progress = Progress::start(self.events, work, Some(layer.size_bytes));
        let walked = walk_layer(
            &blob,
            self.cancellation,
            &|bytes| progress.advance(bytes),
            visit,
        )
        .map_err(|error| self.wrong(layer).because(error))?;
        match expected {
            Some(expected) if expected != walked.diff_id => {
                Err(self.wrong(layer).because(format!(
                    "its content is {}, and its configuration says {expected}",
                    walked.diff_id
                )))
            }
            _ => Ok(walked),
        }
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

    /// Says that a piece of the image is not what it should be.
    pub(super) fn wrong(&self, descriptor: &Descriptor) -> BuildError {
        let what = format!("cannot use {} {}", descriptor.media_type, descriptor.digest);
        BuildError::new(Phase::Inspect, self.name, what)
    }

    /// Says that the image is not for `platform`, and for which it is.
    pub(super) fn lacks(&self, platform: &Platform, has: &[String]) -> BuildError {
        let message = format!("the image has no {platform}");
        let error = BuildError::new(Phase::Inspect, self.name, message);
        match has {
            [] => error,
            some => error.hint(format!("it has {}", some.join(", "))),
        }
    }
}

/// Returns what made each layer: the entries of the history that are not empty.
pub(super) fn makers(stored: &StoredConfig) -> Vec<String> {
    let layers = stored
        .history
        .iter()
        .filter(|entry| entry["empty_layer"] != true);
    layers
        .map(|entry| entry["created_by"].as_str().unwrap_or_default().to_owned())
        .collect()
}
