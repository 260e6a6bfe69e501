//! Whether images stand on the bases that they name.

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::base_image::{BaseImage, put_index};
use crate::support::registry::FakeRegistry;
use crate::support::schema;

const PLATFORMS: &str = "linux/amd64,linux/arm64";

/// Hello on a base of another registry, pushed and signed.
struct OnBase {
    environment: TestEnvironment,
    /// Kept running.
    _registry: FakeRegistry,
    image: String,
}

impl OnBase {
    fn pushed(base: &str, flags: &[&str]) -> Self {
        let registry = FakeRegistry::start();
        let environment = TestEnvironment::new().with_hello().signing();
        let repository = registry.repository("team/hello");
        let push = ["push", "--repo", &repository, "--base", base];
        let pushed = environment.run([&push[..], flags].concat());
        Self {
            image: pushed.success().line().to_owned(),
            environment,
            _registry: registry,
        }
    }

    fn verify(&self, flags: &[&str]) -> crate::support::Output {
        let key = self.environment.public_key("signer");
        let verify = ["verify", "-q", &self.image, "--key", &key];
        self.environment.run([&verify[..], flags].concat())
    }
}

fn bases() -> FakeRegistry {
    let bases = FakeRegistry::start();
    let images = PLATFORMS
        .split(',')
        .map(|platform| BaseImage::new(platform, &[("of", platform)]));
    put_index(&bases, "team/base", "v1", &images.collect::<Vec<_>>());
    bases
}

#[test]
fn a_base_is_compared_layer_by_layer() {
    let bases = bases();
    let base = bases.repository("team/base:v1");
    let on_base = OnBase::pushed(&base, &["--platform", PLATFORMS]);
    let said = on_base.verify(&["--require", "base"]).success();
    let line = format!("base         {base}@sha256:");
    assert!(said.stdout.contains(&line), "{said}");
    assert!(
        said.stdout.contains("of linux/amd64, linux/arm64\n"),
        "{said}"
    );
}

#[test]
fn the_document_is_what_its_schema_says() {
    let bases = bases();
    let on_base = OnBase::pushed(&bases.repository("team/base:v1"), &[]);
    let json = |output: crate::support::Output| -> Value {
        serde_json::from_str(&output.success().stdout).expect("JSON")
    };
    let found = json(on_base.verify(&["--json"]));
    let wanted = json(on_base.environment.run(["schema", "verification"]));
    schema::assert_valid(&found, &wanted);
    assert_eq!(found["bases"][0]["verdict"], "holds");
}

#[test]
fn the_embedded_base_is_known() {
    let on_base = OnBase::pushed("static", &[]);
    let said = on_base.verify(&["--require", "base"]).success();
    assert!(
        said.stdout
            .contains("base         static, of linux/amd64\n"),
        "{said}"
    );
    let on_nothing = OnBase::pushed("scratch", &[]);
    on_nothing.verify(&[]).success();
    on_nothing
        .verify(&["--require", "base"])
        .ends_with(1)
        .says("linux/amd64 names no base");
}

#[test]
fn a_base_that_cannot_be_had_is_not_checked() {
    let bases = bases();
    let mut on_base = OnBase::pushed(&bases.repository("team/base:v1"), &[]);
    drop(bases);
    // What was pulled for the build is in the cache.
    on_base.environment.set(
        "CORACLE_CACHE",
        on_base.environment.root().join("other-cache"),
    );
    let patience = ["-C", "patience"];
    on_base
        .environment
        .write("patience/go.mod", "module example.com/patience\n");
    on_base
        .environment
        .write("patience/coracle.toml", "[network]\nretries = 0\n");
    let said = on_base.verify(&patience).success();
    assert!(said.stdout.contains("was not checked: "), "{said}");
    on_base
        .verify(&[&patience[..], &["--require", "base"]].concat())
        .ends_with(1)
        .says("its base cannot be looked at");
    let said = on_base.verify(&["--skip-base"]).success();
    assert!(!said.stdout.contains("base "), "{said}");
}

#[test]
fn an_image_that_stands_on_another_base_is_refused() {
    let bases = bases();
    let other = BaseImage::new("linux/amd64", &[("of", "another")]);
    let digest = other.put(&bases, "team/other", "v1");
    let annotations = format!(
        "defaults.annotations={{ \"org.opencontainers.image.base.name\" = \"{}\", \"org.opencontainers.image.base.digest\" = \"{digest}\" }}",
        bases.repository("team/other:v1")
    );
    let on_base = OnBase::pushed(&bases.repository("team/base:v1"), &["--set", &annotations]);
    on_base
        .verify(&[])
        .ends_with(1)
        .says("linux/amd64 does not stand on the base that it names")
        .says("layer 1 of linux/amd64 is sha256:");
    on_base.verify(&["--skip-base"]).success();
}
