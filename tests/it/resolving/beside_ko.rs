//! The same manifests through ko and through coracle: the same objects, but for the digests.

use serde_json::Value;

use super::corpus::{CHAINS, KO, POLICIES, folder_of};
use crate::support::TestEnvironment;
use crate::support::base_image::{BaseImage, put_index};
use crate::support::registry::FakeRegistry;
use crate::support::samples::{HELLO, copy_folder};
use crate::support::tools::{self, Tool};

/// A project that both tools build on one base, which is in the same registry.
struct Comparison {
    environment: TestEnvironment,
    registry: FakeRegistry,
}

impl Comparison {
    fn new() -> Self {
        let (mut environment, registry) = (TestEnvironment::new(), FakeRegistry::start());
        let platforms = ["linux/amd64", "linux/arm64"];
        let bases = platforms.map(|platform| BaseImage::new(platform, &[("base", "yes")]));
        put_index(&registry, "base", "static", &bases);
        let base = registry.repository("base:static");
        environment.write("coracle.toml", format!("[defaults]\nbase = \"{base}\"\n"));
        for (name, value) in [
            ("KO_DOCKER_REPO", registry.repository("ko")),
            ("KO_DEFAULTBASEIMAGE", base),
            // What the templates of .ko.yaml ask for.
            ("LDFLAGS", String::new()),
            ("GIT_HASH", "none".to_owned()),
            ("GIT_VERSION", "none".to_owned()),
        ] {
            environment.set(name, value);
        }
        Self {
            environment,
            registry,
        }
    }

    /// Puts the whole source of a module there.
    fn with_module(self, module: &str) -> Self {
        let folder = folder_of(&self.environment, module);
        copy_folder(&folder, &self.environment.work());
        // Of what was vendored a module zip keeps but the list.
        let _ = std::fs::remove_dir_all(self.environment.work().join("vendor"));
        self
    }

    /// Puts the folder of manifests `config` of a module there, and small programs in the place of those that they
    /// name.
    fn with_manifests(self, module: &str, config: &str, commands: &[&str]) -> Self {
        let folder = folder_of(&self.environment, module);
        copy_folder(&folder.join(config), &self.environment.work().join(config));
        let (path, _) = module.split_once('@').expect("a version");
        self.environment
            .write("go.mod", format!("module {path}\n\ngo 1.26\n"));
        for command in commands {
            self.environment.write(format!("{command}/main.go"), HELLO);
        }
        self
    }

    /// Resolves `files` by both tools, and returns how many images there are in the objects.
    fn assert_same_objects(&self, files: &[&str]) -> usize {
        let files: Vec<&str> = files.iter().flat_map(|file| ["-f", *file]).collect();
        let mut ko = self.environment.command(tools::get(Tool::Ko));
        ko.args(["resolve", "-R", "--sbom=none"]).args(&files);
        let theirs = self.environment.run_command(&mut ko).success();
        let repository = self.registry.repository("coracle/{name}");
        let ours = ["resolve", "-R", "--repo", &repository];
        let ours = self.environment.run([&ours[..], &files].concat());
        let (ours, theirs) = (
            self.objects(&ours.success().stdout),
            self.objects(&theirs.stdout),
        );
        assert_eq!(ours, theirs);
        ours.to_string().matches(IMAGE).count()
    }

    /// Reads objects, in which a word stands for each image that was published here.
    fn objects(&self, text: &str) -> Value {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text).expect("YAML");
        let objects = documents.into_iter().filter(|document| !document.is_null());
        objects.map(|object| self.without_digests(object)).collect()
    }

    fn without_digests(&self, value: Value) -> Value {
        match value {
            Value::String(text) if text.starts_with(self.registry.host()) => {
                let (_, digest) = text.split_once("@sha256:").expect("a digest");
                assert_eq!(digest.len(), 64, "{text}");
                IMAGE.into()
            }
            Value::Array(values) => {
                let values = values.into_iter();
                values.map(|value| self.without_digests(value)).collect()
            }
            Value::Object(fields) => {
                let fields = fields.into_iter();
                let fields = fields.map(|(key, value)| (key, self.without_digests(value)));
                Value::Object(fields.collect())
            }
            other => other,
        }
    }
}

/// What stands for a published image.
const IMAGE: &str = "REPOSITORY@DIGEST";

#[test]
fn what_ko_tests_itself_with_gives_the_same_objects() {
    let comparison = Comparison::new().with_module(KO);
    assert_eq!(comparison.assert_same_objects(&["test/test.yaml"]), 1);
}

#[test]
fn manifests_of_those_who_use_ko_give_the_same_objects() {
    let policies = Comparison::new().with_manifests(POLICIES, "config", &["cmd/webhook"]);
    assert_eq!(policies.assert_same_objects(&["config"]), 1);
    let tests = ["test/cmd/getoidctoken"];
    let tested = Comparison::new().with_manifests(POLICIES, "test/config", &tests);
    assert_eq!(tested.assert_same_objects(&["test/config"]), 1);
    let chains = Comparison::new().with_manifests(CHAINS, "config", &["cmd/controller"]);
    assert_eq!(chains.assert_same_objects(&["config"]), 1);
    let chains = Comparison::new().with_manifests(CHAINS, "examples", &["cmd/controller"]);
    assert!(chains.assert_same_objects(&["examples/chains-deployment-keyless.yaml"]) >= 1);
}

#[test]
#[ignore = "two large projects are compiled, which takes minutes: just resolve-long"]
fn projects_of_those_who_use_ko_give_the_same_objects() {
    for module in [POLICIES, CHAINS] {
        let comparison = Comparison::new().with_module(module);
        assert_eq!(comparison.assert_same_objects(&["config"]), 1, "{module}");
    }
}
