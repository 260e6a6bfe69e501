//! What each run adds to the history, and what `report` makes of it.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::history::{self, file, put, put_text, records};
use crate::support::image::{array, parse};
use crate::support::registry::{FakeRegistry, Manifest};
use crate::support::{Output, TestEnvironment, programs, schema};

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

/// Returns what `report --json` prints, held against its schema.
fn report(environment: &TestEnvironment, args: &[&str]) -> (Value, Output) {
    let wanted = environment.run(["schema", "numbers"]).success();
    let said = environment.run([&["report", "--json"], args].concat());
    let document = parse(said.stdout.as_bytes());
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    (document, said)
}

/// Returns a record of a push that is done, so many days ago.
fn push(days_ago: i64, seconds: f64) -> Value {
    history::push(days_ago * 24 * 60, seconds)
}

fn slo<'a>(document: &'a Value, key: &str) -> &'a Value {
    let mut slos = array(&document["slos"]).iter();
    slos.find(|slo| slo["key"] == key).expect("the wish")
}

#[test]
fn a_push_adds_what_it_came_to() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let args = ["push", "--repo", &repository, "--tag", "v1.2.3"];
    environment.run(args).success();
    environment.run(args).success();
    let records = records(&environment);
    let [first, second] = records.as_slice() else {
        panic!("{records:#?}");
    };
    assert_eq!(first["project"], "example.com/hello");
    assert_eq!(
        (&first["verb"], &first["exit_code"]),
        (&json!("push"), &json!(0))
    );
    assert_eq!(first["images"][0]["tags"], json!(["v1.2.3"]));
    assert_eq!(first["layers"]["made"][0]["reason"], "new");
    assert_eq!(second["layers"], json!({ "kept": 1 }));
    assert!(
        first["programs"][0]["size_bytes"].as_u64() > Some(500_000),
        "{first:#}"
    );
    assert_eq!(
        first["traffic"]["requests"],
        registry_requests(&registry) - 1
    );
    assert_eq!(second["traffic"]["requests"], 1);
    assert!(
        first["traffic"]["sent_bytes"].as_u64() > Some(100_000),
        "{first:#}"
    );
    let phases = array(&first["phases"]).iter();
    let phases: Vec<&str> = phases.filter_map(|it| it["phase"].as_str()).collect();
    assert!(phases.contains(&"compile"), "{phases:?}");
}

#[test]
fn what_the_bytes_of_a_program_are_is_recorded_and_which_module_grew_is_said() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let push = |tag| {
        environment
            .run(["push", "--repo", &repository, "--tag", tag])
            .success()
    };
    push("v1.0.0");
    push("v1.0.1");
    let larger = "package main\n\nimport \"net/http\"\n\nfunc main() { println(http.ListenAndServe(\"\", nil)) }\n";
    environment.write("main.go", larger);
    push("v1.0.2");
    let records = records(&environment);
    assert_eq!(records.len(), 3);
    for record in [&records[0], &records[2]] {
        let program = &record["programs"][0];
        let parts = array(&program["parts"]);
        let bytes = |part: &Value| part["size_bytes"].as_u64().expect("bytes");
        let all: u64 = parts.iter().map(bytes).sum();
        assert_eq!(Some(all), program["size_bytes"].as_u64(), "{program:#}");
        let of = |module: &str| -> u64 {
            let parts = parts.iter().filter(|part| part["module"] == module);
            parts.map(bytes).sum()
        };
        assert!(of("std") > all / 4, "{program:#}");
        assert!(of("example.com/hello") > 0, "{program:#}");
    }
    // Nothing was compiled, and nothing looked at.
    assert_eq!(records[1]["programs"][0].get("parts"), None);
    let (document, _) = report(&environment, &[]);
    let grown = &slo(&document, "size_growth")["advice"];
    assert!(grown.to_string().contains("std"), "{grown:#}");
    environment
        .run(["report", "--html", "report.html"])
        .success();
    let page = String::from_utf8(environment.read("report.html")).expect("text");
    assert!(
        page.contains("What the bytes of /hello linux/amd64"),
        "no treemap"
    );
    assert!(page.contains("net/http"), "no package");
}

fn registry_requests(registry: &FakeRegistry) -> usize {
    registry.journal().len()
}

#[test]
fn a_layer_that_is_made_again_tells_why() {
    let environment = hello();
    environment.run(["build"]).success();
    environment.write("main.go", "package main\n\nfunc main() { println(1) }\n");
    environment.run(["build"]).success();
    let records = records(&environment);
    let made = &records[1]["layers"]["made"][0];
    assert_eq!(
        (&made["reason"], &made["changed"][0]),
        (&json!("changed"), &json!("main.go"))
    );
}

#[test]
fn a_run_that_fails_is_in_the_history_with_its_phase() {
    let environment = hello();
    environment.run(["build"]).success();
    environment.write("main.go", "package main\n\nfunc main() { undefined() }\n");
    environment.run(["build"]).ends_with(1);
    environment.run(["dist", "nosuch"]).ends_with(2);
    let records = records(&environment);
    assert_eq!(
        (&records[1]["exit_code"], &records[1]["failed_in"]),
        (&json!(1), &json!("compile"))
    );
    assert_eq!(records[2]["verb"], "dist");
}

#[test]
fn a_check_and_a_dist_are_in_the_history_too() {
    let environment = hello();
    environment.write(
        "coracle.toml",
        "[policy]\nrequired = [\"go.uber.org/zap\"]\nvulnerabilities = \"off\"\n",
    );
    environment.run(["check"]).ends_with(1);
    environment
        .run(["dist", "--platform", "linux/amd64"])
        .success();
    let records = records(&environment);
    let counted = json!({ "severity": "blocked", "rule": "required-module", "count": 1 });
    assert!(
        array(&records[0]["findings"]).contains(&counted),
        "{:#}",
        records[0]
    );
    assert_eq!(records[1]["programs"][0]["package"], "example.com/hello");
    let (document, _) = report(&environment, &[]);
    assert_eq!(slo(&document, "critical_findings")["verdict"], "broken");
}

#[test]
fn a_dist_that_pushes_tells_what_was_found_and_one_that_stays_here_does_not() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let dist = |rules: &str, flags: &[&str]| {
        environment.write(
            "coracle.toml",
            format!("[policy]\nvulnerabilities = \"off\"\n{rules}"),
        );
        let dist = ["dist", "--platform", "linux/amd64"];
        environment.run([&dist, flags].concat())
    };
    let pushed = ["--push", "--repo", &repository];
    dist("required = [\"go.uber.org/zap\"]\n", &pushed).ends_with(1);
    dist("", &[]).success();
    dist("", &pushed).success();
    let records = records(&environment);
    let findings: Vec<&Value> = records.iter().map(|run| &run["findings"]).collect();
    let blocked = json!([{ "severity": "blocked", "rule": "required-module", "count": 1 }]);
    assert_eq!(findings, [&blocked, &Value::Null, &json!([])]);
}

#[test]
fn a_program_of_dist_that_was_compiled_before_took_no_time() {
    let environment = hello();
    for _ in 0..2 {
        environment
            .run(["dist", "--platform", "linux/amd64"])
            .success();
    }
    let records = records(&environment);
    let seconds = |run: usize| &records[run]["programs"][0]["seconds"];
    assert!(seconds(0).is_number());
    assert!(seconds(1).is_null());
    assert_eq!(records[0]["layers"]["made"][0]["reason"], "new");
    assert_eq!(records[1]["layers"]["kept"], 1);
}

#[test]
fn a_plan_is_no_run_and_no_cache_folder_is_made_for_a_record() {
    let environment = hello();
    environment.run(["build", "--set", "nosuch=1"]).ends_with(2);
    assert!(!environment.root().join("cache").exists());
    environment.run(["build", "--dry-run"]).success();
    assert!(!file(&environment).exists());
}

#[test]
fn the_report_shows_what_is_wanted_and_the_last_runs() {
    let environment = hello();
    let image = |days_ago, size: u64, tag: &str| {
        let mut run = push(days_ago, 2.0);
        run["images"] = json!([{
            "name": "hello", "digest": "sha256:0", "tags": [tag],
            "platforms": [{ "platform": "linux/amd64", "size_bytes": size << 20 }],
        }]);
        run
    };
    let mut slow = image(0, 23, "latest");
    slow["seconds"] = 400.into();
    slow["phases"] = json!([{ "phase": "compile", "begins": 1.0, "seconds": 390.0 }]);
    put(&environment, &[image(40, 18, "v1.0.0"), slow]);
    let said = environment.run(["report"]).success();
    let text = regex::Regex::new(r"\d{4}-\d\d-\d\dT[0-9:]+Z").expect("a pattern");
    let text = text.replace_all(&said.stdout, "TIME").into_owned();
    insta::assert_snapshot!(text, @"
    example.com/hello: 2 runs since TIME

    SLO                       LIMIT        NOW  STATUS   OF
    time of a build              5m       6.7m  BROKEN   push of TIME
    reproducible builds        100%          -  unknown
    critical findings             0          -  unknown
    size of an image        20.0 MB    23.0 MB  BROKEN   hello
    growth in size              10%      27.8%  BROKEN   hello since v1.0.0
    first build of a day       200%          -  unknown

    time of a build is broken: the build ends with a warning
      compile took 6.5m
      hint: see what goes on in it: --trace trace.json, and open the file in Perfetto

    size of an image is broken: report --check fails
      hello has 23.0 MB
      hint: what is in its layers: coracle inspect

    growth in size is broken: report --check fails
      hello since v1.0.0 linux/amd64: from 18.0 MB to 23.0 MB
      hint: what grew: coracle size OLD NEW

    RUN                   VERB          TOOK  IMAGES  MADE  KEPT  REQUESTS       SENT  EXIT
    TIME  push          6.7m       1     -     -         3       10 B  0
    TIME  push          2.0s       1     -     -         3       10 B  0
    ");
    environment.run(["report", "--check"]).ends_with(1);
    let wide = [
        "report",
        "--check",
        "--set",
        "slo.build_time=10m",
        "--set",
        "slo.image_size=30MB",
    ];
    environment.run(wide).ends_with(1);
    environment
        .run([&wide[..], &["--set", "slo.size_growth=40%"]].concat())
        .success();
}

#[test]
fn without_runs_nothing_is_known_and_nothing_is_broken() {
    let environment = hello();
    let (document, said) = report(&environment, &["--check"]);
    said.success();
    assert_eq!(document["runs"], 0);
    assert!(
        array(&document["slos"])
            .iter()
            .all(|slo| slo["verdict"] == "unknown")
    );
    assert!(!environment.root().join("cache").exists());
}

#[test]
fn what_is_harmed_or_newer_is_set_aside_and_said_once() {
    let environment = hello();
    let mut newer = push(1, 1.0);
    newer["form"] = 2.into();
    newer["seconds"] = json!({ "wall": 1 });
    let good = push(0, 1.0).to_string();
    let text = format!(
        "{good}\n{{\"form\":1,\n\u{0}\u{0}\n{newer}\n{}",
        &good[..40]
    );
    put_text(&environment, &text);
    let (document, said) = report(&environment, &[]);
    said.success();
    assert_eq!(document["runs"], 1);
    assert_eq!(
        document["set_aside"],
        json!({ "damaged": 3, "newer": 1, "misdated": 0 })
    );
    // What comes after half a line is whole.
    environment.run(["build"]).success();
    assert_eq!(report(&environment, &[]).0["runs"], 2);
    let said = environment.run(["report"]).success();
    assert_eq!(
        said.stdout.matches("harmed and set aside").count(),
        1,
        "{said}"
    );
}

#[test]
fn eight_runs_at_once_lose_nothing() {
    let environment = hello();
    environment.run(["build"]).success();
    let running: Vec<_> = (0..8)
        .map(|number| {
            let output = format!("archive=dist/{number}.tar");
            let mut command = environment.coracle(["build", "-q", "-o", &output]);
            command.stdout(Stdio::null());
            command.spawn().expect("coracle starts")
        })
        .collect();
    for mut run in running {
        assert!(run.wait().expect("its end").success());
    }
    assert_eq!(records(&environment).len(), 9);
}

#[test]
fn a_history_of_a_hundred_megabytes_is_read_and_cut() {
    let environment = hello();
    environment.run(["build"]).success();
    let mut text = std::fs::File::create(file(&environment)).expect("the history");
    let other = json!({ "form": 1, "project": "other", "filler": "x".repeat(100_000) }).to_string();
    writeln!(text, "{}", push(3, 1.0)).expect("a line");
    for _ in 0..1_000 {
        writeln!(text, "{other}").expect("a line");
    }
    // A line without an end, as a disk that fails may leave.
    text.write_all("y".repeat(6 << 20).as_bytes())
        .expect("a long line");
    writeln!(text, "\n{}", push(2, 1.0)).expect("a line");
    drop(text);
    assert_eq!(report(&environment, &[]).0["runs"], 2);
    environment.run(["build"]).success();
    let size = std::fs::metadata(file(&environment))
        .expect("the history")
        .len();
    assert!(size <= 24 << 20, "{size}");
    let (document, _) = report(&environment, &[]);
    assert_eq!(document["runs"], 2, "the oldest is gone");
}

#[test]
fn clocks_that_jump_do_no_harm() {
    let environment = hello();
    let (mut early, mut late) = (push(2, -5.0), push(1, 1e300));
    early["time"] = "1970-01-01T00:00:09Z".into();
    late["time"] = "2499-01-01T00:00:00Z".into();
    put(&environment, &[push(3, 1.0), early, late, push(0, 2.0)]);
    let (document, said) = report(&environment, &[]);
    said.success();
    assert_eq!(document["set_aside"]["misdated"], 2);
    assert_eq!(slo(&document, "build_time")["value"], 2.0);
    let runs = array(&document["last_runs"]).iter();
    assert!(runs.clone().all(|run| run["seconds"].as_f64() >= Some(0.0)));
    let [_, mut deploy] = history::releases(1).try_into().expect("two runs");
    deploy["deploys"][0]["seconds"] = json!(1e300);
    deploy["deploys"][0]["phases"][0]["seconds"] = json!(-1.0);
    put(&environment, &[deploy]);
    let (document, _) = report(&environment, &[]);
    let deploy = &document["last_runs"][0]["deploys"][0];
    assert!(deploy["seconds"].as_f64() < Some(1e9), "{deploy:#}");
    assert_eq!(deploy["phases"][0]["seconds"], 0.0);
}

#[test]
fn a_history_that_cannot_be_written_fails_no_run() {
    let environment = hello();
    environment.run(["build"]).success();
    let file = file(&environment);
    std::fs::remove_file(&file).expect("the history");
    std::fs::create_dir(&file).expect("a folder in its place");
    environment
        .run(["build"])
        .success()
        .says("warning: this run is not in the history");
    environment
        .run(["report"])
        .ends_with(1)
        .says("cannot read the history");
}

#[test]
fn a_history_that_cannot_be_cut_has_the_run_all_the_same() {
    let environment = hello();
    environment.write("coracle.toml", "[policy]\nvulnerabilities = \"off\"\n");
    environment.run(["check"]).success();
    environment.write("history.jsonl", "x\n".repeat(33 << 19));
    // Room for the history, and not for a shorter one beside it.
    let script = "\"$2\" -t tmpfs -o size=40m none \"$1\" && \"$3\" history.jsonl \"$1\" && \
        \"$0\" check > /dev/null && \"$0\" report --json";
    let mut command = environment.command(programs::find("unshare"));
    command
        .args(["--map-root-user", "--mount", "--", "/bin/sh", "-c", script])
        .arg(programs::coracle())
        .arg(environment.root().join("cache"))
        .args(["mount", "cp"].map(programs::find));
    let said = environment
        .run_command(&mut command)
        .success()
        .says("warning: the history has grown too long, and its oldest runs cannot be taken out");
    assert!(!said.stderr.contains("is not in the history"), "{said}");
    let document = parse(said.stdout.as_bytes());
    assert_eq!(document["last_runs"][0]["verb"], "check");
}

#[test]
fn others_on_the_machine_do_not_read_it() {
    let environment = hello();
    environment.run(["build"]).success();
    let mode = std::fs::metadata(file(&environment))
        .expect("the history")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_slow_build_ends_with_a_warning() {
    let environment = hello();
    environment
        .run(["build", "--set", "slo.build_time=1ms"])
        .success()
        .says("and [slo] build_time is 1ms");
}

#[test]
fn a_configuration_that_can_be_read_only_once_counts_to_the_end() {
    let environment = hello();
    for verb in ["build", "dist"] {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        let text = "[slo]\nbuild_time = \"1ms\"\n";
        writer.write_all(text.as_bytes()).expect("room for it");
        drop(writer);
        let mut coracle = environment.coracle([verb, "--config", "/dev/stdin"]);
        environment
            .run_command(coracle.stdin(reader))
            .success()
            .says("and [slo] build_time is 1ms");
    }
}

#[test]
fn a_release_that_did_not_reproduce_is_not_pushed() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let mut compared = push(1, 1.0);
    compared["verb"] = "reproduce".into();
    compared["reproductions"] = json!([{
        "image": "hello", "result": "different", "digest": "sha256:0", "difference": "/hello differs",
    }]);
    put(&environment, &[compared.clone()]);
    environment
        .run(["push", "--repo", &repository, "--tag", "v1.0.0"])
        .ends_with(1)
        .says("hello: it is not released: built twice, it did not come out the same");
    assert_eq!(registry.journal().len(), 0);
    assert_eq!(
        slo(&report(&environment, &[]).0, "reproducible")["verdict"],
        "broken"
    );
    environment
        .run(["push", "--repo", &repository, "--tag", "latest"])
        .success();
    let mut again = compared.clone();
    again["id"] = "again".into();
    again["reproductions"][0]["result"] = "same".into();
    put(&environment, &[compared, again]);
    environment
        .run(["push", "--repo", &repository, "--tag", "v1.0.0"])
        .success();
}

#[test]
fn no_secret_is_in_the_history() {
    let mut environment = hello();
    environment.set("GOPROXY", "https://me:hunter2@127.0.0.1:9/x?token=hunter3");
    environment.write(
        "go.mod",
        "module example.com/hello\n\ngo 1.26\n\nrequire example.com/x v1.0.0\n",
    );
    environment.write(
        "main.go",
        "package main\n\nimport _ \"example.com/x\"\n\nfunc main() {}\n",
    );
    let cache = environment.root().join("cache");
    std::fs::create_dir_all(cache).expect("the cache folder");
    environment.run(["build"]);
    let text = std::fs::read_to_string(file(&environment)).expect("the history");
    assert!(!text.contains("hunter"), "{text}");
}

#[test]
fn machines_that_share_a_history_see_each_others_runs() {
    let (here, there) = (hello(), hello());
    let registry = FakeRegistry::start();
    let config = format!(
        "[history]\nregistry = \"{}\"\n",
        registry.repository("team/history")
    );
    let repository = registry.repository("team/hello");
    for environment in [&here, &there] {
        environment.write("coracle.toml", &config);
        environment.run(["push", "--repo", &repository]).success();
        environment.run(["build"]).success();
    }
    let asked_before = registry.journal().len();
    assert_eq!(report(&here, &["--offline"]).0["runs"], 2);
    assert_eq!(registry.journal().len(), asked_before);
    // Both pushes, and what was built here.
    let (document, said) = report(&here, &[]);
    assert_eq!(
        (&document["runs"], &*said.success().stderr),
        (&json!(3), "")
    );
    // What came is kept.
    assert_eq!(report(&here, &["--offline"]).0["runs"], 3);
    let nowhere = TestEnvironment::new().with_hello();
    nowhere.write("coracle.toml", &config);
    assert_eq!(report(&nowhere, &[]).0["runs"], 2);
    assert!(!nowhere.root().join("cache").exists());
}

/// Pushes, and returns the tag and the manifest of the record that is shared.
fn shared(environment: &TestEnvironment, registry: &FakeRegistry) -> (String, Manifest) {
    let repository = registry.repository("team/hello");
    environment.run(["push", "--repo", &repository]).success();
    let tag = registry
        .tags("team/history")
        .pop()
        .expect("the tag of the record");
    let manifest = registry.manifest("team/history", &tag).expect("the record");
    (tag, manifest)
}

#[test]
fn a_shared_history_that_is_away_or_harmed_fails_nothing() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let history = registry.repository("team/history");
    environment.write(
        "coracle.toml",
        format!("[history]\nregistry = \"{history}\"\n"),
    );
    let (tag, manifest) = shared(&environment, &registry);
    // Not the run that its tag names.
    let other = tag.replace(&tag[tag.len() - 16..], "0123456789abcdef");
    registry.put_manifest(
        "team/history",
        &other,
        &manifest.media_type,
        &manifest.json(),
    );
    std::fs::remove_file(file(&environment)).expect("the history");
    let said = environment.run(["report"]).success();
    assert!(said.stdout.contains("1 run since"), "{said}");
    assert!(
        said.stderr
            .contains("1 of the records that others told are harmed"),
        "{said}"
    );
    let away = "[history]\nregistry = \"127.0.0.1:1/team/history\"\n[network]\nretries = 0\n";
    environment.write("coracle.toml", away);
    environment
        .run(["push", "--repo", &repository])
        .success()
        .says("it does not take the record of this run");
    environment
        .run(["report"])
        .success()
        .says("it cannot be asked for the runs of others");
}

#[test]
fn the_newest_of_ten_thousand_shared_runs_is_among_those_that_are_asked_for() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let history = registry.repository("team/history");
    environment.write(
        "coracle.toml",
        format!("[history]\nregistry = \"{history}\"\n"),
    );
    let (tag, manifest) = shared(&environment, &registry);
    let parts: Vec<&str> = tag.split('-').collect();
    let [run, project, time, _] = parts[..] else {
        panic!("{tag}");
    };
    let time: u64 = time.parse().expect("a time");
    for number in 1..=10_100 {
        let older = format!("{run}-{project}-{:011}-{number:016x}", time - number);
        let json = manifest.json();
        registry.put_manifest("team/history", &older, &manifest.media_type, &json);
    }
    std::fs::remove_file(file(&environment)).expect("the history");
    let (document, _) = report(&environment, &[]);
    assert_eq!(document["runs"], 1);
}
