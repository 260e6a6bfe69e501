//! A program that nobody here wrote: Caddy, through the Go module proxy, in a fresh git repository.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::git::GitRepository;
use crate::support::image::parse;
use crate::support::layout::Layout;
use crate::support::memory::{LIMIT_BYTES, run_and_measure};
use crate::support::registry::FakeRegistry;
use crate::support::statements::Statements;
use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, folders, go, programs, samples};

const MEBIBYTE: u64 = 1 << 20;

/// Caddy's source, as a user has it.
fn checkout(environment: &TestEnvironment) -> PathBuf {
    let checkout = environment.work().join("caddy");
    samples::copy_module(environment, samples::CADDY, &checkout);
    GitRepository::create(&checkout).tag("v2.11.9");
    checkout
}

#[test]
fn caddy_becomes_a_small_image_that_runs() {
    let environment = TestEnvironment::new();
    let checkout = checkout(&environment);
    let mut build = environment.coracle(["build", "./cmd/caddy"]);
    let (output, peak_bytes) = run_and_measure(build.current_dir(&checkout));
    environment.output(&output).success();
    let image = Layout::in_archive(&checkout.join("dist/caddy.tar")).image("latest");
    let size_bytes = image.compressed_bytes();
    assert!(size_bytes < 20 * MEBIBYTE, "{size_bytes} bytes");
    assert!(peak_bytes <= LIMIT_BYTES, "{peak_bytes} bytes of memory");
    let version = environment.run_out_of(&image, "caddy");
    assert!(!version.stdout.is_empty() || !version.stderr.is_empty());
}

#[test]
fn caddys_bill_of_materials_is_what_go_and_pkg_go_dev_say() {
    let environment = TestEnvironment::new().signing();
    let checkout = checkout(&environment);
    environment
        .run_in("caddy", ["build", "./cmd/caddy"])
        .success();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/caddy");
    let push = ["push", "./cmd/caddy", "--repo", &repository];
    let pushed = environment.run_in("caddy", push).success();
    let (_, digest) = pushed.line().split_once('@').expect("a digest");
    let said = Statements::of(&registry, "team/caddy", digest);
    let document = said.predicate("Document");
    let of_file = environment.run(["sbom", "caddy/dist/caddy.tar"]).success();
    let of_file = parse(of_file.stdout.as_bytes());
    let packages = document["packages"].as_array().expect("packages");
    assert!(
        packages
            .iter()
            .all(|package| package["versionInfo"].is_string())
    );

    let image = Layout::in_archive(&checkout.join("dist/caddy.tar")).image("latest");
    let program = environment.root().join("caddy");
    programs::install(&image.entry("caddy").content, &program);
    let mut linked = modules_of(&environment, &program);
    // The source at hand has the version that its tag gives.
    assert!(linked.remove("github.com/caddyserver/caddy/v2 (devel)"));
    linked.insert("github.com/caddyserver/caddy/v2 v2.11.9".to_owned());
    linked.insert(format!("stdlib {}", go::wanted_version()));
    let names = |document: &Value| -> BTreeSet<String> { libraries(document).map(named).collect() };
    assert_eq!(names(document), linked);
    assert_eq!(names(&of_file), linked);

    let declared: BTreeMap<String, BTreeSet<String>> = libraries(document)
        .map(|library| (named(library), licences_in(library)))
        .collect();
    let own = &declared["github.com/caddyserver/caddy/v2 v2.11.9"];
    assert_eq!(*own, BTreeSet::from(["Apache-2.0".to_owned()]));
    compare_licences(&environment, &linked, &declared);
}

/// Returns what a document has of Go modules, and the standard library.
fn libraries(document: &Value) -> impl Iterator<Item = &Value> {
    let packages = document["packages"].as_array().expect("packages").iter();
    packages.filter(|package| {
        let locator = package["externalRefs"][0]["referenceLocator"].as_str();
        locator.is_some_and(|locator| locator.starts_with("pkg:golang/"))
            && package["name"] != "toolchain"
    })
}

fn named(package: &Value) -> String {
    let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
    format!("{} {}", text("name"), text("versionInfo"))
}

fn licences_in(package: &Value) -> BTreeSet<String> {
    let declared = package["licenseDeclared"].as_str().unwrap_or_default();
    let names = declared
        .split(" AND ")
        .filter(|name| *name != "NOASSERTION");
    names.map(str::to_owned).collect()
}

/// Returns `PATH VERSION` of each module that `go version -m` names; none of caddy's is replaced.
fn modules_of(environment: &TestEnvironment, program: &Path) -> BTreeSet<String> {
    let mut command = environment.command(go::program());
    command.args(["version", "-m"]).arg(program);
    let output = environment.run_command(&mut command).success();
    let modules = output.stdout.lines().filter_map(|line| {
        let words: Vec<&str> = line.trim().split('\t').collect();
        match words.as_slice() {
            ["dep" | "mod", path, version, ..] => Some(format!("{path} {version}")),
            _ => None,
        }
    });
    modules.collect()
}

/// Asks the Go project's own detector about the same folders.
fn compare_licences(
    environment: &TestEnvironment,
    linked: &BTreeSet<String>,
    declared: &BTreeMap<String, BTreeSet<String>>,
) {
    let modules: Vec<(&String, PathBuf)> = linked
        .iter()
        .map(|module| (module, folders::go_module_cache().join(escaped(module))))
        .filter(|(module, folder)| folder.is_dir() && !module.starts_with("stdlib "))
        .collect();
    assert!(modules.len() > 150, "{} modules", modules.len());
    let mut scan = environment.command(tools::get(Tool::Licensecheck));
    scan.arg("scan")
        .args(modules.iter().map(|(_, folder)| folder));
    let output = environment.run_command(&mut scan).success();
    let lines = output.stdout.lines().map(|line| parse(line.as_bytes()));
    let differing: Vec<String> = modules
        .iter()
        .zip(lines)
        .filter_map(|((module, _), line)| {
            let expected = line["licences"].as_array().expect("licences");
            let expected: BTreeSet<String> = expected
                .iter()
                .map(|name| name.as_str().expect("a name").to_owned())
                .collect();
            let found = declared.get(*module).cloned().unwrap_or_default();
            let line = format!("{module}: {found:?}, expected {expected:?}");
            (found != expected).then_some(line)
        })
        .collect();
    let agreeing = modules.len() - differing.len();
    assert!(
        agreeing * 100 >= modules.len() * 98,
        "{}",
        differing.join("\n")
    );
}

/// Returns the folder of `PATH VERSION` in a module cache.
fn escaped(module: &str) -> String {
    let mut escaped = String::new();
    for char in module.replace(' ', "@").chars() {
        if char.is_ascii_uppercase() {
            escaped.push('!');
        }
        escaped.push(char.to_ascii_lowercase());
    }
    escaped
}
