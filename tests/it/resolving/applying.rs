//! Documents on their way to kubectl.

use super::{published, services};
use crate::support::TestEnvironment;

/// Puts a kubectl there that keeps what it is told.
pub(super) fn with_kubectl(environment: &TestEnvironment, end: &str) {
    let root = environment.root().display().to_string();
    let script = format!("echo \"$@\" > {root}/told; cat > {root}/documents; echo applied; {end}");
    environment.write_program("kubectl", &script);
    environment.link_program("cat", std::path::Path::new("/bin/cat"));
}

#[test]
fn kubectl_gets_resolved_documents_and_the_flags_that_are_for_it() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    environment.write("shop.yaml", "image: coracle://web\n");
    let repository = registry.repository("team/{name}");
    for verb in ["apply", "create"] {
        let args = [
            verb,
            "--repo",
            &repository,
            "-f",
            "shop.yaml",
            "--",
            "--server-side",
        ];
        let output = environment.run(args).success();
        assert_eq!(output.stdout, "applied\n");
        let told = environment.read("../told");
        assert_eq!(told, format!("{verb} -f - --server-side\n").as_bytes());
        let wanted = format!("image: {}\n", published(&registry, "web"));
        assert_eq!(environment.read("../documents"), wanted.as_bytes());
    }
}

#[test]
fn delete_builds_nothing() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    environment.write("shop.yaml", "image: coracle://other\n");
    let output = environment.run(["delete", "-f", "shop.yaml", "--", "--wait"]);
    output.success();
    assert_eq!(environment.read("../told"), b"delete -f - --wait\n");
    assert_eq!(
        environment.read("../documents"),
        b"image: coracle://other\n"
    );
    assert_eq!(registry.journal().len(), 0);
}

#[test]
fn nothing_is_applied_where_an_image_failed() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    environment.write(
        "cmd/web/main.go",
        "package main\n\nfunc main() { undefined() }\n",
    );
    environment.write("shop.yaml", "image: coracle://web\n---\nother: 1\n");
    let repository = registry.repository("team/{name}");
    let output = environment.run(["apply", "--repo", &repository, "-f", "shop.yaml"]);
    output.ends_with(1);
    assert!(!environment.root().join("told").exists());
}

#[test]
fn a_kubectl_that_fails_or_is_missing_is_told_of() {
    let (environment, registry) = services();
    environment.write("shop.yaml", "other: 1\n");
    environment
        .run(["apply", "-f", "shop.yaml"])
        .ends_with(2)
        .says("kubectl: there is no such program on PATH");
    with_kubectl(&environment, "exit 7");
    environment
        .run(["apply", "-f", "shop.yaml"])
        .ends_with(1)
        .says("kubectl apply failed with exit status: 7");
    assert_eq!(registry.journal().len(), 0);
}

#[test]
fn run_has_kubectl_run_what_was_published_once() {
    let (environment, registry) = services();
    with_kubectl(&environment, "");
    let repository = registry.repository("team/{name}");
    let run = |args: &[&str]| environment.run([&["run", "--repo", &repository], args].concat());
    let args = ["./cmd/web", "--", "--namespace", "shop", "--", "--wait"];
    assert_eq!(run(&args).success().stdout, "applied\n");
    let web = published(&registry, "web");
    let wanted =
        format!("run web --image {web} --attach --rm --restart=Never --namespace shop -- --wait\n");
    assert_eq!(environment.read("../told"), wanted.as_bytes());
    for images in [&[][..], &["./cmd/web", "./cmd/worker"]] {
        run(images).ends_with(2).says("one image is run");
    }
    assert!(registry.tags("team/worker").is_empty());
}
