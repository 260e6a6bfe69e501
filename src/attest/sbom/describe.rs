//! What is said of images, and of files in them.

use super::component::{Component, ComponentKind};
use super::inventory::{ImageInventory, Inventory};
use super::purl;
use super::supplier::supplier_of_path;
use crate::model::{AddedFile, Digest};

/// Turns the images of an inventory into components.
pub(super) struct Describe<'a> {
    pub(super) inventory: &'a Inventory,
}

impl Describe<'_> {
    pub(super) fn index(&self, digest: Digest) -> Component {
        let mut index = self.named_image("index", digest, &[]);
        let images = &self.inventory.images;
        let platforms: Vec<String> = images
            .iter()
            .map(|image| image.platform.to_string())
            .collect();
        index.property("platforms", platforms.join(","));
        index
    }

    pub(super) fn image(&self, image: &ImageInventory) -> Component {
        let platform = &image.platform;
        let mut described = self.named_image("image", image.digest, &[("arch", platform.arch())]);
        described.property("platform", platform.to_string());
        if let Some(version) = &image.version {
            described.property("version", version);
        }
        if image.files_left_out > 0 {
            described.property("files-left-out", image.files_left_out.to_string());
        }
        described
    }

    fn named_image(&self, kind: &str, digest: Digest, qualifiers: &[(&str, &str)]) -> Component {
        let name = &self.inventory.name;
        let mut qualifiers = qualifiers.to_vec();
        qualifiers.extend(
            name.repository
                .iter()
                .map(|place| ("repository_url", place.as_str())),
        );
        let digest_text = digest.to_string();
        let shown = name.repository.as_ref().unwrap_or(&name.title);
        let mut image = Component::new(ComponentKind::Image, &[kind, &digest_text], shown);
        image.purl = Some(purl::oci(&name.title, &digest_text, &qualifiers));
        image.supplier = self.supplier_of_image();
        image.version = Some(digest_text);
        image.digest = Some(digest);
        image
    }

    /// An image is from where its program is from.
    fn supplier_of_image(&self) -> Option<String> {
        let mut programs = self
            .inventory
            .images
            .iter()
            .flat_map(|image| &image.programs);
        let program = programs.find_map(|program| program.account.main.as_ref());
        let place = self.inventory.name.repository.as_deref();
        program
            .map(|module| module.path.as_str())
            .or(place)
            .map(supplier_of_path)
    }

    pub(super) fn file(&self, file: &AddedFile) -> Component {
        let digest = file.digest.to_string();
        let mut described = Component::new(
            ComponentKind::File,
            &["file", &file.path, &digest],
            &file.path,
        );
        described.digest = Some(file.digest);
        described.version = Some(digest);
        described.supplier = self.supplier_of_image();
        described
    }
}
