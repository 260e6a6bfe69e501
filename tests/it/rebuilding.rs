//! Images that are built again by what their provenance says, and compared.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::git::GitRepository;
use crate::support::image::parse;
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::samples::{self, printing};
use crate::support::statements::Statements;
use crate::support::{Output, TestEnvironment, go, programs};

/// Nobody answers there.
const ORIGIN: &str = "https://127.0.0.1:1/team/app";

/// Somebody who pushes what is in a repository, signed, and all that they need.
struct Team {
    environment: TestEnvironment,
    registry: FakeRegistry,
    source: GitRepository,
    /// What is fetched of Go comes through it, and is kept from test to test.
    _proxy: ModuleProxy,
}

impl Team {
    fn of_example(name: &str) -> Self {
        Self::of(|environment| samples::copy_example(name, &environment.work()))
    }

    /// Has the source that `write` writes in a repository that nobody can reach.
    fn of(write: impl FnOnce(&TestEnvironment)) -> Self {
        let proxy = ModuleProxy::passing_through();
        let mut environment = TestEnvironment::new();
        environment.set("GOPROXY", proxy.url());
        let environment = environment.signing();
        write(&environment);
        let source = GitRepository::create(environment.work());
        source.git(["remote", "add", "origin", &format!("{ORIGIN}.git")]);
        Self {
            environment,
            registry: FakeRegistry::start(),
            source,
            _proxy: proxy,
        }
    }

    fn push(&self, args: &[&str]) -> String {
        let repository = self.registry.repository("team/app");
        let push = [&["push", "--repo", &repository], args].concat();
        self.environment.run(push).success().line().to_owned()
    }

    /// Verifies as somebody who stands elsewhere.
    fn rebuild(&self, image: &str, args: &[&str]) -> Output {
        let elsewhere = self.environment.root().join("elsewhere");
        std::fs::create_dir_all(&elsewhere).expect("a folder");
        let key = self.environment.public_key("signer");
        let verify = ["verify", image, "--key", &key, "--rebuild"];
        let mut verify = self.environment.coracle([&verify, args].concat());
        verify.current_dir(elsewhere);
        self.environment.run_command(&mut verify)
    }

    fn clone_of_it(&self) -> String {
        self.environment.work().display().to_string()
    }

    fn provenance(&self, image: &str) -> Value {
        let (_, digest) = image.split_once('@').expect("a digest");
        let statements = Statements::of(&self.registry, "team/app", digest);
        statements.predicate("provenance/v1").clone()
    }

    /// Pushes an image without provenance, and signs this for it.
    fn push_with_provenance(&self, predicate: &Value) -> String {
        let none = ["--set", "attest.provenance=false", "--tag", "other"];
        let image = self.push(&none);
        let file = self.environment.root().join("predicate.json");
        std::fs::write(&file, predicate.to_string()).expect("a file");
        let file = file.display().to_string();
        let attest = [
            "attest",
            &image,
            "--type",
            "provenance",
            "--predicate",
            &file,
        ];
        self.environment.run(attest).success();
        image
    }
}

#[test]
fn the_example_service_comes_out_the_same_elsewhere() {
    let team = Team::of_example("service");
    team.source.tag("v1.4.0");
    let image = team.push(&["--platform", "linux/amd64,linux/arm64"]);
    let output = team.rebuild(&image, &["--source", &team.clone_of_it(), "--json"]);
    let found = parse(output.success().stdout.as_bytes());
    let (_, digest) = image.split_once('@').expect("a digest");
    assert_eq!(found["rebuilt"]["digest"], digest);
    assert_eq!(found["rebuilt"]["commit"], team.source.head());
    assert_eq!(found["rebuilt"]["go"], go::wanted_version());
    assert!(found["rebuilt"]["comparison"].is_null());
    let cache = team.environment.get("CORACLE_CACHE").expect("a cache");
    let builds = Path::new(cache).join("builds");
    let left = std::fs::read_dir(builds).expect("a folder").count();
    assert_eq!(left, 0, "nothing is left of the place");
}

#[test]
fn caddy_comes_out_the_same_elsewhere() {
    let team = Team::of(|environment| {
        samples::copy_module(environment, samples::CADDY, &environment.work());
    });
    team.source.tag("v2.11.9");
    let image = team.push(&["./cmd/caddy"]);
    let output = team.rebuild(&image, &["--source", &team.clone_of_it()]);
    let said = output.success().stdout;
    assert!(said.contains("the same, from"), "{said}");
}

#[test]
fn what_flags_and_the_environment_said_is_said_again() {
    let mut team = Team::of_example("hello");
    team.environment.set("SOURCE_DATE_EPOCH", "1234567890");
    team.source.git(["checkout", "--quiet", "-b", "release/1"]);
    let image = team.push(&[
        "--platform",
        "linux/arm64",
        "--base",
        "scratch",
        "--set",
        "defaults.labels.branch='{branch}'",
        "--set",
        "layers.compression=zstd",
        "--set",
        "go.debug=true",
    ]);
    team.environment.unset("SOURCE_DATE_EPOCH");
    team.environment.set("CORACLE_PLATFORM", "linux/s390x");
    team.source.git(["checkout", "--quiet", "main"]);
    team.environment.write("main.go", printing("newer"));
    team.source.commit_all("newer");
    let output = team.rebuild(&image, &["--source", &team.clone_of_it()]);
    let said = output.success().stdout;
    assert!(said.contains("the same, from"), "{said}");
}

#[test]
fn an_image_of_another_source_is_told_by_the_first_thing_that_differs() {
    let team = Team::of_example("hello");
    let provenance = team.provenance(&team.push(&[]));
    team.environment
        .write("main.go", printing("something else"));
    team.source.commit_all("other");
    let image = team.push_with_provenance(&provenance);
    let output = team.rebuild(&image, &["--source", &team.clone_of_it(), "--json"]);
    let output = output.ends_with(1).says("built again, it is another");
    let found = parse(output.stdout.as_bytes());
    let comparison = &found["rebuilt"]["comparison"];
    assert_eq!(comparison["same"], false);
    assert!(comparison["first"]["cause"].is_string(), "{comparison}");
}

#[test]
fn source_that_is_gone_or_was_never_committed_is_named() {
    let team = Team::of_example("hello");
    let image = team.push(&[]);
    let commit = team.source.head();
    team.rebuild(&image, &[])
        .ends_with(1)
        .says(&format!("its source, commit {commit}, cannot be had"))
        .says("--source DIR");
    team.environment.write("main.go", printing("not committed"));
    let image = team.push(&["--tag", "dirty"]);
    team.rebuild(&image, &["--source", &team.clone_of_it()])
        .ends_with(1)
        .says("source that is in no commit");
}

#[test]
fn provenance_that_asks_for_something_else_is_refused() {
    let team = Team::of_example("hello");
    let image = team.push(&[]);
    let good = team.provenance(&image);
    team.registry.remove_tag("team/app", &tag_of_list(&image));
    let ran = team.environment.root().join("ran");
    let source = |change: Value| {
        let mut predicate = good.clone();
        let source = &mut predicate["buildDefinition"]["externalParameters"]["source"];
        for (key, value) in change.as_object().expect("an object") {
            source[key] = value.clone();
        }
        predicate
    };
    // Both would do what they say, were they run: no PATH is asked for them.
    let [sh, touch] = ["sh", "touch"].map(|name| programs::find(name).display().to_string());
    let ext = format!("ext::{sh} -c {touch}% {}", ran.display());
    let upload_pack = format!("--upload-pack={touch} {}", ran.display());
    let mut another_type = good.clone();
    another_type["buildDefinition"]["buildType"] = json!("https://example.com/make/v1");
    let mut unknown = good.clone();
    unknown["buildDefinition"]["externalParameters"]["run"] = json!("make");
    for (predicate, why) in [
        (another_type, "its build type is"),
        (unknown, "more than this version of coracle understands"),
        (source(json!({ "repository": ext })), "its provenance says"),
        (source(json!({ "commit": upload_pack })), "its provenance"),
        (
            source(json!({ "folder": "../../.." })),
            "its provenance says",
        ),
        (
            source(json!({ "branch": "../../config" })),
            "refusing to update ref",
        ),
    ] {
        let image = team.push_with_provenance(&predicate);
        team.rebuild(&image, &["--source", &team.clone_of_it()])
            .ends_with(1)
            .says(why);
        team.registry.remove_tag("team/app", &tag_of_list(&image));
    }
    assert!(!ran.exists());
}

/// Returns the tag under which is listed what refers to an image.
fn tag_of_list(image: &str) -> String {
    let (_, digest) = image.split_once('@').expect("a digest");
    digest.replace(':', "-")
}
