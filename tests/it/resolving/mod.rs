//! `coracle resolve`, `apply`, `create` and `delete`: documents that name what images are built from.

mod applying;
mod bad_documents;
mod beside_ko;
mod corpus;
mod streaming;
mod watching;

use crate::support::http::Method;
use crate::support::registry::FakeRegistry;
use crate::support::samples::HELLO;
use crate::support::{Output, TestEnvironment};

/// Returns a project of two services, `web` of which is in coracle.toml, and a registry.
fn services() -> (TestEnvironment, FakeRegistry) {
    let mut environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", "module example.com/shop\n\ngo 1.26\n");
    for name in ["web", "worker"] {
        environment.write(format!("cmd/{name}/main.go"), HELLO);
    }
    environment.write("coracle.toml", "[images.web]\nmain = \"./cmd/web\"\n");
    let registry = FakeRegistry::start();
    environment.replace(registry.host(), "$REGISTRY");
    (environment, registry)
}

fn resolve(environment: &TestEnvironment, registry: &FakeRegistry, args: &[&str]) -> Output {
    let repository = registry.repository("team/{name}");
    environment.run([&["resolve", "--repo", &repository], args].concat())
}

/// Returns what stands in a document for an image that is published.
fn published(registry: &FakeRegistry, name: &str) -> String {
    let path = format!("team/{name}");
    let manifest = registry.manifest(&path, "latest").expect("a tag");
    format!("{}@{}", registry.repository(&path), manifest.digest())
}

#[test]
fn references_become_digests_and_nothing_else_changes() {
    let (environment, registry) = services();
    let text = "# é\r\nkind: Pod # ko://example.com/shop/cmd/web\r\nspec:\r\n  containers:\r\n  \
                - {image: 'ko://example.com/shop/cmd/web', args: [a,   b]}\r\n  - image: \"coracle://web\"\r\n\
                --- # two\r\nimage: &i ko://example.com/shop/cmd/worker\r\nother: *i\r\n\
                text: see ko://example.com/shop/cmd/web\r\n";
    environment.write("shop.yaml", text);
    let output = resolve(&environment, &registry, &["-f", "shop.yaml"]).success();
    let (web, worker) = (published(&registry, "web"), published(&registry, "worker"));
    let wanted = text
        .replace("'ko://example.com/shop/cmd/web'", &format!("'{web}'"))
        .replace("coracle://web", &web)
        .replace("ko://example.com/shop/cmd/worker", &worker);
    assert_eq!(output.stdout, wanted);
    let builds = environment.go_commands();
    let builds = builds.iter().filter(|command| *command == "build");
    assert_eq!(builds.count(), 1);
    // Once more: nothing is compiled or sent.
    let known = registry.journal().len();
    let again = resolve(&environment, &registry, &["-f", "shop.yaml"]).success();
    assert_eq!(again.stdout, wanted);
    let asked = registry.journal().requests_after(known);
    assert!(
        asked.iter().all(|it| it.method == Method::HEAD),
        "{asked:#?}"
    );
}

#[test]
fn folders_are_read_in_order_and_their_documents_kept_apart() {
    let (environment, registry) = services();
    environment.write("config/b.yaml", "b: 1");
    environment.write("config/a.yml", "\u{feff}# a\na: coracle://web");
    environment.write("config/c/d.json", "{\"d\": \"coracle://web\"}\n");
    environment.write("config/e.yaml", "\u{feff}---\ne: 1\n");
    environment.write("config/notes.txt", "a: b: c");
    let flat = resolve(&environment, &registry, &["-f", "config"]).success();
    let web = published(&registry, "web");
    let wanted = format!("\u{feff}# a\na: {web}\n---\nb: 1\n---\ne: 1\n");
    assert_eq!(flat.stdout, wanted);
    let deep = resolve(
        &environment,
        &registry,
        &["-R", "-f", "config", "-f", "config/b.yaml"],
    );
    let wanted =
        format!("\u{feff}# a\na: {web}\n---\nb: 1\n---\n{{\"d\": \"{web}\"}}\n---\ne: 1\n");
    assert_eq!(deep.success().stdout, wanted);
}

#[test]
fn a_selector_leaves_out_documents_and_builds_nothing_for_them() {
    let (environment, registry) = services();
    let text = "metadata: {labels: {app: web}}\nimage: coracle://web\n---\nmetadata: {name: x}\n\
                image: ko://example.com/shop/cmd/worker\n---\nmetadata: {labels: {app: db}}\nimage: db\n";
    environment.write("shop.yaml", text);
    let args = ["-f", "shop.yaml", "-l", "app in (web, db)"];
    let output = resolve(&environment, &registry, &args).success();
    let web = published(&registry, "web");
    let wanted = format!(
        "metadata: {{labels: {{app: web}}}}\nimage: {web}\n---\nmetadata: {{labels: {{app: db}}}}\nimage: db\n"
    );
    assert_eq!(output.stdout, wanted);
    assert!(registry.tags("team/worker").is_empty());
}

#[test]
fn a_document_whose_image_failed_is_left_out_and_the_others_are_there() {
    let (environment, registry) = services();
    environment.write(
        "cmd/worker/main.go",
        "package main\n\nfunc main() { undefined() }\n",
    );
    let text = "first: 1\n---\na: ko://example.com/shop/cmd/worker\n---\nb: coracle://web\n";
    environment.write("shop.yaml", text);
    let output = resolve(&environment, &registry, &["-f", "shop.yaml"]).ends_with(1);
    let web = published(&registry, "web");
    assert_eq!(output.stdout, format!("first: 1\n---\nb: {web}\n"));
    output.says("cannot compile ./cmd/worker");
}

#[test]
fn a_dry_run_prints_the_plan_and_sends_nothing() {
    let (environment, registry) = services();
    environment.write("shop.yaml", "a: coracle://web\n");
    let output = resolve(&environment, &registry, &["-f", "shop.yaml", "--dry-run"]).success();
    assert!(output.stdout.contains("web"), "{}", output.stdout);
    assert_eq!(registry.journal().len(), 0);
}
