//! Layers and settings to images.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{HeldLayer, Image, ImageLayer, PlatformBase, PlatformImage, config, manifest};
use crate::model::{Blob, MediaType, canonical_json};
use crate::plan::ImageSettings;

/// A layer that is put above a base.
#[derive(Debug, Clone)]
pub struct NewLayer {
    /// The layer.
    pub held: HeldLayer,
    /// What made it, for the history.
    pub created_by: String,
}

/// Makes the image of one platform: `layers` above those of `base`, the lowest first.
///
/// The bytes are stable.
pub fn assemble(
    settings: &ImageSettings,
    base: &PlatformBase,
    layers: Vec<NewLayer>,
) -> PlatformImage {
    let config = blob(MediaType::Config, &config::config(settings, base, &layers));
    let below = base.layers.iter().map(|layer| ImageLayer {
        // An image of ours is OCI's throughout; the bytes are the same under Docker's name.
        blob: layer.layer.blob.clone().into_oci(),
        mount_from: layer.repository.clone(),
    });
    let above = layers.into_iter().map(|layer| ImageLayer {
        blob: layer.held.layer.blob,
        mount_from: layer.held.repository,
    });
    let layers: Vec<ImageLayer> = below.chain(above).collect();
    let descriptors = layers.iter().map(|layer| &layer.blob.descriptor);
    let manifest = manifest::manifest(&config, descriptors, &settings.annotations);
    PlatformImage {
        platform: settings.platform.clone(),
        manifest: blob(MediaType::Manifest, &manifest),
        config,
        layers,
    }
}

/// Joins the images of all platforms, under an index where there are several; it has those of
/// `settings`' annotations that are the same on all.
///
/// The bytes are stable.
pub fn join(settings: &[ImageSettings], platforms: Vec<PlatformImage>) -> Image {
    let index = (platforms.len() > 1).then(|| {
        let annotations = common_annotations(settings);
        blob(MediaType::Index, &manifest::index(&platforms, &annotations))
    });
    Image { platforms, index }
}

fn common_annotations(settings: &[ImageSettings]) -> BTreeMap<String, String> {
    let Some((first, others)) = settings.split_first() else {
        return BTreeMap::new();
    };
    let mut common = first.annotations.clone();
    common.retain(|key, value| {
        others
            .iter()
            .all(|other| other.annotations.get(key) == Some(value))
    });
    common
}

fn blob(media_type: MediaType, value: &Value) -> Blob {
    Blob::of_bytes(media_type, canonical_json(value))
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::json;

    use super::*;
    use crate::image::Base;
    use crate::layers::Layer;
    use crate::model::{Descriptor, DiffId, Digest, Owner, Timestamp};

    fn layer(media_type: MediaType, content: &str) -> Layer {
        Layer {
            blob: Blob::of_bytes(media_type, content.into()),
            diff_id: DiffId::new(Digest::of(format!("tar of {content}").as_bytes())),
        }
    }

    fn settings(platform: &str) -> ImageSettings {
        ImageSettings {
            platform: platform.parse().unwrap(),
            created: Timestamp::EPOCH,
            user: Owner::NONROOT,
            entrypoint: vec!["/server".to_owned()],
            args: Vec::new(),
            env: BTreeMap::new(),
            path_folders: Vec::new(),
            ports: ["8080".parse().unwrap(), "53/udp".parse().unwrap()].into(),
            workdir: None,
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            stop_signal: None,
        }
    }

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        owned.collect()
    }

    fn of_debian() -> PlatformBase {
        PlatformBase {
            platform: Some("linux/arm64/v8".parse().unwrap()),
            layers: vec![HeldLayer {
                layer: layer(MediaType::DockerLayerGzip, "debian"),
                repository: Some("r.example/debian".parse().unwrap()),
            }],
            env: vec![
                ("PATH".to_owned(), "/bin".to_owned()),
                ("LANG".to_owned(), "C".to_owned()),
            ],
            labels: pairs(&[("os", "debian"), ("team", "base")]),
            user: None,
            working_dir: Some("/home".to_owned()),
            stop_signal: Some("SIGQUIT".to_owned()),
            history: vec![
                json!({ "comment": "kept", "x": 1 }),
                json!({ "empty_layer": true }),
            ],
        }
    }

    fn text(blob: &Blob) -> String {
        let mut text = String::new();
        blob.open().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(
            Descriptor::of(blob.descriptor.media_type.clone(), text.as_bytes()),
            blob.descriptor
        );
        text
    }

    fn value(blob: &Blob) -> Value {
        serde_json::from_str(&text(blob)).unwrap()
    }

    fn image(settings: &ImageSettings, base: &PlatformBase) -> PlatformImage {
        let layer = NewLayer {
            held: layer(MediaType::LayerGzip, "server").into(),
            created_by: "coracle build example.com/server".to_owned(),
        };
        assemble(settings, base, vec![layer])
    }

    #[test]
    fn the_bytes_are_a_contract() {
        let image = image(&settings("linux/arm/v6"), &Base::scratch().platforms[0]);
        let config = concat!(
            r#"{"architecture":"arm","config":{"Entrypoint":["/server"],"#,
            r#""ExposedPorts":{"53/udp":{},"8080/tcp":{}},"User":"65532:65532"},"#,
            r#""created":"1970-01-01T00:00:00Z","history":[{"created":"1970-01-01T00:00:00Z","#,
            r#""created_by":"coracle build example.com/server"}],"os":"linux","#,
            r#""rootfs":{"diff_ids":["sha256:6e13ead1779ccc3f805eb880c39db42a7adb38726f722b0082a6945e54880b82"],"#,
            r#""type":"layers"},"variant":"v6"}"#,
        );
        assert_eq!(text(&image.config), config);
        let manifest = concat!(
            r#"{"config":{"digest":"CONFIG","mediaType":"application/vnd.oci.image.config.v1+json","size":SIZE},"#,
            r#""layers":[{"digest":"LAYER","mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","size":6}],"#,
            r#""mediaType":"application/vnd.oci.image.manifest.v1+json","schemaVersion":2}"#,
        )
        .replace("CONFIG", &Digest::of(config.as_bytes()).to_string())
        .replace("SIZE", &config.len().to_string())
        .replace("LAYER", &Digest::of(b"server").to_string());
        assert_eq!(text(&image.manifest), manifest);
    }

    #[test]
    fn the_base_is_inherited_where_the_image_says_nothing() {
        let config = value(&image(&settings("linux/arm64"), &of_debian()).config);
        assert_eq!(config["config"]["Env"], json!(["PATH=/bin", "LANG=C"]));
        assert_eq!(
            config["config"]["Labels"],
            json!({ "os": "debian", "team": "base" })
        );
        assert_eq!(config["config"]["WorkingDir"], "/home");
        assert_eq!(config["config"]["StopSignal"], "SIGQUIT");
    }

    #[test]
    fn the_image_wins_over_its_base() {
        let settings = ImageSettings {
            env: pairs(&[("A", "1"), ("LANG", "de")]),
            labels: pairs(&[("team", "edge")]),
            workdir: Some("/data".parse().unwrap()),
            stop_signal: Some("SIGTERM".to_owned()),
            ..settings("linux/arm64")
        };
        let config = value(&image(&settings, &of_debian()).config);
        assert_eq!(
            config["config"]["Env"],
            json!(["PATH=/bin", "LANG=de", "A=1"])
        );
        assert_eq!(
            config["config"]["Labels"],
            json!({ "os": "debian", "team": "edge" })
        );
        assert_eq!(config["config"]["WorkingDir"], "/data");
        assert_eq!(config["config"]["StopSignal"], "SIGTERM");
    }

    #[test]
    fn folders_are_added_to_the_path_of_the_image_else_of_its_base() {
        let added = |env: BTreeMap<String, String>, base: &PlatformBase| {
            let settings = ImageSettings {
                env,
                path_folders: vec!["/a".parse().unwrap(), "/b".parse().unwrap()],
                ..settings("linux/arm64")
            };
            value(&image(&settings, base).config)["config"]["Env"][0].clone()
        };
        let bare = PlatformBase {
            env: Vec::new(),
            ..of_debian()
        };
        let own = pairs(&[("PATH", "/own")]);
        assert_eq!(added(BTreeMap::new(), &of_debian()), "PATH=/bin:/a:/b");
        assert_eq!(added(own, &of_debian()), "PATH=/own:/a:/b");
        assert_eq!(added(BTreeMap::new(), &bare), "PATH=/a:/b");
    }

    #[test]
    fn a_layer_of_dockers_keeps_its_bytes_and_gets_ocis_name() {
        let image = image(&settings("linux/arm64"), &of_debian());
        let manifest = value(&image.manifest);
        let digest = Digest::of(b"debian");
        assert_eq!(
            manifest["layers"][0],
            json!({ "digest": digest, "mediaType": MediaType::LayerGzip, "size": 6 })
        );
        assert_eq!(
            image.layers[0].blob.descriptor.media_type,
            MediaType::LayerGzip
        );
        assert_eq!(
            image.layers[0].mount_from,
            Some("r.example/debian".parse().unwrap())
        );
        assert_eq!(image.layers[1].mount_from, None);
    }

    #[test]
    fn the_history_has_an_entry_for_every_layer() {
        let of = |base: &PlatformBase| value(&image(&settings("linux/arm64"), base).config);
        let own = json!({ "created": "1970-01-01T00:00:00Z", "created_by": "coracle build example.com/server" });
        let known = of(&of_debian());
        assert_eq!(
            known["history"],
            json!([{ "comment": "kept", "x": 1 }, { "empty_layer": true }, own])
        );
        let silent = PlatformBase {
            history: Vec::new(),
            ..of_debian()
        };
        let config = of(&silent);
        assert_eq!(config["history"].as_array().unwrap().len(), 2);
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn several_platforms_come_under_an_index_in_the_order_asked_for() {
        let of = |platform: &str, arch: &str| ImageSettings {
            annotations: pairs(&[("common", "x"), ("arch", arch)]),
            ..settings(platform)
        };
        let settings = [of("linux/arm/v7", "arm"), of("linux/amd64", "amd64")];
        let scratch = &Base::scratch().platforms[0];
        let images: Vec<PlatformImage> = settings.iter().map(|one| image(one, scratch)).collect();
        let arm = images[0].manifest.descriptor.clone();
        let joined = join(&settings, images.clone());
        let index = value(joined.index.as_ref().unwrap());
        assert_eq!(index["annotations"], json!({ "common": "x" }));
        assert_eq!(
            index["manifests"][0],
            json!({
                "digest": arm.digest,
                "mediaType": MediaType::Manifest,
                "platform": { "architecture": "arm", "os": "linux", "variant": "v7" },
                "size": arm.size_bytes,
            })
        );
        assert_eq!(
            index["manifests"][1]["platform"],
            json!({ "architecture": "amd64", "os": "linux" })
        );
        let alone = join(&settings[..1], images[..1].to_vec());
        assert_eq!(*alone.root(), arm);
    }
}
