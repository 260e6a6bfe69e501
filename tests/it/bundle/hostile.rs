//! Files that are no bundles, or lie.

use std::path::PathBuf;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tar::{EntryType, Header};

use crate::support::checksums::Tree;
use crate::support::release::{DATABASE_PATH, Release};
use crate::support::{Output, TestEnvironment};

/// A bundle that is put together by hand.
struct Crafted {
    manifest: Value,
    entries: Vec<(String, EntryType, Vec<u8>)>,
}

impl Crafted {
    /// Says that it has `files`, and has them.
    fn of(files: &[(&str, &[u8])]) -> Self {
        let host = if cfg!(target_arch = "aarch64") {
            "linux/arm64"
        } else {
            "linux/amd64"
        };
        let mut crafted = Self {
            manifest: json!({
                "schema": 1,
                "coracle": "0.1.0",
                "go": "1.99.9",
                "hosts": [host],
                "platforms": ["linux/amd64"],
                "bases": [],
                "files": {},
            }),
            entries: Vec::new(),
        };
        for (name, content) in files {
            crafted.promise(name, content);
            crafted.add(name, content);
        }
        crafted
    }

    fn promise(&mut self, name: &str, content: &[u8]) {
        let sha256 = hex::encode(Sha256::digest(content));
        self.manifest["files"][name] = json!({ "sha256": sha256, "size": content.len() });
    }

    fn add(&mut self, name: &str, content: &[u8]) {
        let entry = (name.to_owned(), EntryType::Regular, content.to_vec());
        self.entries.push(entry);
    }

    fn write(&self, environment: &TestEnvironment) -> PathBuf {
        let mut tar = tar::Builder::new(Vec::new());
        let manifest = serde_json::to_vec(&self.manifest).expect("JSON");
        let first = ("bundle.json".to_owned(), EntryType::Regular, manifest);
        for (name, kind, content) in [&first].into_iter().chain(&self.entries) {
            let mut header = Header::new_ustar();
            // The writer of tars would refuse names that lead elsewhere.
            let field = &mut header.as_old_mut().name;
            field[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            if *kind == EntryType::Symlink {
                header.set_link_name("/etc/passwd").expect("a target");
            }
            header.set_cksum();
            tar.append(&header, content.as_slice()).expect("an entry");
        }
        environment.write("../crafted.bundle", tar.into_inner().expect("a tar"))
    }

    /// Builds with it, and asserts that it is refused, and nothing of it is kept.
    #[track_caller]
    fn refused(&self, code: i32) -> Output {
        let environment = TestEnvironment::without_go().with_hello();
        self.write(&environment);
        refused(&environment, code)
    }
}

#[track_caller]
fn refused(environment: &TestEnvironment, code: i32) -> Output {
    let args = ["build", "--offline", "--bundle", "../crafted.bundle"];
    let output = environment.run(args).ends_with(code);
    for folder in ["bundles", "builds", "toolchains"] {
        let left = std::fs::read_dir(environment.root().join("cache").join(folder));
        let left: Vec<_> = left.into_iter().flatten().flatten().collect();
        assert!(left.is_empty(), "{left:?}");
    }
    output.says("error: [bundle] ../crafted.bundle: the bundle is not used")
}

const NAME: &str = "proxy/example.com/m/@v/v1.0.0.mod";

#[test]
fn a_file_that_is_no_bundle_is_told_so() {
    let environment = TestEnvironment::without_go().with_hello();
    refused(&environment, 2)
        .says("cannot read it")
        .says("No such file");
    environment.write("../crafted.bundle", "#!/bin/sh\n");
    refused(&environment, 2).says("it is no bundle of coracle");
    environment.write("../crafted.bundle", "");
    refused(&environment, 2).says("it is no bundle of coracle");
    environment.write("../crafted.bundle", [0; 10_240]);
    refused(&environment, 2).says("it is no bundle of coracle");
}

#[test]
fn a_later_form_is_told_with_the_version_that_wrote_it() {
    let mut crafted = Crafted::of(&[]);
    crafted.manifest = json!({ "schema": 2, "coracle": "9.1.0" });
    crafted
        .refused(1)
        .says("coracle 9.1.0 made it, in form 2; this coracle reads forms up to 1")
        .says("hint: use that version of coracle, or make a bundle with this one");
}

#[test]
fn bytes_that_were_changed_or_cut_off_are_told_with_the_entry() {
    let mut crafted = Crafted::of(&[(NAME, b"module m\n")]);
    crafted.promise(NAME, b"module n\n");
    crafted
        .refused(1)
        .says(&format!("{NAME} is damaged: it has sha256:"))
        .says("hint: copy it again from where it was made");
    let environment = TestEnvironment::without_go().with_hello();
    let whole = std::fs::read(Crafted::of(&[(NAME, &[b'x'; 4000])]).write(&environment));
    let whole = whole.expect("a bundle");
    environment.write("../crafted.bundle", &whole[..3000]);
    refused(&environment, 1).says(&format!("{NAME} is cut off"));
    let mut missing = Crafted::of(&[]);
    missing.promise(NAME, b"module m\n");
    missing
        .refused(1)
        .says(&format!("{NAME} is missing, which its manifest names"));
}

#[test]
fn an_entry_that_leads_elsewhere_is_not_unpacked() {
    for name in [
        "../escaped",
        "proxy/../../../escaped",
        "/etc/escaped",
        "elsewhere/x",
    ] {
        let mut crafted = Crafted::of(&[]);
        crafted.add(name, b"x");
        crafted
            .refused(1)
            .says("is not the name of a file in a bundle");
        // Nor where the manifest says that it should be there.
        crafted.promise(name, b"x");
        crafted
            .refused(1)
            .says("is not the name of a file in a bundle");
    }
}

#[test]
fn links_unknown_files_files_of_other_sizes_and_twins_are_refused() {
    let mut link = Crafted::of(&[]);
    link.promise(NAME, b"");
    link.entries
        .push((NAME.to_owned(), EntryType::Symlink, Vec::new()));
    link.refused(1).says(&format!("{NAME} is not a plain file"));
    let mut unknown = Crafted::of(&[]);
    unknown.add(NAME, b"x");
    unknown
        .refused(1)
        .says(&format!("{NAME} is not in its manifest"));
    let mut long = Crafted::of(&[]);
    long.promise(NAME, b"x");
    long.add(NAME, &[b'x'; 5000]);
    long.refused(1)
        .says(&format!("{NAME} has 5000 bytes, and its manifest says 1"));
    let mut twins = Crafted::of(&[(NAME, b"x")]);
    twins.add(NAME, b"x");
    twins.refused(1).says(&format!("{NAME} is there twice"));
}

#[test]
fn names_that_no_disk_has_together_or_takes_are_refused() {
    let both = Crafted::of(&[("proxy/a", b"x"), ("proxy/a/b", b"y")]);
    both.refused(1)
        .says("its manifest is damaged: proxy/a is a file in it, and a folder of proxy/a/b")
        .says("hint: copy it again from where it was made");
    let long = format!("proxy/{}", "x".repeat(256));
    let mut crafted = Crafted::of(&[]);
    crafted.promise(&long, b"x");
    crafted
        .refused(1)
        .says("a name between two slashes is longer than 255 bytes");
}

/// Returns a bundle of a release of Go whose database has `tree`, and the release last.
fn of_release(release: &Release, mut tree: Tree, h1: &str) -> Crafted {
    tree.0.push(release.record(h1));
    let number = tree.0.len() - 1;
    let answer = release.database.answer(number, &tree.0[number], &tree);
    let mut crafted = Crafted::of(&[]);
    let mut put = |path: &str, content: &[u8]| {
        let name = format!("proxy{path}");
        crafted.promise(&name, content);
        crafted.add(&name, content);
    };
    put(&release.zip_path(), &release.zip);
    put(&format!("{DATABASE_PATH}/supported"), b"");
    let module = crate::support::go::TOOLCHAIN_MODULE;
    let lookup = release
        .database
        .lookup_path(module, &release.module_version);
    put(&lookup, answer.as_bytes());
    for (path, bytes) in tree.tiles() {
        put(&format!("{DATABASE_PATH}/{path}"), &bytes);
    }
    crafted
}

fn build(environment: &TestEnvironment) -> Output {
    environment.run(["build", "--offline", "--bundle", "../crafted.bundle"])
}

#[test]
fn a_go_of_a_bundle_is_proven_as_one_of_a_network_is() {
    let release = Release::unknown();
    let environment = release.wanted();
    let other = crate::support::checksums::h1(&[("bin/go", b"other")]);
    of_release(&release, Tree::of(3), &other).write(&environment);
    build(&environment)
        .ends_with(1)
        .says("what was downloaded has the hash")
        .says("cannot get Go 1.99.9");
    let mut environment = release.wanted();
    of_release(&release, Tree::of(3), &release.h1).write(&environment);
    environment.set("GOSUMDB", "sum.example.net+00000000+AAAA");
    build(&environment).ends_with(2).says("GOSUMDB");
    environment.set("GOSUMDB", "off");
    build(&environment)
        .ends_with(2)
        .says("the checksum database is switched off by GOSUMDB=off");
    assert_eq!(release.proxy.journal().len(), 0);
}

#[test]
fn a_bundle_from_before_what_the_database_was_seen_to_sign_is_good_and_a_fork_is_not() {
    let release = Release::unknown();
    let environment = release.wanted();
    // This Go is a script that fails: that it ran is all that is to be known.
    let runs = |environment: &TestEnvironment| {
        build(environment)
            .ends_with(1)
            .says("go 1.99.9 (verified h1:");
        let clean = ["cache", "clean", "--kind", "toolchains"];
        environment.run(clean).success();
    };
    of_release(&release, Tree::of(400), &release.h1).write(&environment);
    runs(&environment);
    of_release(&release, Tree::of(3), &release.h1).write(&environment);
    runs(&environment);
    // As large as the one that was seen, and another.
    let mut forked = Tree::of(400);
    forked.0[7] = release.record(&release.h1);
    of_release(&release, forked, &release.h1).write(&environment);
    build(&environment)
        .ends_with(1)
        .says("it has two histories, and signed both");
}
