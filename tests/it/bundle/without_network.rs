//! Builds from a bundle, where nobody can be asked; and from a proxy, where nobody else can.

use std::path::{Path, PathBuf};

use super::Workplace;
use crate::support::git::GitRepository;
use crate::support::module_proxy::ModuleProxy;
use crate::support::namespace::test_on_loopback;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment, go, samples};

/// The variables that the test on the loopback interface is told by: where the files of its proxy are, and what comes
/// of it.
const FILES: &str = "CORACLE_TEST_PROXY_FILES";
const DIGEST: &str = "CORACLE_TEST_DIGEST";
const ON_LOOPBACK: &str = "bundle::without_network::of_a_proxy_on_loopback";

fn from_bundle<'a>(bundle: &'a Path, verb: &'a str) -> [&'a str; 4] {
    let bundle = bundle.to_str().expect("a path in UTF-8");
    [verb, "--offline", "--bundle", bundle]
}

#[test]
fn a_machine_without_go_and_without_a_network_gives_the_same_digest() {
    let workplace = Workplace::new();
    let online = workplace.environment.run(["build"]).success();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    let args = from_bundle(&bundle, "build");
    let first = elsewhere.run_without_network(args).success();
    assert_eq!(first.line(), online.line());
    let first = first.says("unpack");
    // Compiled anew, and unpacked no more.
    std::fs::remove_dir_all(elsewhere.root().join("cache/memos")).expect("memos");
    let second = elsewhere.run_without_network(args).success();
    assert_eq!(second.line(), first.line());
    assert!(!second.stderr.contains("unpack"), "{second}");
    assert!(second.stderr.contains("compile"), "{second}");
}

#[test]
fn plain_programs_come_of_a_bundle_too() {
    let workplace = Workplace::new();
    let platform = ["--platform", "linux/amd64"];
    workplace
        .environment
        .run(["dist"].iter().chain(&platform))
        .success();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    let args = from_bundle(&bundle, "dist");
    elsewhere
        .run_without_network(args.iter().chain(&platform))
        .success();
    let program = "dist/hello-linux-amd64";
    assert!(elsewhere.read(program) == workplace.environment.read(program));
}

#[test]
fn a_push_takes_everything_but_the_registry_from_the_bundle() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let mut elsewhere = workplace.elsewhere();
    elsewhere.set("GOPROXY", workplace.proxy.url());
    let asked = (
        workplace.proxy.journal().len(),
        workplace.registry.journal().len(),
    );
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let args = ["push", "--repo", &repository, "--bundle"];
    let bundle = bundle.to_str().expect("a path in UTF-8");
    elsewhere.run(args.iter().chain(&[bundle])).success();
    assert_eq!(registry.tags("team/hello"), ["latest"]);
    let now = (
        workplace.proxy.journal().len(),
        workplace.registry.journal().len(),
    );
    assert_eq!(now, asked);
}

#[test]
fn a_bundle_in_the_cache_is_listed_checked_and_cleaned() {
    let workplace = Workplace::new();
    let bundle = workplace.bundle();
    let elsewhere = workplace.elsewhere();
    elsewhere.run(from_bundle(&bundle, "build")).success();
    let list = elsewhere.run(["cache", "list"]).success();
    assert_eq!(
        list.stdout
            .lines()
            .filter(|line| line.starts_with("bundles"))
            .count(),
        1
    );
    elsewhere.run(["cache", "check"]).success();
    let [place] = &places(&elsewhere)[..] else {
        panic!("one bundle");
    };
    let sums = place.join("go.sum");
    let text = std::fs::read_to_string(&sums)
        .expect("sums")
        .replace("h1:", "h1;");
    std::fs::write(&sums, text).expect("sums");
    elsewhere
        .run(["cache", "check"])
        .ends_with(1)
        .says("go.sum is damaged");
    assert!(places(&elsewhere).is_empty());
    elsewhere.run(from_bundle(&bundle, "build")).success();
    elsewhere
        .run(["cache", "clean", "--kind", "bundles"])
        .success();
    assert!(places(&elsewhere).is_empty());
}

fn places(environment: &TestEnvironment) -> Vec<PathBuf> {
    let places = std::fs::read_dir(environment.root().join("cache/bundles"));
    let places = places.expect("bundles").flatten();
    places.map(|place| place.path()).collect()
}

/// Its two hundred modules are what the go command takes, and no others.
#[test]
fn a_program_that_nobody_here_wrote_comes_of_a_bundle() {
    let with_go = TestEnvironment::new().with_shared_toolchains();
    with_caddy(&with_go);
    let args = ["./cmd/caddy", "-C", "caddy"];
    let build = ["build"].into_iter().chain(args);
    let expected = digest(&with_go.run(build).success());
    let bundle = with_go.root().join("caddy.bundle");
    let made = ["bundle", "-o", bundle.to_str().expect("a path in UTF-8")];
    with_go.run(made.into_iter().chain(args)).success();

    let mut without_network = TestEnvironment::without_go().with_shared_toolchains();
    let module_cache = without_network.root().join("go-mod");
    samples::copy_folder(
        &with_go.work().join("caddy"),
        &without_network.work().join("caddy"),
    );
    without_network.set("GOMODCACHE", module_cache);
    let build = from_bundle(&bundle, "build").into_iter().chain(args);
    let output = without_network.run_without_network(build).success();
    assert_eq!(digest(&output), expected);
}

/// Copies Caddy's source, as a user has it.
fn with_caddy(environment: &TestEnvironment) {
    let folder = environment.work().join("caddy");
    samples::copy_module(environment, samples::CADDY, &folder);
    std::fs::write(folder.join(".gitignore"), "dist/\n").expect("a file");
    GitRepository::create(&folder).tag("v2.11.9");
}

/// Copies examples/service, which names its Go, with a history, as its users have it.
fn with_service(environment: &TestEnvironment) {
    let folder = environment.work().join("service");
    samples::copy_example("service", &folder);
    std::fs::write(folder.join(".gitignore"), "dist/\n*.bundle\n").expect("a file");
    GitRepository::create(&folder).tag("v1.2.3");
}

fn digest(output: &Output) -> String {
    let (_, digest) = output.line().split_once('@').expect("a digest");
    digest.to_owned()
}

#[test]
fn the_example_that_names_its_go_has_one_digest_on_all_machines() {
    let with_go = TestEnvironment::new().with_shared_toolchains();
    with_service(&with_go);
    let expected = digest(&with_go.run_in("service", ["build"]).success());
    with_go
        .run_in("service", ["bundle", "-o", "../service.bundle"])
        .success();
    let bundle = with_go.work().join("service.bundle");

    let without_network = TestEnvironment::without_go();
    with_service(&without_network);
    let args = from_bundle(&bundle, "build").map(str::to_owned);
    let args = args
        .into_iter()
        .chain(["-C".to_owned(), "service".to_owned()]);
    let output = without_network.run_without_network(args).success();
    assert_eq!(digest(&output), expected);

    // What a proxy has of it, a bundle has too.
    let unpacked = with_go.root().join("unpacked");
    let file = std::fs::File::open(&bundle).expect("a bundle");
    tar::Archive::new(file)
        .unpack(&unpacked)
        .expect("what is in it");
    let status = test_on_loopback(ON_LOOPBACK)
        .env(FILES, unpacked.join("proxy"))
        .env(DIGEST, expected)
        .status();
    assert!(status.expect("a program that starts").success());
}

#[test]
#[ignore = "the test above runs it, where there is no network but the loopback interface"]
fn of_a_proxy_on_loopback() {
    let variable = |name: &str| std::env::var(name).expect("what the test above sets");
    let proxy = ModuleProxy::empty();
    put_all(&proxy, Path::new(&variable(FILES)), "");
    let mut environment = TestEnvironment::without_go();
    environment.set("GOPROXY", proxy.url());
    with_service(&environment);
    let output = environment.run_in("service", ["build"]).success();
    assert_eq!(digest(&output), variable(DIGEST));
    let version = go::wanted_version();
    output.says(&format!("download go {version}"));
    assert_ne!(proxy.journal().len(), 0);
}

fn put_all(proxy: &ModuleProxy, folder: &Path, path: &str) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = format!("{path}/{}", entry.file_name().display());
        if entry.path().is_dir() {
            put_all(proxy, &entry.path(), &path);
        } else {
            proxy.put(&path, std::fs::read(entry.path()).expect("a file"));
        }
    }
}
