//! `coracle check`: what may go into images.

use axum::http::Method;
use serde_json::Value;

use crate::support::base_image::BaseImage;
use crate::support::bound_user::set_mode;
use crate::support::git::GitRepository;
use crate::support::http::Recorded;
use crate::support::midnight::clear_of_midnight;
use crate::support::module_proxy::ModuleProxy;
use crate::support::programs;
use crate::support::registry::FakeRegistry;
use crate::support::running::{Signal, until};
use crate::support::watched_programs::Manners;
use crate::support::{Output, TestEnvironment, schema};

/// The modules that the project uses: the first itself, and that the second.
pub(super) const STORE: &str = "git.example.invalid/team/store";
pub(super) const DRIVER: &str = "git.example.invalid/sql/driver";

const MIT: &str = "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the \"Software\"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:\n\nThe above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.\n";

/// A project that uses two modules, and the proxy that has them.
pub(super) struct Project {
    pub(super) environment: TestEnvironment,
    proxy: ModuleProxy,
}

impl Project {
    pub(super) fn new() -> Self {
        Self::in_environment(TestEnvironment::new())
    }

    fn in_environment(environment: TestEnvironment) -> Self {
        let mut environment = environment.with_hello();
        let proxy = ModuleProxy::empty();
        environment.set("GOMODCACHE", environment.root().join("go-mod"));
        environment.set("GOPROXY", proxy.url());
        environment.set("GONOSUMDB", "git.example.invalid");
        let driver = proxy.publish(DRIVER, "v1.2.0", "package driver\n");
        let store_mod = format!("module {STORE}\n\ngo 1.26\n\nrequire {DRIVER} v1.2.0\n");
        let store = proxy.publish_files(
            STORE,
            "v1.0.0",
            &[
                ("go.mod", &store_mod),
                ("LICENSE", MIT),
                (
                    "store.go",
                    &format!("package store\n\nimport _ \"{DRIVER}\"\n"),
                ),
            ],
        );
        proxy.list(STORE, &["v1.0.0"]);
        proxy.list(DRIVER, &["v1.2.0"]);
        environment.write("go.sum", format!("{}{}", driver.go_sum, store.go_sum));
        environment.write(
            "go.mod",
            format!(
                "module example.com/hello\n\ngo 1.26\n\nrequire {STORE} v1.0.0\n\nrequire {DRIVER} v1.2.0 // indirect\n"
            ),
        );
        environment.write(
            "main.go",
            format!("package main\n\nimport _ \"{STORE}\"\n\nfunc main() {{}}\n"),
        );
        Self { environment, proxy }
    }

    /// Checks it by the rules `rules`, without a look for vulnerabilities.
    fn check(&self, rules: &str, flags: &[&str]) -> Output {
        let text = format!(
            "[images.hello]\nmain = \".\"\n\n[policy]\nvulnerabilities = \"off\"\n{rules}\n"
        );
        self.environment.write("coracle.toml", text);
        self.environment.run([&["check"], flags].concat())
    }

    /// Pushes it to `registry` by the rules `rules`.
    fn push(&self, registry: &FakeRegistry, rules: &str, flags: &[&str]) -> Output {
        let repository = registry.repository("team/hello");
        let text = format!(
            "[images.hello]\nmain = \".\"\nrepository = \"{repository}\"\n\n[policy]\nvulnerabilities = \"off\"\n{rules}\n"
        );
        self.environment.write("coracle.toml", text);
        self.environment.run([&["push"], flags].concat())
    }

    /// Checks it, and returns the findings as `SEVERITY RULE SUBJECT`.
    fn findings(&self, rules: &str) -> Vec<String> {
        let output = self.check(rules, &["--json"]);
        let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
        let findings = document["findings"].as_array().expect("findings").iter();
        findings
            .map(|it| {
                let part = |key: &str| it[key].as_str().expect("a text");
                format!("{} {} {}", part("severity"), part("rule"), part("subject"))
            })
            .collect()
    }
}

#[test]
fn a_project_that_breaks_no_rule_passes() {
    let project = Project::new();
    let output = project.check("", &[]).success();
    assert_eq!(output.stdout, "All dependencies pass policy check.\n");
}

#[test]
fn a_blocked_module_is_told_with_its_reason_and_the_chain_that_pulls_it_in() {
    let project = Project::new();
    let rules = "[[policy.blocked]]\nmodule = 'git.example.invalid/sql'\nreason = 'Use company SQL wrapper'\n";
    let output = project.check(rules, &[]).ends_with(1);
    assert_eq!(
        output.stdout,
        format!(
            "BLOCKED: {DRIVER} — Use company SQL wrapper\n  at go.mod:7\n  through example.com/hello → {STORE} → {DRIVER}\n  hint: what uses it: go mod why -m {DRIVER}\n"
        )
    );
    let excepting = format!("{rules}except = ['{STORE}']\n");
    project.check(&excepting, &[]).success();
    let direct = format!("{rules}uses = 'direct'\n");
    project.check(&direct, &[]).success();
    let over = format!("{excepting}until = 2020-01-31\n");
    let output = project.check(&over, &[]).ends_with(1);
    assert!(output.stdout.contains("the exception ended on 2020-01-31"));
}

#[test]
fn every_form_tells_the_same() {
    let project = Project::new();
    let rules = "required = ['go.uber.org/zap']\nallowed = ['git.example.invalid/team']\n";
    let output = project.check(rules, &["--format", "json"]).ends_with(1);
    let document: Value = serde_json::from_str(&output.stdout).expect("JSON");
    let wanted = project.environment.run(["schema", "check"]).success();
    schema::assert_valid(
        &document,
        &serde_json::from_str(&wanted.stdout).expect("JSON"),
    );
    assert_eq!(document["passed"], false);
    assert_eq!(document["modules"], 2);
    let rules_of = |findings: &Value, key: &str| -> Vec<String> {
        let findings = findings.as_array().expect("a list").iter();
        findings
            .map(|it| it[key].as_str().expect("a rule").to_owned())
            .collect()
    };
    let rules_found = ["not-allowed-module", "required-module"];
    assert_eq!(
        rules_of(&document["findings"], "rule"),
        ["required-module", "not-allowed-module"]
            .map(str::to_owned)
            .iter()
            .rev()
            .cloned()
            .collect::<Vec<_>>()
    );

    let output = project.check(rules, &["--format", "sarif"]).ends_with(1);
    let log: Value = serde_json::from_str(&output.stdout).expect("JSON");
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(rules_of(&log["runs"][0]["results"], "ruleId"), rules_found);
    let output = project.check(rules, &["--format", "github"]).ends_with(1);
    let commands: Vec<&str> = output.stdout.lines().collect();
    assert_eq!(commands.len(), 2);
    assert!(
        commands[0].starts_with("::error file=go.mod,line=7,title="),
        "{}",
        commands[0]
    );
}

#[test]
fn versions_that_were_taken_back_and_modules_that_were_given_up_are_told() {
    let project = Project::new();
    let go_mod = |more: &str| {
        format!("{more}module {DRIVER}\n\ngo 1.26\n\nretract v1.2.0 // it loses data\n")
    };
    let go_mod = go_mod("// Deprecated: use another driver.\n");
    let files = [
        ("go.mod", go_mod.as_str()),
        ("driver.go", "package driver\n"),
    ];
    project.proxy.publish_files(DRIVER, "v1.2.1", &files);
    project.proxy.list(DRIVER, &["v1.2.0", "v1.2.1"]);
    let output = project.check("retracted = 'deny'", &[]).ends_with(1);
    let told = format!("BLOCKED: {DRIVER} — v1.2.0 was taken back by its authors: it loses data\n");
    assert!(output.stdout.contains(&told), "{}", output.stdout);
    let told = format!("hint: go get {DRIVER}@v1.2.1\n");
    assert!(output.stdout.contains(&told), "{}", output.stdout);
    let told = format!("WARNING: {DRIVER} — its authors have given it up: use another driver.\n");
    assert!(output.stdout.contains(&told), "{}", output.stdout);
}

#[test]
fn licences_are_held_to_the_rules() {
    let project = Project::new();
    let strict = "licences = { allow = ['MIT'], unknown = 'deny' }";
    assert_eq!(
        project.findings(strict),
        [format!("blocked licence {DRIVER}")]
    );
    let other = "licences = { deny = ['MIT'], unknown = 'allow' }";
    assert_eq!(
        project.findings(other),
        [format!("blocked licence {STORE}")]
    );
}

#[test]
fn what_go_itself_would_change_or_say_is_told() {
    let project = Project::new();
    let environment = &project.environment;
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    environment.write("go.mod", go_mod.replace(" // indirect", ""));
    environment.write(
        "lib/lib.go",
        "package lib\n\nimport \"fmt\"\n\nfunc F() { fmt.Printf(\"%d\\n\", \"x\") }\n",
    );
    assert_eq!(
        project.findings("untidy = 'deny'"),
        ["blocked untidy go.mod", "warning vet lib/lib.go"]
    );
    assert_eq!(project.findings("untidy = 'allow'\nvet = 'allow'"), [""; 0]);
}

#[test]
fn folders_that_nobody_else_has_are_refused() {
    let project = Project::new();
    let environment = &project.environment;
    let elsewhere = environment.root().join("elsewhere");
    environment.write(elsewhere.join("go.mod"), format!("module {DRIVER}\n"));
    environment.write(elsewhere.join("driver.go"), "package driver\n");
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let replace = format!("{go_mod}\nreplace {DRIVER} => {}\n", elsewhere.display());
    environment.write("go.mod", replace);
    let output = project.check("", &[]).ends_with(1);
    assert!(
        output
            .stdout
            .contains("which nobody else has\n  at go.mod:9\n"),
        "{}",
        output.stdout
    );
    project
        .check("local_replace = 'allow'\nuntidy = 'allow'", &[])
        .success();
}

#[test]
fn modules_that_came_in_since_a_commit_are_shown() {
    let project = Project::new();
    let environment = &project.environment;
    let whole = environment.read("go.mod");
    environment.write("go.mod", "module example.com/hello\n\ngo 1.26\n");
    let repository = GitRepository::create(environment.work());
    repository.commit_all("before");
    environment.write("go.mod", whole);
    let output = project.check("", &["--since", "HEAD"]).success();
    let told = format!("NOTE: {STORE} — v1.0.0 came in since HEAD\n");
    assert!(output.stdout.contains(&told), "{}", output.stdout);
    project
        .check("", &["--since", "--upload-pack=x"])
        .ends_with(2);
    project
        .check("", &["--since=nowhere"])
        .ends_with(2)
        .says("[facts] nowhere: there is no such commit here")
        .says("hint: name a branch, a tag or a commit");
}

#[test]
fn secrets_are_found_in_files_and_in_values_and_never_repeated() {
    let project = Project::new();
    project.environment.write("conf/.env", "A=b\n");
    let rules = "[images.hello.env]\nDB_PASSWORD = 'hunter22'\n\n[[images.hello.files]]\nfrom = 'conf'\nto = '/conf'\n";
    assert_eq!(
        project.findings(rules),
        [
            "blocked secret conf/.env",
            "blocked secret images.hello.env.DB_PASSWORD",
        ]
    );
    let output = project.check(rules, &[]);
    assert!(!output.stdout.contains("hunter22"));
    let allowed = format!("{rules}\n[secrets]\nallow = ['coracle.toml', 'conf/.env']\n");
    project.check(&allowed, &[]).success();
}

#[test]
fn files_that_name_another_go_are_named() {
    let project = Project::new();
    project
        .environment
        .write("Dockerfile", "FROM golang:1.20 AS build\n");
    assert_eq!(project.findings(""), ["warning go-version Dockerfile"]);
}

#[test]
fn a_base_with_a_shell_is_pointed_out() {
    let project = Project::new();
    let registry = FakeRegistry::start();
    let base = BaseImage::new("linux/amd64", &[("bin/sh", "#!"), ("etc/x", "y")]);
    base.put(&registry, "base", "v1");
    let name = registry.repository("base");
    let rules = format!("base_size = '1 B'\n[defaults]\nbase = '{name}:v1'\n");
    let found = project.findings(&rules);
    assert_eq!(found, vec![format!("warning base {name}:v1"); 2]);
}

#[test]
fn who_cannot_be_asked_is_told_and_what_cannot_be_loaded_loses_nothing_of_the_rest() {
    let mut project = Project::new();
    project.environment.run(["build", "."]).success();
    // Nobody listens there.
    project.environment.set("GOPROXY", "http://127.0.0.1:9");
    let silent = format!("warning unasked {DRIVER}");
    assert_eq!(project.findings("untidy = 'allow'"), [silent]);
    project.environment.set("GOPROXY", "off");
    assert_eq!(
        project.findings("untidy = 'allow'"),
        ["warning unasked GOPROXY"]
    );

    project
        .environment
        .write("Dockerfile", "FROM golang:1.20\n");
    let unloadable = "package main\n\nimport _ \"git.example.invalid/none\"\n\nfunc main() {}\n";
    project.environment.write("main.go", unloadable);
    let output = project
        .check("untidy = 'allow'\nvet = 'allow'", &[])
        .ends_with(1);
    assert!(
        output.stdout.contains("WARNING: Dockerfile"),
        "{}",
        output.stdout
    );
    assert!(
        !output.stdout.contains("All dependencies pass"),
        "{}",
        output.stdout
    );
    output
        .says("cannot look at packages")
        .says("git.example.invalid/none");
}

const BLOCKED: &str =
    "[[policy.blocked]]\nmodule = 'git.example.invalid/sql'\nreason = 'Use company SQL wrapper'\n";

#[test]
fn nothing_is_published_that_breaks_a_rule() {
    let project = Project::new();
    let registry = FakeRegistry::start();
    project
        .push(&registry, BLOCKED, &[])
        .ends_with(1)
        .says(&format!(
            "error: [check] {DRIVER}: Use company SQL wrapper (go.mod:7)"
        ))
        .says(&format!("hint: what uses it: go mod why -m {DRIVER}"));
    let requests = registry.journal().requests();
    let is_manifest =
        |it: &&Recorded| it.method == Method::PUT && it.path().contains("/manifests/");
    assert_eq!(requests.iter().filter(is_manifest).count(), 0);
    project.push(&registry, "", &[]).success();
    // A rule that is new is held also where nothing is to be built, and values where nothing is compiled.
    project.push(&registry, BLOCKED, &[]).ends_with(1);
    let secret = "[images.hello.env]\nDB_PASSWORD = 'hunter22'\n";
    project
        .push(&registry, secret, &[])
        .ends_with(1)
        .says("error: [check] images.hello.env.DB_PASSWORD: its value looks like");
}

#[test]
fn what_has_passed_is_not_looked_at_again_while_rules_and_source_stay() {
    clear_of_midnight();
    let project = Project::in_environment(TestEnvironment::with_watched_go());
    let registry = FakeRegistry::start();
    let warned = format!("warning: [check] {DRIVER}");
    project.proxy.publish_files(
        DRIVER,
        "v1.2.1",
        &[
            (
                "go.mod",
                &format!("module {DRIVER}\n\ngo 1.26\n\nretract v1.2.0\n"),
            ),
            ("driver.go", "package driver\n"),
        ],
    );
    project.proxy.list(DRIVER, &["v1.2.0", "v1.2.1"]);
    project.push(&registry, "", &[]).success().says(&warned);
    let commands = project.environment.go_commands().len();
    let again = project.push(&registry, "", &[]).success();
    assert!(!again.talk().contains(&warned), "{}", again.talk());
    let after = project.environment.go_commands();
    let started = after[commands..].iter().filter(|it| *it != "env");
    assert_eq!(started.count(), 0, "{after:?}");
    project
        .push(&registry, "deprecated = 'deny'", &[])
        .success()
        .says(&warned);
}

#[test]
fn a_module_that_somebody_changed_is_found() {
    let project = Project::new();
    project.check("", &[]).success();
    let module_cache = project.environment.root().join("go-mod");
    let file = module_cache.join(format!("{STORE}@v1.0.0/store.go"));
    let folder = file.parent().expect("a folder").to_owned();
    set_mode(&folder, 0o755);
    set_mode(&file, 0o644);
    std::fs::write(&file, "package store\n").expect("the file can be written");
    let output = project.check("", &[]).ends_with(1);
    let told = format!("BLOCKED: {STORE}@v1.0.0 — ");
    assert!(output.stdout.contains(&told), "{}", output.stdout);
}

#[test]
fn the_rules_are_held_while_the_compiler_works() {
    let project = Project::new();
    let root = project.environment.root();
    let sleep = programs::find("sleep");
    // Each waits for the other, so that neither ends unless both are there.
    let meet = |own: &str, other: &str| {
        let (come, met) = (root.join(own), root.join(other));
        let (come, met, sleep) = (come.display(), met.display(), sleep.display());
        format!(
            "{own}) echo > {come}\ni=0\nwhile [ ! -e {met} ]; do i=$((i+1)); [ $i -lt 1200 ] || exit 1; {sleep} 0.05; done;;"
        )
    };
    project.environment.write_go(&format!(
        "case \"$1\" in\n{}\n{}\nesac",
        meet("vet", "build"),
        meet("build", "vet")
    ));
    let registry = FakeRegistry::start();
    project.push(&registry, "", &[]).success();
    assert!(root.join("vet").exists() && root.join("build").exists());
}

#[test]
fn a_go_that_is_fetched_for_both_is_told_of_once() {
    let project = Project::new();
    let registry = FakeRegistry::start();
    let told = project.push(&registry, "", &["-v"]).success().talk();
    let version = crate::support::go::wanted_version();
    let line = format!("go {version} (");
    assert_eq!(told.matches(&line).count(), 1, "{told}");
}

#[test]
fn other_platforms_are_vetted_too_and_what_all_have_is_told_once() {
    let project = Project::new();
    let wrong = |name: &str| {
        format!(
            "package lib\n\nimport \"fmt\"\n\nfunc {name}() {{ fmt.Printf(\"%d\\n\", \"x\") }}\n"
        )
    };
    project.environment.write("lib/lib.go", wrong("F"));
    project.environment.write("lib/only_arm64.go", wrong("G"));
    let platforms = "[defaults]\nplatforms = ['linux/amd64', 'linux/arm64']\n";
    assert_eq!(
        project.findings(platforms),
        ["warning vet lib/lib.go", "warning vet lib/only_arm64.go"]
    );
}

#[test]
fn a_check_ends_with_its_children_when_it_is_interrupted() {
    let project = Project::new();
    let environment = &project.environment;
    environment.hang_go("vet", Manners::Stubborn);
    let text = "[images.hello]\nmain = \".\"\n\n[policy]\nvulnerabilities = \"off\"\n";
    environment.write("coracle.toml", text);
    let running = environment.start(&["check"]);
    until("go vet hangs", || environment.hanging().exists());
    running.signal(Signal::INT);
    let output = running.end().ends_with(130);
    assert_eq!(output.stdout, "");
    environment.assert_no_processes();
}

#[test]
fn an_image_that_is_broken_costs_the_others_nothing() {
    let project = Project::new();
    let environment = &project.environment;
    let main =
        |import: &str| format!("package main\n\nimport _ \"{import}\"\n\nfunc main() {{}}\n");
    environment.write("a/main.go", main("git.example.invalid/none"));
    environment.write("b/main.go", main("fmt"));
    let rules = format!(
        "untidy = 'allow'\nvet = 'allow'\n{BLOCKED}[images.a]\nmain = './a'\n[images.b]\nmain = './b'\n"
    );
    let output = project.check(&rules, &[]).ends_with(1);
    let told = format!("BLOCKED: {DRIVER} — Use company SQL wrapper\n");
    assert!(output.stdout.starts_with(&told), "{}", output.stdout);
    output
        .says("error: [modules] linux/amd64: cannot look at packages")
        .says("git.example.invalid/none");
}

#[test]
fn a_check_that_may_ask_nobody_says_what_it_did_not_look_at() {
    let project = Project::new();
    project.environment.run(["build", "."]).success();
    let before = project.proxy.journal().requests().len();
    let output = project.check("untidy = 'allow'", &["--offline"]).success();
    let told = "WARNING: GOPROXY — nobody was asked which versions were taken back: GOPROXY is off, which --offline makes it\n";
    assert!(output.stdout.starts_with(told), "{}", output.stdout);
    assert_eq!(project.proxy.journal().requests().len(), before);
}
