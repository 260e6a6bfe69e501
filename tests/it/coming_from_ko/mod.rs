//! Projects of ko's, built as they are.

mod flags;
mod same_images;

use crate::support::TestEnvironment;
use crate::support::base_image::BaseImage;
use crate::support::layout::Layout;
use crate::support::registry::FakeRegistry;
use crate::support::samples::{GO_MOD, HELLO};

/// Returns a project of two services that has no coracle.toml, and a registry that ko would use.
fn services() -> (TestEnvironment, FakeRegistry) {
    let mut environment = TestEnvironment::new();
    environment.write("go.mod", GO_MOD);
    for name in ["web", "worker"] {
        environment.write(format!("cmd/{name}/main.go"), HELLO);
    }
    let registry = FakeRegistry::start();
    environment.replace(registry.host(), "$REGISTRY");
    base("amd64", "base").put(&registry, "base", "v1");
    environment.set("KO_DOCKER_REPO", registry.repository("team"));
    environment.set("KO_DEFAULTBASEIMAGE", registry.repository("base:v1"));
    (environment, registry)
}

/// Returns a base for Linux that holds `text` in `etc/base`, owned by somebody.
fn base(architecture: &str, text: &str) -> BaseImage {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_data(&mut header, "etc/base", text.as_bytes())
        .expect("an entry");
    BaseImage::of_tar("linux", architecture, &tar.into_inner().expect("a tar"))
}

/// Returns the repository of the only image that was pushed below `team/`.
fn pushed(registry: &FakeRegistry, said: &str) -> String {
    let (reference, _) = said.trim_end().split_once('@').expect("a digest");
    let prefix = registry.repository("");
    reference
        .strip_prefix(&prefix)
        .expect("the registry")
        .to_owned()
}

#[test]
fn a_project_of_kos_is_pushed_without_any_other_file_and_by_kos_names() {
    let (environment, registry) = services();
    environment.write(".ko.yaml", "defaultLdflags: [-s -w]\n");
    let said = environment.run(["push", "./cmd/web"]).success();
    let said = said.says(".ko.yaml counts here, as there is no coracle.toml");
    let sum = pushed(&registry, &said.stdout);
    let sum = sum.strip_prefix("team/web-").expect("ko's name");
    assert!(
        sum.len() == 32 && sum.bytes().all(|b| b.is_ascii_hexdigit()),
        "{sum}"
    );
    // ko takes import paths too, and has a shorter name on demand.
    let short = registry.repository("team/{import_base}");
    let args = ["push", "--repo", &short, "example.com/hello/cmd/worker"];
    let said = environment.run(args).success();
    assert_eq!(pushed(&registry, &said.stdout), "team/worker");
}

#[test]
fn without_a_file_of_kos_its_variables_are_enough() {
    let (mut environment, _registry) = services();
    environment.set("KO_DEFAULTPLATFORMS", "linux/amd64");
    let said = environment.run(["build", "./cmd/web"]).success();
    said.says("KO_DOCKER_REPO counts here");
    let layout = Layout::in_archive(&environment.work().join("dist/web.tar"));
    let image = layout.image("latest");
    assert_eq!(image.config["config"]["Entrypoint"][0], "/ko-app/web");
    assert_eq!(image.text("etc/base"), "base");
}

#[test]
fn manifests_of_kos_are_resolved_as_they_are() {
    let (environment, registry) = services();
    environment.write(".ko.yaml", "builds: [{main: ./cmd/web, flags: -v}]\n");
    environment.write("config/a.yaml", "image: ko://example.com/hello/cmd/web\n");
    let said = environment.run(["resolve", "-f", "config"]).success();
    let start = format!("image: {}", registry.repository("team/web-"));
    assert!(said.stdout.starts_with(&start), "{}", said.stdout);
}

#[test]
fn reading_and_taking_over_are_the_same() {
    let (environment, registry) = services();
    environment.write(
        ".ko.yaml",
        "builds: [{main: ./cmd/web, env: [GOAMD64=v2], ldflags: [-X main.v=1]}]\n",
    );
    environment.write("cmd/web/kodata/page", "1");
    let read = environment.run(["push", "./cmd/web"]).success();
    environment.run(["init", "--from-ko"]).success();
    let taken = environment.run(["push", "./cmd/web"]).success();
    assert_eq!(read.stdout, taken.stdout);
    assert!(taken.stdout.starts_with(&registry.repository("team/web-")));
    taken.says("coracle.toml counts here, and .ko.yaml does not");
}

#[test]
fn what_is_not_taken_over_is_told_when_it_is_left_out() {
    let (environment, _registry) = services();
    let yaml = "builds: [{main: ./cmd/web, flags: [-toolexec, go]}, {main: ./gone}]\n";
    environment.write(".ko.yaml", yaml);
    let output = environment.run(["init", "--from-ko"]).success();
    output
        .says("warning: not taken over: builds[0].flags: -toolexec=go: -toolexec is refused in [go] flags")
        .says("warning: not taken over: builds[1]: ./gone: no main package is there");
}

#[test]
fn what_ko_would_do_otherwise_is_refused_by_its_key_where_it_is_asked_for() {
    let (environment, _registry) = services();
    environment.write("cmd/batch/main.go", HELLO);
    environment.write(
        ".ko.yaml",
        "builds:\n- main: ./cmd/web\n  flags: [-toolexec, go]\n- main: ./cmd/worker\n  ldflags: ['-X main.v={{.Env.NONE}}']\n- main: ./cmd/batch\n  linux_capabilities: [chown, net_bnd_service]\n",
    );
    let refused = environment.run(["build", "./cmd/web"]).ends_with(2);
    refused.says("[config] .ko.yaml: builds[0].flags: -toolexec=go: -toolexec is refused");
    let refused = environment.run(["build", "./cmd/worker"]).ends_with(2);
    refused
        .says(".ko.yaml: builds[1].ldflags: -X main.v={{.Env.NONE}}: there is no variable NONE")
        .says("hint: set it: export NONE=");
    let refused = environment.run(["build", "./cmd/batch"]).ends_with(2);
    refused
        .says(".ko.yaml: builds[2].linux_capabilities: chown net_bnd_service: \"net_bnd_service\" is not a capability")
        .says("hint: did you mean \"net_bind_service\"?");
}

#[test]
fn values_of_kos_that_are_none_are_named_where_they_stand() {
    for (yaml, place) in [
        (
            "defaultPlatforms: [linux]\n",
            ".ko.yaml: defaultPlatforms: ",
        ),
        (
            "baseImageOverrides: {example.com/hello/cmd/web: 'a b'}\n",
            ".ko.yaml: baseImageOverrides.example.com/hello/cmd/web: ",
        ),
        ("builds: 7\n", ".ko.yaml:1:"),
    ] {
        let (environment, _registry) = services();
        environment.write(".ko.yaml", yaml);
        environment
            .run(["build", "./cmd/web"])
            .ends_with(2)
            .says(place);
    }
    let (mut environment, _registry) = services();
    environment.set("KO_DOCKER_REPO", "registry.example.com/UPPER");
    environment
        .run(["build", "./cmd/web"])
        .ends_with(2)
        .says("[config] KO_DOCKER_REPO: ");
}

#[test]
fn what_makes_no_other_image_is_only_told() {
    let (environment, _registry) = services();
    environment.write(
        ".ko.yaml",
        "builds:\n- main: ./cmd/web\n  env: [GOCACHE=/elsewhere, FOO=bar]\n- main: ./gone\n",
    );
    environment
        .run(["build", "./cmd/web"])
        .success()
        .says(".ko.yaml: builds[0].env: GOCACHE=/elsewhere: ")
        .says(".ko.yaml: builds[0].env: FOO=bar: ")
        .says(".ko.yaml: builds[1]: ./gone: no main package is there");
}
