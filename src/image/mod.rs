//! Layers to images.
//!
//! In: a base, layers and settings. Out: the bytes of config, manifest and index, written by one
//! canonical writer, and the way back: what is read from a registry or file as typed values that
//! keep their raw bytes. The invariant: a digest is computed from the bytes that are sent.

mod accounts;
mod assemble;
mod base;
mod base_lock;
mod config;
mod embedded_base;
mod held_layer;
mod image_value;
mod manifest;
mod memo_artifact;
mod packager;
mod stored_config;
mod stored_manifest;

pub use accounts::Accounts;
pub use assemble::{NewLayer, assemble, join};
pub use base::{Base, PlatformBase};
pub use base_lock::{BaseLock, LockedContent, LockedEntry, LockedPackage};
pub use embedded_base::{EmbeddedBase, LayerIdentity};
pub use held_layer::HeldLayer;
pub use image_value::{Image, ImageLayer, PlatformImage};
pub use memo_artifact::{MemoArtifact, MemoArtifactError, ReceivedMemo};
pub use packager::ImagePackager;
pub use stored_config::{StoredConfig, StoredConfigError};
pub use stored_manifest::{IndexEntry, StoredManifest, StoredManifestError};
