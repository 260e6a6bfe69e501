//! What a user sees of a registry that is down, says no, or does not keep to its own rules; and that no tag moves then.

mod breaks;
mod denials;
mod differences;
mod networks;
mod token_servers;
mod unavailable;
mod untrustworthy;
mod uploads;

use serde_json::json;

use crate::support::base_image::MANIFEST;
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment};

const UPLOADS: &str = "/v2/*/blobs/uploads/*";
const BLOBS: &str = "/v2/*/blobs/sha256:*";
const MANIFESTS: &str = "/v2/*/manifests/sha256:*";
const TAG: &str = "/v2/*/manifests/latest";

/// A registry whose tag `latest` shows an old image, and hello, which is to be pushed there.
struct Push {
    environment: TestEnvironment,
    registry: FakeRegistry,
    old: String,
}

impl Push {
    fn to(registry: FakeRegistry) -> Self {
        let mut environment = TestEnvironment::with_watched_go().with_hello();
        environment.replace(registry.host(), "$REGISTRY");
        let image = json!({"schemaVersion": 2, "mediaType": MANIFEST});
        let old = registry.put_manifest("team/hello", "latest", MANIFEST, &image);
        Self {
            environment,
            registry,
            old,
        }
    }

    /// To a registry that everybody may use, with faults.
    fn with(faults: impl IntoIterator<Item = Fault>) -> Self {
        let push = Self::to(FakeRegistry::start());
        faults
            .into_iter()
            .for_each(|fault| push.registry.misbehave(fault));
        push
    }

    fn run(&self, flags: &[&str]) -> Output {
        let repository = self.registry.repository("team/hello");
        self.environment
            .run([&["push", "-q", "--repo", &repository], flags].concat())
    }

    /// Pushes, and asserts that the tag is the new image's, and that all of it is there.
    #[track_caller]
    fn succeeds(&self) {
        self.succeeds_with(&[]);
    }

    #[track_caller]
    fn succeeds_with(&self, flags: &[&str]) {
        let output = self.run(flags).success();
        let tagged = self.tagged();
        assert_ne!(tagged, self.old);
        assert!(output.line().ends_with(&tagged), "{output}");
        let manifest = self.registry.manifest("team/hello", "latest");
        let manifest = manifest.expect("a tag").json();
        let layers = manifest["layers"].as_array().expect("layers");
        for blob in layers.iter().chain([&manifest["config"]]) {
            let digest = blob["digest"].as_str().expect("a digest");
            let held = self.registry.blob("team/hello", digest);
            let bytes = held.map(|content| content.len());
            assert_eq!(bytes, blob["size"].as_u64(), "{digest}\n{output}");
        }
    }

    /// Pushes with one further attempt, asserts that the tag stays and the exit code, and returns what is said.
    #[track_caller]
    fn fails(&self, code: i32) -> String {
        let output = self.run(&["--set", "network.retries=1"]).ends_with(code);
        assert_eq!(self.tagged(), self.old, "the tag moved");
        assert_eq!(output.stdout, "");
        assert!(
            !output
                .stderr
                .contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
            "{output}"
        );
        output.talk_without_digests()
    }

    /// As [`Self::fails`], before anything is compiled.
    #[track_caller]
    fn fails_early(&self, code: i32) -> String {
        let said = self.fails(code);
        self.environment.assert_nothing_compiled();
        said
    }

    #[track_caller]
    fn tagged(&self) -> String {
        self.registry
            .manifest("team/hello", "latest")
            .expect("a tag")
            .digest()
    }
}

fn on(method: Method, path: &str, act: impl Into<Act>) -> Fault {
    Fault::on(method, path, act.into())
}

fn bare(status: u16) -> Refusal {
    Refusal::bare(StatusCode::from_u16(status).expect("a status"))
}
