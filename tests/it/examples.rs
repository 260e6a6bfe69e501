//! Every example is built, as a user would who has copied it into a repository of their own.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::git::GitRepository;
use crate::support::image::Image;
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, folders, samples};

/// A copy of an example that was built.
struct Built {
    environment: TestEnvironment,
    commit: String,
}

/// The examples that there are a test for: that of pipeline is tests/it/ci/example.rs.
const TESTED: [&str; 4] = ["hello", "monorepo", "pipeline", "service"];

fn build(example: &str) -> Built {
    // service names its Go: where the machine has another it is fetched, once for all tests.
    let environment = TestEnvironment::new().with_shared_toolchains();
    let folder = environment.work().join(example);
    samples::copy_example(example, &folder);
    std::fs::write(folder.join(".gitignore"), "dist/\n").expect("a file");
    let repository = GitRepository::create(&folder);
    repository.tag("v1.2.3");
    environment.run_in(example, ["build"]).success();
    Built {
        commit: repository.head(),
        environment,
    }
}

impl Built {
    /// Returns the images of an archive by their platforms.
    fn images(&self, archive: &str, tag: &str) -> BTreeMap<String, Image> {
        let archive = self.environment.work().join(archive);
        Layout::in_archive(&archive)
            .images(tag)
            .into_iter()
            .collect()
    }
}

#[test]
fn every_example_has_a_test() {
    let folder = folders::project().join("examples");
    let entries = std::fs::read_dir(folder).expect("the examples").flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders.map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, TESTED);
}

#[test]
fn hello_needs_no_configuration() {
    let built = build("hello");
    let images = built.images("hello/dist/hello.tar", "latest");
    let image = &images["linux/amd64"];
    assert_eq!((images.len(), image.layers.len()), (1, 2));
    let said = built.environment.run_out_of(image, "hello").stdout;
    for line in ["version:  v1.2.3", &format!("commit:   {}", built.commit)] {
        assert!(said.contains(line), "no {line:?} in {said}");
    }
}

#[test]
fn service_has_its_settings_its_port_and_two_platforms() {
    let built = build("service");
    let images = built.images("service/dist/server.tar", "v1.2.3");
    let platforms: Vec<&String> = images.keys().collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    for image in images.values() {
        let config = &image.config["config"];
        assert_eq!(config["ExposedPorts"], json!({ "8080/tcp": {} }));
        assert_eq!(config["Entrypoint"], json!(["/server"]));
        assert!(config["Env"].to_string().contains("PORT=8080"));
        assert_eq!(image.label("team"), Some("edge"));
        let version = "org.opencontainers.image.version";
        assert_eq!(image.label(version), Some("v1.2.3"));
        let settings = folders::project().join("examples/service/config/defaults.yaml");
        let settings = std::fs::read_to_string(settings).expect("the settings");
        assert_eq!(image.text("config/defaults.yaml"), settings);
        assert_eq!(image.layers.len(), 3);
    }
    // What does not depend on the platform is there once.
    let layer = |platform: &str| images[platform].layers[1].descriptor.clone();
    assert_eq!(layer("linux/amd64"), layer("linux/arm64"));
}

#[test]
fn monorepo_is_three_images_of_which_one_has_two_programs() {
    let built = build("monorepo");
    let expected: [(&str, &[&str]); 3] = [
        ("catalog", &["catalog"]),
        ("orders", &["server", "probe"]),
        ("storefront", &["storefront"]),
    ];
    for (name, programs) in expected {
        let images = built.images(&format!("monorepo/dist/{name}.tar"), "latest");
        let image = &images["linux/amd64"];
        let paths = image.layers[1..].iter().flat_map(|layer| layer.paths());
        assert_eq!(paths.collect::<Vec<_>>(), programs, "{name}");
        let first = format!("/{}", programs[0]);
        assert_eq!(image.config["config"]["Entrypoint"], json!([first]));
        let title = image.label("org.opencontainers.image.title");
        assert_eq!(title, Some(name));
    }
    // The page that storefront carries is in its binary.
    let images = built.images("monorepo/dist/storefront.tar", "latest");
    let binary = &images["linux/amd64"].entry("storefront").content;
    let page = folders::project().join("examples/monorepo/storefront/site/style.css");
    let page = std::fs::read(page).expect("the page");
    assert!(binary.windows(page.len()).any(|window| window == page));
}

#[test]
fn one_image_of_monorepo_can_be_built_from_the_folder_of_its_module() {
    let built = build("monorepo");
    let dist = built.environment.work().join("monorepo/dist");
    std::fs::remove_dir_all(&dist).expect("dist");
    let run = built
        .environment
        .run_in("monorepo", ["build", "orders"])
        .success();
    assert_eq!(run.stdout.lines().count(), 1);
    let made: Vec<_> = std::fs::read_dir(&dist).expect("dist").flatten().collect();
    assert_eq!(made.len(), 1);
}
