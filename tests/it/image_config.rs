//! What an image says about itself: its config, its labels and its annotations.

use serde_json::json;

use crate::support::TestEnvironment;
use crate::support::git::{COMMIT_TIME, GitRepository};
use crate::support::image::Image;
use crate::support::layout::Layout;

fn built(coracle_toml: &str) -> Image {
    built_in(&TestEnvironment::new().with_hello(), coracle_toml)
}

fn built_in(environment: &TestEnvironment, coracle_toml: &str) -> Image {
    environment.write("coracle.toml", coracle_toml);
    environment.run(["build"]).success();
    let tag = if coracle_toml.contains("tags") {
        "v1"
    } else {
        "latest"
    };
    Layout::in_archive(&environment.work().join("dist/hello.tar")).image(tag)
}

#[test]
fn an_image_that_says_nothing_runs_its_program_as_a_user_without_rights() {
    let image = built("[images.hello]\nmain = \".\"\n");
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let certificates = "/etc/ssl/certs/ca-certificates.crt";
    assert_eq!(image.config["architecture"], "amd64");
    assert_eq!(image.config["os"], "linux");
    assert_eq!(image.config["created"], "1970-01-01T00:00:00Z");
    let config = &image.config["config"];
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["Entrypoint"], json!(["/hello"]));
    let env = [
        format!("PATH={path}"),
        format!("SSL_CERT_FILE={certificates}"),
    ];
    assert_eq!(config["Env"], json!(env));
    for absent in ["Cmd", "ExposedPorts", "WorkingDir", "StopSignal"] {
        assert!(config.get(absent).is_none(), "{absent} in {config}");
    }
}

#[test]
fn an_image_says_what_coracle_toml_says() {
    let image = built(
        r#"
        [images.hello]
        main        = "."
        path        = "/bin/hello"
        env         = { PORT = "8080", SSL_CERT_FILE = "/certs.pem" }
        ports       = [8080, "53/udp"]
        user        = "1000:100"
        workdir     = "/data"
        entrypoint  = ["/bin/hello", "--serve"]
        args        = ["--verbose"]
        labels      = { team = "edge" }
        stop_signal = "SIGQUIT"
        "#,
    );
    let config = &image.config["config"];
    assert_eq!(config["User"], "1000:100");
    assert_eq!(config["Entrypoint"], json!(["/bin/hello", "--serve"]));
    assert_eq!(config["Cmd"], json!(["--verbose"]));
    assert_eq!(config["WorkingDir"], "/data");
    assert_eq!(config["StopSignal"], "SIGQUIT");
    assert_eq!(
        config["ExposedPorts"],
        json!({ "53/udp": {}, "8080/tcp": {} })
    );
    assert_eq!(image.label("team"), Some("edge"));
    let env = config["Env"].to_string();
    assert!(
        env.contains("SSL_CERT_FILE=/certs.pem") && env.contains("PORT=8080"),
        "{env}"
    );
    assert_eq!(env.matches("SSL_CERT_FILE").count(), 1);
    assert_eq!(image.entry("bin/hello").mode, 0o755);
}

#[test]
fn a_user_by_name_is_looked_up_in_the_base() {
    let image = built("[images.hello]\nmain = \".\"\nuser = \"nobody:nonroot\"\n");
    assert_eq!(image.config["config"]["User"], "65534:65532");
}

#[test]
fn the_user_of_the_base_stays_where_that_is_wanted() {
    let image = built("[images.hello]\nmain = \".\"\nuser = \"base\"\n");
    assert_eq!(image.config["config"]["User"], "65532:65532");
    let image = built("[images.hello]\nmain = \".\"\nuser = \"base\"\nbase = \"scratch\"\n");
    assert_eq!(image.config["config"]["User"], "0:0");
}

#[test]
fn defaults_are_what_an_image_does_not_say() {
    let image = built(
        r#"
        [defaults]
        env     = { A = "default", B = "default" }
        ports   = [1]
        workdir = "/default"

        [images.hello]
        main  = "."
        env   = { B = "image" }
        ports = [2]
        "#,
    );
    let config = &image.config["config"];
    assert_eq!(config["WorkingDir"], "/default");
    assert_eq!(config["ExposedPorts"], json!({ "2/tcp": {} }));
    let env = config["Env"].to_string();
    assert!(env.contains("B=image"), "{env}");
}

#[test]
fn the_commit_is_in_labels_and_annotations_without_being_asked() {
    let environment = TestEnvironment::new().with_hello();
    let toml = "[images.hello]\nmain = \".\"\ntags = [\"{version}\"]\nlabels = { at = \"{short} {date} {os}/{arch}\" }\n";
    environment.write("coracle.toml", toml);
    environment.write(".gitignore", "dist/\n");
    let repository = GitRepository::create(environment.work());
    repository.git([
        "remote",
        "add",
        "origin",
        "https://git.example.com/team/hello.git",
    ]);
    repository.tag("v1");
    let image = built_in(&environment, toml);
    let commit = repository.head();
    for (key, value) in [
        ("created", COMMIT_TIME),
        ("revision", &commit),
        ("source", "https://git.example.com/team/hello"),
        ("title", "hello"),
        ("version", "v1"),
    ] {
        let key = format!("org.opencontainers.image.{key}");
        assert_eq!(image.label(&key), Some(value), "label {key}");
        assert_eq!(image.annotation(&key), Some(value), "annotation {key}");
    }
    assert_eq!(image.config["created"], COMMIT_TIME);
    let at = format!("{} {COMMIT_TIME} linux/amd64", &commit[..12]);
    assert_eq!(image.label("at"), Some(at.as_str()));
}

#[test]
fn annotations_of_ones_own_are_added_and_win() {
    let image = built(
        r#"
        [images.hello]
        main        = "."
        annotations = { "com.example.team" = "edge", "org.opencontainers.image.title" = "Hello" }
        "#,
    );
    assert_eq!(image.annotation("com.example.team"), Some("edge"));
    assert_eq!(
        image.annotation("org.opencontainers.image.title"),
        Some("Hello")
    );
    assert_eq!(image.label("com.example.team"), None);
}
