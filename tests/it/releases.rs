//! Releases of Go on the machine: `coracle toolchain`.

use serde_json::Value;

use crate::support::bound_user::set_mode;
use crate::support::image::parse;
use crate::support::release::Release;
use crate::support::{TestEnvironment, go, schema};

/// Returns an environment whose only Go is the one that tests share, with a project that names none.
fn without_go() -> TestEnvironment {
    TestEnvironment::without_go()
        .with_shared_toolchains()
        .with_hello()
}

/// Returns what the list says as JSON, held against the schema that coracle prints.
fn listed(environment: &TestEnvironment) -> Value {
    let output = environment.run(["toolchain", "list", "--json"]).success();
    let document = parse(output.stdout.as_bytes());
    let wanted = environment.run(["schema", "toolchains"]).success();
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    document
}

#[test]
fn what_the_project_is_built_with_is_fetched_listed_and_found() {
    let mut environment = TestEnvironment::without_go().with_hello();
    environment.run(["toolchain", "path"]).ends_with(1);
    let release = Release::honest();
    environment = release.wanted();
    let installed = environment.run(["toolchain", "install"]).success();
    let root = environment.root().join("cache/toolchains");
    assert!(installed.line().starts_with(&*root.to_string_lossy()));
    let path = environment.run(["toolchain", "path"]).success();
    assert_eq!(path.line(), installed.line());
    let document = listed(&environment);
    let toolchain = &document["toolchains"][0];
    assert_eq!(toolchain["version"], "1.99.9");
    assert_eq!(toolchain["origin"], "fetched");
    assert_eq!(toolchain["is_chosen"], true);
    assert_eq!(toolchain["root"], path.line());
    assert_eq!(document["chosen"]["reason"], ".go-version:1 names 1.99.9");
}

#[test]
fn the_list_marks_what_the_project_is_built_with_also_where_it_is_not_there() {
    let environment = TestEnvironment::new().with_hello();
    let list = environment.run(["toolchain", "list"]).success();
    assert!(list.line().starts_with("* 1."), "{}", list.stdout);
    environment.write(".go-version", "1.25.2\n");
    let list = environment
        .run(["toolchain", "list"])
        .success()
        .says(".go-version:1 names Go 1.25.2, but go.mod:3 asks for at least");
    assert!(list.line().starts_with("  1."), "{}", list.stdout);
    environment.write("go.mod", "module example.com/hello\n\ngo 1.21\n");
    let list = environment.run(["toolchain", "list"]).success();
    assert!(
        list.stdout
            .ends_with("* 1.25.2      will be fetched: .go-version:1 names 1.25.2\n"),
        "{}",
        list.stdout
    );
}

#[test]
fn outside_of_a_project_releases_are_named() {
    let environment = TestEnvironment::without_go().with_shared_toolchains();
    let version = go::wanted_version();
    let installed = environment
        .run(["toolchain", "install", &version])
        .success();
    let path = environment.run(["toolchain", "path", &version]).success();
    assert_eq!(path.line(), installed.line());
    assert_eq!(listed(&environment)["chosen"], Value::Null);
    environment
        .run(["toolchain", "path"])
        .ends_with(2)
        .says("coracle toolchain path -C DIR")
        .says("hint: or name a release: coracle toolchain path VERSION   # these are here: coracle toolchain list");
}

#[test]
fn a_release_that_is_not_on_the_machine_is_not_fetched_for_its_path() {
    let environment = without_go();
    environment
        .run(["toolchain", "path", "1.25.2"])
        .ends_with(1)
        .says("error: [toolchain] Go 1.25.2 is not on this machine")
        .says("hint: to fetch it: coracle toolchain install 1.25.2");
}

#[test]
fn a_pinned_release_is_what_every_machine_builds_with() {
    let environment = without_go();
    let version = go::wanted_version();
    environment
        .run(["toolchain", "pin"])
        .success()
        .says(&format!(".go-version names Go {version} now"));
    let text = environment.read(".go-version");
    assert_eq!(String::from_utf8_lossy(&text), format!("{version}\n"));
    let chosen = listed(&environment)["chosen"].clone();
    assert_eq!(chosen["reason"], format!(".go-version:1 names {version}"));
}

#[test]
fn what_cannot_be_had_or_is_too_old_is_not_pinned() {
    let environment = without_go();
    environment.write("go.mod", "module example.com/hello\n\ngo 1.21\n");
    environment
        .run(["toolchain", "pin", "1.20.1"])
        .ends_with(2)
        .says("the command line names Go 1.20.1, but go.mod:3 asks for at least 1.21");
    environment
        .run(["toolchain", "pin", "1.98.7", "--offline"])
        .ends_with(69)
        .says("cannot get Go 1.98.7");
    environment
        .run(["toolchain", "pin", "latest"])
        .ends_with(2)
        .says("latest");
    assert!(!environment.work().join(".go-version").exists());
}

#[test]
fn a_pin_does_not_pretend_to_win_over_coracle_toml() {
    let environment = without_go();
    let version = go::wanted_version();
    environment.write(
        "coracle.toml",
        format!("[images.hello]\nmain = \".\"\n\n[go]\nversion = \"{version}\"\n"),
    );
    environment.run(["toolchain", "pin"]).success();
    environment
        .run(["toolchain", "pin", "1.98.7"])
        .ends_with(2)
        .says(&format!("[go] version in coracle.toml names Go {version}"))
        .says("hint: write version = \"1.98.7\" there, or remove it");
    assert!(!environment.work().join(".go-version").exists());
}

#[test]
fn a_version_file_that_is_wrong_is_mended() {
    let environment = without_go();
    environment.write(".go-version", "# ours\nlatest\n");
    environment
        .run(["toolchain", "pin"])
        .ends_with(2)
        .says(".go-version:2");
    environment
        .run(["toolchain", "list"])
        .success()
        .says("warning: [facts] .go-version:2: cannot tell the version of Go");
    let version = go::wanted_version();
    environment.run(["toolchain", "pin", &version]).success();
    let text = environment.read(".go-version");
    assert_eq!(
        String::from_utf8_lossy(&text),
        format!("# ours\n{version}\n")
    );
}

#[test]
fn a_release_that_cannot_be_had_keeps_no_other_back() {
    let mut environment = without_go();
    environment.set("GOPROXY", "off");
    let version = go::wanted_version();
    let output = environment.run(["toolchain", "install", "1.98.7", &version]);
    let output = output.ends_with(69).says("cannot get Go 1.98.7");
    assert!(output.line().ends_with("/go"), "{output}");
}

#[test]
fn nothing_is_installed_that_would_be_gone_when_the_run_ends() {
    let release = Release::honest();
    let environment = release.wanted();
    let cache = environment.root().join("cache");
    std::fs::create_dir_all(&cache).expect("a cache folder");
    set_mode(&cache, 0o555);
    environment
        .run_bound(["toolchain", "install"])
        .ends_with(73)
        .says("what is fetched would be gone when this ends")
        .says("hint: name another folder: CORACLE_CACHE=");
    assert_eq!(release.proxy.journal().len(), 0);
    set_mode(&cache, 0o755);
    environment.run(["toolchain", "install"]).success();
    // What is there already is there for those who may only read it, too.
    set_mode(&cache, 0o555);
    environment.run_bound(["toolchain", "install"]).success();
    set_mode(&cache, 0o755);
}
