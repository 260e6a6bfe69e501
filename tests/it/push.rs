//! `coracle push`: what is sent, in which order, how often, and what stdout says.

use crate::support::base_image::{BaseImage, INDEX, put_index};
use crate::support::git::GitRepository;
use crate::support::http::{Method, Recorded, chain_depth};
use crate::support::registry::{FakeRegistry, Rule, digest_of};
use crate::support::running::until;
use crate::support::{TestEnvironment, programs};

/// Returns the environment of most tests here: hello, and a registry that everybody may use.
fn hello() -> (TestEnvironment, FakeRegistry) {
    let mut environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    environment.replace(registry.host(), "$REGISTRY");
    (environment, registry)
}

/// Returns what a request that changes something is about.
fn change(request: &Recorded) -> Option<&'static str> {
    let path = request.path();
    match request.method {
        // An upload that was begun and not wanted is taken back at any time.
        Method::GET | Method::HEAD | Method::DELETE => None,
        _ if path.contains("/blobs/") => Some("blob"),
        _ if path.contains("/manifests/sha256:") => Some("manifest"),
        _ => Some("tag"),
    }
}

fn sent_bytes(requests: &[Recorded]) -> u64 {
    requests.iter().map(|request| request.body_bytes).sum()
}

#[test]
fn hello_is_pushed_with_at_most_thirteen_requests_blobs_first_and_tags_last() {
    let (environment, registry) = hello();
    environment
        .run(["push", "--repo", &registry.repository("team/hello")])
        .success();
    let requests = registry.journal().requests();
    let lines: Vec<String> = requests.iter().map(ToString::to_string).collect();
    assert!(requests.len() <= 13, "{}: {lines:#?}", requests.len());
    let mut changes: Vec<&str> = requests.iter().filter_map(change).collect();
    changes.dedup();
    assert_eq!(changes, ["blob", "manifest", "tag"], "{lines:#?}");
}

#[test]
fn hello_waits_for_four_answers_after_the_compiler_and_one_before_it() {
    let (environment, registry) = (
        TestEnvironment::without_go().with_hello(),
        FakeRegistry::start(),
    );
    let compile = environment.root().join("compile");
    let wait = format!(
        "until [ -e {} ]; do {} 0.01; done",
        compile.display(),
        programs::find("sleep").display()
    );
    environment.write_go(&format!("if [ \"$1\" = build ]; then {wait}; fi"));
    // The preflight. While the compiler works: the layer of the base, which has the upload of the preflight; two uploads
    // begin. Then the other blobs are asked for, and sent; the manifest; the tag. A client that sends less at once than
    // this waits for ever.
    let (before, after) = ([1, 1, 1, 2], [2, 2, 1, 1]);
    registry.answer_in_waves(&[before, after].concat());
    let repository = registry.repository("team/hello");
    let settings = [
        "--set",
        "network.retries=0",
        "--set",
        "network.timeout=\"20s\"",
    ];
    let push = environment.start(&[&["push", "--repo", &repository], &settings[..]].concat());
    let known: usize = before.iter().sum();
    until("all is ready for the program", || {
        let requests = registry.journal().requests();
        requests.len() == known && requests.iter().all(|request| request.status.is_some())
    });
    std::fs::write(compile, "").expect("a file");
    push.end().success();
    let requests = registry.journal().requests();
    assert_eq!(requests.len(), 11, "{requests:#?}");
    assert_eq!(chain_depth(&requests[known..]), 4, "{requests:#?}");
}

#[test]
fn stdout_is_the_repository_with_the_digest_and_nothing_else() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    let output = environment
        .run(["push", "-v", "--repo", &repository])
        .success();
    let manifest = registry.manifest("team/hello", "latest").expect("a tag");
    assert_eq!(
        output.stdout,
        format!("{repository}@{}\n", manifest.digest())
    );
    assert_eq!(registry.tags("team/hello"), ["latest"]);
}

#[test]
fn an_unchanged_image_is_not_sent_again_and_its_tag_not_written() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    let first = environment.run(["push", "--repo", &repository]).success();
    let known = registry.journal().len();
    let second = environment.run(["push", "--repo", &repository]).success();
    assert_eq!(first.stdout, second.stdout);
    let requests = registry.journal().requests_after(known);
    assert_eq!(sent_bytes(&requests), 0, "{requests:#?}");
    let written = requests
        .iter()
        .filter(|request| request.method == Method::PUT);
    assert_eq!(written.count(), 0);
}

#[test]
fn what_a_registry_has_is_not_sent_again_when_something_else_changed() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository]).success();
    let known = registry.journal().len();
    environment
        .run([
            "push",
            "--repo",
            &repository,
            "--set",
            "defaults.args=[\"-x\"]",
        ])
        .success();
    let again = sent_bytes(&registry.journal().requests_after(known));
    assert!(again > 0, "a manifest and a configuration are new");
    assert!(again < 20_000, "no layer is: {again} bytes");
}

#[test]
fn a_tag_moves_without_anything_else_being_sent() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository]).success();
    let known = registry.journal().len();
    environment
        .run(["push", "--repo", &repository, "--tag", "v1"])
        .success();
    let requests = registry.journal().requests_after(known);
    let changes: Vec<&str> = requests
        .iter()
        .filter(|request| request.body_bytes > 0)
        .filter_map(change)
        .collect();
    assert_eq!(changes, ["tag"]);
    assert_eq!(registry.tags("team/hello"), ["latest", "v1"]);
}

#[test]
fn several_platforms_are_one_index() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    let platforms = "linux/amd64,linux/arm64";
    let output = environment
        .run(["push", "--repo", &repository, "--platform", platforms])
        .success();
    let index = registry.manifest("team/hello", "latest").expect("a tag");
    assert_eq!(index.media_type, INDEX);
    assert_eq!(output.line(), format!("{repository}@{}", index.digest()));
    let json = index.json();
    let entries = json["manifests"].as_array().expect("a list");
    let architectures: Vec<_> = entries
        .iter()
        .map(|entry| entry["platform"]["architecture"].as_str())
        .collect();
    assert_eq!(architectures, [Some("amd64"), Some("arm64")]);
}

#[test]
fn a_layer_of_the_base_is_mounted_where_the_registry_has_it() {
    let (environment, registry) = hello();
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    base.put(&registry, "team/base", "v1");
    let (from, to) = (
        registry.repository("team/base:v1"),
        registry.repository("team/hello"),
    );
    environment
        .run(["push", "--base", &from, "--repo", &to])
        .success();
    let layer = digest_of(&base.layer);
    assert!(registry.blob("team/hello", &layer).is_some());
    let requests = registry.journal().requests();
    let mounts: Vec<&Recorded> = requests
        .iter()
        .filter(|request| request.uri.to_string().contains("mount="))
        .collect();
    assert_eq!(mounts.len(), 1, "{requests:#?}");
    assert!(
        mounts[0].uri.to_string().contains("from=team%2Fbase"),
        "{}",
        mounts[0]
    );
    let pulled = |request: &&Recorded| {
        request.method == Method::GET && request.path().ends_with(&format!("/blobs/{layer}"))
    };
    assert_eq!(
        requests.iter().filter(pulled).count(),
        0,
        "it need not come here at all"
    );
}

#[test]
fn a_layer_is_sent_where_the_registry_refuses_the_mount() {
    let mut environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::with().rule(Rule::RefusesMounts).start();
    environment.replace(registry.host(), "$REGISTRY");
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    base.put(&registry, "team/base", "v1");
    let (from, to) = (
        registry.repository("team/base:v1"),
        registry.repository("team/hello"),
    );
    environment
        .run(["push", "--base", &from, "--repo", &to])
        .success();
    let layer = digest_of(&base.layer);
    assert!(registry.blob("team/hello", &layer).is_some());
}

#[test]
fn an_image_for_all_platforms_of_its_base_is_an_index_of_them() {
    let (environment, registry) = hello();
    let platforms = ["linux/arm64", "linux/amd64"];
    let images = platforms.map(|platform| BaseImage::new(platform, &[("of", platform)]));
    put_index(&registry, "team/base", "v1", &images);
    let (from, to) = (
        registry.repository("team/base:v1"),
        registry.repository("team/hello"),
    );
    environment
        .run(["push", "--base", &from, "--repo", &to, "--platform", "all"])
        .success();
    let index = registry
        .manifest("team/hello", "latest")
        .expect("a tag")
        .json();
    assert_eq!(index["manifests"].as_array().map(Vec::len), Some(2));
}

#[test]
fn several_images_are_pushed_each_with_its_line() {
    let registry = FakeRegistry::start();
    let config = format!(
        "[defaults]\nrepository = \"{}\"\n\n[images.orders]\nmain = \"cmd/orders\"\n\n\
         [images.catalog]\nmain = \"cmd/catalog\"\n",
        registry.repository("team/{name}")
    );
    let environment = TestEnvironment::new().with_project(&config, &["orders", "catalog"]);
    let output = environment.run(["push"]).success();
    let line = |name: &str| {
        let repository = format!("team/{name}");
        let digest = registry
            .manifest(&repository, "latest")
            .expect("a tag")
            .digest();
        format!("{}@{digest}\n", registry.repository(&repository))
    };
    assert_eq!(output.stdout, line("catalog") + &line("orders"));
    let one = environment.run(["push", "orders"]).success();
    assert_eq!(one.stdout, line("orders"));
}

#[test]
fn what_images_have_in_common_goes_to_a_registry_once() {
    let registry = FakeRegistry::start();
    let base = BaseImage::new("linux/amd64", &[("etc/from-base", "yes")]);
    let bases = FakeRegistry::start();
    base.put(&bases, "team/base", "v1");
    let config = format!(
        "[defaults]\nrepository = \"{}\"\nbase = \"{}\"\n\n[images.orders]\nmain = \"cmd/orders\"\n\n\
         [images.catalog]\nmain = \"cmd/catalog\"\n",
        registry.repository("team/{name}"),
        bases.repository("team/base:v1"),
    );
    let environment = TestEnvironment::new().with_project(&config, &["orders", "catalog"]);
    environment.run(["push"]).success();
    let layer = digest_of(&base.layer);
    for repository in ["team/orders", "team/catalog"] {
        assert!(registry.blob(repository, &layer).is_some(), "{repository}");
    }
    let requests = registry.journal().requests();
    let sent = requests
        .iter()
        .filter(|request| request.body_bytes == base.layer.len() as u64);
    assert_eq!(sent.count(), 1, "{requests:#?}");
}

#[test]
fn a_failed_push_is_told_as_json_where_that_is_wanted() {
    let (environment, _) = hello();
    let args = ["push", "-q", "--json", "--repo", "127.0.0.1:1/team/hello"];
    let output = environment
        .run([args.as_slice(), &["--set", "network.retries=0"]].concat())
        .ends_with(69);
    let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(report["status"], "failed");
    assert_eq!(report["errors"][0]["phase"], "publish");
    assert_eq!(report["errors"][0]["message"], "no image can be pushed");
    assert!(output.stderr.contains("no image can be pushed"), "{output}");
}

#[test]
fn tags_come_from_templates_and_are_made_fit() {
    let (environment, registry) = hello();
    let repository = registry.repository("team/hello");
    let git = GitRepository::create(environment.work());
    git.git(["switch", "--quiet", "--create", "feature/a"]);
    git.tag("v1.2.3");
    let tags = [
        "--tag",
        "{version}",
        "--tag",
        "{branch}-{name}",
        "--tag",
        "{short}",
    ];
    environment
        .run([&["push", "--repo", &repository], tags.as_slice()].concat())
        .success();
    let mut expected = vec![
        "v1.2.3".to_owned(),
        "feature-a-hello".to_owned(),
        git.head()[..12].to_owned(),
    ];
    expected.sort();
    assert_eq!(registry.tags("team/hello"), expected);
}

#[test]
fn a_push_without_a_repository_is_misuse() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment.run(["push", "-q"]).ends_with(2);
    insta::assert_snapshot!(output, @"
    exit: 2
    stdout:
    stderr:
    error: [plan] hello: no repository is named to push to
      hint: give --repo registry.example.com/team/{name}, set CORACLE_REPO, or write repository under [defaults] in coracle.toml
    ");
    environment.assert_nothing_compiled();
}

#[test]
fn a_repository_without_a_host_is_misuse() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment
        .run(["push", "-q", "--repo", "team/hello"])
        .ends_with(2);
    insta::assert_snapshot!(output, @r#"
    exit: 2
    stdout:
    stderr:
    error: [config] --repo: "team/hello" names no registry, expected HOST/PATH, as in registry.example.com/team/api
      hint: begin with the registry's host, as in "registry.example.com/team/api"; that of Docker Hub is docker.io
    "#);
    environment.assert_nothing_compiled();
}

#[test]
fn nothing_is_pushed_where_verification_is_switched_off_for_every_module() {
    let (mut environment, registry) = hello();
    let push = ["push", "-q", "--repo", &registry.repository("team/hello")];
    for (name, value) in [
        ("GOSUMDB", "off"),
        ("GONOSUMDB", "*"),
        ("GOPRIVATE", "*"),
        ("GOPRIVATE", "[a-z]*"),
    ] {
        let before = environment.get(name).map(ToOwned::to_owned);
        environment.set(name, value);
        let output = environment.run(push).ends_with(1);
        let setting = format!("error: [modules] {name}={value}: it switches verification off");
        output.says(&setting);
        environment.run(["build", "-q"]).success();
        match before {
            Some(before) => environment.set(name, before),
            None => environment.unset(name),
        }
    }
    assert!(registry.journal().requests().is_empty());
    let for_all = [&push[..], &["--set", r#"modules.private=["*"]"#]].concat();
    let output = environment.run(for_all).ends_with(1);
    insta::assert_snapshot!(output.talk(), @"
    error: [modules] GOPRIVATE=*: it switches verification off for every module; nothing is pushed so
      hint: take it back where it was set: unset GOPRIVATE, go env -u GOPRIVATE, or [modules] in coracle.toml
      hint: private modules alone may go without: export GOPRIVATE=git.example.com/*
    ");
    environment.set("GOPRIVATE", "git.example.com/*");
    environment.run(push).success();
}

#[test]
fn a_dry_run_of_a_push_asks_the_registry_to_change_nothing() {
    let (environment, registry) = hello();
    environment
        .run([
            "push",
            "--dry-run",
            "--repo",
            &registry.repository("team/hello"),
        ])
        .success();
    assert_eq!(registry.journal().len(), 0);
    assert_eq!(environment.files(), ["go.mod", "main.go"]);
}
