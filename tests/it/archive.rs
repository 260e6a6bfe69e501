//! What `coracle build` writes: one tar that is an OCI layout and a docker archive at once.

use serde_json::{Value, json};

use crate::support::image::{Image, array};
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, samples};

const TWO_PLATFORMS: &str = "linux/amd64,linux/arm64";

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

/// Runs `coracle build` with these arguments and reads the archive that it writes.
fn built(environment: &TestEnvironment, args: &[&str]) -> Layout {
    environment.run([&["build"], args].concat()).success();
    Layout::in_archive(&environment.work().join("dist/hello.tar"))
}

#[test]
fn a_module_without_configuration_becomes_an_archive_in_dist() {
    let environment = hello();
    let image = built(&environment, &[]).image("latest");
    let said = environment.run_out_of(&image, "hello");
    assert_eq!(said.stderr, "hello\n");
}

#[test]
fn a_layer_is_the_base_and_the_next_the_program() {
    let image = built(&hello(), &[]).image("latest");
    let [base, program] = image.layers.as_slice() else {
        panic!("{} layers", image.layers.len());
    };
    assert!(base.paths().contains(&"etc/ssl/certs/ca-certificates.crt"));
    assert_eq!(program.paths(), ["hello"]);
    let entry = &program.entries[0];
    let owner = entry.owner.as_str();
    assert_eq!((entry.mode, owner, entry.mtime), (0o755, "0:0", 0));
}

#[test]
fn files_lie_between_the_base_and_the_programs() {
    let environment = hello();
    environment.write("config/app.yaml", "port: 8080\n");
    environment.write(
        "coracle.toml",
        r#"
        [images.hello]
        main  = "."
        files = [{ from = "config", to = "/etc/app" }]
        "#,
    );
    let image = built(&environment, &[]).image("latest");
    assert_eq!(image.layers.len(), 3);
    assert!(image.layers[1].paths().contains(&"etc/app/app.yaml"));
    assert_eq!(image.layers[2].paths(), ["hello"]);
    let entry = image.entry("etc/app/app.yaml");
    let owner = entry.owner.as_str();
    assert_eq!((entry.mode, owner, entry.mtime), (0o644, "0:0", 0));
    assert_eq!(image.text("etc/app/app.yaml"), "port: 8080\n");
}

#[test]
fn several_mains_make_an_image_with_a_layer_for_each_and_the_first_is_started() {
    let environment = hello();
    for name in ["server", "migrate"] {
        let main = samples::printing(name);
        environment.write(format!("cmd/{name}/main.go"), main);
    }
    environment.write(
        "coracle.toml",
        "[images.hello]\nmains = [\"./cmd/server\", \"./cmd/migrate\"]\n",
    );
    let image = built(&environment, &[]).image("latest");
    let paths: Vec<Vec<&str>> = image.layers[1..]
        .iter()
        .map(|layer| layer.paths())
        .collect();
    assert_eq!(paths, [["server"], ["migrate"]]);
    assert_eq!(image.config["config"]["Entrypoint"], json!(["/server"]));
    assert_eq!(environment.run_out_of(&image, "migrate").stdout, "migrate");
}

#[test]
fn every_file_of_the_archive_belongs_to_its_image() {
    let layout = built(&hello(), &["--platform", TWO_PLATFORMS]);
    let root = layout.tagged("latest");
    let mut known = vec![root["digest"].clone()];
    for (_, image) in layout.images("latest") {
        known.push(json!(image.digest));
        known.push(image.manifest["config"]["digest"].clone());
        known.extend(
            image
                .layers
                .iter()
                .map(|layer| layer.descriptor["digest"].clone()),
        );
    }
    for blob in layout.blobs() {
        let digest = json!(blob.replace("blobs/sha256/", "sha256:"));
        assert!(known.contains(&digest), "{digest} belongs to nothing");
    }
}

#[test]
fn several_platforms_come_under_an_index_in_the_order_asked_for() {
    let layout = built(&hello(), &["--platform", "linux/arm64,linux/amd64"]);
    let images = layout.images("latest");
    let platforms: Vec<&str> = images
        .iter()
        .map(|(platform, _)| platform.as_str())
        .collect();
    assert_eq!(platforms, ["linux/arm64", "linux/amd64"]);
    // Machine types of ELF, little-endian at offset 18: AArch64 and x86-64.
    let machines = images
        .iter()
        .map(|(_, image)| image.entry("hello").content[18]);
    assert_eq!(machines.collect::<Vec<u8>>(), [183, 62]);
}

#[test]
fn every_tag_names_the_same_image() {
    let layout = built(&hello(), &["--tag", "v1", "--tag", "latest"]);
    assert_eq!(layout.tags(), ["v1", "latest"]);
    assert_eq!(layout.digest("v1"), layout.digest("latest"));
}

/// Returns the entries of the docker archive's own list, by their names.
fn docker_entries(layout: &Layout) -> Vec<(Vec<String>, Value)> {
    let list = layout.json("manifest.json");
    let names = |entry: &Value| {
        let tags = array(&entry["RepoTags"]).iter().filter_map(Value::as_str);
        tags.map(str::to_owned).collect()
    };
    let entries = array(&list).iter();
    entries.map(|entry| (names(entry), entry.clone())).collect()
}

/// Asserts that an entry of the docker archive's list points at the blobs of `image`.
fn is_entry_of(entry: &Value, image: &Image) {
    let path = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        json!(digest.replace("sha256:", "blobs/sha256/"))
    };
    assert_eq!(entry["Config"], path(&image.manifest["config"]));
    let layers = image.layers.iter().map(|layer| path(&layer.descriptor));
    assert_eq!(entry["Layers"], layers.collect::<Value>());
}

#[test]
fn the_archive_is_a_docker_archive_over_the_same_blobs() {
    let layout = built(&hello(), &["--tag", "v1", "--tag", "latest"]);
    let entries = docker_entries(&layout);
    let [(names, entry)] = entries.as_slice() else {
        panic!("{entries:?}");
    };
    assert_eq!(*names, ["localhost/hello:v1", "localhost/hello:latest"]);
    is_entry_of(entry, &layout.image("v1"));
}

#[test]
fn the_docker_archive_of_several_platforms_has_the_first_without_a_suffix() {
    let layout = built(&hello(), &["--platform", TWO_PLATFORMS, "--tag", "v1"]);
    let entries = docker_entries(&layout);
    let names: Vec<&Vec<String>> = entries.iter().map(|(names, _)| names).collect();
    assert_eq!(
        names,
        [&["localhost/hello:v1"], &["localhost/hello:v1-linux-arm64"]]
    );
    for ((_, entry), (_, image)) in entries.iter().zip(layout.images("v1")) {
        is_entry_of(entry, &image);
    }
}

#[test]
fn an_image_that_is_meant_for_a_repository_is_loaded_under_its_name() {
    let repository = "registry.example.com/team/{name}";
    let layout = built(&hello(), &["--repo", repository]);
    let entries = docker_entries(&layout);
    assert_eq!(entries[0].0, ["registry.example.com/team/hello:latest"]);
}

#[test]
fn the_same_source_gives_the_same_archive() {
    let environment = hello();
    built(&environment, &["--platform", TWO_PLATFORMS]);
    let first = environment.read("dist/hello.tar");
    built(&environment, &["--platform", TWO_PLATFORMS]);
    assert!(environment.read("dist/hello.tar") == first);
}

#[test]
fn layers_are_compressed_with_zstd_where_asked_for() {
    let layout = built(&hello(), &["--set", "layers.compression=zstd"]);
    let image = layout.image("latest");
    let own = &image.layers[1].descriptor["mediaType"];
    assert_eq!(own, "application/vnd.oci.image.layer.v1.tar+zstd");
}

#[test]
fn an_image_from_scratch_has_its_program_only() {
    let layout = built(&hello(), &["--base", "scratch"]);
    let image = layout.image("latest");
    assert_eq!(image.layers.len(), 1);
    assert_eq!(image.config["config"]["User"], "65532:65532");
    assert_eq!(image.config["config"]["Env"], Value::Null);
}
