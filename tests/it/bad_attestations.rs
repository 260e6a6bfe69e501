//! What hangs on an image and is not what it should be: it harms nobody, and convinces nobody.

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::base_image::MANIFEST;
use crate::support::http::{Act, Fault};
use crate::support::memory::run_and_measure;
use crate::support::registry::{FakeRegistry, Rule, digest_of};

const REPOSITORY: &str = "team/hello";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// Two images in a registry, each signed.
struct Signed {
    environment: TestEnvironment,
    registry: FakeRegistry,
    image: String,
    other: String,
}

impl Signed {
    fn new() -> Self {
        let registry = FakeRegistry::with().rule(Rule::Referrers).start();
        let environment = TestEnvironment::new().with_hello().signing();
        let repository = registry.repository(REPOSITORY);
        let push = || {
            let output = environment.run(["push", "--repo", &repository]);
            output.success().line().to_owned()
        };
        let image = push();
        environment.write("main.go", crate::support::samples::printing("another"));
        let other = push();
        Self {
            environment,
            registry,
            image,
            other,
        }
    }

    fn digest(image: &str) -> &str {
        image.split_once('@').expect("a digest").1
    }

    fn verify(&self) -> crate::support::Output {
        let key = self.environment.public_key("signer");
        self.environment
            .run(["verify", "-q", &self.image, "--key", &key])
    }

    /// Returns the manifest that holds the signature of an image, and its bundle.
    fn signature(&self, image: &str) -> (String, Value) {
        let key = self.environment.public_key("signer");
        let verify = ["verify", image, "--key", &key, "--json"];
        let said = self.environment.run(verify).success();
        let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
        let found_in = said["statements"][0]["found_in"].as_str();
        let found_in = found_in.expect("a manifest").to_owned();
        let manifest = self.registry.manifest(REPOSITORY, &found_in);
        let layer = manifest.expect("a manifest").json()["layers"][0].clone();
        let digest = layer["digest"].as_str().expect("a digest");
        let Some(crate::support::registry::Content::Kept(bytes)) =
            self.registry.blob(REPOSITORY, digest)
        else {
            panic!("no bundle");
        };
        (found_in, serde_json::from_slice(&bytes).expect("a bundle"))
    }

    /// Hangs an artifact onto an image, whose only layer is called what `layer` says.
    fn hang(&self, subject: &str, layer: &Value) {
        let subject = Self::digest(subject);
        let size = self.registry.manifest(REPOSITORY, subject);
        let size = size.expect("an image").bytes.len();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": BUNDLE,
            "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": digest_of(b"{}"), "size": 2},
            "layers": [layer],
            "subject": {"mediaType": MANIFEST, "digest": subject, "size": size},
        });
        self.registry
            .put_manifest(REPOSITORY, "hung", MANIFEST, &manifest);
    }

    /// Hangs a bundle of these bytes onto the image.
    fn hang_bundle(&self, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let size = bytes.len();
        let digest = self.registry.put_blob(REPOSITORY, bytes);
        let layer = json!({"mediaType": BUNDLE, "digest": digest, "size": size});
        self.hang(&self.image, &layer);
    }

    /// Asserts that what was hung beside the signature does not harm it, and is not enough without it.
    #[track_caller]
    fn is_worthless(&self, why: &str) {
        let said = self.verify().success();
        let line = said
            .stdout
            .lines()
            .find(|line| line.starts_with("worthless"));
        assert!(line.is_some_and(|line| line.contains(why)), "{said}");
        let (signature, _) = self.signature(&self.image);
        self.registry.remove_manifest(REPOSITORY, &signature);
        self.verify()
            .ends_with(1)
            .says("no signature of it holds")
            .says(why);
    }
}

#[test]
fn a_bundle_of_an_unknown_version_is_no_signature() {
    let signed = Signed::new();
    let (_, mut bundle) = signed.signature(&signed.image);
    bundle["mediaType"] = json!("application/vnd.dev.sigstore.bundle.v9.0+json");
    signed.hang_bundle(bundle.to_string());
    signed.is_worthless("it is a bundle of the unknown version");
}

#[test]
fn a_bundle_that_is_something_else_is_no_signature() {
    for bytes in [String::new(), "[]".to_owned(), "[".repeat(1 << 20)] {
        let signed = Signed::new();
        signed.hang_bundle(bytes);
        signed.is_worthless("it is no Sigstore bundle of version 0.3");
    }
}

#[test]
fn a_statement_that_was_changed_or_swapped_is_no_signature() {
    let signed = Signed::new();
    let (_, mut bundle) = signed.signature(&signed.image);
    let (_, other) = signed.signature(&signed.other);
    bundle["dsseEnvelope"]["payload"] = other["dsseEnvelope"]["payload"].clone();
    signed.hang_bundle(bundle.to_string());
    signed.is_worthless("it was not signed by this key");

    let signed = Signed::new();
    let (_, mut bundle) = signed.signature(&signed.image);
    bundle["dsseEnvelope"]["signatures"][0]["sig"] = json!("MAA=");
    signed.hang_bundle(bundle.to_string());
    signed.is_worthless("it was not signed by this key");
}

#[test]
fn the_signature_of_another_image_is_none_of_this_one() {
    let signed = Signed::new();
    let (_, other) = signed.signature(&signed.other);
    signed.hang_bundle(other.to_string());
    let digest = Signed::digest(&signed.other);
    signed.is_worthless(&format!("it is a statement about {digest}, another image"));
}

#[test]
fn a_referrer_of_another_image_is_none_of_this_one() {
    let signed = Signed::new();
    let (found_in, bundle) = signed.signature(&signed.image);
    let bytes = bundle.to_string().into_bytes();
    let layer = json!({"mediaType": BUNDLE, "digest": digest_of(&bytes), "size": bytes.len()});
    signed.registry.remove_manifest(REPOSITORY, &found_in);
    signed.hang(&signed.other, &layer);
    // The registry lists it all the same.
    let path = format!("*/referrers/{}", Signed::digest(&signed.other));
    let hung = signed.registry.manifest(REPOSITORY, "hung").expect("it");
    let index = json!({"schemaVersion": 2, "manifests": [
        {"mediaType": MANIFEST, "digest": hung.digest(), "size": hung.bytes.len()},
    ]});
    signed.registry.put_blob(REPOSITORY, bytes);
    let list = Act::Body(index.to_string().into_bytes());
    let path = path.replace(Signed::digest(&signed.other), Signed::digest(&signed.image));
    signed.registry.misbehave(Fault::at(&path, list));
    let digest = Signed::digest(&signed.other);
    signed
        .verify()
        .ends_with(1)
        .says(&format!("its manifest refers to {digest}, another image"));
}

#[test]
fn what_the_registry_cannot_give_is_no_signature() {
    for (size, why) in [
        (1_u64 << 40, "it has 1.0 TB, and is read up to 64.0 MB"),
        (7, "it cannot be read"),
    ] {
        let signed = Signed::new();
        let digest = digest_of(b"missing");
        let layer = json!({"mediaType": BUNDLE, "digest": digest, "size": size});
        signed.hang(&signed.image, &layer);
        signed.is_worthless(why);
    }
}

#[test]
fn a_blob_that_is_longer_than_it_is_said_to_be_is_not_read_to_its_end() {
    let signed = Signed::new();
    let digest = signed.registry.put_blob(REPOSITORY, vec![b'['; 32 << 20]);
    let layer = json!({"mediaType": BUNDLE, "digest": digest, "size": 100});
    signed.hang(&signed.image, &layer);
    signed.is_worthless("it cannot be read");
}

#[test]
fn a_huge_bundle_is_refused_without_much_memory() {
    let signed = Signed::new();
    let (_, mut bundle) = signed.signature(&signed.image);
    bundle["verificationMaterial"] = json!("$MATERIAL");
    let nested = format!("[{}[]]", "[],".repeat(18 << 20));
    let bundle = bundle.to_string().replace("\"$MATERIAL\"", &nested);
    signed.hang_bundle(bundle);
    let key = signed.environment.public_key("signer");
    let verify = ["verify", "-q", &signed.image, "--key", &key];
    let (output, peak_bytes) = run_and_measure(&mut signed.environment.coracle(verify));
    signed.environment.output(&output).success();
    assert!(peak_bytes < 200 << 20, "{} MiB", peak_bytes >> 20);
    signed.is_worthless("what it is checked with is longer than 1.0 MB");
}

#[test]
fn classic_tags_that_hold_something_else_are_no_signatures() {
    let signed = Signed::new();
    let tag = Signed::digest(&signed.image).replace(':', "-");
    for end in ["sig", "att"] {
        let tag = format!("{tag}.{end}");
        let manifest = json!({"schemaVersion": 2, "layers": "none"});
        signed
            .registry
            .put_manifest(REPOSITORY, &tag, MANIFEST, &manifest);
    }
    let said = signed.verify().success();
    assert!(
        said.stdout.contains("it is no list of signatures"),
        "{said}"
    );
    assert!(
        said.stdout.contains("it is no list of statements"),
        "{said}"
    );
}

#[test]
fn lists_that_lead_in_circles_or_elsewhere_are_refused() {
    for (link, why) in [
        ("<?n=1>; rel=\"next\"", "it goes in a circle"),
        (
            "<http://127.0.0.1:9/v2/x/referrers/y>; rel=\"next\"",
            "its next page is at 127.0.0.1, expected the same registry",
        ),
    ] {
        let signed = Signed::new();
        let header = Act::Header("link", link.to_owned());
        signed
            .registry
            .misbehave(Fault::at("*/referrers/*", header));
        signed
            .verify()
            .ends_with(1)
            .says("cannot list what hangs on the image")
            .says(why);
        // And nobody signs what may be signed already.
        signed
            .environment
            .run(["sign", &signed.image])
            .ends_with(1)
            .says(why);
    }
}

#[test]
fn a_predicate_that_is_nested_without_end_is_refused() {
    let signed = Signed::new();
    signed.environment.write("deep.json", "[".repeat(1 << 20));
    signed
        .environment
        .run([
            "attest",
            &signed.image,
            "--type",
            "vuln",
            "--predicate",
            "deep.json",
        ])
        .ends_with(2)
        .says("cannot use this predicate")
        .says("recursion limit");
}

#[test]
fn a_manifest_of_an_index_that_is_missing_is_named() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository(REPOSITORY);
    let platforms = ["--platform", "linux/amd64,linux/arm64", "--json"];
    let push = [&["push", "--repo", &repository][..], &platforms].concat();
    let said = environment.run(push).success();
    let said: Value = serde_json::from_str(&said.stdout).expect("JSON");
    let image = &said["images"][0];
    let digest = image["digest"].as_str().expect("a digest");
    let missing = image["platforms"][1]["digest"].as_str().expect("a digest");
    registry.remove_manifest(REPOSITORY, missing);
    let reference = format!("{repository}@{digest}");
    let key = environment.public_key("signer");
    for args in [
        &["inspect", &reference][..],
        &["sbom", &reference],
        &["verify", &reference, "--key", &key],
    ] {
        environment
            .run(args)
            .ends_with(1)
            .says("cannot read this image")
            .says(missing);
    }
    // The signature of the index is not less for that.
    let verify = ["verify", &reference, "--key", &key, "--skip-base"];
    environment.run(verify).success();
}
