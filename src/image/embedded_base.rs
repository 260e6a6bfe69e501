//! The base `static`, which is part of the program.
//!
//! Its layer is the same for every platform: it holds text and data only. `base-layers/rebuild`
//! makes the same bytes again from `base-layers/static/`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Base, BaseLock, HeldLayer, PlatformBase};
use crate::layers::Layer;
use crate::model::{Blob, BuildError, Descriptor, DiffId, ExitCode, Phase};

const LAYER: &[u8] = include_bytes!("../../base-layers/static/layer.tar.gz");
const IDENTITY: &str = include_str!("../../base-layers/static/layer.json");
const LOCK: &str = include_str!("../../base-layers/static/lock.json");
const PASSWD: &str = include_str!("../../base-layers/static/rootfs/etc/passwd");
const GROUP: &str = include_str!("../../base-layers/static/rootfs/etc/group");

/// The embedded base: one layer, and what an image on it inherits.
#[derive(Debug, Clone)]
pub struct EmbeddedBase {
    /// The layer, compressed by gzip.
    pub layer: Layer,
    /// User, environment, packages and entries.
    pub lock: BaseLock,
    /// The content of `/etc/passwd`, where names of users are looked up.
    pub passwd: &'static str,
    /// The content of `/etc/group`, where names of groups are looked up.
    pub group: &'static str,
}

/// What names a base layer: `base-layers/static/layer.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerIdentity {
    /// The layer as it is stored.
    #[serde(flatten)]
    pub descriptor: Descriptor,
    /// The layer's content.
    #[serde(rename = "diffId")]
    pub diff_id: DiffId,
}

impl EmbeddedBase {
    /// Returns the base that this program carries.
    ///
    /// # Errors
    /// When the files that were compiled in are not what `base-layers/renew` writes: a fault of
    /// coracle's own.
    pub fn load() -> Result<Self, BuildError> {
        let fault = |cause: serde_json::Error| {
            BuildError::new(Phase::Base, "static", "cannot read the embedded base")
                .exit(ExitCode::Internal)
                .because(cause)
        };
        let identity: LayerIdentity = serde_json::from_str(IDENTITY).map_err(fault)?;
        Ok(Self {
            layer: Layer {
                blob: Blob::of_static(identity.descriptor, LAYER),
                diff_id: identity.diff_id,
            },
            lock: BaseLock::parse(LOCK).map_err(fault)?,
            passwd: PASSWD,
            group: GROUP,
        })
    }

    /// Returns what images stand on: one base for every platform.
    pub fn to_base(&self) -> Base {
        let history = json!({ "created": "1970-01-01T00:00:00Z", "created_by": "coracle static" });
        Base {
            origin: None,
            platforms: vec![PlatformBase {
                platform: None,
                layers: vec![HeldLayer {
                    layer: self.layer.clone(),
                    repository: None,
                }],
                env: self.lock.env.clone().into_iter().collect(),
                labels: BTreeMap::new(),
                user: Some(self.lock.user.to_string()),
                working_dir: None,
                stop_signal: None,
                history: vec![history],
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;
    use crate::image::{LockedContent, LockedEntry};
    use crate::model::{Digest, Owner};

    /// Changes only when the base is renewed, and then on purpose: images of users change with it.
    const LAYER_DIGEST: &str =
        "sha256:64842c1f3e4390a5eded871edffa08119914d22bcbc39211e34fc16f5e2e5ba2";

    #[test]
    fn the_layer_is_the_one_that_its_identity_names() {
        let Layer { blob, diff_id } = EmbeddedBase::load().unwrap().layer;
        let mut tar = Vec::new();
        GzDecoder::new(LAYER).read_to_end(&mut tar).unwrap();
        assert_eq!(blob.descriptor.digest.to_string(), LAYER_DIGEST);
        assert_eq!(blob.descriptor.digest, Digest::of(LAYER));
        assert_eq!(blob.descriptor.size_bytes, LAYER.len() as u64);
        assert_eq!(diff_id, DiffId::new(Digest::of(&tar)));
    }

    #[test]
    fn entries_are_sorted_and_each_folder_is_there_before_what_it_holds() {
        let lock = BaseLock::parse(LOCK).unwrap();
        assert_eq!(lock.format, 1);
        assert!(lock.entries.is_sorted_by(|a, b| a.path < b.path));
        for entry in &lock.entries {
            let parent = entry.path.parent().unwrap();
            let listed = lock.entries.iter().find(|other| other.path == parent);
            let is_folder = |folder: &LockedEntry| folder.content == LockedContent::Directory;
            assert!(
                parent.as_str() == "/" || listed.is_some_and(is_folder),
                "{}",
                entry.path
            );
        }
    }

    #[test]
    fn every_package_brings_its_licence_and_is_known_to_scanners() {
        let lock = BaseLock::parse(LOCK).unwrap();
        let paths: Vec<&str> = lock
            .entries
            .iter()
            .map(|entry| entry.path.as_str())
            .collect();
        for package in &lock.packages {
            assert!(paths.contains(&format!("/var/lib/dpkg/status.d/{}", package.name).as_str()));
            assert!(
                package
                    .licences
                    .iter()
                    .all(|path| paths.contains(&path.as_str()))
            );
        }
    }

    #[test]
    fn nonroot_is_the_user() {
        let base = EmbeddedBase::load().unwrap();
        assert!(
            base.passwd
                .contains(&format!("nonroot:x:{}:", base.lock.user))
        );
        assert_eq!(base.lock.user, Owner::NONROOT);
    }
}
