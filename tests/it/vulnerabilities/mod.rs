//! Known vulnerabilities, found by the real scanner in real programs, from a database with a few true entries.

mod programs;
mod pushes;
mod releases;

use std::io::Write as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::checksums;
use crate::support::folders;
use crate::support::http::{Act, Fault, Method};
use crate::support::module_proxy::ModuleProxy;
use crate::support::running::{Signal, until};
use crate::support::{Output, TestEnvironment};

const GO_MOD: &str = "module example.com/app\n\ngo 1.26\n\nrequire golang.org/x/text v0.3.5\n";

const GO_SUM: &str = "\
golang.org/x/text v0.3.5 h1:i6eZZ+zk0SOf0xgBpEpPD18qWcJda6q1sxt3S0kzyUQ=
golang.org/x/text v0.3.5/go.mod h1:5Zoc/QRtKVWzQhOtBMvqHzDpF6irO9z98xDceosuGiQ=
golang.org/x/tools v0.0.0-20180917221912-90fa682c2a6e/go.mod h1:n7NCudcB/nEzxVGmLbDWY5pfWTLqBcC2KZ6jyYvM4mQ=
";

const CALLED: &str = "package main

import (
\t\"os\"

\t\"golang.org/x/text/language\"
)

func main() {
\ttag(os.Args[0])
}

func tag(text string) language.Tag {
\ttag, err := language.Parse(text)
\tif err != nil {
\t\treturn language.Und
\t}
\treturn tag
}
";

const IMPORTED: &str = "package main

import \"golang.org/x/text/language\"

func main() {
\tprintln(language.English.String())
}
";

const REQUIRED: &str = "package main

import \"golang.org/x/text/unicode/norm\"

func main() {
\tprintln(norm.NFC.String(\"a\"))
}
";

fn database() -> PathBuf {
    folders::project().join("tests/vulnerabilities")
}

fn database_url() -> String {
    format!("file://{}", database().display())
}

/// Returns a project with three programs of one old module, which call what is vulnerable in it, import its package,
/// and use another package of the module.
fn project() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("go.mod", GO_MOD);
    environment.write("go.sum", GO_SUM);
    for (name, source) in [
        ("called", CALLED),
        ("imported", IMPORTED),
        ("required", REQUIRED),
    ] {
        environment.write(format!("cmd/{name}/main.go"), source);
    }
    configure(&environment, "");
    environment
}

/// Writes rules, with the database of the tests.
fn configure(environment: &TestEnvironment, rules: &str) {
    configure_with(environment, &database_url(), rules);
}

fn configure_with(environment: &TestEnvironment, database: &str, rules: &str) {
    configure_images(
        environment,
        &["called", "imported", "required"],
        database,
        rules,
    );
}

/// Writes images of the project's programs, and rules; further tables may follow these.
fn configure_images(environment: &TestEnvironment, images: &[&str], database: &str, rules: &str) {
    let images = images.iter();
    let images = images.map(|name| format!("[images.{name}]\nmain = \"./cmd/{name}\"\n"));
    let policy = format!("[policy]\nvulnerability_database = \"{database}\"\n{rules}");
    environment.write("coracle.toml", images.collect::<String>() + &policy);
}

fn check(environment: &TestEnvironment, image: &str) -> Output {
    environment.run(["check", image, "--json"])
}

/// Returns what was found of vulnerabilities.
fn found(output: &Output) -> Vec<Value> {
    let document: Value = serde_json::from_str(&output.stdout).expect("a document");
    let findings = document["findings"].as_array().expect("findings");
    let of_rule = findings.iter().filter(|it| it["rule"] == "vulnerability");
    of_rule.cloned().collect()
}

/// Returns it in short: severity, subject, and how its message ends.
fn told(output: &Output) -> Vec<String> {
    let lines = found(output).into_iter().map(|it| {
        let message = it["message"].as_str().expect("a message");
        let end = message.rsplit("): ").next().unwrap_or(message);
        format!(
            "{} {}: {end}",
            it["severity"].as_str().unwrap_or("-"),
            it["subject"].as_str().unwrap_or("-")
        )
    });
    lines.collect()
}

#[test]
fn what_is_called_stops_a_push_what_is_imported_is_warned_of_and_what_is_required_is_noted() {
    let environment = project();
    let called = check(&environment, "called").ends_with(1);
    let imported_only =
        "golang.org/x/text/language is compiled in, and nothing calls what is vulnerable";
    assert_eq!(
        told(&called),
        [
            "blocked GO-2021-0113: the program calls it".to_owned(),
            format!("warning GO-2022-1059: {imported_only}"),
        ]
    );
    let blocked = &found(&called)[0];
    assert_eq!(
        blocked["chain"],
        serde_json::json!([
            "example.com/app/cmd/called.main (cmd/called/main.go:10)",
            "example.com/app/cmd/called.tag (cmd/called/main.go:14)",
            "golang.org/x/text/language.Parse (language/parse.go:33)",
        ])
    );
    assert_eq!(blocked["path"], "cmd/called/main.go");
    assert_eq!(blocked["line"], 14);
    assert_eq!(blocked["hints"][0], "go get golang.org/x/text@v0.3.7");
    let text = environment.run(["check", "called"]).ends_with(1).data();
    let line = "BLOCKED: GO-2021-0113 — Out-of-bounds read in golang.org/x/text/language (golang.org/x/text v0.3.5, \
                CVE-2021-38561, GHSA-ppp9-7jff-5vj2): the program calls it";
    assert!(text.contains(line), "{text}");

    let imported = check(&environment, "imported").success();
    let ids = ["GO-2021-0113", "GO-2022-1059"];
    assert_eq!(
        told(&imported),
        ids.map(|id| format!("warning {id}: {imported_only}"))
    );
    let required = check(&environment, "required").success();
    let expected = "the module is used, and not what is vulnerable in it";
    assert_eq!(found(&required)[0]["path"], "go.mod");
    assert_eq!(found(&required)[0]["line"], 5);
    assert_eq!(
        told(&required),
        ids.map(|id| format!("note {id}: {expected}"))
    );
}

#[test]
fn calls_are_followed_only_where_something_vulnerable_is_compiled_in() {
    let environment = project();
    for (image, is_followed) in [("called", true), ("imported", true), ("required", false)] {
        environment.run(["check", image, "--trace", "trace.json"]);
        let trace = environment.read("trace.json");
        let trace = String::from_utf8(trace).expect("UTF-8");
        assert!(trace.contains("\"vulnerabilities linux/amd64\""), "{trace}");
        let follows = trace.contains("\"vulnerable calls linux/amd64\"");
        assert_eq!(follows, is_followed, "{image}: {trace}");
    }
}

#[test]
fn the_rules_say_from_where_on_a_push_is_stopped_and_what_is_lived_with() {
    let environment = project();
    configure(&environment, "vulnerabilities = \"required\"\n");
    let required = check(&environment, "required").ends_with(1);
    assert!(
        told(&required)
            .iter()
            .all(|line| line.starts_with("blocked "))
    );

    configure(&environment, "vulnerabilities = \"off\"\n");
    assert!(found(&check(&environment, "called").success()).is_empty());

    let accepted = |id: &str, until: &str| {
        configure(
            &environment,
            &format!(
                "[[policy.accepted]]\nid = \"{id}\"\nreason = \"no stranger's tags\"\nuntil = {until}\n"
            ),
        );
        check(&environment, "called")
    };
    let told_of = |output: &Output| {
        told(output)
            .into_iter()
            .find(|it| it.contains("0113"))
            .expect("it is found")
    };
    assert_eq!(
        told_of(&accepted("CVE-2021-38561", "9999-12-31").success()),
        "note GO-2021-0113: the program calls it; accepted until 9999-12-31: no stranger's tags"
    );
    assert_eq!(
        told_of(&accepted("GO-2021-0113", "2024-02-29").ends_with(1)),
        "blocked GO-2021-0113: the program calls it; it was accepted until 2024-02-29, and that is over"
    );
    let useless = accepted("GO-2020-0001", "2024-02-29").ends_with(1);
    let expected = "note GO-2020-0001: it is accepted, nothing of this name is found and its last day, 2024-02-29, is over";
    assert!(told(&useless).contains(&expected.to_owned()), "{useless}");
}

#[test]
fn a_program_that_cannot_be_loaded_costs_the_others_nothing() {
    let environment = project();
    let broken = "package main\n\nimport _ \"example.com/app/none\"\n\nfunc main() {}\n";
    environment.write("cmd/broken/main.go", broken);
    let images = ["broken", "called", "imported", "required"];
    configure_images(
        &environment,
        &images,
        &database_url(),
        "vet = \"allow\"\nuntidy = \"allow\"\n",
    );
    let output = environment.run(["check", "--json"]).ends_with(1);
    let told = told(&output);
    assert_eq!(told[0], "blocked GO-2021-0113: the program calls it");
    output
        .says("cannot look for known vulnerabilities")
        .says("example.com/app/none");
}

/// Starts a server that has the database below `/go`.
fn server() -> ModuleProxy {
    let server = ModuleProxy::empty();
    for file in [
        "index/db.json",
        "index/modules.json",
        "ID/GO-2021-0113.json",
        "ID/GO-2022-1059.json",
        "ID/GO-2026-6218.json",
    ] {
        let content = std::fs::read(database().join(file)).expect("a file of the database");
        let mut compressed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        compressed.write_all(&content).expect("compressed");
        let compressed = compressed.finish().expect("compressed");
        server.put(&format!("/go/{file}.gz"), compressed);
    }
    server
}

#[test]
fn a_database_is_read_from_a_server_too() {
    let (environment, server) = (project(), server());
    configure_with(&environment, &format!("{}/go", server.url()), "");
    let called = check(&environment, "called").ends_with(1);
    assert_eq!(
        told(&called)[0],
        "blocked GO-2021-0113: the program calls it"
    );
    // Whoever may ask nobody does not ask it.
    environment
        .run(["check", "called", "--offline"])
        .ends_with(69)
        .says("it is not asked: --offline")
        .says("hint: name a copy on this machine");
}

#[test]
fn a_scanner_that_waits_for_its_database_ends_with_the_run() {
    let (environment, server) = (project(), server());
    configure_with(&environment, &format!("{}/go", server.url()), "");
    let entry = "/go/ID/GO-2021-0113.json.gz";
    server.misbehave(Fault::on(Method::GET, entry, Act::Stall));
    let running = environment.start(&["check", "called"]);
    until("the scanner asks", || {
        let requests = server.journal().requests();
        requests.iter().any(|request| request.path() == entry)
    });
    running.signal(Signal::INT);
    running.end().ends_with(130);
    environment.assert_no_processes();
}

#[test]
fn a_database_that_cannot_be_read_is_named_with_the_ways_out() {
    let environment = project();
    let failed = |database: &str| {
        configure_with(&environment, database, "");
        environment
            .run(["check", "called"])
            .ends_with(69)
            .says(&format!(
                "error: [check] cannot read the database of vulnerabilities at {database}"
            ))
            .says("[policy] vulnerability_database")
            .says("hint: or look for none: [policy] vulnerabilities = \"off\"")
    };
    failed("http://127.0.0.1:1/go").says("cannot connect to 127.0.0.1:1");
    let empty = ModuleProxy::empty();
    failed(empty.url()).says("it answered 404 for index/db.json");
    empty.put(
        "/index/db.json.gz",
        "{\"modified\": \"2026-08-21T20:38:00Z\"}",
    );
    failed(empty.url()).says("its index/db.json is not that of a database of vulnerabilities");
    failed("file:///nowhere").says("cannot read index/modules.json of the database");
    // The scanner itself would find nothing in what breaks off here.
    environment.write(
        "db/index/db.json",
        "{\"modified\": \"2026-08-21T20:38:00Z\"}",
    );
    environment.write(
        "db/index/modules.json",
        "[{\"path\": \"golang.org/x/text\"},",
    );
    let damaged = format!("file://{}", environment.work().join("db").display());
    let shown = "file://$TEST/work/db";
    configure_with(&environment, &damaged, "");
    environment
        .run(["check", "called"])
        .ends_with(69)
        .says(&format!("at {shown}"))
        .says("its index/modules.json is not that of a database of vulnerabilities");
    // An entry that is missing is found missing by the scanner.
    let modules =
        std::fs::read(database().join("index/modules.json")).expect("a file of the database");
    environment.write("db/index/modules.json", modules);
    environment
        .run(["check", "called"])
        .ends_with(69)
        .says(&format!("at {shown}"))
        .says("fetching vulnerabilities: ");
}

#[test]
fn the_scanner_is_built_once_and_nothing_else_runs_in_its_place() {
    let mut environment = project();
    let shared = environment
        .get("GOMODCACHE")
        .expect("a module cache")
        .to_owned();
    let module_cache = environment.root().join("go-mod");
    environment.set("GOMODCACHE", module_cache);
    environment
        .run(["check", "required", "--offline"])
        .ends_with(69)
        .says("the scanner is not built yet, and not all of its modules are here: --offline")
        .says("hint: run once without --offline");
    environment.set("GOMODCACHE", shared);
    check(&environment, "required").success();
    let kept = || {
        let list = environment.run(["cache", "list", "--json"]).success();
        let list: Value = serde_json::from_str(&list.stdout).expect("a list");
        let entries = list["entries"].as_array().expect("entries").clone();
        let tools = entries.into_iter().filter(|it| it["kind"] == "tools");
        tools
            .map(|it| it["name"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let tools = kept();
    assert_eq!(tools.len(), 1, "{tools:?}");
    assert!(tools[0].starts_with("govulncheck-v1.9.0-go"), "{tools:?}");
    environment
        .run(["check", "required", "--offline"])
        .success();

    // A program that somebody put there is not run.
    let program = environment.root().join("cache/tools").join(&tools[0]);
    std::fs::remove_file(&program).expect("the scanner is there");
    let mark = environment.root().join("was-run");
    let script = format!("#!/bin/sh\ntouch {}\n", mark.display());
    std::fs::write(&program, script).expect("a script in its place");
    make_executable(&program);
    environment
        .run(["cache", "check"])
        .ends_with(1)
        .says("it is no Go program");
    std::fs::write(&program, "#!/bin/sh\n").expect("a script in its place");
    make_executable(&program);
    check(&environment, "required").success();
    assert!(!mark.exists());

    environment
        .run(["cache", "clean", "--kind", "tools"])
        .success();
    assert!(kept().is_empty());
}

fn make_executable(program: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(program, open).expect("a program of the test's");
}

#[test]
fn another_program_under_the_scanners_name_is_refused_before_it_is_compiled() {
    let mut environment = TestEnvironment::new().with_hello();
    let module_cache = environment.root().join("go-mod");
    environment.set("GOMODCACHE", module_cache);
    let policy = format!(
        "[policy]\nvulnerability_database = \"{}\"\n",
        database_url()
    );
    environment.write(
        "coracle.toml",
        format!("[images.hello]\nmain = \".\"\n{policy}"),
    );
    let proxy = ModuleProxy::passing_through();
    let (module, version) = ("golang.org/x/vuln", "v1.9.0");
    let name = |file: &str| format!("{module}@{version}/{file}");
    let zip = checksums::zip_of(&[
        (&name("go.mod"), b"module golang.org/x/vuln\n"),
        (
            &name("cmd/govulncheck/main.go"),
            b"package main\n\nfunc main() {}\n",
        ),
    ]);
    proxy.put(&format!("/{module}/@v/{version}.zip"), zip);
    environment.set("GOPROXY", proxy.url());
    // Not even who asks for no checks gets another one.
    environment.set("GOSUMDB", "off");
    environment
        .run(["check"])
        .ends_with(1)
        .says("what was fetched is not the scanner that is meant")
        .says("golang.org/x/vuln@v1.9.0: checksum mismatch")
        .says("hint: the proxy, or somebody before it, hands out something else");
}

#[test]
fn go_itself_may_be_vulnerable_and_an_old_one_has_its_scanner_built_by_another() {
    let environment = TestEnvironment::new().with_shared_toolchains();
    environment.write("go.mod", "module example.com/app\n\ngo 1.25\n");
    environment.write(".go-version", "1.25.1\n");
    environment.write(
        "main.go",
        "package main\n\nimport \"net/url\"\n\nfunc main() {\n\tbase := &url.URL{Path: \"/\"}\n\tbase.ResolveReference(base)\n}\n",
    );
    let policy = format!(
        "[policy]\nvulnerability_database = \"{}\"\n",
        database_url()
    );
    environment.write(
        "coracle.toml",
        format!("[images.app]\nmain = \".\"\n{policy}"),
    );
    let output = environment.run(["check", "--json"]).ends_with(1);
    let found = found(&output);
    assert_eq!(found.len(), 1, "{output}");
    assert_eq!(found[0]["severity"], "blocked");
    assert_eq!(found[0]["subject"], "GO-2026-6218");
    let message = found[0]["message"].as_str().expect("a message");
    assert!(
        message.contains("(Go 1.25.1, CVE-2026-56860): the program calls it"),
        "{message}"
    );
    assert_eq!(found[0]["hints"][0], "coracle toolchain pin 1.25.13");
    assert_eq!(found[0]["path"], "main.go");
    assert_eq!(found[0]["line"], 7);
}
