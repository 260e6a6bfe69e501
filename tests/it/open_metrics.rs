//! The numbers as Prometheus reads them.

use std::fs::File;

use serde_json::{Value, json};

use crate::support::TestEnvironment;
use crate::support::history::{self, put};
use crate::support::image::parse;
use crate::support::tools::{self, Tool};

/// Returns the samples that the parser of Prometheus finds in what `report` prints, and takes no offence at.
fn samples(environment: &TestEnvironment) -> Vec<Value> {
    samples_of(environment, &[])
}

/// Returns those that it prints with more flags.
fn samples_of(environment: &TestEnvironment, flags: &[&str]) -> Vec<Value> {
    let report = ["report", "--format", "openmetrics"];
    let said = environment.run([&report, flags].concat()).success();
    environment.write("numbers.txt", &said.stdout);
    let numbers = File::open(environment.work().join("numbers.txt")).expect("the numbers");
    let mut parser = environment.command(tools::get(Tool::Openmetrics));
    let read = environment.run_command(parser.stdin(numbers)).success();
    let lines = read.stdout.lines();
    lines.map(|line| parse(line.as_bytes())).collect()
}

/// Returns the samples of a family: their labels but that of the project, and their values.
fn of_family(samples: &[Value], family: &str) -> Vec<(Value, f64)> {
    let samples = samples.iter().filter(|sample| sample["family"] == family);
    let told = samples.map(|sample| {
        let mut labels = sample["labels"].clone();
        let project = labels.as_object_mut().and_then(|it| it.remove("project"));
        assert_eq!(project, Some(json!("example.com/hello")));
        (labels, sample["value"].as_f64().expect("a number"))
    });
    told.collect()
}

#[test]
fn prometheus_reads_the_numbers_of_a_run() {
    let environment = TestEnvironment::new().with_hello();
    environment.run(["build"]).success();
    let record = history::last(&environment);
    let samples = samples(&environment);
    let kept = of_family(&samples, "coracle_slo_kept");
    assert!(
        kept.contains(&(json!({ "slo": "build_time" }), 1.0)),
        "{kept:?}"
    );
    let took = samples
        .iter()
        .find(|it| it["family"] == "coracle_run_seconds");
    let took = took.expect("how long it took");
    assert_eq!(
        (&took["type"], &took["unit"]),
        (&json!("gauge"), &json!("seconds"))
    );
    assert_eq!(took["help"], "How long the last run took.");
    assert_eq!(took["value"], record["seconds"]);
    assert_eq!(took["labels"]["verb"], "build");
    let size = &record["images"][0]["platforms"][0]["size_bytes"];
    assert_eq!(
        of_family(&samples, "coracle_image_size_bytes"),
        [(
            json!({ "image": "hello", "platform": "linux/amd64" }),
            size.as_f64().expect("bytes")
        )]
    );
}

#[test]
fn prometheus_reads_the_numbers_of_deploys_and_releases() {
    let environment = TestEnvironment::without_go().with_hello();
    put(
        &environment,
        &[history::busy(3, 2), history::releases(3)].concat(),
    );
    let samples = samples(&environment);
    let labels = |environment: &str, outcome: &str| json!({ "environment": environment, "verb": "deploy", "outcome": outcome });
    assert_eq!(
        of_family(&samples, "coracle_deploy_seconds"),
        [
            (labels("production", "rolled back"), 19.0),
            (labels("staging", "deployed"), 19.0),
        ]
    );
    assert_eq!(of_family(&samples, "coracle_deploy_phase_seconds").len(), 6);
    assert_eq!(of_family(&samples, "coracle_program_size_bytes").len(), 2);
    assert_eq!(of_family(&samples, "coracle_image_size_bytes").len(), 4);
}

#[test]
fn prometheus_reads_numbers_whatever_things_are_called() {
    let environment = TestEnvironment::without_go().with_hello();
    let name = "a\"b\\c\n\u{1b}[31m} 1\n# EOF\n";
    let [mut dist, mut deploy] = history::releases(1).try_into().expect("two runs");
    dist["programs"][0]["package"] = json!(name);
    deploy["deploys"][0]["environment"] = json!(name);
    let twice = deploy["deploys"][0]["phases"][0].clone();
    deploy["deploys"][0]["phases"] = json!([twice, twice]);
    deploy["phases"] = json!([{ "phase": name, "begins": 0.0, "seconds": 1.5 }]);
    deploy["modules"] = json!({
        "downloaded": 0, "downloaded_bytes": 0, "failures": [{ "host": name, "cause": "", "count": 9 }],
    });
    put(&environment, &[dist, deploy]);
    let samples = samples(&environment);
    let shown = name.replace('\u{1b}', "\\u{1b}");
    for (family, label) in [
        ("coracle_program_size_bytes", "package"),
        ("coracle_deploy_phase_seconds", "environment"),
        ("coracle_run_phase_seconds", "phase"),
        ("coracle_module_failures", "host"),
    ] {
        let found = of_family(&samples, family);
        let named = found
            .iter()
            .filter(|(labels, _)| labels[label] == shown.as_str());
        assert_eq!(named.count(), 1, "{family}: {found:?}");
    }
}

#[test]
fn what_is_shown_to_people_hides_nothing_from_a_monitoring_system() {
    let environment = TestEnvironment::without_go().with_hello();
    let mut records = history::releases(1);
    let pushes = (0..12).map(|number| {
        let mut run = history::push(12 - number, 1.0);
        run["images"] = json!([{
            "name": format!("image-{number}"), "digest": "sha256:0",
            "platforms": [{ "platform": "linux/amd64", "size_bytes": 1 }],
        }]);
        run
    });
    records.extend(pushes);
    put(&environment, &records);
    for shown in ["--runs=10", "--runs=0"] {
        let samples = samples_of(&environment, &[shown]);
        let number = |family| of_family(&samples, family).len();
        assert_eq!(number("coracle_deploy_timestamp_seconds"), 2);
        assert_eq!(number("coracle_image_size_bytes"), 12);
        assert_eq!(number("coracle_program_size_bytes"), 2);
        assert_eq!(number("coracle_run_seconds"), 1);
    }
}
