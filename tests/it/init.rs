//! `coracle init`: a first coracle.toml.

use crate::support::TestEnvironment;
use crate::support::layout::Layout;

#[test]
fn the_file_that_init_writes_builds() {
    let environment = TestEnvironment::new().with_hello();
    let said = environment.run(["init"]).success();
    assert_eq!(said.stdout, "");
    said.says("coracle.toml").says("coracle build");
    environment.run(["build"]).success();
    let layout = Layout::in_archive(&environment.work().join("dist/hello.tar"));
    assert_eq!(layout.images("latest").len(), 2);
}

#[test]
fn every_program_becomes_an_image_and_folders_of_data_are_offered() {
    let environment = TestEnvironment::without_go().with_project("", &["server", "migrate"]);
    environment.write("config/app.yaml", "a: 1\n");
    std::fs::remove_file(environment.work().join("coracle.toml")).expect("a file to remove");
    environment.run(["init"]).success();
    let text = String::from_utf8(environment.read("coracle.toml")).expect("UTF-8");
    for line in [
        "[images.migrate]",
        "[images.server]",
        "main = \"./cmd/server\"",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(
        text.contains("{ from = \"config\", to = \"/config\" }"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_there_is_not_overwritten() {
    let environment = TestEnvironment::without_go().with_project("# mine\n", &["server"]);
    environment.run(["init"]).ends_with(2).says("coracle.toml");
    assert_eq!(environment.read("coracle.toml"), b"# mine\n");
}

#[test]
fn a_dry_run_prints_the_file() {
    let environment = TestEnvironment::without_go().with_hello();
    let said = environment.run(["init", "--dry-run"]).success();
    assert!(!environment.work().join("coracle.toml").exists());
    environment.run(["init"]).success();
    assert_eq!(said.stdout.as_bytes(), environment.read("coracle.toml"));
}

#[test]
fn a_module_without_a_program_gets_no_file() {
    let environment = TestEnvironment::without_go();
    environment.write("go.mod", "module example.com/lib\n\ngo 1.26\n");
    environment.write("lib.go", "package lib\n");
    environment
        .run(["init"])
        .ends_with(1)
        .says("no main package");
    assert!(!environment.work().join("coracle.toml").exists());
}

#[test]
fn the_file_that_comes_from_ko_builds_what_ko_would() {
    let environment = TestEnvironment::new().with_hello();
    environment.write(
        ".ko.yaml",
        "defaultBaseImage: scratch\ndefaultPlatforms: [linux/arm64]\ndefaultLdflags: [-s -w]\n",
    );
    environment.write("kodata/page.html", "<p>\n");
    environment.run(["init", "--from-ko"]).success();
    environment.run(["build"]).success();
    let layout = Layout::in_archive(&environment.work().join("dist/hello.tar"));
    let images = layout.images("latest");
    let [(platform, image)] = images.as_slice() else {
        panic!("{} images", images.len());
    };
    assert_eq!(platform, "linux/arm64");
    let config = &image.config["config"];
    assert_eq!(config["Entrypoint"][0], "/ko-app/hello");
    let env = config["Env"].to_string();
    assert!(env.contains("KO_DATA_PATH=/var/run/ko"), "{env}");
    assert_eq!(image.text("var/run/ko/page.html"), "<p>\n");
}

#[test]
fn a_file_of_ko_that_is_wrong_is_named_with_its_place() {
    let mut environment = TestEnvironment::without_go().with_hello();
    environment.write("ko/other.yaml", "builds: 7\n");
    environment.set("KO_CONFIG_PATH", "ko/other.yaml");
    environment
        .run(["init", "--from-ko"])
        .ends_with(2)
        .says("ko/other.yaml:1:");
    assert!(!environment.work().join("coracle.toml").exists());
}
