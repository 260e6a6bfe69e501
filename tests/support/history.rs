//! Histories that nobody had to wait for.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::image::parse;
use super::{TestEnvironment, schema};

/// Returns where the history of an environment is.
pub(crate) fn file(environment: &TestEnvironment) -> PathBuf {
    environment.root().join("cache/history.jsonl")
}

/// Returns the records, each held against the schema that coracle prints.
pub(crate) fn records(environment: &TestEnvironment) -> Vec<Value> {
    let wanted = environment.run(["schema", "history"]).success();
    let wanted = parse(wanted.stdout.as_bytes());
    let text = std::fs::read_to_string(file(environment)).unwrap_or_default();
    let records: Vec<Value> = text.lines().map(|line| parse(line.as_bytes())).collect();
    for record in &records {
        schema::assert_valid(record, &wanted);
    }
    records
}

/// Returns the record of the last run.
pub(crate) fn last(environment: &TestEnvironment) -> Value {
    records(environment).pop().expect("a record")
}

/// Writes records, in their order.
pub(crate) fn put(environment: &TestEnvironment, records: &[Value]) {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    put_text(environment, &(lines.join("\n") + "\n"));
}

/// Writes the text of a history.
pub(crate) fn put_text(environment: &TestEnvironment, text: &str) {
    let file = file(environment);
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("the cache folder");
    std::fs::write(file, text).expect("the history");
}

/// Returns a record of a push of example.com/hello that is done, so many minutes ago.
pub(crate) fn push(minutes_ago: i64, seconds: f64) -> Value {
    let now = jiff::Timestamp::now().as_second();
    let time = jiff::Timestamp::from_second(now - minutes_ago * 60).expect("a time");
    json!({
        "form": 1, "id": format!("{minutes_ago}-{seconds}"), "coracle": "0.1.0",
        "project": "example.com/hello", "verb": "push", "time": time.to_string(), "seconds": seconds,
        "exit_code": 0, "traffic": { "requests": 3, "sent_bytes": 10, "received_bytes": 20 },
    })
}

/// Returns so many pushes of so many images each, the oldest first, with all that a record can have.
pub(crate) fn busy(runs: i64, images: u64) -> Vec<Value> {
    (0..runs)
        .map(|number| busy_push(runs - number, number, images))
        .collect()
}

/// Returns the runs that follow on so many releases: of each a dist for two platforms, and a deploy to two
/// environments, of which every third fails and is rolled back.
pub(crate) fn releases(count: i64) -> Vec<Value> {
    (0..count)
        .flat_map(|number| {
            let minutes_ago = (count - number) * 60;
            [dist(minutes_ago, number), deploy(minutes_ago - 20, number)]
        })
        .collect()
}

fn dist(minutes_ago: i64, number: i64) -> Value {
    let mut run = push(minutes_ago, 20.0);
    run["verb"] = json!("dist");
    run["programs"] = ["linux/amd64", "windows/amd64"]
        .map(|platform| {
            json!({
                "package": "example.com/hello/cmd/hello", "platform": platform, "version": format!("v1.{number}.0"),
                "size_bytes": (8 << 20) + number * 20_000, "seconds": 4.5,
            })
        })
        .into();
    run
}

fn deploy(minutes_ago: i64, number: i64) -> Value {
    let fails = number % 3 == 2;
    let mut run = push(minutes_ago, 40.0);
    run["verb"] = json!("deploy");
    if fails {
        run["exit_code"] = json!(1);
        run["failed_in"] = json!("deploy");
    }
    let seconds = 18.0 + f64::from(i32::try_from(number).unwrap_or(0)) / 2.0;
    let image = |number: i64| {
        let digest = &number.to_string().repeat(64)[..64];
        format!("registry.example.com/team/hello@sha256:{digest}")
    };
    run["deploys"] = ["staging", "production"]
        .map(|environment| {
            let (outcome, runs) = if fails && environment == "production" {
                ("rolled-back", image(number - 1))
            } else {
                ("deployed", image(number))
            };
            json!({
                "environment": environment, "how": "kubernetes", "outcome": outcome, "seconds": seconds,
                "images": [image(number)], "runs": [runs],
                "phases": [
                    { "phase": "prepare", "begins": 0.1, "seconds": 0.4 },
                    { "phase": "apply", "begins": 0.5, "seconds": 1.5 },
                    { "phase": "rollout", "begins": 2.0, "seconds": 14.0 },
                ],
            })
        })
        .into();
    run
}

fn busy_push(minutes_ago: i64, number: i64, images: u64) -> Value {
    let wave = number.unsigned_abs() % 7;
    let seconds =
        40.0 + f64::from(u32::try_from(wave * 5 + number.unsigned_abs() / 20).unwrap_or(0));
    let mut run = push(minutes_ago * 60, seconds);
    let size =
        |image: u64| ((4 + image % 17) << 20) + image * 10_000 + number.unsigned_abs() * 3_000;
    run["images"] = (0..images)
        .map(|image| {
            json!({
                "name": format!("service-{image}"), "digest": format!("sha256:{image:064x}"),
                "tags": ["latest"], "sent_bytes": 1_000_000,
                "platforms": [
                    { "platform": "linux/amd64", "size_bytes": size(image) },
                    { "platform": "linux/arm64", "size_bytes": size(image) - 100_000 },
                ],
            })
        })
        .collect();
    run["phases"] = [("facts", 0.1, 0.4), ("modules", 0.5, 0.05), ("compile", 2.0, 0.6), ("layers", 9.0, 0.7)]
        .iter()
        .map(|(phase, begins, share)| json!({ "phase": phase, "begins": begins, "seconds": seconds * share }))
        .chain([json!({ "phase": "publish", "begins": seconds * 0.6, "seconds": seconds * 0.4 })])
        .collect();
    run["layers"] = json!({
        "kept": images - 1,
        "made": [{ "image": "service-0", "platform": "linux/amd64", "path": "/x", "reason": "changed", "changed": ["go.sum"] }],
    });
    run["programs"] = json!([{
        "package": "/service-0", "image": "service-0", "platform": "linux/amd64", "size_bytes": 30_000_000,
        "parts": parts(),
    }]);
    run
}

fn parts() -> Vec<Value> {
    let of_module = |module: u64| {
        (0..6_u64).map(move |package| {
            let name = if module == 0 {
                String::new()
            } else {
                format!("example.com/module-{module}")
            };
            json!({
                "module": name, "package": format!("{name}/package-{package}"),
                "size_bytes": 9_000_000 / ((module + 1) * (package + 1)),
            })
        })
    };
    (0..40).flat_map(of_module).collect()
}
