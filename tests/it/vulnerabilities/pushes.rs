//! Programs that a push has just compiled, looked at before anybody can have them.

use axum::http::Method;
use serde_json::Value;

use super::{CALLED, IMPORTED, configure_images, database_url, project};
use crate::support::midnight::clear_of_midnight;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment};
use crate::support::{history, programs};

/// What is vulnerable is linked into it, and no call leads there: only the program shows that.
const HELD: &str = "package main

import \"golang.org/x/text/language\"

var parse = language.Parse

func main() {
\tprintln(parse != nil)
}
";

/// What is looked at for vulnerabilities when the source is.
pub(super) const SOURCE: &str = "vulnerabilities linux/amd64";

/// And when the program is, once it is compiled.
pub(super) const PROGRAM: &str = "vulnerabilities linux/amd64 example.com/app/cmd/held";

/// Returns a project with a program that holds what is vulnerable, and a registry that it goes to.
pub(super) fn held() -> (TestEnvironment, FakeRegistry) {
    let (environment, registry) = (project(), FakeRegistry::start());
    environment.write("cmd/held/main.go", HELD);
    (environment, registry)
}

/// Pushes images, which `settings` are of, and returns what was looked at for vulnerabilities.
fn push(
    environment: &TestEnvironment,
    registry: &FakeRegistry,
    images: &[&str],
    settings: &str,
) -> (Output, Vec<String>) {
    configure_images(environment, images, &database_url(), settings);
    let repository = registry.repository("team/{name}");
    let output = environment.run(["push", "--repo", &repository, "--trace", "trace.json"]);
    (output, looked_at(environment))
}

/// Keeps symbols, so that the program shows what can be called in it.
pub(super) const KEPT: &str = "[go]\ndebug = true\n";

/// Accepts what is vulnerable in it.
pub(super) const ACCEPTED: &str = "[[policy.accepted]]\nid = \"GO-2021-0113\"\nreason = \"nobody calls it\"\nuntil = 9999-12-31\n";

/// What is said of it.
pub(super) const HOLDS: &str =
    "what is vulnerable is linked into linux/amd64 example.com/app/cmd/held";

/// Returns what the last trace tells of looks for vulnerabilities, in the order of their beginnings.
pub(super) fn looked_at(environment: &TestEnvironment) -> Vec<String> {
    let trace: Value = serde_json::from_slice(&environment.read("trace.json")).expect("JSON");
    let events = trace.as_array().expect("events").iter();
    let begun = events.filter(|event| event["ph"] == "B");
    let names = begun.filter_map(|event| event["name"].as_str());
    let looks = names.filter(|name| name.starts_with("vulnerabilities "));
    looks.map(str::to_owned).collect()
}

fn manifests(registry: &FakeRegistry) -> usize {
    let requests = registry.journal().requests().into_iter();
    let manifests =
        requests.filter(|it| it.method == Method::PUT && it.path().contains("/manifests/"));
    manifests.count()
}

#[test]
fn what_only_the_program_shows_stops_its_image_and_no_other_each_time() {
    let (environment, registry) = held();
    let (output, looked) = push(&environment, &registry, &["held"], "");
    output.success();
    assert!(looked.contains(&SOURCE.to_owned()), "{looked:?}");
    assert!(looked.contains(&PROGRAM.to_owned()), "{looked:?}");
    assert_eq!(manifests(&registry), 2);

    // What was refused once is not remembered as if it had been let through.
    for _ in 0..2 {
        let (output, looked) = push(&environment, &registry, &["held", "required"], KEPT);
        output.ends_with(1).says(
            "error: [check] GO-2021-0113: Out-of-bounds read in golang.org/x/text/language (golang.org/x/text v0.3.5, \
             CVE-2021-38561, GHSA-ppp9-7jff-5vj2): what is vulnerable is linked into linux/amd64 \
             example.com/app/cmd/held, which its source does not show",
        );
        assert!(looked.contains(&PROGRAM.to_owned()), "{looked:?}");
    }
    assert_eq!(registry.tags("team/held"), ["latest"]);
    assert_eq!(registry.tags("team/required"), ["latest"]);

    let accepted = format!("{KEPT}{ACCEPTED}");
    let (output, _) = push(&environment, &registry, &["held"], &accepted);
    output.success();
}

#[test]
fn a_program_that_has_passed_is_looked_at_once_and_one_that_is_remembered_not_at_all() {
    clear_of_midnight();
    let (environment, registry) = held();
    let images = ["imported", "required"];
    let (output, looked) = push(&environment, &registry, &images, "");
    // What its source shows already is not told again.
    let told = output.success().talk();
    let warnings = told.matches("warning: [check] GO-2021-0113");
    assert_eq!(warnings.count(), 1, "{told}");
    // Both are of the same modules, and have no symbols: one look is enough.
    let of_programs = looked.iter().filter(|it| it.contains("example.com"));
    assert_eq!(of_programs.count(), 1, "{looked:?}");

    let (output, looked) = push(&environment, &registry, &images, "");
    output.success();
    assert_eq!(looked, [""; 0]);
    // Under rules that are new the source is looked at anew, and no program: nothing is compiled.
    let more = "base_size = \"1 GiB\"\n";
    let (output, looked) = push(&environment, &registry, &images, more);
    output.success();
    assert_eq!(looked, [SOURCE]);
    // A program that another image has already is no new one.
    let again =
        format!("{more}\n[images.again]\nmain = \"./cmd/required\"\npath = \"/required\"\n");
    let (output, looked) = push(&environment, &registry, &images, &again);
    output.success();
    assert_eq!(looked, [SOURCE]);
    let (output, looked) = push(
        &environment,
        &registry,
        &["called"],
        "vulnerabilities = \"off\"\n",
    );
    output.success();
    assert_eq!(looked, [""; 0]);
}

#[test]
fn a_program_whose_source_nobody_could_look_at_is_looked_at_again() {
    let (environment, registry) = held();
    let broken = "package main\n\nimport _ \"example.com/app/none\"\n\nfunc main() {}\n";
    environment.write("cmd/broken/main.go", broken);
    let kept = "vet = \"allow\"\n[go]\ndebug = true\n";
    let (output, _) = push(&environment, &registry, &["broken", "held"], kept);
    output.ends_with(1);
    assert_eq!(manifests(&registry), 0);
    let (output, looked) = push(&environment, &registry, &["held"], kept);
    output
        .ends_with(1)
        .says("what is vulnerable is linked into");
    assert!(looked.contains(&PROGRAM.to_owned()), "{looked:?}");
}

#[test]
fn a_program_that_was_made_without_rules_is_looked_at_before_it_is_published() {
    clear_of_midnight();
    let (environment, registry) = held();
    configure_images(&environment, &["held"], &database_url(), KEPT);
    environment.run(["build"]).success();
    let off = format!("vulnerabilities = \"off\"\n{KEPT}");
    let (output, looked) = push(&environment, &registry, &["held"], &off);
    output.success();
    assert_eq!(looked, [""; 0]);

    // Also where the registry shows the image already.
    for _ in 0..2 {
        let (output, looked) = push(&environment, &registry, &["held"], KEPT);
        output
            .ends_with(1)
            .says("held: compiled again, as nobody has looked at its programs by these rules")
            .says(HOLDS);
        assert!(looked.contains(&PROGRAM.to_owned()), "{looked:?}");
    }
    let history = std::fs::read_to_string(history::file(&environment)).expect("a history");
    let run: Value = history
        .lines()
        .next_back()
        .and_then(|line| serde_json::from_str(line).ok())
        .expect("a record");
    assert_eq!(run["layers"]["made"][0]["reason"], "unchecked", "{run:#}");
}

#[test]
fn an_acceptance_that_is_gone_and_a_database_that_is_new_reach_what_is_remembered() {
    clear_of_midnight();
    let (environment, registry) = held();
    let accepted = format!("{KEPT}{ACCEPTED}");
    push(&environment, &registry, &["held"], &accepted)
        .0
        .success();
    let (output, _) = push(&environment, &registry, &["held"], KEPT);
    output.ends_with(1).says(HOLDS);
    let (output, looked) = push(&environment, &registry, &["held"], &accepted);
    output.success();
    assert_eq!(looked, [""; 0], "it passed by these rules before");

    let empty = environment.work().join("empty");
    let write = |name: &str, text: &str| environment.write(format!("empty/index/{name}"), text);
    write("db.json", "{\"modified\":\"2026-08-20T00:00:00Z\"}");
    write("modules.json", "[]");
    write("vulns.json", "[]");
    let (environment, registry) = (&environment, FakeRegistry::start());
    let repository = registry.repository("team/{name}");
    let pushed = |database: &str| {
        configure_images(environment, &["held"], database, KEPT);
        environment.run(["push", "--repo", &repository])
    };
    pushed(&format!("file://{}", empty.display())).success();
    pushed(&database_url()).ends_with(1).says(HOLDS);
}

#[test]
fn no_layer_of_a_program_that_is_refused_is_sent() {
    let (environment, registry) = held();
    let (output, _) = push(&environment, &registry, &["held"], KEPT);
    output.ends_with(1).says(HOLDS);
    let sent = registry.journal().requests().into_iter();
    let sent = sent.filter(|it| it.method != Method::GET && it.method != Method::HEAD);
    let largest = sent.map(|it| it.body_bytes).max();
    // Those of the base are small.
    assert!(largest < Some(512 * 1024), "{largest:?}");
}

#[test]
fn a_verdict_on_sources_that_were_changed_meanwhile_is_not_kept() {
    let (environment, registry) = held();
    let file = environment.work().join("cmd/required/main.go");
    // Nobody knows what it was while it was looked at: the same, or not.
    let same = environment.root().join("same.go");
    std::fs::copy(&file, &same).expect("a copy");
    environment.write_go_that_sees(&file, &same);
    let (output, _) = push(&environment, &registry, &["required"], "");
    output.success();
    let (output, looked) = push(&environment, &registry, &["required"], "");
    output.success();
    assert!(looked.contains(&SOURCE.to_owned()), "{looked:?}");
}

#[test]
fn what_has_passed_before_is_not_what_is_compiled_now() {
    let (environment, registry) = held();
    let file = environment.write("cmd/called/main.go", IMPORTED);
    let (output, _) = push(&environment, &registry, &["called"], "");
    output.success();
    // The program has to be compiled again, and is by then another than was read before.
    std::fs::remove_dir_all(environment.root().join("cache/memos")).expect("memos");
    let called = environment.root().join("called.go");
    std::fs::write(&called, CALLED).expect("a source");
    // At one stroke, and once: Go may run twice at a time, and must not read half of it.
    environment.write_go(&format!(
        "case \"$1\" in env|version) ;; *) {rename} {called} {file} 2>/dev/null ;; esac",
        rename = programs::find("mv").display(),
        called = called.display(),
        file = file.display(),
    ));
    let sent = manifests(&registry);
    let (output, _) = push(&environment, &registry, &["called"], "");
    output.ends_with(1).says("error: [check] GO-2021-0113");
    assert_eq!(manifests(&registry), sent);
}
