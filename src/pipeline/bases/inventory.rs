//! What a base consists of.

use super::super::image_content::ImageContent;
use crate::attest::sbom::BaseInventory;
use crate::image::{Base, PlatformBase};
use crate::layers::walk_layer;
use crate::model::{BuildError, Cancellation, Phase};

/// Returns the packages of `platform`, one of the platforms of `base`.
///
/// Its layers are read to their last byte, so layers of a registry are fetched: what comes out is to
/// be kept beside them.
///
/// # Errors
/// When a layer cannot be read, or is not what its digests say.
pub fn base_inventory(
    base: &Base,
    platform: &PlatformBase,
    cancellation: &Cancellation,
) -> Result<BaseInventory, BuildError> {
    let mut content = ImageContent::default();
    for (number, held) in platform.layers.iter().enumerate() {
        let blob = &held.layer.blob;
        let visited = walk_layer(blob, cancellation, &|_| (), &mut |entry, bytes| {
            content.visit(number, entry, bytes)
        });
        visited.map_err(|error| {
            let layer = blob.descriptor.digest;
            BuildError::new(Phase::Base, layer, "cannot tell the packages of this layer")
                .because(error)
        })?;
    }
    Ok(BaseInventory {
        origin: base
            .origin
            .as_ref()
            .map(|(name, digest)| (name.to_string(), *digest)),
        ..content.base()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::EmbeddedBase;

    #[test]
    fn the_embedded_base_has_the_packages_of_its_lock() {
        let embedded = EmbeddedBase::load().unwrap();
        let base = embedded.to_base();
        let found = base_inventory(&base, &base.platforms[0], &Cancellation::default()).unwrap();
        let packages = found.packages.iter();
        let packages = packages.map(|package| (package.name.as_str(), package.version.as_str()));
        let locked = embedded.lock.packages.iter();
        let locked = locked.map(|package| (package.name.as_str(), package.version.as_str()));
        assert!(packages.eq(locked));
        let os = found.os.unwrap();
        assert_eq!(
            (os.id.as_str(), os.version.as_deref()),
            ("debian", Some("13"))
        );
        assert_eq!(found.origin, None);
    }
}
