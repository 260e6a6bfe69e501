//! kubectl, played by a script that refuses; a real cluster is in tests/interop.

use super::{image, pushed, shop};
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;
use crate::support::samples::HELLO;

const CONFIG: &str = "[deploy.how.kubernetes]\nmanifests = [\"deploy\"]\nnamespace = \"shop\"\ncontext = \"lab\"\ntimeout = \"1s\"\n";

fn cluster(manifest: &str) -> TestEnvironment {
    let environment = shop(CONFIG);
    environment.write("deploy/shop.yaml", manifest);
    environment
}

#[test]
fn a_machine_without_kubectl_is_told_how_to_get_it() {
    let environment = cluster("image: coracle://shop\n");
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("through kubectl, which is not on PATH\n  hint: install it");
}

#[test]
fn what_a_cluster_refuses_is_told_in_words() {
    for (says, code, why) in [
        (
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?",
            69,
            "the cluster cannot be reached",
        ),
        (
            "E1129 12:33:00.740824   20645 memcache.go:265] \"Unhandled Error\" err=\"dial tcp: connection refused\"\nThe connection to the server localhost:8080 was refused - did you specify the right host or port?",
            69,
            "the cluster cannot be reached\n  caused by: The connection to the server localhost:8080 was refused",
        ),
        (
            "error: context \"lab\" does not exist",
            2,
            "kubectl knows no such context\n  caused by: error: context \"lab\" does not exist\n  hint: which there are: kubectl config get-contexts",
        ),
        (
            "Error from server (Forbidden): leases is forbidden: User \"x\" cannot get resource",
            77,
            "the cluster forbids it",
        ),
        (
            "Error from server (NotFound): namespaces \"shop\" not found",
            1,
            "there is no namespace shop",
        ),
        (
            "error: something else",
            1,
            "the cluster refuses it\n  caused by: error: something else",
        ),
    ] {
        let environment = cluster("image: coracle://shop\n");
        environment.write_program("kubectl", &format!("echo '{says}' >&2; exit 1"));
        environment
            .run(pushed(&environment, 1))
            .ends_with(code)
            .says(why);
    }
}

#[test]
fn manifests_that_name_no_image_or_another_are_refused() {
    let environment = cluster("image: nginx\n");
    environment.write_program("kubectl", "exit 0");
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("name none of the images that are deployed\n  hint: name an image in them: image: coracle://shop");
    environment.write("deploy/shop.yaml", "image: coracle://shopp\n");
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("there is no image of this name")
        .says("it is named in deploy/shop.yaml:1:8");
    std::fs::remove_dir_all(environment.work().join("deploy")).expect("a folder of the test's");
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("deploy: cannot read this file");
}

/// Takes what it is told to apply, and says that it is a workload; nothing is there yet.
const KUBECTL: &str = r#"
case "$*" in
*apply*) /bin/cat > applied; echo '{"kind": "Job", "metadata": {"name": "a"}, "spec": {"template": {"spec": {}}}}' ;;
esac
"#;

/// Returns a project of two images, shop and worker, whose manifest names both.
fn two_images(registry: &FakeRegistry) -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("go.mod", "module example.com/shop\n\ngo 1.26\n");
    environment.write("cmd/web/main.go", HELLO);
    environment.write("cmd/worker/main.go", HELLO);
    environment.write_program("kubectl", KUBECTL);
    let images = format!(
        "[defaults]\nrepository = \"{}\"\ntags = [\"v1\", \"latest\"]\n\
         [images.shop]\nmain = \"./cmd/web\"\n[images.worker]\nmain = \"./cmd/worker\"\n",
        registry.repository("team/{name}")
    );
    environment.write("coracle.toml", format!("{images}{CONFIG}"));
    let manifest = "a: ko://example.com/shop/cmd/web\nb: coracle://worker # coracle://shop\n";
    environment.write("deploy/shop.yaml", manifest);
    environment
}

#[test]
fn a_dry_run_that_pushes_nothing_shows_what_would_be_pushed_and_what_is_wrong_with_the_environments()
 {
    let registry = FakeRegistry::start();
    let environment = two_images(&registry);
    let plan = environment.run(["deploy", "--dry-run"]).success();
    for image in ["shop", "worker"] {
        let place = registry.repository(&format!("team/{image}"));
        let line = format!("output    {place} (v1, latest)\n");
        assert!(plan.stdout.contains(&line), "{plan}");
    }
    environment
        .run(["deploy", "--dry-run", "--env", "stagging"])
        .ends_with(2)
        .says("there is no environment stagging");
    environment.write("deploy/shop.yaml", "a: coracle://shopp\n");
    environment
        .run(["deploy", "--dry-run", "--json"])
        .ends_with(2)
        .says("it is named in deploy/shop.yaml:1:4");
    assert_eq!(registry.journal().requests().len(), 0);
}

#[test]
fn an_image_that_manifests_name_and_this_run_does_not_push_is_what_the_registry_has_for_its_tag() {
    let registry = FakeRegistry::start();
    let environment = two_images(&registry);
    let dry_run = || {
        let flags = pushed(&environment, 1);
        environment.run(
            [
                flags.each_ref().map(String::as_str).as_slice(),
                &["--dry-run"],
            ]
            .concat(),
        )
    };
    dry_run()
        .ends_with(1)
        .says("worker:v1")
        .says("the manifests name worker, which this run does not push");
    environment.run(["push", "worker"]).success();
    dry_run().success();
    let worker = registry.manifest("team/worker", "v1").expect("a tag");
    let worker = format!("{}@{}", registry.repository("team/worker"), worker.digest());
    let applied = std::fs::read_to_string(environment.work().join("applied")).expect("a text");
    let wanted = format!("a: {}\nb: {worker} # coracle://shop\n", image(1));
    assert!(applied.contains(&wanted), "{applied}");
}
