//! Releases in registries, as oras reads them.

use std::collections::BTreeMap;

use super::{check_sums, dist, names, released};
use crate::support::distribution::{Access, Distribution};
use crate::support::http::Method;
use crate::support::image::parse;
use crate::support::keys::PASSWORD;
use crate::support::registry::FakeRegistry;
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment};

/// Returns the files of a folder below the working folder, with their content.
fn content(environment: &TestEnvironment, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let names = names(environment, folder).into_iter();
    names
        .map(|name| (name.clone(), environment.read(format!("{folder}/{name}"))))
        .collect()
}

fn pull(environment: &TestEnvironment, reference: &str, folder: &str) {
    let mut oras = environment.command(tools::get(Tool::Oras));
    oras.args(["pull", "--plain-http", "-o", folder, reference]);
    environment.run_command(&mut oras).success();
}

#[test]
fn oras_pulls_the_same_bytes_and_cosign_verifies_what_was_pushed() {
    let registry = Distribution::start(&Access::Open);
    let environment = released().signing();
    let repository = registry.repository("team/hello");
    let flags = [
        "--archive=tar.gz",
        "--sbom=spdx",
        "--sign",
        "--push",
        "--repo",
        &repository,
    ];
    let output = dist(&environment, &flags).success();
    let pushed = output
        .stdout
        .lines()
        .next_back()
        .expect("a line")
        .to_owned();
    let (tagged, digest) = pushed.split_once('@').expect("a digest");
    assert_eq!(tagged, format!("{repository}:v1.2.3-dist"));
    pull(&environment, tagged, "pulled");
    assert!(content(&environment, "pulled") == content(&environment, "dist"));
    check_sums(&environment.work().join("pulled"));
    let mut cosign = environment.command(tools::get(Tool::Cosign3));
    let key = environment.public_key("signer");
    let image = format!("{repository}@{digest}");
    cosign
        .args([
            "verify",
            "--insecure-ignore-tlog",
            "--allow-http-registry",
            "--key",
            &key,
            &image,
        ])
        .env("COSIGN_PASSWORD", PASSWORD);
    environment.run_command(&mut cosign).success();
}

#[test]
fn a_release_that_is_there_already_asks_little_and_is_the_same() {
    let registry = FakeRegistry::start();
    let environment = released();
    let repository = registry.repository("team/hello");
    let flags = ["--archive=zip", "--push", "--repo", &repository];
    let first = dist(&environment, &flags).success();
    let known = registry.journal().len();
    let again = dist(&environment, &flags).success();
    assert_eq!(
        first.stdout.lines().next_back(),
        again.stdout.lines().next_back()
    );
    let asked = registry.journal().requests_after(known);
    let asked: Vec<(&Method, &str)> = asked.iter().map(|it| (&it.method, it.path())).collect();
    // Whether it takes an upload, before the compiler starts; what the tag shows; and that nothing was sent.
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(
        asked.iter().all(|(method, _)| *method != Method::PUT),
        "{asked:?}"
    );
    assert_eq!(registry.tags("team/hello"), ["v1.2.3-dist"]);
}

#[test]
fn a_release_that_was_pushed_without_a_key_is_signed_by_the_next_push() {
    let registry = FakeRegistry::start();
    let environment = released();
    let repository = registry.repository("team/hello");
    let flags = ["--push", "--repo", &repository];
    let pushed = |output: &Output| {
        let last = output.stdout.lines().next_back().expect("a line");
        last.replace(":v1.2.3-dist@", "@")
    };
    let unsigned = pushed(&dist(&environment, &flags).success());
    let environment = environment.signing();
    let tags = registry.tags("team/hello");
    assert_eq!(tags, ["v1.2.3-dist"]);
    let signed = pushed(&dist(&environment, &flags).success());
    assert_eq!(signed, unsigned);
    let (_, digest) = signed.split_once('@').expect("a digest");
    let signatures = digest.replace(':', "-");
    let tags = registry.tags("team/hello");
    assert!(tags.contains(&signatures), "{tags:?}");
    // And no second time: what hangs on it is looked at, and nothing is added.
    let known = registry.journal().len();
    dist(&environment, &flags).success();
    let asked = registry.journal().requests_after(known);
    assert_eq!(asked.len(), 7, "{asked:?}");
    assert!(asked.iter().all(|it| it.method != Method::PUT), "{asked:?}");
}

#[test]
fn each_image_has_its_files_beside_itself_with_sums_of_their_own() {
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/{name}");
    let config = format!(
        "[defaults]\nrepository = \"{repository}\"\n\n[stamp]\nversion = \"v2\"\n\n\
         [images.a]\nmain = \"./cmd/a\"\n\n[images.b]\nmain = \"./cmd/b\"\n"
    );
    let environment = TestEnvironment::new().with_project(&config, &["a", "b"]);
    let report = dist(&environment, &["--push", "--json"]).success();
    let report = parse(report.stdout.as_bytes());
    assert_eq!(
        report["release"]["pushed"]
            .as_array()
            .expect("places")
            .len(),
        2
    );
    for name in ["a", "b"] {
        let tagged = registry.repository(&format!("team/{name}:v2-dist"));
        pull(&environment, &tagged, name);
        let programs = [
            format!("{name}-linux-amd64"),
            format!("{name}-windows-amd64.exe"),
        ];
        assert_eq!(names(&environment, name)[1..], programs);
        check_sums(&environment.work().join(name));
    }
}

/// Two images of one program, in repositories of their own.
fn twins(registry: &FakeRegistry, stamp: &str) -> TestEnvironment {
    let repository = registry.repository("team/{name}");
    let config = format!(
        "[defaults]\nrepository = \"{repository}\"\n\n[stamp]\nversion = \"v2\"\n{stamp}\n\
         [images.a]\nmain = \"./cmd/both\"\n\n[images.b]\nmain = \"./cmd/both\"\n"
    );
    TestEnvironment::new().with_project(&config, &["both"])
}

#[test]
fn two_images_of_one_program_both_have_it_beside_them() {
    let registry = FakeRegistry::start();
    let environment = twins(&registry, "");
    dist(&environment, &["--push", "--sbom=spdx"]).success();
    let whole = content(&environment, "dist");
    assert_eq!(whole.len(), 5);
    for name in ["a", "b"] {
        let tagged = registry.repository(&format!("team/{name}:v2-dist"));
        pull(&environment, &tagged, name);
        assert!(content(&environment, name) == whole, "{name}");
        check_sums(&environment.work().join(name));
    }
}

#[test]
fn one_program_that_is_compiled_otherwise_for_each_image_is_not_made_for_both() {
    let registry = FakeRegistry::start();
    let environment = twins(&registry, "vars = { \"main.image\" = \"{name}\" }\n");
    let main = "package main\n\nvar image string\n\nfunc main() { println(image) }\n";
    environment.write("cmd/both/main.go", main);
    dist(&environment, &["--push"])
        .ends_with(2)
        .says("b would compile it otherwise than a")
        .says("coracle dist --push a && coracle dist --push b");
    dist(&environment, &[])
        .ends_with(2)
        .says("b would compile it otherwise than a")
        .says("coracle dist a -o dist/a && coracle dist b -o dist/b");
    assert!(!environment.work().join("dist").exists());
    assert!(registry.tags("team/a").is_empty());
}

#[test]
fn where_a_target_fails_nothing_is_pushed() {
    let registry = FakeRegistry::start();
    let environment = released();
    environment.write(
        "lucky_windows.go",
        "package main\n\nfunc init() { undefined() }\n",
    );
    let repository = registry.repository("team/hello");
    let flags = ["--push", "--repo", &repository];
    dist(&environment, &flags)
        .ends_with(1)
        .says("nothing is pushed, because not all of it was made");
    assert!(environment.work().join("dist/hello-linux-amd64").is_file());
    assert!(registry.tags("team/hello").is_empty());
}

#[test]
fn what_breaks_a_rule_is_made_and_not_pushed() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    let rules = "[policy]\nvulnerabilities = \"off\"\nrequired = [\"go.uber.org/zap\"]\n";
    environment.write("coracle.toml", rules);
    let repository = registry.repository("team/hello");
    let flags = ["--push", "--repo", &repository];
    dist(&environment, &flags)
        .ends_with(1)
        .says("go.uber.org/zap");
    assert!(environment.work().join("dist/SHA256SUMS").is_file());
    assert!(registry.tags("team/hello").is_empty());
}

#[test]
fn a_push_that_goes_nowhere_compiles_nothing() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    dist(&environment, &["--push"])
        .ends_with(2)
        .says("no repository is named to push to");
    dist(&environment, &["--repo", "r.example/x"])
        .ends_with(2)
        .says("--push");
    let closed = "127.0.0.1:1/team/hello";
    dist(
        &environment,
        &["--push", "--repo", closed, "--set", "network.retries=0"],
    )
    .ends_with(69);
    environment.assert_nothing_compiled();
}
