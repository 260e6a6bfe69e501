//! One tar that is an OCI layout and a docker archive at once.
//!
//! `index.json` and `manifest.json` name the same files: whoever knows images by their manifests
//! finds the very manifests that a registry would get, and whoever knows Docker's archives alone
//! finds configs and layers.

use std::sync::Arc;

use serde_json::{Value, json};

use super::layout::{LAYOUT_INDEX, LAYOUT_MARKER, LAYOUT_MARKER_TEXT, LayoutIndex, layout_blob};
use crate::image::{Image, PlatformImage};
use crate::model::{
    BlobSource, Content, Entry, FileCapabilities, FileMode, ImagePath, ImagePathError, Owner,
    Repository, Tag, canonical_json,
};

const DOCKER_MANIFEST: &str = "manifest.json";

/// Returns what an archive of `image` holds, in which it is called `name` with each of `tags`.
///
/// Docker's archives know no index. Each platform is there under the tags with its name behind
/// them (`v1-linux-arm64`); the first has them as they are.
///
/// # Errors
/// When a name in it is no path: a fault of coracle's own.
pub fn archive_entries(
    image: &Image,
    name: &Repository,
    tags: &[Tag],
) -> Result<Vec<Entry>, ImagePathError> {
    let index = LayoutIndex::of_archive(image.root(), name, tags);
    let blobs = image.blobs().into_iter().map(|blob| {
        let descriptor = &blob.descriptor;
        entry(
            &layout_blob(&descriptor.digest),
            descriptor.size_bytes,
            blob.source(),
        )
    });
    let files = [
        (LAYOUT_MARKER, LAYOUT_MARKER_TEXT.into()),
        (LAYOUT_INDEX, index.to_bytes()),
        (DOCKER_MANIFEST, docker_manifest(image, name, tags)),
    ];
    let files = files.into_iter().map(|(name, bytes)| {
        let bytes: Arc<[u8]> = bytes.into();
        entry(name, bytes.len() as u64, Arc::new(bytes))
    });
    blobs.chain(files).collect()
}

fn docker_manifest(image: &Image, name: &Repository, tags: &[Tag]) -> Vec<u8> {
    let images = image
        .platforms
        .iter()
        .enumerate()
        .map(|(number, platform)| {
            let suffix = (number > 0).then(|| platform.platform.to_dashed());
            let tags = tags.iter().map(|tag| match &suffix {
                Some(suffix) => format!("{name}:{}", tag.suffixed(suffix)),
                None => format!("{name}:{tag}"),
            });
            docker_image(platform, &tags.collect::<Vec<_>>())
        });
    canonical_json(&images.collect())
}

fn docker_image(platform: &PlatformImage, names: &[String]) -> Value {
    let layers = platform.layers.iter().map(|layer| &layer.blob);
    let layers: Vec<String> = layers
        .map(|layer| layout_blob(&layer.descriptor.digest))
        .collect();
    json!({
        "Config": layout_blob(&platform.config.descriptor.digest),
        "Layers": layers,
        "RepoTags": names,
    })
}

fn entry(
    name: &str,
    size_bytes: u64,
    source: Arc<dyn BlobSource>,
) -> Result<Entry, ImagePathError> {
    Ok(Entry {
        path: ImagePath::root().join(name)?,
        mode: FileMode::PLAIN,
        owner: Owner::ROOT,
        capabilities: FileCapabilities::default(),
        content: Content::File { size_bytes, source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::ImageLayer;
    use crate::model::{Blob, MediaType};

    fn image(platforms: &[&str]) -> Image {
        let blob = |media_type, text: String| Blob::of_bytes(media_type, text.into());
        let platforms = platforms.iter().map(|name| PlatformImage {
            platform: name.parse().unwrap(),
            manifest: blob(MediaType::Manifest, format!("manifest {name}")),
            config: blob(MediaType::Config, format!("config {name}")),
            layers: vec![ImageLayer {
                blob: blob(MediaType::LayerGzip, "shared".to_owned()),
                mount_from: None,
            }],
        });
        let platforms: Vec<PlatformImage> = platforms.collect();
        let index = (platforms.len() > 1).then(|| blob(MediaType::Index, "index".to_owned()));
        Image { platforms, index }
    }

    fn read(entries: &[Entry], name: &str) -> Value {
        let entry = entries
            .iter()
            .find(|entry| entry.path.to_archive_name() == name);
        let Content::File { source, .. } = &entry.unwrap().content else {
            panic!("{name} is no file");
        };
        serde_json::from_reader(source.open().unwrap()).unwrap()
    }

    #[test]
    fn a_blob_that_platforms_share_is_there_once() {
        let name = Repository::local(&"server".parse().unwrap());
        let image = image(&["linux/amd64", "linux/arm64"]);
        let entries = archive_entries(&image, &name, &[Tag::latest()]).unwrap();
        // A layer, two configs, two manifests and an index; then the files that name them.
        assert_eq!(entries.len(), 6 + 3);
    }

    #[test]
    fn each_loader_finds_the_image_under_the_name_that_it_looks_for() {
        let name = Repository::local(&"server".parse().unwrap());
        let tags = ["v1".parse().unwrap(), Tag::latest()];
        let image = image(&["linux/amd64"]);
        let entries = archive_entries(&image, &name, &tags).unwrap();
        let manifests = &read(&entries, "index.json")["manifests"];
        assert_eq!(
            manifests[0]["annotations"],
            json!({
                "io.containerd.image.name": "localhost/server:v1",
                "org.opencontainers.image.ref.name": "v1",
            })
        );
        assert_eq!(manifests[1]["digest"], json!(image.root().digest));
        let docker = &read(&entries, "manifest.json")[0];
        assert_eq!(
            docker["RepoTags"],
            json!(["localhost/server:v1", "localhost/server:latest"])
        );
        assert_eq!(
            docker["Config"],
            layout_blob(&image.platforms[0].config.descriptor.digest)
        );
    }

    #[test]
    fn platforms_after_the_first_have_tags_of_their_own_for_docker() {
        let name = "r.example/team/server".parse().unwrap();
        let image = image(&["linux/amd64", "linux/arm/v7"]);
        let entries = archive_entries(&image, &name, &[Tag::latest()]).unwrap();
        let docker = read(&entries, "manifest.json");
        assert_eq!(
            docker[0]["RepoTags"],
            json!(["r.example/team/server:latest"])
        );
        assert_eq!(
            docker[1]["RepoTags"],
            json!(["r.example/team/server:latest-linux-arm-v7"])
        );
        let index = read(&entries, "index.json");
        assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
    }
}
