//! OCI layouts read back by hand, from folders and archives; archives are docker archives too.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

use super::image::{Image, array, parse};
use super::registry::digest_of;

const REF_NAME: &str = "org.opencontainers.image.ref.name";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// The files of a layout, by their path in it.
pub(crate) struct Layout(BTreeMap<String, Vec<u8>>);

impl Layout {
    /// Reads an archive.
    #[track_caller]
    pub(crate) fn in_archive(path: &Path) -> Self {
        let file = std::fs::File::open(path);
        let file = file.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut archive = tar::Archive::new(file);
        let mut files = BTreeMap::new();
        for entry in archive.entries().expect("a tar") {
            let mut entry = entry.expect("an entry");
            let path = entry.path().expect("a path").display().to_string();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).expect("a file's content");
            if entry.header().entry_type().is_file() {
                assert_eq!(files.insert(path, content), None, "the same path twice");
            }
        }
        Self(files).checked()
    }

    /// Reads a folder.
    #[track_caller]
    pub(crate) fn in_folder(path: &Path) -> Self {
        let mut files = BTreeMap::new();
        for file in ["oci-layout", "index.json"] {
            let content = std::fs::read(path.join(file));
            let content = content.unwrap_or_else(|error| panic!("{file}: {error}"));
            files.insert(file.to_owned(), content);
        }
        for blob in std::fs::read_dir(path.join("blobs/sha256")).expect("a folder of blobs") {
            let blob = blob.expect("a blob");
            let name = format!("blobs/sha256/{}", blob.file_name().display());
            files.insert(name, std::fs::read(blob.path()).expect("a blob's content"));
        }
        Self(files).checked()
    }

    fn checked(self) -> Self {
        assert_eq!(self.json("oci-layout")["imageLayoutVersion"], "1.0.0");
        for (path, content) in &self.0 {
            if let Some(hex) = path.strip_prefix("blobs/sha256/") {
                assert_eq!(digest_of(content), format!("sha256:{hex}"));
            }
        }
        self
    }

    /// Reads a file that is JSON.
    #[track_caller]
    pub(crate) fn json(&self, path: &str) -> Value {
        let content = self.0.get(path);
        parse(content.unwrap_or_else(|| panic!("there is no {path}")))
    }

    /// Returns the paths of its blobs.
    pub(crate) fn blobs(&self) -> Vec<&str> {
        let paths = self.0.keys().map(String::as_str);
        paths.filter(|path| path.starts_with("blobs/")).collect()
    }

    /// Returns the blob that a descriptor speaks of.
    #[track_caller]
    pub(crate) fn blob(&self, descriptor: &Value) -> &[u8] {
        let digest = descriptor["digest"].as_str().expect("a digest");
        let path = digest.replace("sha256:", "blobs/sha256/");
        let content = self.0.get(&path);
        let content = content.unwrap_or_else(|| panic!("there is no {path}"));
        assert_eq!(descriptor["size"], content.len(), "the size of {digest}");
        content
    }

    /// Returns the tags in its index, in order.
    pub(crate) fn tags(&self) -> Vec<String> {
        let index = self.json("index.json");
        let names = array(&index["manifests"]).iter();
        let names = names.filter_map(|entry| entry["annotations"][REF_NAME].as_str());
        names.map(str::to_owned).collect()
    }

    /// Returns the descriptor that a tag names.
    #[track_caller]
    pub(crate) fn tagged(&self, tag: &str) -> Value {
        let index = self.json("index.json");
        let mut entries = array(&index["manifests"]).iter();
        let entry = entries.find(|entry| entry["annotations"][REF_NAME] == tag);
        entry
            .unwrap_or_else(|| panic!("no {tag} in {index}"))
            .clone()
    }

    /// Returns the digest that a tag names.
    #[track_caller]
    pub(crate) fn digest(&self, tag: &str) -> String {
        let descriptor = self.tagged(tag);
        descriptor["digest"].as_str().expect("a digest").to_owned()
    }

    /// Returns the images that a tag names with their platforms, in order: one, or those of its index.
    #[track_caller]
    pub(crate) fn images(&self, tag: &str) -> Vec<(String, Image)> {
        let root = self.tagged(tag);
        if root["mediaType"] != INDEX {
            let image = self.image_of(&root);
            return vec![(platform(&image.config), image)];
        }
        let index = parse(self.blob(&root));
        let images = array(&index["manifests"]).iter().map(|entry| {
            let image = self.image_of(entry);
            assert_eq!(platform(&entry["platform"]), platform(&image.config));
            (platform(&entry["platform"]), image)
        });
        images.collect()
    }

    /// Returns the image that a tag names, which is the only one of its name.
    #[track_caller]
    pub(crate) fn image(&self, tag: &str) -> Image {
        let mut images = self.images(tag);
        assert_eq!(images.len(), 1, "{tag} is for several platforms");
        images.remove(0).1
    }

    fn image_of(&self, manifest: &Value) -> Image {
        Image::read(self.blob(manifest), |descriptor| {
            self.blob(descriptor).to_vec()
        })
    }
}

/// Returns `OS/ARCH[/VARIANT]` of a config, or of the platform in an index.
fn platform(value: &Value) -> String {
    let fields = ["os", "architecture", "variant"].map(|field| value[field].as_str());
    let fields: Vec<&str> = fields.into_iter().flatten().collect();
    fields.join("/")
}
