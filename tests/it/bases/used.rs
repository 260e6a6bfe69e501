//! What images take from their base, and how often it is asked for.

use serde_json::json;

use super::{OnBase, small};
use crate::support::base_image::{BaseImage, MANIFEST, put_index};
use crate::support::http::Recorded;
use crate::support::registry::{FakeRegistry, digest_of};

#[test]
fn a_pinned_base_that_is_in_the_cache_is_not_asked_for_again() {
    let image = small();
    let on_base = OnBase::image(&image);
    let pinned = digest_of(image.manifest().to_string().as_bytes());
    let base = on_base.registry.repository(&format!("team/base@{pinned}"));
    on_base.built_on(&base, &[]);
    assert!(on_base.registry.journal().len() > 0);
    let known = on_base.registry.journal().len();
    on_base.built_on(&base, &[]);
    assert_eq!(on_base.registry.journal().requests_after(known).len(), 0);
}

#[test]
fn a_base_with_a_tag_is_asked_for_its_digest_alone_once_it_is_in_the_cache() {
    let on_base = OnBase::image(&small());
    on_base.built(&[]);
    let known = on_base.registry.journal().len();
    on_base.built(&[]);
    let asked: Vec<String> = on_base
        .registry
        .journal()
        .requests_after(known)
        .iter()
        .map(Recorded::to_string)
        .collect();
    assert_eq!(asked, ["HEAD /v2/team/base/manifests/v1 200"]);
}

#[test]
fn an_image_names_its_base_and_stands_on_it() {
    let image = small();
    let on_base = OnBase::image(&image);
    let (manifest, config) = on_base.built(&[]);
    let digest = digest_of(image.manifest().to_string().as_bytes());
    let annotations = &manifest["annotations"];
    assert_eq!(
        annotations["org.opencontainers.image.base.name"],
        on_base.reference()
    );
    assert_eq!(annotations["org.opencontainers.image.base.digest"], digest);
    assert_eq!(manifest["layers"][0]["digest"], digest_of(&image.layer));
    assert_eq!(
        config["rootfs"]["diff_ids"][0],
        image.config["rootfs"]["diff_ids"][0]
    );
    assert_eq!(config["config"]["Labels"]["base"], "yes");
    assert_eq!(
        config["config"]["Env"],
        json!(["PATH=/base/bin", "FROM=base"])
    );
}

#[test]
fn a_variable_that_a_base_names_twice_is_the_images_in_both_places() {
    let mut image = small();
    image.config["config"]["Env"] = json!(["A=1", "B=1", "A=2"]);
    let on_base = OnBase::image(&image);
    let toml = "[images.hello]\nmain = \".\"\nenv = { A = \"x\", C = \"y\" }\n";
    on_base.environment.write("coracle.toml", toml);
    let (_, config) = on_base.built(&[]);
    assert_eq!(config["config"]["Env"], json!(["A=x", "B=1", "A=x", "C=y"]));
}

#[test]
fn of_an_index_each_platform_stands_on_its_own() {
    let on_base = OnBase::new();
    let images = ["linux/amd64", "linux/arm64"]
        .map(|platform| BaseImage::new(platform, &[("of", platform)]));
    put_index(&on_base.registry, "team/base", "v1", &images);
    let (manifest, _) = on_base.built(&["--platform", "linux/arm64"]);
    assert_eq!(manifest["layers"][0]["digest"], digest_of(&images[1].layer));
}

#[test]
fn a_base_in_dockers_words_becomes_an_oci_image() {
    let image = small().docker();
    let on_base = OnBase::image(&image);
    let (manifest, _) = on_base.built(&[]);
    assert_eq!(manifest["mediaType"], MANIFEST);
    let layers = manifest["layers"].as_array().expect("layers");
    assert_eq!(layers[0]["digest"], digest_of(&image.layer));
    for layer in layers {
        assert_eq!(
            layer["mediaType"],
            "application/vnd.oci.image.layer.v1.tar+gzip"
        );
    }
}

#[test]
fn a_user_is_looked_up_in_the_base() {
    let passwd = "root:x:0:0::/root:/bin/sh\nnonroot:x:1234:1::/home/nonroot:/bin/false\n";
    let files = [
        ("etc/passwd", passwd),
        ("etc/group", "root:x:0:\nnonroot:x:5678:\n"),
    ];
    let on_base = OnBase::image(&BaseImage::new("linux/amd64", &files));
    let (_, config) = on_base.built(&["--set", "defaults.user=\"nonroot:nonroot\""]);
    assert_eq!(config["config"]["User"], "1234:5678");
}

#[test]
fn a_base_comes_through_a_mirror_and_from_its_own_registry_where_that_has_it_not() {
    let (on_base, mirror) = (OnBase::image(&small()), FakeRegistry::start());
    let config = format!(
        "[registries.\"{}\"]\nmirror = \"{}\"\n",
        on_base.registry.host(),
        mirror.host()
    );
    on_base.environment.write("coracle.toml", config);
    on_base.built(&[]);
    assert!(mirror.journal().len() > 0, "the mirror is asked first");
    small().put(&mirror, "team/base", "v1");
    let known = on_base.registry.journal().len();
    on_base.built(&[]);
    assert_eq!(on_base.registry.journal().requests_after(known).len(), 0);
}
