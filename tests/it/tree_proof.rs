//! The proof that a release of Go is in the one tree that the checksum database signs.

use std::collections::BTreeSet;

use crate::support::TestEnvironment;
use crate::support::checksums::Tree;
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};
use crate::support::release::{DATABASE_PATH, Release, refused};

/// Lets the next run fetch what it needs anew.
fn forget_toolchains(environment: &TestEnvironment) {
    let clean = ["cache", "clean", "--kind", "toolchains"];
    environment.run(clean).success();
}

#[test]
fn a_record_is_proven_by_few_pieces_of_the_tree_that_was_signed() {
    let release = Release::unknown();
    release.enter(Tree::of(600));
    // It is no Go, so the build fails, but only once it was taken and run.
    release
        .wanted()
        .run(["build"])
        .ends_with(1)
        .says("[compile]");
    let asked = release.proxy.journal().requests();
    let tiles: BTreeSet<&str> = asked
        .iter()
        .filter_map(|request| request.path().strip_prefix(DATABASE_PATH))
        .filter(|path| path.starts_with("/tile/"))
        .collect();
    let expected = ["/tile/8/0/002.p/89", "/tile/8/1/000.p/2"];
    assert_eq!(tiles, BTreeSet::from(expected));
}

#[test]
fn a_record_that_is_not_in_the_tree_is_refused() {
    let release = Release::unknown();
    let mut tree = Tree::of(600);
    tree.0.push("something else\n".to_owned());
    release.put_tiles(&tree);
    release.put_answer(
        release
            .database
            .answer(600, &release.record(&release.h1), &tree),
    );
    refused(&release.wanted(), 1)
        .says("does not prove that record 600 is in the tree that it signed")
        .says("hint: ");
}

#[test]
fn pieces_of_another_tree_prove_nothing() {
    let release = Release::unknown();
    release.enter(Tree::of(600));
    let path = format!("{DATABASE_PATH}/tile/8/1/000.p/2");
    release.proxy.put(&path, [7; 64]);
    refused(&release.wanted(), 1).says("does not prove that record 600 is");
    release.proxy.put(&path, [7; 63]);
    refused(&release.wanted(), 1).says("tile/8/1/000.p/2 is not a tile of its tree");
}

#[test]
fn pieces_that_are_complete_meanwhile_prove_as_well() {
    let release = Release::unknown();
    let mut tree = Tree::of(600);
    release.enter(tree.clone());
    tree.0.push(release.record(&release.h1));
    tree.0.extend_from_slice(&Tree::of(800).0[601..]);
    release.put_tiles(&tree);
    let gone = Act::Refuse(Refusal::bare(StatusCode::NOT_FOUND));
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*/002.p/89", gone));
    release
        .wanted()
        .run(["build"])
        .ends_with(1)
        .says("[compile]");
}

#[test]
fn a_piece_that_nobody_has_is_named() {
    let release = Release::unknown();
    release.enter(Tree::of(600));
    let gone = Act::Refuse(Refusal::bare(StatusCode::NOT_FOUND));
    release
        .proxy
        .misbehave(Fault::on(Method::GET, "*/tile/8/0/*", gone));
    refused(&release.wanted(), 1)
        .says("tile/8/0/002.p/89 of its tree, which proves the record, is not handed out");
}

#[test]
fn pieces_of_another_tree_accuse_nobody_of_another_history() {
    let release = Release::unknown();
    release.enter(Tree::of(600));
    let environment = release.wanted();
    environment.run(["build"]).ends_with(1).says("[compile]");
    forget_toolchains(&environment);
    let mut tree = Tree::of(600);
    tree.0.push(release.record(&release.h1));
    release.enter(Tree([&tree.0[..], &Tree::of(700).0[601..]].concat()));
    let path = format!("{DATABASE_PATH}/tile/8/0/002.p/189");
    release.proxy.put(&path, [7; 189 * 32]);
    refused(&environment, 1).says("what is handed out is not the tree that it signed");
}

#[test]
fn a_database_that_shows_another_history_is_found_out() {
    let release = Release::unknown();
    release.enter(Tree::of(600));
    let environment = release.wanted();
    environment.run(["build"]).ends_with(1).says("[compile]");

    // All of it is signed by the right key, and whole.
    let mut forked = Tree::of(700);
    forked.0[3] = "something else\n".to_owned();
    forget_toolchains(&environment);
    release.enter(forked.clone());
    refused(&environment, 1)
        .says("it has two histories, and signed both:")
        .says("go.sum database tree")
        .says("hint: its owner's key signed both");
    // Of a tree that is larger than the one that is shown now, there is nothing to be had.
    forget_toolchains(&environment);
    release.enter(Tree(forked.0[..500].to_vec()));
    refused(&environment, 1).says("what is handed out is not the tree that it signed");
    // What it was seen to sign first stays what it is measured by. A server may be behind another.
    for size in [700, 650] {
        forget_toolchains(&environment);
        let mut tree = Tree::of(600);
        tree.0.push(release.record(&release.h1));
        let more = Tree::of(size);
        tree.0.extend_from_slice(&more.0[600..]);
        release.put_tiles(&tree);
        release.put_answer(release.database.answer(600, &tree.0[600], &tree));
        environment.run(["build"]).ends_with(1).says("[compile]");
    }
}
