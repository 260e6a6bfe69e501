//! Whatever becomes of the cache folder, a run works on without it, or says what is wrong.

use std::path::Path;

use super::{built, digest, folder, hello, listed_of, put};
use crate::support::base_image::BaseImage;
use crate::support::bound_user::set_mode;
use crate::support::registry::FakeRegistry;
use crate::support::{TestEnvironment, programs};

/// Sets the mode of a folder and all folders in it.
fn set_modes(folder: &Path, mode: u32) {
    let contents = std::fs::read_dir(folder).expect("a folder").flatten();
    for entry in contents.filter(|entry| entry.path().is_dir()) {
        set_modes(&entry.path(), mode);
    }
    set_mode(folder, mode);
}

/// Returns all files of the cache folder.
fn files(environment: &TestEnvironment) -> Vec<String> {
    let mut find = environment.command(programs::find("find"));
    let found = environment.run_command(find.arg(folder(environment)).args(["-type", "f"]));
    let mut files: Vec<String> = found.success().stdout.lines().map(str::to_owned).collect();
    files.sort();
    files
}

fn temporary_files(environment: &TestEnvironment) -> usize {
    let folder = std::fs::read_dir(environment.root().join("tmp"));
    folder.expect("a folder").count()
}

#[test]
fn one_that_is_read_only_is_read_and_the_run_works_elsewhere() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let registry = FakeRegistry::start();
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    let base = registry.repository("team/base:v1");
    let expected = built(&environment, &["--base", &base]);
    let before = files(&environment);
    set_modes(&folder(&environment), 0o555);
    let known = registry.journal().len();
    let builds = || {
        let commands = environment.go_commands();
        commands.iter().filter(|it| *it == "build").count()
    };
    let before_builds = builds();
    let output = environment
        .run_bound(["build", "-q", "--progress", "plain", "--base", &base])
        .success();
    assert_eq!(digest(&environment, &output), expected);
    assert_eq!(builds(), before_builds, "nothing is compiled again");
    let asked = registry.journal().requests_after(known);
    assert_eq!(asked.len(), 1, "for the digest of the tag alone: {asked:?}");
    assert_eq!(files(&environment), before);
    assert_eq!(temporary_files(&environment), 0);
    let output = environment.run_bound(["build"]).success();
    let warning = "warning: [config] cannot write to the cache folder $TEST/cache: Permission denied (os error 13); what this run makes is not kept";
    assert!(output.talk().contains(warning), "{output}");
    let output = environment.run_bound(["cache", "clean"]).ends_with(73);
    assert!(output.talk().contains("cannot remove sha256:"), "{output}");
}

#[test]
fn one_that_cannot_be_read_is_done_without() {
    let environment = hello();
    let expected = built(&environment, &[]);
    set_modes(&folder(&environment), 0o000);
    let output = environment.run_bound(["build", "-q"]).success();
    assert_eq!(digest(&environment, &output), expected);
    assert_eq!(temporary_files(&environment), 0);
    insta::assert_snapshot!(environment.run_bound(["cache", "stats"]).ends_with(1), @"
    exit: 1
    stdout:
    stderr:
    error: [cache] $TEST/cache: cannot read the cache folder
      caused by: Permission denied (os error 13)
    ");
}

#[test]
fn one_that_cannot_be_made_is_done_without() {
    let mut environment = hello();
    let closed = environment.root().join("closed");
    std::fs::create_dir(&closed).expect("a folder");
    set_mode(&closed, 0o555);
    environment.set("CORACLE_CACHE", closed.join("cache"));
    environment.run_bound(["build", "-q"]).success();
    environment.set("TMPDIR", &closed);
    insta::assert_snapshot!(environment.run_bound(["build", "-q"]).ends_with(73), @"
    exit: 73
    stdout:
    stderr:
    error: [config] there is no place for what is built
      caused by: cannot write to the cache folder $TEST/closed/cache
      caused by: Permission denied (os error 13)
      hint: name another folder: CORACLE_CACHE=/var/tmp/coracle
    ");
}

#[test]
fn one_that_is_deleted_while_a_run_goes_on_is_made_anew() {
    let expected = built(&hello(), &[]);
    for moment in ["env", "list", "build"] {
        let environment = TestEnvironment::without_go().with_hello();
        let once = environment.root().join("once").display().to_string();
        delete_at(
            &environment,
            &format!("[ \"$1\" = {moment} ] && mkdir {once}"),
        );
        assert_eq!(built(&environment, &[]), expected, "{moment}");
        assert!(environment.root().join("once").exists(), "{moment}");
        environment.run(["cache", "check"]).success();
    }
}

#[test]
fn one_that_is_deleted_again_and_again_is_told_of() {
    let environment = TestEnvironment::without_go().with_hello();
    delete_at(&environment, "[ \"$1\" = build ]");
    insta::assert_snapshot!(environment.run(["build", "-q"]).ends_with(73), @"
    exit: 73
    stdout:
    stderr:
    error: [compile] linux/amd64: the cache folder was deleted while the compiler ran
      hint: run again; to remove what no run uses: coracle cache clean
    ");
}

/// Has Go delete the cache folder where a condition of the shell holds.
fn delete_at(environment: &TestEnvironment, condition: &str) {
    environment.link_program("mkdir", &programs::find("mkdir"));
    let (rename, delete) = (programs::find("mv"), programs::find("rm"));
    // At one stroke: others write into it meanwhile.
    environment.write_go(&format!(
        "if {condition}; then {rename} {cache} {cache}.$$ && {delete} -rf {cache}.$$; fi",
        rename = rename.display(),
        delete = delete.display(),
        cache = folder(environment).display()
    ));
}

#[test]
fn what_is_harmed_in_it_is_as_if_it_were_not_there() {
    let environment = hello();
    let registry = FakeRegistry::start();
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&registry, "team/base", "v1");
    let base = registry.repository("team/base:v1");
    let expected = built(&environment, &["--base", &base]);
    let blobs = listed_of(&environment, "blobs");
    for harm in ["", "other"] {
        for blob in &blobs {
            put(&environment, blob, harm, 1);
        }
        assert_eq!(built(&environment, &["--base", &base]), expected);
        environment.run(["cache", "check"]).success();
        assert_eq!(listed_of(&environment, "blobs"), blobs);
    }
}

#[test]
fn one_on_another_file_system_is_as_good() {
    let mut environment = hello();
    let expected = built(&environment, &[]);
    let elsewhere = tempfile::tempdir_in("/dev/shm").expect("a file system in memory");
    environment.set("CORACLE_CACHE", elsewhere.path());
    assert_eq!(built(&environment, &[]), expected);
    assert_eq!(listed_of(&environment, "blobs").len(), 1);
}
