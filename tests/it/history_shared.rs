//! What machines that share a history ask of each other, and tell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::history::{file, push, records};
use crate::support::image::{array, parse};
use crate::support::registry::FakeRegistry;

/// Returns an environment whose project shares its history in `registry`.
fn sharing(registry: &FakeRegistry) -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    let history = registry.repository("team/history");
    let config =
        format!("[history]\nregistry = \"{history}\"\n[policy]\nvulnerabilities = \"off\"\n");
    environment.write("coracle.toml", config);
    environment
}

/// Puts so many records of others into a registry that has one, which is returned with them; of each the run before
/// is a second older.
fn put_others(registry: &FakeRegistry, count: u64) {
    let tag = registry.tags("team/history").pop().expect("a record");
    let manifest = registry.manifest("team/history", &tag).expect("it");
    let mut json = manifest.json();
    let parts: Vec<&str> = tag.split('-').collect();
    let [run, project, time, _] = parts[..] else {
        panic!("{tag}");
    };
    let time: i64 = time.parse().expect("a time");
    for number in 1..=count {
        let mut record = push(0, 1.0);
        let at = time - i64::try_from(number).expect("a time");
        let id = format!("{number:016x}");
        let shown = jiff::Timestamp::from_second(at).expect("a time");
        record["id"] = json!(id);
        record["time"] = json!(shown.to_string());
        json["config"]["data"] = json!(STANDARD.encode(record.to_string()));
        let tag = format!("{run}-{project}-{at:011}-{id}");
        registry.put_manifest("team/history", &tag, &manifest.media_type, &json);
    }
}

#[test]
fn what_others_told_pushes_out_nothing_newer_and_is_asked_for_once() {
    let registry = FakeRegistry::start();
    let environment = sharing(&registry);
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository]).success();
    put_others(&registry, 1599);
    std::fs::remove_file(file(&environment)).expect("the history");
    let ids = |runs: &Value| -> Vec<String> {
        let runs = array(runs).iter();
        runs.filter_map(|run| Some(run["id"].as_str()?.to_owned()))
            .collect()
    };
    let mut newest = Vec::new();
    for (seen, fetched) in [(500, 500), (1000, 500), (1000, 0), (1000, 0)] {
        let asked = registry.journal().len();
        let said = environment
            .run(["report", "--json", "--runs=500"])
            .success();
        let document = parse(said.stdout.as_bytes());
        assert_eq!(document["runs"], seen);
        let requests = registry.journal().requests_after(asked);
        let records = requests
            .iter()
            .filter(|it| it.path().contains("/manifests/"));
        assert_eq!(records.count(), fetched);
        let shown = ids(&document["last_runs"]);
        if newest.is_empty() {
            newest.clone_from(&shown);
        }
        assert_eq!(shown, newest);
    }
    assert_eq!(newest.len(), 500);
    assert_eq!(records(&environment).len(), 1000);
}

#[test]
fn a_window_that_is_full_takes_what_is_newer_and_forgets_the_oldest() {
    let registry = FakeRegistry::start();
    let (here, there) = (sharing(&registry), sharing(&registry));
    let push = |environment: &TestEnvironment| {
        let repository = registry.repository("team/hello");
        environment.run(["push", "--repo", &repository]).success();
    };
    push(&there);
    put_others(&registry, 1100);
    here.run(["build"]).success();
    for _ in 0..3 {
        here.run(["report"]).success();
    }
    push(&there);
    let said = here.run(["report", "--json"]).success();
    let document = parse(said.stdout.as_bytes());
    assert_eq!(document["runs"], 1000);
    let last = records(&there).pop().expect("a record");
    assert_eq!(document["last_runs"][0]["id"], last["id"]);
}

#[test]
fn others_hear_of_a_dist_that_pushes_and_of_nothing_that_stays_here() {
    let registry = FakeRegistry::start();
    let environment = sharing(&registry);
    let repository = registry.repository("team/hello");
    let told = || registry.tags("team/history").len();
    environment.run(["build"]).success();
    // A pull request is checked, and publishes nothing.
    environment.run(["check"]).success();
    let dist = ["dist", "--platform=linux/amd64"];
    environment.run(dist).success();
    let pushed = ["--push", "--repo", &repository];
    let quiet = [&dist, &pushed[..], &["--offline"]].concat();
    environment.run(quiet);
    assert_eq!(told(), 0);
    environment.run([&dist, &pushed[..]].concat()).success();
    assert_eq!(told(), 1);
    let other = sharing(&registry);
    let said = other.run(["report", "--json"]).success();
    let run = &parse(said.stdout.as_bytes())["last_runs"][0];
    assert_eq!(run["verb"], "dist");
    assert_eq!(run["programs"][0]["package"], "example.com/hello");
    assert_eq!(run["findings"], json!([]));
}
