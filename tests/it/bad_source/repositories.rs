//! Repositories that git cannot or will not read.

use std::path::Path;

use super::{refused, said};
use crate::support::TestEnvironment;
use crate::support::git::{self, GitRepository};
use crate::support::samples::{GO_MOD, HELLO};

#[test]
fn a_repository_of_another_user_is_an_error_with_what_to_type() {
    let mut environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    // What git's own tests set, as only root can give a folder to somebody else.
    environment.set("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: git cannot tell the revision
      caused by: fatal: detected dubious ownership in repository at '$TEST/work'
        To add an exception for this directory, call:
        
        	git config --global --add safe.directory $TEST/work
      hint: the repository belongs to another user; if you trust it: git config --global --add safe.directory $TEST/work
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
    environment.write(
        "../home/.gitconfig",
        format!("[safe]\n\tdirectory = {}\n", environment.work().display()),
    );
    environment.run(["build", "-q"]).success();
}

#[test]
fn a_shallow_clone_without_tags_is_an_error_with_what_to_type() {
    let environment = TestEnvironment::new();
    let origin = environment.root().join("origin");
    copy_hello(&origin);
    let repository = GitRepository::create(&origin);
    repository.tag("v1.0.0");
    repository.commit_all("second");
    git::clone(
        &origin,
        &environment.work().join("clone"),
        &["--depth", "1"],
    );
    let output = environment.run_in("clone", ["build", "-q"]);
    insta::assert_snapshot!(said(&output, 2), @"
    error: [facts] git: this is a shallow clone, in which no tag can be seen
      hint: fetch the history with its tags: git fetch --unshallow --tags
      hint: in GitHub's checkout action, set fetch-depth: 0
      hint: or name the version yourself: --set stamp.version=v1.2.3
    ");
    environment
        .run_in("clone", ["build", "-q", "--set", "stamp.version=v1.0.1"])
        .success();
}

fn copy_hello(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join("go.mod"), GO_MOD).expect("go.mod");
    std::fs::write(folder.join("main.go"), HELLO).expect("main.go");
}

#[test]
fn a_shallow_clone_of_a_tag_is_enough() {
    let environment = TestEnvironment::new();
    let origin = environment.root().join("origin");
    copy_hello(&origin);
    let repository = GitRepository::create(&origin);
    repository.commit_all("second");
    repository.tag("v1.0.0");
    git::clone(
        &origin,
        &environment.work().join("clone"),
        &["--depth", "1", "--branch", "v1.0.0"],
    );
    environment.run_in("clone", ["build", "-q"]).success();
}

#[test]
fn a_repository_without_git_on_path_is_an_error() {
    let environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    environment.remove_program("git");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: cannot ask git for the revision
      caused by: there is no git on the PATH
      hint: install git, as in: apt-get install git
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
}

#[test]
fn without_a_repository_git_is_not_needed() {
    let environment = TestEnvironment::new().with_hello();
    environment.remove_program("git");
    environment.run(["build", "-q"]).success();
}

#[test]
fn a_repository_that_is_damaged_is_an_error() {
    let environment = TestEnvironment::new().with_hello();
    GitRepository::create(environment.work());
    environment.write(".git/HEAD", "\u{1b}[31mgarbage\n");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] git: git cannot tell the revision
      caused by: fatal: not a git repository (or any of the parent directories): .git
      hint: there is a .git that is no repository: mend it, or take it away
      hint: or name the revision yourself: --set stamp.version=… --set stamp.commit=… --set stamp.date=…
    ");
}

#[test]
fn a_repository_that_names_programs_runs_none() {
    let environment = TestEnvironment::new().with_hello();
    let repository = GitRepository::create(environment.work());
    let ran = environment.root().join("ran");
    environment.write_program("spy", &format!("echo > {}\n", ran.display()));
    let spy = environment.root().join("bin/spy").display().to_string();
    for key in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "gpg.program",
        "diff.external",
        "filter.spy.clean",
    ] {
        repository.git(["config", key, &spy]);
    }
    // A file that is newer than git knows is looked into.
    environment.write(".git/info/attributes", "* filter=spy\n");
    environment.write("main.go", environment.read("main.go"));
    repository.git(["config", "log.showSignature", "true"]);
    environment.run(["build", "-q"]).success();
    assert!(!ran.exists());
}
