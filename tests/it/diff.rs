//! `coracle diff`: in what two images differ, the most significant cause first.

use serde_json::{Value, json};

use crate::support::base_image::{BaseImage, INDEX, MANIFEST};
use crate::support::image::{array, parse};
use crate::support::registry::{FakeRegistry, digest_of};
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment, schema};

const CONFIG: &str = r#"
[images.app]
main       = "."
files      = [{ from = "conf.txt", to = "/conf.txt", mode = "0644", uid = 0 }]
platforms  = ["linux/amd64"]
env        = { PORT = "8080" }
entrypoint = ["/app"]
labels     = { team = "edge" }

[go]
tags  = []
debug = false
env  = { GOAMD64 = "v1" }

[layers]
compression = "gzip"

[stamp]
vars    = { "main.version" = "{version}" }
version = "v1.0.0"
"#;

const MAIN: &str = r#"package main

import "example.com/m"

var version = "none"

func main() { println(version, m.Name) }
"#;

const GO_MOD: &str = r"module example.com/app

go 1.26

require example.com/m v1.0.0

replace example.com/m => ./m
";

/// A project that is built twice, with something changed in between.
struct Project(TestEnvironment);

impl Project {
    fn new() -> Self {
        let environment = TestEnvironment::new();
        environment.write("coracle.toml", CONFIG);
        environment.write("go.mod", GO_MOD);
        environment.write("main.go", MAIN);
        environment.write("conf.txt", "port: 8080\n");
        environment.write("m/go.mod", "module example.com/m\n\ngo 1.26\n");
        environment.write("m/m.go", "package m\n\nconst Name = \"m\"\n");
        Self(environment)
    }

    /// Replaces a text in a file.
    #[track_caller]
    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.0.read(file)).expect("text");
        assert!(text.contains(from), "no {from:?} in {file}");
        self.0.write(file, text.replace(from, to));
    }

    fn build(&self, archive: &str) {
        let output = format!("archive={archive}");
        self.0.run(["build", "-q", "-o", &output]).success();
    }

    /// Builds, changes something, builds again, and returns in what the images differ.
    #[track_caller]
    fn differ_after(change: impl FnOnce(&Self)) -> Value {
        let project = Self::new();
        project.build("a.tar");
        change(&project);
        project.build("b.tar");
        let args = ["diff", "a.tar", "b.tar", "--json"];
        document(&project.0.run(args).ends_with(1))
    }
}

fn document(output: &Output) -> Value {
    parse(output.stdout.as_bytes())
}

/// Asserts what is named first: `CAUSE PLACE WHAT`.
#[track_caller]
fn assert_first(document: &Value, expected: &str) {
    let first = &document["first"];
    let part = |key: &str| first[key].as_str().unwrap_or_default();
    let found = format!("{} {} {}", part("cause"), part("place"), part("what"));
    assert_eq!(found.trim_end(), expected, "{document:#}");
    assert_eq!(document["differences"][0], *first);
    assert_eq!(document["same"], false);
}

/// Asserts what is named first after one change of coracle.toml, and how it is on both sides.
#[track_caller]
fn assert_setting(from: &str, to: &str, expected: &str, [a, b]: [Value; 2]) {
    let found = Project::differ_after(|project| project.edit("coracle.toml", from, to));
    assert_first(&found, expected);
    assert_eq!([&found["first"]["a"], &found["first"]["b"]], [&a, &b]);
}

#[test]
fn flags_and_settings_of_the_build_are_named_before_what_they_cause() {
    let (from, to) = ("tags  = []", "tags = [\"slim\"]");
    assert_setting(from, to, "setting /app -tags", [Value::Null, json!("slim")]);
    let (from, to) = ("\"v1\"", "\"v3\"");
    assert_setting(from, to, "setting /app GOAMD64", [json!("v1"), json!("v3")]);
}

#[test]
fn modules_are_named_by_version_and_replacement() {
    let version = Project::differ_after(|project| project.edit("go.mod", "v1.0.0", "v1.1.0"));
    assert_first(&version, "module /app example.com/m");
    assert_eq!(version["first"]["a"], "v1.0.0 => ./m (devel)");
    assert_eq!(version["first"]["b"], "v1.1.0 => ./m (devel)");
    let replaced = Project::differ_after(|project| {
        for file in ["go.mod", "m.go"] {
            let content = project.0.read(format!("m/{file}"));
            project.0.write(format!("other/{file}"), content);
        }
        project.edit("go.mod", "./m", "./other");
    });
    assert_first(&replaced, "module /app example.com/m");
    assert_eq!(replaced["first"]["b"], "v1.0.0 => ./other (devel)");
}

#[test]
fn a_stamp_is_found_in_the_data_of_the_program() {
    let (from, to) = ("\"v1.0.0\"", "\"v1.0.1\"");
    let found = Project::differ_after(|project| project.edit("coracle.toml", from, to));
    assert_first(&found, "content /app");
    let first = &found["first"];
    assert_eq!(first["bytes"]["count"], 1);
    assert_eq!(first["bytes"]["sections"][0]["name"], ".rodata");
    assert_eq!(first["bytes"]["text_a"], "v1.0.0");
    assert_eq!(first["bytes"]["text_b"], "v1.0.1");
    let hints = first["hints"].to_string();
    assert!(hints.contains("version is v1.0.0, and v1.0.1"), "{hints}");
    assert!(hints.contains("-ldflags=-X"), "{hints}");
}

#[test]
fn other_code_is_found_in_the_code_of_the_program() {
    let (from, to) = ("m.Name)", "m.Name, m.Name)");
    let found = Project::differ_after(|project| project.edit("main.go", from, to));
    assert_first(&found, "content /app");
    assert_eq!(found["first"]["bytes"]["sections"][0]["name"], ".text");
    let hints = found["first"]["hints"].to_string();
    assert!(hints.contains("the code differs"), "{hints}");
}

#[test]
fn symbols_that_only_one_program_has_are_told() {
    let (from, to) = ("debug = false", "debug = true");
    let found = Project::differ_after(|project| project.edit("coracle.toml", from, to));
    assert_first(&found, "content /app");
    let hints = found["first"]["hints"].to_string();
    assert!(hints.contains("symbols or debug information"), "{hints}");
}

#[test]
fn a_copied_file_is_compared_to_the_byte() {
    let found = Project::differ_after(|project| project.edit("conf.txt", "8080", "8081"));
    assert_first(&found, "content /conf.txt");
    let bytes = &found["first"]["bytes"];
    assert_eq!(bytes["ranges"], json!([{ "start": 9, "end": 10 }]));
    assert_eq!(bytes["text_b"], "port: 8081");
    assert_eq!(array(&found["differences"]).len(), 1);
}

#[test]
fn a_file_that_only_one_image_has_is_named_before_contents() {
    let found = Project::differ_after(|project| {
        project.edit("conf.txt", "8080", "8081");
        project.0.write("more.txt", "more");
        let more = "files      = [{ from = \"more.txt\", to = \"/more.txt\" }, {";
        project.edit("coracle.toml", "files      = [{", more);
    });
    assert_first(&found, "files /more.txt");
    assert_eq!(found["first"]["b"], "file, 4 bytes");
    assert_eq!(found["differences"][1]["place"], "/conf.txt");
}

#[test]
fn mode_and_owner_are_named_where_the_content_is_the_same() {
    let mode = [json!("0644"), json!("0600")];
    assert_setting("\"0644\"", "\"0600\"", "metadata /conf.txt mode", mode);
    let owner = [json!("0:0"), json!("7:0")];
    assert_setting("uid = 0", "uid = 7", "metadata /conf.txt owner", owner);
}

#[test]
fn keys_of_the_configuration_are_named_by_their_paths() {
    let port = [json!("\"PORT=8080\""), json!("\"PORT=9090\"")];
    assert_setting(
        "PORT = \"8080\"",
        "PORT = \"9090\"",
        "json config config.Env[2]",
        port,
    );
    let entrypoint = [Value::Null, json!("\"-v\"")];
    let (from, to) = ("[\"/app\"]", "[\"/app\", \"-v\"]");
    assert_setting(from, to, "json config config.Entrypoint[1]", entrypoint);
    let team = [json!("\"edge\""), json!("\"core\"")];
    assert_setting(
        "\"edge\"",
        "\"core\"",
        "json config config.Labels.team",
        team,
    );
}

#[test]
fn a_platform_that_only_one_image_has_is_named_first() {
    let (from, to) = ("[\"linux/amd64\"]", "[\"linux/amd64\", \"linux/arm64\"]");
    let found = Project::differ_after(|project| project.edit("coracle.toml", from, to));
    assert_first(&found, "platform index linux/arm64");
    let keys: Vec<_> = array(&found["differences"])
        .iter()
        .map(|one| &one["what"])
        .collect();
    assert_eq!(keys, ["linux/arm64", "mediaType"]);
}

#[test]
fn the_same_content_compressed_otherwise_is_nothing_but_that() {
    let (from, to) = ("\"gzip\"", "\"zstd\"");
    let found = Project::differ_after(|project| project.edit("coracle.toml", from, to));
    for difference in array(&found["differences"]) {
        assert_eq!(difference["cause"], "compression", "{found:#}");
    }
    let stored = found["first"]["b"].to_string();
    assert!(stored.contains("tar+zstd"), "{stored}");
}

#[test]
fn the_first_cause_is_the_headline_and_the_rest_is_grouped_below() {
    let project = Project::new();
    project.build("a.tar");
    project.edit("coracle.toml", "\"edge\"", "\"core\"");
    project.edit("conf.txt", "8080", "8081");
    project.build("b.tar");
    let said = project.0.run(["diff", "-q", "a.tar", "b.tar"]).ends_with(1);
    let digest = regex::Regex::new("sha256:[0-9a-f]{64}").expect("a pattern");
    insta::assert_snapshot!(digest.replace_all(&said.stdout, "sha256:-"), @r#"
    the images differ, first by content: /conf.txt: 11 bytes, from byte 9 on
      A  a.tar  sha256:-
      B  b.tar  sha256:-

    content of files
      /conf.txt: 11 bytes, from byte 9 on  (linux/amd64)
        1 byte differs: 9
        there A has "port: 8080"
        there B has "port: 8081"

    configuration, manifest and index
      config config.Labels.team: A "edge", B "core"  (linux/amd64)
    "#);
    assert_eq!(said.stderr, "");
}

#[test]
fn the_document_is_what_its_schema_says() {
    let project = Project::new();
    let wanted = document(&project.0.run(["schema", "comparison"]).success());
    let found = Project::differ_after(|project| project.edit("coracle.toml", "v1.0.0", "v2"));
    schema::assert_valid(&found, &wanted);
}

#[test]
fn the_same_image_in_an_archive_a_layout_and_a_registry_is_the_same() {
    let environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("hello");
    let platforms = "--platform=linux/amd64,linux/arm64";
    let outputs = ["-o", "archive=hello.tar", "-o", "layout=oci"];
    environment
        .run([&["build", platforms], &outputs[..]].concat())
        .success();
    environment
        .run(["push", platforms, "--repo", &repository])
        .success();
    let known = registry.journal().requests().len();
    let reference = format!("{repository}:latest");
    for [a, b] in [
        ["hello.tar", "oci"],
        ["oci", &reference],
        [&reference, "hello.tar"],
    ] {
        let said = environment.run(["diff", a, b]).success();
        assert!(
            said.line().starts_with("the images are the same: sha256:"),
            "{said}"
        );
    }
    let asked = registry.journal().requests_after(known);
    let is_manifest = |path: &str| path.starts_with("/v2/hello/manifests/");
    assert!(asked.iter().all(|one| is_manifest(one.path())), "{asked:?}");
    let one = environment.run([
        "diff",
        "oci",
        "hello.tar",
        "--platform=linux/arm64",
        "--json",
    ]);
    assert_eq!(document(&one.success())["same"], true);
}

#[test]
fn layers_that_both_images_have_are_not_fetched() {
    let mut environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("hello");
    let push = |tag: &str| {
        let args = ["push", "--repo", &repository, "--tag", tag, "--json"];
        document(&environment.run(args).success())["images"][0]["digest"].clone()
    };
    push("v1");
    environment.write(
        "main.go",
        "package main\n\nfunc main() { println(\"other\") }\n",
    );
    push("v2");
    let layers = |tag: &str| -> Vec<String> {
        let manifest = registry.manifest("hello", tag).expect("a manifest");
        let layers = array(&parse(&manifest.bytes)["layers"]).to_vec();
        let digests = layers
            .iter()
            .map(|layer| layer["digest"].as_str().expect("a digest"));
        digests.map(str::to_owned).collect()
    };
    let (first, second) = (layers("v1"), layers("v2"));
    assert_eq!(first[0], second[0]);
    let fresh = environment.root().join("fresh");
    environment.set("CORACLE_CACHE", fresh);
    let known = registry.journal().requests().len();
    let args = [
        "diff",
        &format!("{repository}:v1"),
        &format!("{repository}:v2"),
    ];
    let said = environment.run(args).ends_with(1);
    assert!(said.stdout.contains("first by content: /hello"), "{said}");
    let asked = registry.journal().requests_after(known);
    let times = |digest: &str| {
        asked
            .iter()
            .filter(|one| one.path().ends_with(digest))
            .count()
    };
    assert_eq!(
        (times(&first[0]), times(&first[1]), times(&second[1])),
        (0, 1, 1)
    );
}

#[test]
fn images_of_others_are_compared_too() {
    let environment = TestEnvironment::new();
    let registry = FakeRegistry::start();
    let mut image = BaseImage::new("linux/amd64", &[("etc/passwd", "root:x:0:0\n")]);
    image.config["history"] = json!([{ "created_by": "base" }]);
    image.put(&registry, "team/base", "v1");
    image.clone().docker().put(&registry, "team/base", "docker");
    let reference = |tag: &str| registry.repository(&format!("team/base:{tag}"));
    let crane = |args: &[&str]| {
        let mut command = environment.command(tools::get(Tool::Crane));
        environment.run_command(command.args(args)).success()
    };
    let (v1, v2, v3) = (reference("v1"), reference("v2"), reference("v3"));
    crane(&["mutate", &v1, "--entrypoint=/bin/sh", "--tag", &v2]);
    let layer = {
        let mut tar = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(0);
        tar.append_data(&mut header, "etc/.wh.passwd", &[][..])
            .expect("an entry");
        tar.into_inner().expect("a tar")
    };
    environment.write("layer.tar", layer);
    crane(&[
        "append",
        "--base",
        &v1,
        "--new_layer",
        "layer.tar",
        "--new_tag",
        &v3,
    ]);
    let compared = |a: &str, b: &str| {
        document(
            &environment
                .run(["diff", a, b, "--json", "--all"])
                .ends_with(1),
        )
    };
    assert_first(&compared(&v1, &v2), "json config config.Entrypoint");
    let removed = compared(&v1, &v3);
    assert_first(&removed, "files /etc/passwd");
    assert_eq!(removed["first"]["b"], "whiteout");
    let docker = compared(&v1, &reference("docker"));
    assert_first(&docker, "json manifest config.mediaType");
}

#[test]
fn what_an_index_names_beside_images_is_compared_by_its_digest() {
    let environment = TestEnvironment::new();
    let registry = FakeRegistry::start();
    let put = |tag: &str, attestation: &str, platforms: [&str; 2]| {
        let images = platforms.map(|platform| {
            let image = BaseImage::new(platform, &[("etc/a", "1")]);
            let digest = image.put(&registry, "team/base", "part");
            let size = image.manifest().to_string().len();
            let (os, architecture) = platform.split_once('/').expect("OS/ARCHITECTURE");
            json!({"mediaType": MANIFEST, "digest": digest, "size": size,
                "platform": {"os": os, "architecture": architecture}})
        });
        let other = json!({"mediaType": MANIFEST, "digest": digest_of(attestation.as_bytes()), "size": 3,
            "platform": {"os": "unknown", "architecture": "unknown"},
            "annotations": {"vnd.docker.reference.type": "attestation-manifest"}});
        let [first, second] = images;
        let index =
            json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [first, second, other]});
        registry.put_manifest("team/base", tag, INDEX, &index);
        registry.repository(&format!("team/base:{tag}"))
    };
    let both = ["linux/amd64", "linux/arm64"];
    let (a, b) = (put("a", "one", both), put("b", "two", both));
    let found = document(&environment.run(["diff", &a, &b, "--json"]).ends_with(1));
    let sides: Vec<_> = array(&found["differences"])
        .iter()
        .map(|one| (&one["a"], &one["b"]))
        .collect();
    let (named, none) = (json!("attestation-manifest"), Value::Null);
    assert_eq!(sides.len(), 2, "{found:#}");
    assert!(sides.contains(&(&named, &none)) && sides.contains(&(&none, &named)));
    let turned = put("c", "one", ["linux/arm64", "linux/amd64"]);
    let found = document(
        &environment
            .run(["diff", &a, &turned, "--json"])
            .ends_with(1),
    );
    assert_first(&found, "json index manifests");
    let platform = "--platform=linux/arm64";
    environment.run(["diff", &a, &turned, platform]).success();
}

#[test]
fn tars_that_list_the_same_files_otherwise_are_told_apart() {
    let environment = TestEnvironment::new();
    let registry = FakeRegistry::start();
    let put = |tag: &str, files: &[(&str, &str)]| {
        BaseImage::new("linux/amd64", files).put(&registry, "team/base", tag);
        registry.repository(&format!("team/base:{tag}"))
    };
    let a = put("a", &[("etc/a", "1"), ("etc/b", "2")]);
    let b = put("b", &[("etc/b", "2"), ("etc/a", "1")]);
    let found = document(&environment.run(["diff", &a, &b, "--json"]).ends_with(1));
    assert_first(&found, "metadata layer 1 tar");
    let twice = put("c", &[("etc/a", "0"), ("etc/b", "2"), ("etc/a", "1")]);
    let found = document(&environment.run(["diff", &a, &twice, "--json"]).ends_with(1));
    assert_first(&found, "metadata layer 1 tar");
}

#[test]
fn what_cannot_be_compared_ends_with_another_code_than_what_differs() {
    let environment = TestEnvironment::new().with_hello();
    environment
        .run(["build", "-o", "archive=hello.tar"])
        .success();
    environment.write("notes.txt", "no tar\n".repeat(200));
    let said = environment
        .run(["diff", "hello.tar", "nothing.tar"])
        .ends_with(2);
    said.says("nothing.tar: this is neither a file that is there nor a reference");
    let said = environment
        .run(["diff", "notes.txt", "hello.tar"])
        .ends_with(2);
    said.says("it is not a tar");
    environment
        .run(["diff", "hello.tar"])
        .ends_with(2)
        .says("<B>");
    let registry = FakeRegistry::start();
    let missing = registry.repository("team/none:v1");
    environment
        .run(["diff", "hello.tar", &missing])
        .ends_with(2);
    let args = [
        "diff",
        "-q",
        "hello.tar",
        "hello.tar",
        "--platform=linux/s390x",
    ];
    insta::assert_snapshot!(environment.run(args).ends_with(2).talk(), @"
    error: [inspect] hello.tar: the image has no linux/s390x
      hint: it has linux/amd64
    ");
    let said = environment
        .run(["diff", "hello.tar", "nothing.tar", "--json"])
        .ends_with(2);
    assert_eq!(document(&said)["status"], "failed");
}

#[test]
fn an_archive_that_was_harmed_is_no_image() {
    let project = Project::new();
    project.build("a.tar");
    project.edit("conf.txt", "8080", "8081");
    project.build("b.tar");
    let archive = project.0.read("b.tar");
    project.0.write("cut.tar", &archive[..archive.len() / 2]);
    project
        .0
        .run(["diff", "a.tar", "cut.tar"])
        .ends_with(2)
        .says("cannot read this image");
}
