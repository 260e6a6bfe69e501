//! Modules that somebody changed after they were downloaded.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::modules::{MODULE, project};
use crate::support::image::parse;
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::statements::Statements;
use crate::support::{Output, TestEnvironment, go};

/// A project whose modules are downloaded, as nobody has changed them.
fn downloaded() -> (TestEnvironment, ModuleProxy) {
    let proxy = ModuleProxy::empty();
    let mut environment = project(&proxy);
    environment.set("GOPROXY", proxy.url());
    environment.set("GONOSUMDB", "git.example.invalid");
    let mut download = environment.command(go::program());
    environment
        .run_command(download.args(["mod", "download"]))
        .success();
    (environment, proxy)
}

fn module_cache(environment: &TestEnvironment) -> PathBuf {
    environment.root().join("go-mod")
}

fn source(environment: &TestEnvironment) -> PathBuf {
    let module = format!("{MODULE}@v1.0.0/source.go");
    module_cache(environment).join(module)
}

/// Writes `text` over a file of a module, which is read-only, as an attacker would: its times are set back.
fn overwrite(file: &Path, text: &str) {
    let before = fs::metadata(file).expect("a file of a module");
    fs::set_permissions(file, Permissions::from_mode(0o644)).expect("a file of ours");
    fs::write(file, text).expect("another text");
    let modified = before.modified().expect("a time");
    let changed = File::options().write(true).open(file);
    let changed = changed.and_then(|file| file.set_modified(modified));
    changed.expect("a file with a time of ours");
    fs::set_permissions(file, before.permissions()).expect("a file of ours");
}

fn push(environment: &TestEnvironment, registry: &FakeRegistry) -> Output {
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository])
}

/// Pushes, and returns what provenance says of modules, and the check of them in the policy statement.
fn said_of_modules(environment: &TestEnvironment) -> (Value, Value) {
    let registry = FakeRegistry::start();
    let pushed = push(environment, &registry).success();
    let (_, digest) = pushed.line().split_once('@').expect("a digest");
    let said = Statements::of(&registry, "team/hello", digest);
    let provenance = said.predicate("provenance/v1");
    (
        provenance["buildDefinition"]["internalParameters"]["modules"].clone(),
        said.predicate("policy/v1")["checks"][0].clone(),
    )
}

/// What was compared before must be older than the disk can tell for it to be known.
fn let_modules_age(environment: &TestEnvironment) {
    let notes = environment.root().join("cache/compared");
    let is_noted = || fs::read_dir(&notes).is_ok_and(|mut notes| notes.next().is_some());
    for number in 0.. {
        assert!(number < 100, "nothing was noted");
        environment.write("main.go", format!("{MAIN}\n// {number}\n"));
        environment.run(["build"]).success();
        if is_noted() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

const MAIN: &str = "package main\n\nimport _ \"git.example.invalid/team/dep\"\n\nfunc main() {}\n";

#[test]
fn a_push_refuses_a_module_that_was_changed_and_tells_the_file() {
    let (environment, _proxy) = downloaded();
    let registry = FakeRegistry::start();
    let_modules_age(&environment);
    push(&environment, &registry).success();
    let tags = registry.tags("team/hello");

    overwrite(&source(&environment), "package deP\n");
    environment.write("main.go", MAIN);
    let sent = registry.journal().len();
    push(&environment, &registry)
        .ends_with(1)
        .says(&format!(
            "{MODULE}@v1.0.0 in the module cache is not what go.sum says"
        ))
        .says("go.sum:       h1:")
        .says("module cache: h1:")
        .says("changed: source.go")
        .says(&format!("hint: remove it, and it is unpacked anew: chmod -R u+w '$TEST/go-mod/{MODULE}@v1.0.0' && rm -r '$TEST/go-mod/{MODULE}@v1.0.0'"));
    // Nothing of it was kept for the next, nor sent.
    push(&environment, &registry).ends_with(1);
    environment
        .run(["build"])
        .ends_with(1)
        .says("is not what go.sum says");
    let requests = registry.journal().requests();
    let is_manifest = |path: &str| path.contains("/manifests/");
    assert!(
        requests[sent..]
            .iter()
            .all(|it| it.body_bytes == 0 || !is_manifest(it.path()))
    );
    assert_eq!(registry.tags("team/hello"), tags);

    let mut clean = environment.command(go::program());
    environment
        .run_command(clean.args(["clean", "-modcache"]))
        .success();
    push(&environment, &registry).success();
}

#[test]
fn a_zip_that_was_changed_is_refused_like_its_files() {
    let (environment, _proxy) = downloaded();
    let zip = format!("cache/download/{MODULE}/@v/v1.0.0.zip");
    fs::write(module_cache(&environment).join(zip), "no zip").expect("another zip");
    environment
        .run(["build"])
        .ends_with(1)
        .says("its zip in the module cache is damaged")
        .says("hint: remove it, and it is downloaded anew: rm -f");
}

#[test]
fn a_module_that_no_program_needs_may_be_what_it_will() {
    let (environment, proxy) = downloaded();
    let other = proxy.publish(
        "git.example.invalid/team/other",
        "v1.0.0",
        "package other\n",
    );
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let go_sum = String::from_utf8(environment.read("go.sum")).expect("text");
    environment.write(
        "go.mod",
        format!("{go_mod}\nrequire git.example.invalid/team/other v1.0.0\n"),
    );
    environment.write("go.sum", format!("{go_sum}{}", other.go_sum));
    let mut download = environment.command(go::program());
    environment
        .run_command(download.args(["mod", "download"]))
        .success();
    let file = module_cache(&environment).join("git.example.invalid/team/other@v1.0.0/source.go");
    overwrite(&file, "package Other\n");
    environment.run(["build"]).success();
}

#[test]
fn what_is_vendored_and_can_be_compared_with_nothing_is_said_to_be_skipped() {
    let (mut environment, _proxy) = downloaded();
    let mut vendor = environment.command(go::program());
    environment
        .run_command(vendor.args(["mod", "vendor"]))
        .success();
    let zips = module_cache(&environment).join("cache/download");
    fs::remove_dir_all(zips).expect("a folder of ours");
    environment.set("GOPROXY", "off");
    environment = environment.signing();
    let (modules, check) = said_of_modules(&environment);
    assert!(modules.get("contents").is_none(), "{modules:#}");
    assert_eq!(check["result"], "skipped", "{check:#}");
}

#[test]
fn the_full_check_reads_modules_that_an_old_go_mod_does_not_name() {
    const OTHER: &str = "git.example.invalid/team/other";
    let (environment, proxy) = downloaded();
    let go_mod = format!("module {OTHER}\n\ngo 1.16\n");
    let other = proxy.publish_files(
        OTHER,
        "v1.0.0",
        &[("go.mod", &go_mod), ("source.go", "package other\n")],
    );
    let go_mod = format!("module {MODULE}\n\ngo 1.16\n\nrequire {OTHER} v1.0.0\n");
    let source = format!("package dep\n\nimport _ \"{OTHER}\"\n");
    let dep = proxy.publish_files(
        MODULE,
        "v1.1.0",
        &[("go.mod", &go_mod), ("source.go", &source)],
    );
    environment.write(
        "go.mod",
        format!("module example.com/hello\n\ngo 1.16\n\nrequire {MODULE} v1.1.0\n"),
    );
    environment.write("go.sum", format!("{}{}", dep.go_sum, other.go_sum));
    let check = || {
        let off = ["vulnerabilities=off", "retracted=allow", "deprecated=allow"];
        let off = off.map(|key| format!("policy.{key}"));
        let off = off.iter().flat_map(|key| ["--set", key.as_str()]);
        environment.run(["check", "--full"].into_iter().chain(off))
    };
    check().success();
    let file = module_cache(&environment).join(format!("{OTHER}@v1.0.0/source.go"));
    overwrite(&file, "package Other\n");
    let found = check().ends_with(1).data();
    let expected = format!("{OTHER}@v1.0.0 in the module cache is not what go.sum says");
    assert!(found.contains(&expected), "{found}");
}

#[test]
fn a_go_sum_that_cannot_be_read_is_an_error_and_not_an_empty_one() {
    let (environment, _proxy) = downloaded();
    let go_sum = File::create(environment.work().join("go.sum")).expect("a file");
    go_sum.set_len(65 << 20).expect("a file with a hole");
    for verb in ["build", "dist"] {
        environment
            .run([verb])
            .ends_with(2)
            .says("error: [facts] go.sum: cannot read the file");
    }
}

#[test]
fn provenance_says_that_modules_were_compared_with_go_sum() {
    let (environment, _proxy) = downloaded();
    let environment = environment.signing();
    let (modules, check) = said_of_modules(&environment);
    assert_eq!(modules["contents"], "go.sum", "{modules:#}");
    assert_eq!(check["result"], "passed", "{check:#}");
    assert_eq!(check["settings"]["contents"], "go.sum", "{check:#}");
}

#[test]
fn a_module_cache_that_may_only_be_read_is_compared_too() {
    let (environment, _proxy) = downloaded();
    let mut chmod = environment.command("/bin/chmod");
    environment
        .run_command(chmod.args(["-R", "a-w"]).arg(module_cache(&environment)))
        .success();
    environment.run(["build"]).success();
}

#[test]
fn the_report_names_the_module_and_both_hashes() {
    let (environment, _proxy) = downloaded();
    overwrite(&source(&environment), "package deP\n");
    let output = environment.run(["build", "--json"]).ends_with(1);
    let error = parse(output.stdout.as_bytes())["errors"][0].clone();
    assert_eq!(error["phase"], "modules");
    let context = &error["context"];
    assert_eq!(context["module"], format!("{MODULE}@v1.0.0"));
    let go_sum = String::from_utf8(environment.read("go.sum")).expect("text");
    let expected = context["expected"].as_str().expect("a hash");
    assert!(go_sum.contains(expected), "{context:#}");
    assert_ne!(context["expected"], context["found"]);
}
