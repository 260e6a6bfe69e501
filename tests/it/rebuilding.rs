//! Images that are built again by what their provenance says, and compared.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::git::GitRepository;
use crate::support::image::parse;
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::{FakeRegistry, Rule};
use crate::support::samples::{self, printing};
use crate::support::{Output, TestEnvironment, go};

/// A registry, a repository, and somebody who pushes what is in it, signed.
struct Team {
    environment: TestEnvironment,
    registry: FakeRegistry,
    source: GitRepository,
    _proxy: ModuleProxy,
}

impl Team {
    /// Whatever is fetched of Go comes through a proxy, so that it is fetched once.
    fn with(folder: &str) -> Self {
        let proxy = ModuleProxy::passing_through();
        let mut environment = TestEnvironment::new();
        environment.set("GOPROXY", proxy.url());
        let environment = environment.signing();
        let to = environment.work();
        samples::copy_folder(&samples::example(folder), &to);
        let source = GitRepository::create(&to);
        source.git([
            "remote",
            "add",
            "origin",
            "https://me:secret@127.0.0.1:1/team/app.git",
        ]);
        Self {
            environment,
            registry: FakeRegistry::with().rule(Rule::Referrers).start(),
            source,
            _proxy: proxy,
        }
    }

    fn push(&self, args: &[&str]) -> String {
        let repository = self.registry.repository("team/app");
        let push = [&["push", "--repo", &repository], args].concat();
        self.environment.run(push).success().line().to_owned()
    }

    /// Verifies as somebody who has nothing but the image's name, the key and a clone.
    fn rebuild(&self, image: &str, args: &[&str]) -> Output {
        let elsewhere = self.environment.root().join("elsewhere");
        std::fs::create_dir_all(&elsewhere).expect("a folder");
        let key = self.environment.public_key("signer");
        let verify = ["verify", image, "--key", &key, "--rebuild"];
        let mut verify = self.environment.coracle([&verify, args].concat());
        verify.current_dir(elsewhere);
        self.environment.run_command(&mut verify)
    }

    fn clone(&self) -> String {
        self.environment.work().display().to_string()
    }

    /// Signs another statement about an image.
    fn attest(&self, image: &str, predicate: &Value) {
        let file = self.environment.root().join("predicate.json");
        std::fs::write(&file, predicate.to_string()).expect("a file");
        let file = file.display().to_string();
        let attest = ["attest", image, "--type", "provenance", "--predicate", &file];
        self.environment.run(attest).success();
    }

    fn provenance(&self, image: &str) -> Value {
        let (_, digest) = image.split_once('@').expect("a digest");
        self.registry
            .statements("team/app", digest)
            .into_iter()
            .find(|statement| statement["predicateType"] == "https://slsa.dev/provenance/v1")
            .expect("provenance")["predicate"]
            .clone()
    }
}

#[test]
fn the_example_service_comes_out_the_same_elsewhere() {
    let team = Team::with("service");
    team.source.tag("v1.4.0");
    let image = team.push(&["--platform", "linux/amd64,linux/arm64"]);
    let output = team.rebuild(&image, &["--source", &team.clone(), "--json"]);
    let report = parse(output.success().stdout.as_bytes());
    let (_, digest) = image.split_once('@').expect("a digest");
    assert_eq!(report["rebuild"]["digest"], digest);
    assert_eq!(report["rebuild"]["commit"], team.source.head());
    assert_eq!(report["rebuild"]["go"], go::wanted_version());
}
