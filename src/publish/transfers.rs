//! What an image brings to a repository, in which order.

use std::collections::BTreeSet;

use crate::image::{HeldLayer, Image};
use crate::model::{Blob, Repository};

/// All that an image is made of, each once: blobs, then manifests, then what names them.
#[derive(Debug, Clone)]
pub struct Transfers {
    /// Layers and configs, which manifests name: they go first, in any order.
    pub blobs: Vec<BlobTransfer>,
    /// The manifests that the index names, in any order; none for an image of one platform.
    pub children: Vec<Blob>,
    /// The index, or the only manifest: it goes last.
    pub root: Blob,
}

/// A blob that a repository should have.
#[derive(Debug, Clone)]
pub struct BlobTransfer {
    /// The blob.
    pub blob: Blob,
    /// A repository of the same registry that has it.
    pub mount_from: Option<Repository>,
}

impl BlobTransfer {
    /// Plans to bring `layer` to `repository`.
    pub fn of_layer(layer: &HeldLayer, repository: &Repository) -> Self {
        let holder = layer.repository.clone();
        Self {
            // An image of ours is OCI's throughout; the bytes are the same under Docker's name.
            blob: layer.layer.blob.clone().into_oci(),
            mount_from: holder.filter(|from| can_mount(from, repository)),
        }
    }
}

/// Tells whether blobs can be mounted `from` one repository into another.
fn can_mount(from: &Repository, to: &Repository) -> bool {
    from.host() == to.host() && from != to
}

impl Transfers {
    /// Plans to bring `image` to `repository`.
    pub fn plan(image: &Image, repository: &Repository) -> Self {
        let mut seen = BTreeSet::new();
        let mut blobs = Vec::new();
        for platform in &image.platforms {
            let layers = platform.layers.iter().map(|layer| BlobTransfer {
                blob: layer.blob.clone(),
                mount_from: layer
                    .mount_from
                    .clone()
                    .filter(|from| can_mount(from, repository)),
            });
            let config = BlobTransfer {
                blob: platform.config.clone(),
                mount_from: None,
            };
            blobs.extend(
                layers
                    .chain([config])
                    .filter(|one| seen.insert(one.blob.descriptor.digest)),
            );
        }
        let root = image.root_blob().clone();
        let manifests = image.platforms.iter().map(|platform| &platform.manifest);
        let children = manifests.filter(|child| child.descriptor.digest != root.descriptor.digest);
        Self {
            blobs,
            children: children.cloned().collect(),
            root,
        }
    }

    /// Returns how many bytes all of it is.
    pub fn size_bytes(&self) -> u64 {
        let blobs = self.blobs.iter().map(|transfer| &transfer.blob);
        let all = blobs.chain(&self.children).chain([&self.root]);
        all.map(|blob| blob.descriptor.size_bytes).sum()
    }
}
