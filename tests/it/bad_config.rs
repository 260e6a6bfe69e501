//! What a wrong coracle.toml, flag or variable gets: file, line and column, what was expected, the nearest name.

use crate::support::{Output, TestEnvironment};

/// Builds with a coracle.toml, asserts that this is misuse, and returns what is said.
#[track_caller]
fn refused(config: &str) -> String {
    refused_with(config, &[])
}

#[track_caller]
fn refused_with(config: &str, flags: &[&str]) -> String {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("coracle.toml", config);
    said(
        &environment,
        &environment.run([&["build", "-q"], flags].concat()),
    )
}

#[track_caller]
fn said(environment: &TestEnvironment, output: &Output) -> String {
    assert_eq!(output.code, Some(2), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert_eq!(
        environment.go_commands(),
        Vec::<String>::new(),
        "Go is not asked anything"
    );
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
    output.talk()
}

#[test]
fn an_unknown_key_of_the_file() {
    insta::assert_snapshot!(refused("[defaults]\nplatfroms = [\"linux/amd64\"]\n"), @r#"
    error: [config] coracle.toml:2:1: unknown key "platfroms" in [defaults]
      hint: did you mean "platforms"?
    "#);
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let config =
        "[defaults]\nplatfroms = []\n\n[go]\ndebug = 1\n\n[images.api]\ntags = [\"{nope}\"]\n";
    insta::assert_snapshot!(refused(config), @r#"
    error: [config] coracle.toml:2:1: unknown key "platfroms" in [defaults]
      hint: did you mean "platforms"?
    error: [config] coracle.toml:5:9: expected true or false, found the number 1
      hint: write true
    error: [config] coracle.toml:8:9: unknown template {nope}
      hint: known are {name} {import_path} {import_base} {import_md5} {version} {commit} {short} {branch} {date} {os} {arch}
    "#);
}

#[test]
fn an_unknown_table_of_the_file() {
    insta::assert_snapshot!(refused("\n[volumes]\ndata = \"/data\"\n"), @r#"
    error: [config] coracle.toml:2:2: unknown key "volumes"
      hint: known keys are defaults, images, go, modules, stamp, cache, layers, dist, secrets, policy, sign, attest, registries, network, slo, history, deploy, pipeline
    "#);
}

#[test]
fn an_unknown_key_of_an_image() {
    insta::assert_snapshot!(refused("[images.server]\nmain = \".\"\nentry_point = [\"/x\"]\n"), @r#"
    error: [config] coracle.toml:3:1: unknown key "entry_point" in [images.server]
      hint: did you mean "entrypoint"?
    "#);
}

#[test]
fn a_key_with_a_terminal_escape_in_it() {
    insta::assert_snapshot!(refused("[defaults]\n\"\\u001b[31mred\" = 1\n"), @r#"
    error: [config] coracle.toml:2:1: unknown key "\u{1b}[31mred" in [defaults]
      hint: known keys are repository, platforms, base, tags, main, mains, path, files, env, path_folders, ports, user, capabilities, workdir, entrypoint, args, labels, annotations, stop_signal, go, stamp
    "#);
}

#[test]
fn text_that_is_no_toml() {
    insta::assert_snapshot!(refused("[defaults]\nbase = static\n"), @"error: [config] coracle.toml:2:8: string values must be quoted, expected literal string");
}

#[test]
fn a_wrong_type() {
    insta::assert_snapshot!(refused("[images.server]\nmain = \".\"\nports = 8080\n"), @"
    error: [config] coracle.toml:3:9: expected a list, found the number 8080
      hint: write it in brackets: [8080]
    ");
}

#[test]
fn an_unknown_template() {
    insta::assert_snapshot!(refused("[defaults]\ntags = [\"{version}\", \"{verison}\"]\n"), @"
    error: [config] coracle.toml:2:22: unknown template {verison}
      hint: did you mean {version}?
    ");
}

#[test]
fn a_template_that_has_no_value_there() {
    insta::assert_snapshot!(refused("[defaults]\ntags = [\"{arch}\"]\n"), @"
    error: [config] coracle.toml:2:9: {arch} has no value here
      hint: {os} and {arch} are for env, labels and annotations: all else is the same for every platform
    ");
}

#[test]
fn a_bad_reference_of_a_base() {
    insta::assert_snapshot!(refused("[defaults]\nbase = \"registry.example.com/Team:v1\"\n"), @r#"
    error: [config] coracle.toml:2:8: "Team" is not a repository's path, expected lower-case letters and digits with single separators ('.', '_', '-', '/')
      hint: did you mean "registry.example.com/team:v1"?
    "#);
}

#[test]
fn a_base_that_is_none_of_ours() {
    insta::assert_snapshot!(refused("[defaults]\nbase = \"sctatch\"\n"), @r#"
    error: [config] coracle.toml:2:8: unknown base "sctatch", expected "static", "scratch" or a reference with a registry's host
      hint: did you mean "scratch"?
    "#);
}

#[test]
fn a_bad_platform() {
    insta::assert_snapshot!(refused("[defaults]\nplatforms = [\"linux/amd64\", \"amd64\"]\n"), @r#"
    error: [config] coracle.toml:2:29: "amd64" is not a platform, expected OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7
      hint: did you mean "linux/amd64"?
    "#);
}

#[test]
fn a_platform_that_go_cannot_build_for() {
    insta::assert_snapshot!(refused("[defaults]\nplatforms = [\"linux/x86_64\"]\n"), @r#"
    error: [config] coracle.toml:2:14: "linux/x86_64" is not a platform, expected OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7
      hint: did you mean "linux/amd64"?
    "#);
}

#[test]
fn a_setting_of_go_that_contradicts_the_platform() {
    let environment = TestEnvironment::new().with_hello();
    for (platform, setting) in [
        ("linux/arm/v6", "GOARM=7"),
        ("linux/amd64/v2", "GOAMD64=v3"),
    ] {
        let set = format!("go.env.{setting}");
        let output = environment.run(["build", "-q", "--platform", platform, "--set", &set]);
        let output = output.ends_with(2);
        let message = format!("error: [plan] {platform}: {setting} does not fit the platform");
        assert!(output.says(&message).stdout.is_empty());
        assert!(!environment.work().join("dist").exists());
    }
}

#[test]
fn a_setting_of_go_that_go_does_not_know() {
    insta::assert_snapshot!(refused("[go]\nenv = { GOAMD64 = \"v9\" }\n"), @r#"error: [config] coracle.toml:2:19: Go knows no GOAMD64 "v9", expected v1, v2, v3 or v4"#);
    insta::assert_snapshot!(refused_with("", &["--set", "go.env.GOARM64=v8"]), @r#"error: [config] --set go.env.GOARM64: Go knows no GOARM64 "v8", expected v8.0 to v8.9 or v9.0 to v9.5, with ",lse" and ",crypto" where the processors have them"#);
}

#[test]
fn a_bad_tag() {
    insta::assert_snapshot!(refused("[defaults]\ntags = [\"v1 \"]\n"), @r#"
    error: [config] coracle.toml:2:9: "v1 " is not a tag, expected up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'
      hint: did you mean "v1"?
    "#);
}

#[test]
fn a_repository_without_a_host() {
    insta::assert_snapshot!(refused("[defaults]\nrepository = \"team/{name}\"\n"), @r#"
    error: [config] coracle.toml:2:14: "team/{name}" names no registry, expected HOST/PATH, as in registry.example.com/team/api
      hint: begin with the registry's host, as in "registry.example.com/team/api"; that of Docker Hub is docker.io
    "#);
}

#[test]
fn main_and_mains_at_once() {
    insta::assert_snapshot!(refused("[images.a]\nmain = \".\"\nmains = [\".\"]\n"), @"
    error: [config] coracle.toml:3:1: main and mains exclude each other
      hint: keep mains for several programs, main for one
    ");
}

#[test]
fn flags_of_go_that_run_a_program() {
    insta::assert_snapshot!(refused("[go]\nflags = [\"-toolexec=sh\"]\n"), @"
    error: [config] coracle.toml:2:10: -toolexec is refused in [go] flags: it runs a program
      hint: what writes source runs before coracle, as in: go generate ./...
    ");
    insta::assert_snapshot!(refused("[go]\nldflags = [\"-extld=sh\"]\n"), @"
    error: [config] coracle.toml:2:12: -extld is refused in [go] ldflags: it runs a program
      hint: leave it out: what coracle links needs no other linker
    ");
    insta::assert_snapshot!(refused("[go]\nenv = { GOFLAGS = \"-mod=mod\" }\n"), @r#"
    error: [config] coracle.toml:2:9: GOFLAGS is refused in [go] env: flags have a key of their own
      hint: write [go] flags = ["-pgo=off"]
    "#);
}

#[test]
fn a_file_that_leads_out_of_the_project() {
    let config = "[defaults]\nfiles = [{ from = \"../secret\", to = \"/secret\" }]\n";
    insta::assert_snapshot!(refused(config), @r#"
    error: [config] coracle.toml:2:19: "../secret" leads out of the project
      hint: bring it into the project first, or move coracle.toml up to a folder that holds both
    "#);
}

#[test]
fn a_setting_without_a_value() {
    insta::assert_snapshot!(refused_with("", &["--set", "go.debug"]), @r#"error: [config] --set: expected KEY=VALUE, as in go.version=1.26.8, found "go.debug""#);
}

#[test]
fn a_setting_of_an_unknown_key() {
    insta::assert_snapshot!(refused_with("", &["--set", "go.verison=1.26.8"]), @r#"
    error: [config] --set go.verison: unknown key "verison" in [go]
      hint: did you mean "version"?
    "#);
}

#[test]
fn a_setting_of_the_wrong_type() {
    insta::assert_snapshot!(refused_with("", &["--set", "defaults.tags=v1"]), @r#"
    error: [config] --set defaults.tags: expected a list, found "v1"
      hint: write it in brackets: ["v1"]
    "#);
}

#[test]
fn a_flag_with_a_bad_value() {
    insta::assert_snapshot!(refused_with("", &["--platform", "linux/amd64,linux"]), @r#"
    error: [config] --platform: "linux" is not a platform, expected OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7
      hint: did you mean "linux/amd64"?
    "#);
    insta::assert_snapshot!(refused_with("", &["--base", "registry.example.com/x:"]), @r#"
    error: [config] --base: "" is not a tag, expected up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'
      hint: did you mean "registry.example.com/x"?
    "#);
    insta::assert_snapshot!(refused_with("", &["--tag", "not ok"]), @r#"
    error: [config] --tag: "not ok" is not a tag, expected up to 128 letters, digits, '_', '.' and '-', not starting with '.' or '-'
      hint: did you mean "not-ok"?
    "#);
    insta::assert_snapshot!(refused_with("", &["--timeout", "10"]), @"
    error: invalid value '10' for '--timeout <DURATION>': expected a positive time with its unit, as in 90s, 10m or 1h30m

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused_with("", &["--jobs", "0"]), @"
    error: invalid value '0' for '--jobs <N>': expected a number from 1 upward

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(refused_with("", &["-o", "zip=x"]), @r#"
    error: invalid value 'zip=x' for '--output <archive=PATH|layout=DIR>': "zip=x" is not an output, expected archive=PATH or layout=DIR

    For more information, try '--help'.
    "#);
}

#[test]
fn an_unknown_flag() {
    insta::assert_snapshot!(refused_with("", &["--platfrom", "all"]), @"
    error: unexpected argument '--platfrom' found

      tip: a similar argument exists: '--platform'

    Usage: coracle build --quiet --platform <LIST|all> [IMAGE]...

    For more information, try '--help'.
    ");
}

#[test]
fn an_unknown_verb() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    insta::assert_snapshot!(said(&environment, &environment.run(["bulid"])), @"
    error: unrecognized subcommand 'bulid'

      tip: some similar subcommands exist: 'bundle', 'build'

    Usage: coracle [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_variable_with_a_bad_value() {
    for (name, value) in [
        ("CORACLE_REPO", "team/api"),
        ("CORACLE_PLATFORM", "amd64"),
        ("SOURCE_DATE_EPOCH", "yesterday"),
    ] {
        let mut environment = TestEnvironment::with_watched_go().with_hello();
        environment.set(name, value);
        let said = said(&environment, &environment.run(["build", "-q"]));
        assert!(
            said.starts_with(&format!("error: [config] {name}: ")),
            "{said}"
        );
        assert!(said.contains(&format!("{value:?}")), "{said}");
    }
}

#[test]
fn a_named_file_that_is_not_there() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment.run(["build", "-q", "--config", "other.toml"]);
    insta::assert_snapshot!(said(&environment, &output), @"
    error: [config] $TEST/work/other.toml: cannot read the configuration
      caused by: No such file or directory (os error 2)
      hint: to write one: coracle init
    ");
}

#[test]
fn a_named_file_that_is_a_folder() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let output = environment.run(["build", "-q", "--config", "."]);
    insta::assert_snapshot!(said(&environment, &output), @"
    error: [config] $TEST/work/.: cannot read the configuration
      caused by: Is a directory (os error 21)
    ");
}

#[test]
fn a_file_that_is_a_link_to_nowhere() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let link = environment.work().join("coracle.toml");
    std::os::unix::fs::symlink("shared/coracle.toml", link).expect("a link");
    insta::assert_snapshot!(said(&environment, &environment.run(["build", "-q"])), @"
    error: [config] $TEST/work/coracle.toml: cannot read the configuration
      caused by: No such file or directory (os error 2)
      hint: to write one: coracle init
    ");
}

#[test]
fn a_file_that_is_not_utf_8() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("coracle.toml", b"[defaults]\nuser = \"\xff\"\n");
    insta::assert_snapshot!(said(&environment, &environment.run(["build", "-q"])), @"
    error: [config] $TEST/work/coracle.toml: cannot read the configuration
      caused by: it is not UTF-8
    ");
}

#[test]
fn a_named_file_with_a_mistake_is_called_as_it_was_named() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("deploy/image.toml", "[go]\ndebug = 1\n");
    let output = environment.run(["build", "-q", "--config", "deploy/image.toml"]);
    insta::assert_snapshot!(said(&environment, &output), @"
    error: [config] deploy/image.toml:2:9: expected true or false, found the number 1
      hint: write true
    ");
}

#[test]
fn a_file_above_the_folder_is_called_by_a_path_that_can_be_opened() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("coracle.toml", "[go]\ndebug = 1\n");
    environment.write("cmd/server/main.go", "package main\n\nfunc main() {}\n");
    let output = environment.run_in("cmd/server", ["build", "-q"]);
    insta::assert_snapshot!(said(&environment, &output), @"
    error: [config] $TEST/work/coracle.toml:2:9: expected true or false, found the number 1
      hint: write true
    ");
}

#[test]
fn init_does_not_write_over_a_file() {
    let environment = TestEnvironment::without_go().with_hello();
    environment.write("coracle.toml", "# mine\n");
    insta::assert_snapshot!(environment.run(["init"]).ends_with(2), @"
    exit: 2
    stdout:
    stderr:
    error: [config] coracle.toml: there is one already; nothing is written
      hint: to see what would be written: coracle init --dry-run
    ");
    assert_eq!(environment.read("coracle.toml"), b"# mine\n");
}

#[test]
fn certificates_that_are_far_too_long() {
    let environment = TestEnvironment::new().with_hello();
    environment.write("ca.pem", "\n".repeat((4 << 20) + 1));
    environment.write(
        "coracle.toml",
        "[registries.\"registry.example.com\"]\nca = \"ca.pem\"\n",
    );
    let output = environment.run(["build", "-q"]);
    insta::assert_snapshot!(said(&environment, &output), @r#"
    error: [config] $TEST/work/ca.pem: cannot read the certificates of a registry
      caused by: it is longer than 4194304 bytes
      hint: ca under [registries."HOST"] names a file of PEM certificates, from the project's folder
    "#);
}
