//! What deploys and rollbacks leave in the history, and what `report` makes of it.

use serde_json::Value;

use super::{ONE, image, pushed, shop};
use crate::support::history::file;
use crate::support::image::{array, parse};
use crate::support::{TestEnvironment, schema};

/// A word that nobody may find in the history.
const SECRET: &str = "hush-4711";

/// Returns the records, each held against the schema that coracle prints.
fn records(environment: &TestEnvironment) -> Vec<Value> {
    let wanted = environment.run(["schema", "history"]).success();
    let wanted = parse(wanted.stdout.as_bytes());
    let text = std::fs::read_to_string(file(environment)).unwrap_or_default();
    assert!(!text.contains(SECRET), "{text}");
    let records: Vec<Value> = text.lines().map(|line| parse(line.as_bytes())).collect();
    for record in &records {
        schema::assert_valid(record, &wanted);
    }
    records
}

/// Returns a project whose smoke test is told a secret, which its program tells everybody.
fn chatty() -> TestEnvironment {
    let smoke = format!(
        "[deploy]\nsmoke = [{{ command = [\"works\", \"{SECRET}\"], interval = \"10ms\", timeout = \"3s\" }}]\n{ONE}"
    );
    let environment = shop(&smoke);
    let program = format!("echo {SECRET}; echo {SECRET} >&2; [ ! -e fails ]");
    environment.write_program("works", &program);
    environment
}

fn phases(record: &Value) -> Vec<&str> {
    let phases = array(&record["deploys"][0]["phases"]).iter();
    phases
        .map(|phase| phase["phase"].as_str().expect("a phase"))
        .collect()
}

#[test]
fn each_deploy_and_rollback_adds_what_it_came_to_and_nothing_that_others_said() {
    let environment = chatty();
    environment.run(pushed(&environment, 1)).success();
    environment.run(pushed(&environment, 2)).success();
    environment.write("fails", "");
    environment.run(pushed(&environment, 3)).ends_with(1);
    environment.run(["rollback"]).success();
    // These change nothing, and leave nothing.
    environment.run(["status"]).success();
    let flags = pushed(&environment, 4);
    let [verb, flag, report] = flags.each_ref().map(String::as_str);
    environment.run([verb, flag, report, "--dry-run"]).success();
    environment.run([verb, flag, "nowhere.json"]).ends_with(2);

    let records = records(&environment);
    let [_, second, failed, back] = records.as_slice() else {
        panic!("{records:#?}");
    };
    assert_eq!(second["verb"], "deploy");
    let deploy = &second["deploys"][0];
    assert_eq!(deploy["environment"], "production");
    assert_eq!(deploy["how"], "command");
    assert_eq!(deploy["outcome"], "deployed");
    assert_eq!(deploy["images"], serde_json::json!([image(2)]));
    assert_eq!(deploy["runs"], deploy["images"]);
    assert_eq!(phases(second), ["prepare", "apply", "rollout", "smoke"]);

    let deploy = &failed["deploys"][0];
    assert_eq!(
        (&failed["exit_code"], &failed["failed_in"]),
        (&1.into(), &"deploy".into())
    );
    assert_eq!(deploy["outcome"], "rolled-back");
    assert_eq!(deploy["images"], serde_json::json!([image(3)]));
    assert_eq!(deploy["runs"], serde_json::json!([image(2)]));
    let all = ["prepare", "apply", "rollout", "smoke", "rollback"];
    assert_eq!(phases(failed), all);

    assert_eq!(
        (&back["verb"], &back["exit_code"]),
        (&"rollback".into(), &0.into())
    );
    assert_eq!(back["deploys"][0]["runs"], serde_json::json!([image(1)]));
    assert_eq!(phases(back), ["rollback"]);
}

#[test]
fn a_report_tells_of_deploys_in_each_form() {
    let environment = chatty();
    environment.run(pushed(&environment, 1)).success();
    environment.write("fails", "");
    environment.run(pushed(&environment, 2)).ends_with(1);
    let text = environment.run(["report"]).success().stdout;
    for (outcome, runs) in [("rolled back", image(1)), ("deployed   ", image(1))] {
        let line = format!("{outcome}  {runs}\n");
        assert!(text.contains(&line), "{text}");
    }
    assert!(
        text.contains("VERB       ENVIRONMENT      TOOK  OUTCOME      RUNS\n"),
        "{text}"
    );
    let document = environment.run(["report", "--json"]).success().stdout;
    let document = parse(document.as_bytes());
    let schema = environment.run(["schema", "numbers"]).success().stdout;
    schema::assert_valid(&document, &parse(schema.as_bytes()));
    let last = &document["last_runs"][0]["deploys"][0];
    assert_eq!(last["outcome"], "rolled-back");
    let metrics = environment
        .run(["report", "--format", "openmetrics"])
        .success()
        .stdout;
    let of = "project=\"example.com/hello\",environment=\"production\",verb=\"deploy\"";
    for line in [
        format!("\ncoracle_deploy_seconds{{{of},outcome=\"rolled back\"}} "),
        format!("\ncoracle_deploy_timestamp_seconds{{{of}}} "),
        format!("\ncoracle_deploy_phase_seconds{{{of},phase=\"rollback\"}} "),
    ] {
        assert!(metrics.contains(&line), "{metrics}");
    }
}
