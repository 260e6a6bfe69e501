//! Bases from registries: what is taken from them, and what is refused before anything is compiled.

mod downloads;
mod lies;
mod refused;
mod used;
mod verified;

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::base_image::BaseImage;
use crate::support::registry::FakeRegistry;

const MANIFESTS: &str = "/v2/*/manifests/*";

/// Hello, which is to be built on `team/base:v1` of a registry.
struct OnBase {
    environment: TestEnvironment,
    registry: FakeRegistry,
}

impl OnBase {
    fn new() -> Self {
        Self::at(FakeRegistry::start())
    }

    /// With no base yet, in this registry.
    fn at(registry: FakeRegistry) -> Self {
        let mut environment = TestEnvironment::with_watched_go().with_hello();
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

    /// Builds, asserts that this fails while the base is fetched and leaves nothing, and returns what is said.
    #[track_caller]
    fn fails(&self, flags: &[&str], code: i32) -> String {
        let output = self.environment.run(Self::args(&self.reference(), flags));
        let output = output.ends_with(code);
        assert_eq!(self.environment.files(), ["go.mod", "main.go"]);
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
