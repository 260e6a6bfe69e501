//! Digests and sizes that are not true.

use serde_json::json;

use super::{MANIFESTS, OnBase, small};
use crate::support::base_image::BaseImage;
use crate::support::http::{Act, Fault, Method};
use crate::support::registry::digest_of;

#[test]
fn a_registry_that_lies_about_the_digest_of_a_manifest() {
    let on_base = OnBase::image(&small());
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, MANIFESTS, Act::Corrupt));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: what $REGISTRY answered to the request for $REGISTRY/team/base@sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a cannot be used
      caused by: its digest differs, expected sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a, found sha256:5b35e8367fb8bacc8130d4945b494b132ea21fe47b28ecd9292636edca12b7c6
    ");
}

#[test]
fn a_registry_that_lies_about_the_digest_of_a_configuration() {
    let image = small();
    let on_base = OnBase::image(&image);
    let config = format!("/v2/team/base/blobs/{}", digest_of(&image.config_bytes()));
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, &config, Act::Corrupt));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: what $REGISTRY answered to the request for config sha256:adbe0ae5a6e23e5ca559e2cdb90233162a585f5c2b5d9c94c79bbfab59642fcc cannot be used
      caused by: its digest differs, expected sha256:adbe0ae5a6e23e5ca559e2cdb90233162a585f5c2b5d9c94c79bbfab59642fcc, found sha256:dcf810dacd5b0c168889e0f95934ea25897769e71fed27b32675f34ff376de94
    ");
}

#[test]
fn a_registry_that_lies_about_a_layer() {
    for act in [
        Act::Corrupt,
        Act::Shorten,
        Act::Endless,
        Act::CutAnswer { after_bytes: 10 },
    ] {
        let image = small();
        let on_base = OnBase::image(&image);
        let layer = format!("/v2/team/base/blobs/{}", digest_of(&image.layer));
        on_base
            .registry
            .misbehave(Fault::on(Method::GET, &layer, act.clone()));
        let reference = on_base.reference();
        let output = on_base.environment.run(OnBase::args(&reference, &[]));
        assert!(matches!(output.code, Some(1 | 69)), "{act:?}: {output}");
        assert!(
            output.talk().contains("$REGISTRY/team/base"),
            "{act:?}: {output}"
        );
        assert_eq!(
            on_base.environment.files(),
            ["go.mod", "main.go"],
            "{act:?}"
        );
    }
}

#[test]
fn a_base_that_lies_about_the_size_of_its_configuration() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["config"]["size"] = json!(image.config_bytes().len() - 1);
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the request for config sha256:adbe0ae5a6e23e5ca559e2cdb90233162a585f5c2b5d9c94c79bbfab59642fcc failed
      caused by: the answer of $REGISTRY is longer than 222 bytes
    ");
}

#[test]
fn a_base_that_lies_about_the_size_of_its_layer() {
    for (lie, words) in [
        (1, "is longer than 1 bytes"),
        (
            1_u64 << 40,
            "its size differs, expected 1099511627776 bytes",
        ),
    ] {
        let on_base = OnBase::new();
        let image = small();
        let mut manifest = image.manifest();
        manifest["layers"][0]["size"] = json!(lie);
        image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
        let reference = on_base.reference();
        let output = on_base
            .environment
            .run(OnBase::args(&reference, &[]))
            .ends_with(1);
        assert!(output.talk().contains(words), "{output}");
        assert_eq!(on_base.environment.files(), ["go.mod", "main.go"]);
    }
}

#[test]
fn a_pinned_base_is_compared() {
    let on_base = OnBase::image(&small());
    let other = BaseImage::new("linux/amd64", &[("another", "base")]);
    other.put(&on_base.registry, "team/base", "v2");
    // What is asked for by one digest is answered with another image.
    let pinned = digest_of(small().manifest().to_string().as_bytes());
    let path = format!("/v2/team/base/manifests/{pinned}");
    let body = other.manifest().to_string().into_bytes();
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, &path, Act::Body(body)));
    let base = on_base.registry.repository(&format!("team/base@{pinned}"));
    insta::assert_snapshot!(on_base.refused_for(&base, &[], 1), @"
    error: [base] $REGISTRY/team/base@sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a: cannot use this base
      caused by: what $REGISTRY answered to the request for $REGISTRY/team/base@sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a cannot be used
      caused by: its digest differs, expected sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a, found sha256:d32f21de15c477384d74c647250d6722b0c32d9138309c99d423df8ba1408da6
    ");
}
