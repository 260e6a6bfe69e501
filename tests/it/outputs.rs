//! Where `coracle build` puts images: archives and layouts, one or several.

use crate::support::layout::Layout;
use crate::support::{TestEnvironment, samples};

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

#[test]
fn an_image_goes_to_all_of_its_outputs() {
    let environment = hello();
    let outputs = ["-o", "archive=out/a.tar", "-o", "layout=out/layout"];
    let said = environment
        .run([&["build"], &outputs[..]].concat())
        .success();
    let archive = Layout::in_archive(&environment.work().join("out/a.tar"));
    let layout = Layout::in_folder(&environment.work().join("out/layout"));
    let digest = archive.digest("latest");
    assert_eq!(layout.digest("latest"), digest);
    let lines = format!("archive=out/a.tar@{digest}\nlayout=out/layout@{digest}\n");
    assert_eq!(said.data(), lines);
    assert!(!environment.work().join("dist").exists());
}

#[test]
fn a_layout_keeps_what_was_in_it() {
    let environment = hello();
    let build = |tag: &str| {
        let args = ["build", "-o", "layout=layout", "--tag", tag];
        environment.run(args).success();
        Layout::in_folder(&environment.work().join("layout"))
    };
    let first = build("v1").digest("v1");
    environment.write("main.go", samples::printing("new"));
    let layout = build("v2");
    assert_eq!(layout.tags(), ["v1", "v2"]);
    assert_eq!(layout.digest("v1"), first);
    assert_ne!(layout.digest("v2"), first);
    assert_eq!(build("v1").digest("v1"), layout.digest("v2"));
}

#[test]
fn several_images_share_a_layout_under_tags_of_their_own() {
    let environment = hello();
    environment.write(
        "coracle.toml",
        r#"
        [images.one]
        main = "."
        tags = ["one"]

        [images.two]
        main = "."
        env  = { NAME = "two" }
        tags = ["two"]
        "#,
    );
    environment.run(["build", "-o", "layout=layout"]).success();
    let layout = Layout::in_folder(&environment.work().join("layout"));
    let mut tags = layout.tags();
    tags.sort();
    assert_eq!(tags, ["one", "two"]);
    assert_ne!(layout.digest("one"), layout.digest("two"));
}

#[test]
fn the_name_of_an_image_stands_where_its_path_asks_for_it() {
    let environment = hello();
    let output = "archive=out/{name}/image.tar";
    environment.run(["build", "-o", output]).success();
    let archive = environment.work().join("out/hello/image.tar");
    assert_eq!(Layout::in_archive(&archive).tags(), ["latest"]);
}

#[test]
fn the_version_stands_where_a_path_asks_for_it_and_other_templates_are_misuse() {
    let environment = hello();
    let output = "layout=out/{name}-{version}";
    environment.run(["build", "-o", output]).success();
    let layout = environment.work().join("out/hello-dev");
    assert_eq!(Layout::in_folder(&layout).tags(), ["latest"]);
    let output = "archive={nmae}.tar";
    let refused = environment.run(["build", "-o", output]).ends_with(2);
    insta::assert_snapshot!(refused.talk(), @"
    error: invalid value 'archive={nmae}.tar' for '--output <archive=PATH|layout=DIR>': unknown template {nmae}
    did you mean {name}?

    For more information, try '--help'.
    ");
}

#[test]
fn an_archive_whose_name_is_a_link_is_put_where_the_link_leads() {
    let environment = hello();
    let archive = environment.write("elsewhere/image.tar", "old");
    let link = environment.work().join("link.tar");
    std::os::unix::fs::symlink("elsewhere/image.tar", &link).expect("a link");
    environment
        .run(["build", "-o", "archive=link.tar"])
        .success();
    assert!(link.is_symlink());
    assert_eq!(Layout::in_archive(&archive).tags(), ["latest"]);
}

#[test]
fn nothing_is_left_beside_an_archive() {
    let environment = hello();
    environment.run(["build"]).success();
    let dist = std::fs::read_dir(environment.work().join("dist")).expect("dist");
    assert_eq!(dist.count(), 1);
}
