//! Images to where they are kept.

use crate::image::{HeldLayer, Image};
use crate::model::{BuildError, Tag};
use crate::plan::Destination;
use crate::publish::Published;

/// Puts images into a registry, an OCI layout or an archive.
pub trait Publisher: Sync {
    /// Tells whether `destination` would take an image, before one is made.
    ///
    /// # Errors
    /// When it would not: no such place, no permission.
    fn check(&self, destination: &Destination) -> Result<(), BuildError>;

    /// Tells whether nothing is left to be done at `destination`: `image` is there, and all of `tags`
    /// show it. Where that cannot be told cheaply, it is not so.
    ///
    /// # Errors
    /// When the destination cannot be reached.
    fn shows(
        &self,
        image: &Image,
        tags: &[Tag],
        destination: &Destination,
    ) -> Result<bool, BuildError>;

    /// Brings a layer of an image to `destination` while the rest of the image is being made. What
    /// fails here is done, and told, when the image is published.
    fn bring(&self, _layer: &HeldLayer, _destination: &Destination) {}

    /// Makes ready for so many blobs of an image that is being made, so that nothing is waited for
    /// but their own way. What fails here is done, and told, when the image is published.
    fn expect(&self, _blobs: usize, _destination: &Destination) {}

    /// Puts the blobs and then the manifests of `image` there, by digest. No tag moves. An archive,
    /// which cannot be added to, is written when its tags are set.
    ///
    /// # Errors
    /// When the destination cannot be reached, refuses, or is full.
    fn publish(&self, image: &Image, destination: &Destination) -> Result<Published, BuildError>;

    /// Points `tags` at what was published. A tag that does so already is left alone.
    ///
    /// # Errors
    /// As for [`Publisher::publish`].
    fn tag(&self, image: &Image, tags: &[Tag], destination: &Destination)
    -> Result<(), BuildError>;
}
