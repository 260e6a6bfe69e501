//! What a good run says, to people and to programs.

use serde_json::Value;

use coracle::model::ByteSize;

use crate::support::image::{array, parse};
use crate::support::layout::Layout;
use crate::support::module_proxy::ModuleProxy;
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment, schema};

fn hello() -> TestEnvironment {
    TestEnvironment::new().with_hello()
}

/// Returns the document on stdout, held against the schema that coracle prints.
fn document(environment: &TestEnvironment, output: &Output) -> Value {
    let wanted = environment.run(["schema", "report"]).success();
    let document = parse(output.stdout.as_bytes());
    schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    document
}

#[test]
fn stdout_has_one_line_for_each_output_and_talk_is_on_stderr() {
    let environment = hello();
    let said = environment.run(["build"]).success();
    let layout = Layout::in_archive(&environment.work().join("dist/hello.tar"));
    let digest = layout.digest("latest");
    let line = format!("archive=dist/hello.tar@{digest}\n");
    assert_eq!(said.data(), line);
    assert!(said.stderr.contains(&digest), "{said}");
}

#[test]
fn a_quiet_run_says_nothing_but_its_result() {
    let said = hello().run(["build", "-q"]).success();
    assert_eq!(said.stderr, "");
    assert_eq!(said.stdout.lines().count(), 1);
}

#[test]
fn the_report_of_a_build_is_one_document_that_its_schema_knows() {
    let environment = hello();
    let args = ["build", "--json", "--platform", "linux/amd64,linux/arm64"];
    let document = document(&environment, &environment.run(args).success());
    assert_eq!(document["status"], "done");
    let image = &document["images"][0];
    let layout = Layout::in_archive(&environment.work().join("dist/hello.tar"));
    assert_eq!(image["digest"], layout.digest("latest"));
    for (reported, (platform, image)) in array(&image["platforms"])
        .iter()
        .zip(layout.images("latest"))
    {
        assert_eq!(reported["platform"], platform);
        assert_eq!(reported["digest"], image.digest);
        assert_eq!(reported["size_bytes"], image.compressed_bytes());
        assert_eq!(array(&reported["layers"]).len(), image.layers.len());
    }
    let phases = array(&document["phases"]).iter();
    let phases: Vec<&str> = phases.filter_map(|phase| phase["phase"].as_str()).collect();
    assert!(
        phases.contains(&"compile") && phases.contains(&"layers"),
        "{phases:?}"
    );
    assert_eq!(document["toolchain"]["origin"], "machine");
}

#[test]
fn the_report_of_a_push_says_where_the_image_is() {
    let environment = hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let args = ["push", "--json", "--repo", &repository, "--tag", "v1"];
    let document = document(&environment, &environment.run(args).success());
    let image = &document["images"][0];
    let output = &image["outputs"][0];
    assert_eq!(output["destination"], repository);
    assert_eq!(output["tags"], serde_json::json!(["v1"]));
    assert!(output["sent_bytes"].as_u64() > image["platforms"][0]["size_bytes"].as_u64());
    let manifest = registry.manifest("team/hello", "v1").expect("the tag");
    assert_eq!(image["digest"], manifest.digest());
}

#[test]
fn the_report_of_a_failure_is_a_document_too() {
    let environment = hello();
    environment.write("main.go", "package main\n\nfunc main() { undefined() }\n");
    let output = environment.run(["build", "--json"]).ends_with(1);
    let document = document(&environment, &output);
    assert_eq!(document["status"], "failed");
    assert_eq!(document["images"], serde_json::json!([]));
    assert_eq!(document["errors"][0]["phase"], "compile");
}

#[test]
fn a_trace_is_a_timeline_in_json() {
    let environment = hello();
    environment
        .run(["build", "--trace", "trace.json"])
        .success();
    let trace = parse(&environment.read("trace.json"));
    let of_kind = |kind: &str| {
        array(&trace)
            .iter()
            .filter(|event| event["ph"] == kind)
            .count()
    };
    assert!(of_kind("B") > 3, "{trace:#}");
    assert_eq!(of_kind("B"), of_kind("E"), "{trace:#}");
    let times: Vec<u64> = array(&trace)
        .iter()
        .filter_map(|event| event["ts"].as_u64())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_trace_shows_what_go_did_within_its_own_time_and_changes_nothing() {
    let mut environment = hello();
    environment.run(["build"]).success();
    let plain = environment.read("dist/hello.tar");
    environment.set("CORACLE_CACHE", environment.root().join("another"));
    environment.set("GOCACHE", environment.root().join("go-build"));
    let said = environment
        .run(["build", "-v", "--trace", "trace.json"])
        .success();
    assert!(environment.read("dist/hello.tar") == plain, "{said}");
    assert!(said.stderr.contains("/bin/go build "), "{said}");
    let trace = parse(&environment.read("trace.json"));
    let trace = array(&trace);
    let mut spans = trace.iter();
    let span = spans.find(|it| it["ph"] == "B" && it["cat"] == "compile");
    let began = span.expect("a span")["ts"].as_u64();
    let of_go: Vec<_> = trace.iter().filter(|event| event["ph"] == "X").collect();
    let names: Vec<&str> = of_go.iter().filter_map(|it| it["name"].as_str()).collect();
    assert!(names.contains(&"compile runtime"), "{names:?}");
    assert!(names.contains(&"link example.com/hello"), "{names:?}");
    for event in of_go {
        assert!(event["pid"].as_u64() > Some(1), "{event}");
        assert!(event["ts"].as_u64() >= began, "{event}");
    }
    let times: Vec<u64> = trace.iter().filter_map(|it| it["ts"].as_u64()).collect();
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_trace_of_what_cannot_be_loaded_has_no_actions_and_says_only_what_is_wrong() {
    let environment = hello();
    let main = "package main\n\nimport _ \"example.com/hello/inner\"\n\nfunc main() {}\n";
    environment.write("main.go", main);
    environment.write("inner/inner.go", "");
    let said = environment.run(["build", "--trace", "trace.json"]);
    let said = said.ends_with(1);
    assert!(said.stderr.contains("expected 'package'"), "{said}");
    assert!(!said.stderr.contains("timeline"), "{said}");
    let trace = parse(&environment.read("trace.json"));
    assert!(array(&trace).iter().all(|it| it["ph"] != "X"), "{trace:#}");
}

#[test]
fn a_run_tells_which_layers_it_made_and_what_had_changed() {
    let environment = hello();
    environment.run(["build"]).success();
    let changed = format!(
        "{}\n// changed\n",
        String::from_utf8_lossy(&environment.read("main.go"))
    );
    environment.write("main.go", changed);
    let said = environment.run(["build", "-v", "--json"]).success();
    let document = document(&environment, &said);
    let layer = &document["rebuilt"][0]["layers"][0];
    assert_eq!(layer["verdict"], "changed", "{document:#}");
    assert_eq!(layer["changes"][0]["what"], "main.go", "{document:#}");
    assert!(
        said.stderr
            .contains("is made anew, because of\n  changed  main.go\n"),
        "{said}"
    );
    let again = environment.run(["build", "--json"]).success();
    assert!(again.stdout.contains("\"rebuilt\": [],"), "{again}");
}

#[test]
fn every_verb_writes_a_trace() {
    let environment = hello();
    environment.run(["build"]).success();
    for args in [
        ["inspect", "dist/hello.tar"].as_slice(),
        &["explain", "--graph", "tree"],
        &["schema"],
    ] {
        environment
            .run([args, &["--trace", "trace.json"]].concat())
            .success();
        let trace = parse(&environment.read("trace.json"));
        assert!(!array(&trace).is_empty() || args == ["schema"], "{args:?}");
        std::fs::remove_file(environment.work().join("trace.json")).expect("a trace");
    }
    environment
        .run(["schema", "--trace", "none/x"])
        .ends_with(73);
}

#[test]
fn a_dry_run_prints_the_plan_and_does_nothing() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let args = [
        "build",
        "--dry-run",
        "--platform",
        "linux/amd64,linux/arm64",
    ];
    let said = environment.run(args).success();
    let version = crate::support::go::wanted_version();
    for line in [
        "image     hello",
        "base      static",
        "platforms linux/amd64, linux/arm64",
        "program   /hello from example.com/hello",
        "user      65532:65532",
        "output    archive=dist/hello.tar (latest)",
    ] {
        assert!(said.data().contains(line), "no {line:?}\n{said}");
    }
    assert!(
        said.stdout.starts_with(&format!("go        {version}")),
        "{said}"
    );
    assert!(!environment.work().join("dist").exists());
    environment.assert_nothing_compiled();
}

#[test]
fn a_dry_run_of_a_push_asks_no_registry() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    let args = ["push", "--dry-run", "--json", "--repo", &repository];
    let said = environment.run(args).success();
    let plan = parse(said.stdout.as_bytes());
    assert_eq!(
        plan["images"][0]["outputs"][&repository],
        serde_json::json!(["latest"])
    );
    assert_eq!(registry.journal().len(), 0);
    environment.assert_nothing_compiled();
}

#[test]
fn help_and_version_are_data() {
    let environment = TestEnvironment::without_go();
    let version = environment.run(["--version"]).success();
    assert_eq!(
        version.stdout,
        concat!("coracle ", env!("CARGO_PKG_VERSION"), "\n")
    );
    let help = environment.run(["build", "--help"]).success();
    assert!(help.stdout.contains("--platform"), "{help}");
    assert_eq!(help.stderr, "");
}

#[test]
fn modules_that_are_downloaded_are_counted_with_their_bytes() {
    let proxy = ModuleProxy::empty();
    let published = proxy.publish("example.com/dep", "v1.0.0", "package dep\n");
    let mut environment = hello();
    let module_cache = environment.root().join("go-mod");
    environment.set("GOMODCACHE", module_cache);
    environment.set("GOPROXY", proxy.url());
    environment.set("GONOSUMDB", "example.com/*");
    let require = "module example.com/hello\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n";
    environment.write("go.mod", require);
    environment.write("go.sum", published.go_sum);
    let main = "package main\n\nimport _ \"example.com/dep\"\n\nfunc main() {}\n";
    environment.write("main.go", main);
    let output = environment.run(["build", "--progress=plain"]).success();
    let size = ByteSize(published.zip_bytes);
    let line = regex::Regex::new(&format!(
        r"modules  linux/amd64 \(\d+\.\ds, {size}\)\n *modules  1 module downloaded\n"
    ));
    assert!(
        line.expect("a pattern").is_match(&output.talk()),
        "{output}"
    );
}

#[test]
fn each_document_has_a_schema() {
    let environment = hello();
    for (args, of) in [
        (["build", "--dry-run", "--json"].as_slice(), "plan"),
        (
            &["push", "--dry-run", "--json", "--repo=r.example/{name}"],
            "plan",
        ),
        (&["dist", "--dry-run", "--json"], "dist-plan"),
    ] {
        let wanted = environment.run(["schema", of]).success();
        let said = environment.run(args).success();
        let document = parse(said.stdout.as_bytes());
        schema::assert_valid(&document, &parse(wanted.stdout.as_bytes()));
    }
}

#[test]
fn a_failure_of_any_verb_is_a_document_too() {
    let environment = hello();
    for (args, code) in [
        (["inspect", "--json", "nosuch"].as_slice(), 2),
        (&["inspect", "--json", "main.go"], 1),
        (&["build", "--json", "nosuch"], 2),
        (&["build", "--json", "--trace", "none/x"], 73),
        (&["dist", "--json", "--trace", "none/x"], 73),
    ] {
        let said = environment.run(args).ends_with(code);
        let document = document(&environment, &said);
        assert_eq!(document["status"], "failed", "{said}");
        assert_eq!(document["errors"][0]["exit_code"], code, "{said}");
    }
}

#[test]
fn the_next_line_after_a_push_to_a_registry_of_this_machine_can_be_typed() {
    let (environment, registry) = (hello(), FakeRegistry::start());
    let repository = registry.repository("team/hello");
    let said = environment.run(["push", "--repo", &repository]).success();
    let next = format!("next  podman run --rm --tls-verify=false {}\n", said.line());
    assert!(said.stderr.contains(&next), "{said}");
}
