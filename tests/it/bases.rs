//! Bases from registries: what is taken from them, and what is refused before anything is compiled.

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::base_image::{BaseImage, INDEX, MANIFEST, index_of, put_index};
use crate::support::http::{Act, Fault, Method, Recorded, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, digest_of};

const MANIFESTS: &str = "/v2/*/manifests/*";

/// Hello, which is to be built on `team/base:v1` of a registry.
struct OnBase {
    environment: TestEnvironment,
    registry: FakeRegistry,
}

impl OnBase {
    fn new() -> Self {
        let mut environment = TestEnvironment::with_watched_go().with_hello();
        let registry = FakeRegistry::start();
        environment.replace(registry.host(), "$REGISTRY");
        Self {
            environment,
            registry,
        }
    }

    /// With this image as the base.
    fn image(image: &BaseImage) -> Self {
        let on_base = Self::new();
        image.put(&on_base.registry, "team/base", "v1");
        on_base
    }

    fn reference(&self) -> String {
        self.registry.repository("team/base:v1")
    }

    fn args<'a>(base: &'a str, flags: &[&'a str]) -> Vec<&'a str> {
        [
            &["build", "-q", "--base", base, "--set", "network.retries=0"],
            flags,
        ]
        .concat()
    }

    /// Builds on `base`, asserts that it is refused before anything is compiled, and returns what is said.
    #[track_caller]
    fn refused_for(&self, base: &str, flags: &[&str], code: i32) -> String {
        let output = self
            .environment
            .run(Self::args(base, flags))
            .ends_with(code);
        self.environment.assert_nothing_compiled();
        assert_eq!(self.environment.files(), ["go.mod", "main.go"]);
        assert_eq!(output.stdout, "");
        output.talk()
    }

    #[track_caller]
    fn refused(&self, code: i32) -> String {
        self.refused_for(&self.reference(), &[], code)
    }

    /// Builds an OCI layout on the base, and returns the image's manifest and configuration.
    #[track_caller]
    fn built(&self, flags: &[&str]) -> (Value, Value) {
        self.built_on(&self.reference(), flags)
    }

    #[track_caller]
    fn built_on(&self, base: &str, flags: &[&str]) -> (Value, Value) {
        let flags = [flags, &["-o", "layout=out"]].concat();
        self.environment.run(Self::args(base, &flags)).success();
        let blob = |descriptor: &Value| {
            let digest = descriptor["digest"]
                .as_str()
                .expect("a digest")
                .replace(':', "/");
            parse(&self.environment.read(format!("out/blobs/{digest}")))
        };
        let index = parse(&self.environment.read("out/index.json"));
        let manifest = blob(&index["manifests"][0]);
        let config = blob(&manifest["config"]);
        (manifest, config)
    }
}

fn parse(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).expect("JSON")
}

fn small() -> BaseImage {
    BaseImage::new("linux/amd64", &[("etc/from-base", "yes")])
}

#[test]
fn a_base_that_is_not_there() {
    insta::assert_snapshot!(OnBase::new().refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: $REGISTRY answered 404 to the request for $REGISTRY/team/base:v1
      caused by: MANIFEST_UNKNOWN: manifest unknown
      hint: check the name of the base; where a login is needed to see it: docker login $REGISTRY
    ");
}

#[test]
fn a_registry_of_a_base_that_is_down() {
    let on_base = OnBase::new();
    insta::assert_snapshot!(on_base.refused_for("127.0.0.1:1/team/base:v1", &[], 69), @"
    error: [base] 127.0.0.1:1/team/base:v1: cannot use this base
      caused by: the request for the digest of 127.0.0.1:1/team/base:v1 failed
      caused by: cannot connect to 127.0.0.1:1: Connection refused (os error 111)
      hint: see whether 127.0.0.1:1 is up and its name is right; HTTPS_PROXY names a proxy
    ");
}

#[test]
fn a_registry_that_does_not_hand_out_the_base() {
    let on_base = OnBase::image(&small());
    let denied = Refusal::new(StatusCode::FORBIDDEN, "DENIED", "no\u{1b}[31m");
    for method in [Method::HEAD, Method::GET] {
        on_base
            .registry
            .misbehave(Fault::on(method, MANIFESTS, denied.clone().into()));
    }
    insta::assert_snapshot!(on_base.refused(77), @r"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: $REGISTRY answered 403 to the request for $REGISTRY/team/base:v1
      caused by: DENIED: no\u{1b}[31m
      hint: log in as somebody who may pull from $REGISTRY/team/base: docker login $REGISTRY, or set CORACLE_USER and CORACLE_PASSWORD
    ");
}

#[test]
fn a_base_that_lacks_the_platform() {
    let on_base = OnBase::new();
    let images =
        ["linux/amd64", "linux/s390x"].map(|platform| BaseImage::new(platform, &[("a", "b")]));
    put_index(&on_base.registry, "team/base", "v1", &images);
    let said = on_base.refused_for(
        &on_base.reference(),
        &["--platform", "linux/amd64,linux/arm64"],
        1,
    );
    insta::assert_snapshot!(said, @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/arm64; it has linux/amd64, linux/s390x
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_of_one_platform_that_is_another() {
    let on_base = OnBase::image(&BaseImage::new("linux/arm64", &[("a", "b")]));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/amd64; it has linux/arm64
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_that_is_of_an_unknown_kind() {
    let on_base = OnBase::new();
    let artifact =
        json!({"schemaVersion": 2, "mediaType": "application/vnd.example.thing.v1+json"});
    on_base.registry.put_manifest(
        "team/base",
        "v1",
        "application/vnd.example.thing.v1+json",
        &artifact,
    );
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: its media type is application/vnd.example.thing.v1+json, expected an image's manifest or index, OCI's or Docker's of schema 2
    ");
}

#[test]
fn a_base_whose_layer_is_of_an_unknown_kind() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["layers"][0]["mediaType"] = json!("application/vnd.example.layer\u{1b}[31m");
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    let said = on_base.refused(1);
    assert!(!said.contains('\u{1b}'));
    insta::assert_snapshot!(said, @r"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the media type of a layer is application/vnd.example.layer\u{1b}[31m, expected a tar, plain or compressed by gzip or zstd
    ");
}

#[test]
fn a_base_that_is_an_artifact_with_no_image_in_it() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["config"]["mediaType"] = json!("application/vnd.cncf.helm.config.v1+json");
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the media type of its configuration is application/vnd.cncf.helm.config.v1+json, expected an image's, OCI's or Docker's
    ");
}

#[test]
fn a_manifest_that_is_also_an_index() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["manifests"] =
        index_of(&on_base.registry, "team/base", &[small()])["manifests"].clone();
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: it is a manifest and an index at once
    ");
}

#[test]
fn a_manifest_that_calls_itself_something_else() {
    let on_base = OnBase::new();
    let image = small();
    let mut manifest = image.manifest();
    manifest["mediaType"] = json!(INDEX);
    image.put_with_manifest(&on_base.registry, "team/base", "v1", &manifest);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: it says that its media type is application/vnd.oci.image.index.v1+json, and it is served as application/vnd.oci.image.manifest.v1+json
    ");
}

#[test]
fn an_index_in_an_index() {
    let on_base = OnBase::new();
    let inner = index_of(&on_base.registry, "team/base", &[small()]);
    let digest = on_base
        .registry
        .put_manifest("team/base", "inner", INDEX, &inner);
    let entry = json!({
        "mediaType": INDEX, "digest": digest, "size": inner.to_string().len(),
        "platform": {"os": "linux", "architecture": "amd64"},
    });
    let outer = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
    on_base
        .registry
        .put_manifest("team/base", "v1", INDEX, &outer);
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: it has no linux/amd64; it has none
      hint: choose among these by platforms or --platform, or another base
    ");
}

#[test]
fn a_base_that_is_no_json() {
    let on_base = OnBase::image(&small());
    on_base.registry.misbehave(Fault::on(
        Method::HEAD,
        MANIFESTS,
        Refusal::bare(StatusCode::NOT_FOUND).into(),
    ));
    on_base.registry.misbehave(Fault::on(
        Method::GET,
        MANIFESTS,
        Act::Body(b"\x1b]0;".to_vec()),
    ));
    let said = on_base.refused(1);
    assert!(!said.contains('\u{1b}'), "{said}");
}

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
fn a_base_with_more_layers_than_it_says() {
    let mut image = small();
    image.config["rootfs"]["diff_ids"] = json!([]);
    insta::assert_snapshot!(OnBase::image(&image).refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: its manifest has 1 layers, and its configuration 0
    ");
}

#[test]
fn a_base_that_is_too_long_to_be_one() {
    let on_base = OnBase::image(&small());
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, MANIFESTS, Act::Endless));
    insta::assert_snapshot!(on_base.refused(1), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the request for $REGISTRY/team/base@sha256:fd19e85ca90f4d861281d5b26026b0d73659c13fb2b2ef454c4bd784ecc3b21a failed
      caused by: the answer of $REGISTRY is longer than 4194304 bytes
    ");
}

#[test]
fn a_registry_that_says_for_ever_that_there_is_no_base() {
    let on_base = OnBase::new();
    on_base
        .registry
        .misbehave(Fault::on(Method::GET, MANIFESTS, Act::Endless));
    let said = on_base.refused(1);
    assert!(said.len() < 2000, "{} bytes", said.len());
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
fn a_user_that_the_base_does_not_have() {
    let on_base = OnBase::image(&small());
    let flags = ["--set", "defaults.user=\"app\""];
    insta::assert_snapshot!(on_base.refused_for(&on_base.reference(), &flags, 2), @r#"
    error: [plan] hello: the image has no user app
      hint: give numbers, as in user = "65532:65532", or copy a passwd and a group with files
    "#);
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

#[test]
fn offline_a_base_that_is_not_in_the_cache_is_an_error() {
    let on_base = OnBase::image(&small());
    insta::assert_snapshot!(on_base.refused_for(&on_base.reference(), &["--offline"], 2), @"
    error: [base] $REGISTRY/team/base:v1: cannot use this base
      caused by: the first call of $REGISTRY failed
      caused by: $REGISTRY is not asked: --offline
      hint: run it without --offline
    ");
    assert_eq!(on_base.registry.journal().len(), 0);
}
