//! What is wrong with documents is said by file, line and column, before anything is built.

use std::fmt::Write as _;

use super::{resolve, services};

#[test]
fn what_is_wrong_is_said_with_its_place_before_anything_is_built() {
    let (environment, registry) = services();
    for (text, words) in [
        (
            "a: 1\nb: c: d\n",
            "bad.yaml:2:5: this is neither YAML nor JSON",
        ),
        ("{\"a\": ", "this is neither YAML nor JSON"),
        (
            "a: coracle://web:v1\n",
            "bad.yaml:1:4: \"coracle://web:v1\" names no image",
        ),
        (
            "a: ko://example.com/shop/cmd/web@sha256:00\n",
            "it has a tag or digest",
        ),
        ("a: coracle://wbe\n", "there is no image of this name"),
        ("a: coracle://wbe\n", "it is named in bad.yaml:1:4"),
        (
            "a: ko://example.com/shop/cmd/wbe\n",
            "did you mean ko://example.com/shop/cmd/web?",
        ),
        (
            "a: ko://example.com/shop\n",
            "no main package of this import path",
        ),
        ("a: ko://\n", "it names nothing"),
        ("a: ko://not a path\n", "is not an import path"),
        (
            "a: | # | # c\n  coracle://web\n",
            "cannot be replaced where it stands",
        ),
    ] {
        environment.write("bad.yaml", text);
        let output = resolve(&environment, &registry, &["-f", "bad.yaml"]).ends_with(2);
        assert_eq!(output.stdout, "", "{text:?}");
        output.says(words);
    }
    assert_eq!(registry.journal().len(), 0);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let (environment, registry) = services();
    environment.write("latin.yaml", b"a: \xe9\n");
    environment.write("empty/notes.txt", "");
    for (file, words) in [
        ("latin.yaml", "latin.yaml:1:4: it is not UTF-8 text"),
        ("missing.yaml", "missing.yaml: cannot read this file"),
        ("empty", "it has no file that ends in .yaml, .yml or .json"),
    ] {
        resolve(&environment, &registry, &["-f", file])
            .ends_with(2)
            .says(words);
    }
    resolve(&environment, &registry, &["-f", "latin.yaml", "-l", "a b"]).ends_with(2);
    resolve(&environment, &registry, &[]).ends_with(2);
}

#[test]
fn what_names_no_image_comes_out_as_it_went_in_with_no_go_and_no_repository() {
    let (environment, _registry) = services();
    environment.remove_program("go");
    let mut bomb = "a0: &a0 [x]\n".to_owned();
    for level in 1..60 {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        let _ = writeln!(bomb, "a{level}: &a{level} [{below}]");
    }
    let large = "- name: é\n  text: |\n    some\n     more\n".repeat(256 * 1024);
    for text in [
        "",
        "# nothing\n",
        "{\"a\":\t\"\\ud83d\\ude00\"}",
        &bomb,
        &large,
    ] {
        environment.write("other.yaml", text);
        let output = environment.run(["resolve", "-f", "other.yaml"]).success();
        assert!(output.stdout == text, "{}", text.len());
    }
    // A stdin that is closed is empty.
    assert_eq!(environment.run(["resolve", "-f", "-"]).success().stdout, "");
}
