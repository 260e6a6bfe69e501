//! What `files` gets that cannot, or should not, be in an image: refused before anything is compiled.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::support::bound_user::set_mode;
use crate::support::{Output, TestEnvironment, programs};

/// Hello, with rules of files.
fn copying(rules: &str) -> TestEnvironment {
    let environment = TestEnvironment::with_watched_go().with_hello();
    environment.write(
        "coracle.toml",
        format!("[images.hello]\nfiles = [{rules}]\n"),
    );
    environment
}

#[track_caller]
fn said(environment: &TestEnvironment, output: &Output, code: i32) -> String {
    assert_eq!(output.code, Some(code), "{output}");
    assert_eq!(output.stdout, "", "{output}");
    assert!(!output.stderr.contains('\u{1b}'), "{output}");
    environment.assert_nothing_compiled();
    output.talk()
}

/// Builds, asserts that it is refused before anything is compiled, and returns what is said.
#[track_caller]
fn refused(environment: &TestEnvironment, code: i32) -> String {
    said(environment, &environment.run(["build", "-q"]), code)
}

const CONFIG: &str = r#"{ from = "config", to = "/config" }"#;

#[test]
fn a_file_that_is_missing() {
    let environment = copying(r#"{ from = "config/default.yaml", to = "/config.yaml" }"#);
    environment.write("config/defaults.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/default.yaml: there is no such file to be copied
      hint: is config/defaults.yaml meant?
    ");
}

#[test]
fn a_pattern_that_matches_nothing() {
    let environment = copying(r#"{ from = "config/*.yml", to = "/config" }"#);
    environment.write("config/defaults.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/*.yml: nothing matches the pattern
      hint: config has defaults.yaml
    ");
}

#[test]
fn a_file_outside() {
    let environment = copying(r#"{ from = "../secret", to = "/secret" }"#);
    environment.write("../secret", "");
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [config] coracle.toml:2:19: "../secret" leads out of the project
      hint: bring it into the project first, or move coracle.toml up to a folder that holds both
    "#);
    let environment = copying(r#"{ from = "/etc/passwd", to = "/passwd" }"#);
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [config] coracle.toml:2:19: "/etc/passwd" is absolute, expected a path relative to the project
      hint: write the path from the folder of coracle.toml; what lies elsewhere is brought into the project first
    "#);
}

/// Copies the folder `config` with a link in it.
fn with_link(target: &str) -> TestEnvironment {
    let environment = copying(CONFIG);
    environment.write("config/a.yaml", "a: 1\n");
    environment.write("other/b.yaml", "b: 1\n");
    symlink(target, environment.work().join("config/link")).expect("a link");
    environment
}

#[test]
fn links_that_lead_out() {
    insta::assert_snapshot!(refused(&with_link("/etc/passwd"), 2), @"
    error: [facts] config/link: the link config/link is absolute
      hint: make it relative, or leave it out with exclude
    ");
    insta::assert_snapshot!(refused(&with_link("../../secret"), 2), @"
    error: [facts] config/link: the link config/link leads out of the project
      hint: leave it out with exclude
    ");
    insta::assert_snapshot!(refused(&with_link("../other/b.yaml"), 2), @"
    error: [facts] config/link: the link config/link leads to other/b.yaml, which is not copied with it
      hint: copy the folder that holds both, or leave the link out with exclude
    ");
    insta::assert_snapshot!(refused(&with_link("link"), 2), @"
    error: [facts] config/link: the link config/link leads in a circle
      hint: leave it out with exclude
    ");
    insta::assert_snapshot!(refused(&with_link("none"), 2), @"
    error: [facts] config/link: the link config/link leads to config/none, which is not copied with it
      hint: copy the folder that holds both, or leave the link out with exclude
    ");
}

#[test]
fn a_link_that_stays_inside_is_copied() {
    with_link("a.yaml").run(["build", "-q"]).success();
}

#[test]
fn a_folder_that_is_a_link_out() {
    let environment = copying(r#"{ from = "config/passwd", to = "/passwd" }"#);
    symlink("/etc", environment.work().join("config")).expect("a link");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/passwd: cannot read what is to be copied
      caused by: config leads out of the project
    ");
}

#[test]
fn a_file_that_is_named_and_leads_out() {
    let environment = copying(r#"{ from = "passwd", to = "/passwd" }"#);
    symlink("/etc/passwd", environment.work().join("passwd")).expect("a link");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] passwd: cannot read what is to be copied
      caused by: passwd leads out of the project
    ");
}

#[test]
fn a_file_that_cannot_be_read() {
    let environment = copying(CONFIG);
    set_mode(&environment.write("config/secret.yaml", ""), 0o000);
    insta::assert_snapshot!(said(&environment, &environment.run_bound(["build", "-q"]), 2), @"
    error: [facts] config/secret.yaml: cannot read what is to be copied
      caused by: cannot read config/secret.yaml
      caused by: Permission denied (os error 13)
    ");
}

#[test]
fn a_folder_that_cannot_be_read() {
    let environment = copying(CONFIG);
    let file = environment.write("config/deep/a.yaml", "");
    set_mode(file.parent().expect("a folder"), 0o000);
    insta::assert_snapshot!(said(&environment, &environment.run_bound(["build", "-q"]), 2), @"
    error: [facts] config: cannot read what is to be copied
      caused by: cannot read config/deep
      caused by: Permission denied (os error 13)
    ");
}

#[test]
fn a_file_whose_name_is_not_utf_8() {
    let environment = copying(CONFIG);
    let name = OsStr::from_bytes(b"caf\xe9\x1b.yaml");
    environment.write(Path::new("config").join(name), "");
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [facts] config: the name "config/caf�\u{1b}.yaml" is not UTF-8
      hint: rename the file
    "#);
}

#[test]
fn two_files_at_one_path() {
    let environment =
        copying(r#"{ from = "a.yaml", to = "/etc/a" }, { from = "b.yaml", to = "/etc/a" }"#);
    environment.write("a.yaml", "");
    environment.write("b.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [plan] hello: a.yaml and b.yaml are both to be at /etc/a
      hint: give one of them another place, or leave it out with exclude
    ");
}

#[test]
fn a_file_where_the_program_is_to_be() {
    let environment = copying(r#"{ from = "a.yaml", to = "/hello" }"#);
    environment.write("a.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [plan] hello: the program example.com/hello and a.yaml are both to be at /hello
      hint: give one of them another place, or leave it out with exclude
    ");
}

#[test]
fn a_file_below_a_file() {
    let environment =
        copying(r#"{ from = "a.yaml", to = "/etc/a" }, { from = "b.yaml", to = "/etc/a/b" }"#);
    environment.write("a.yaml", "");
    environment.write("b.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [plan] hello: b.yaml is to be at /etc/a/b, but /etc/a is no folder: a.yaml is to be there
      hint: give one of them another place, or leave it out with exclude
    ");
}

#[test]
fn a_file_in_place_of_the_root() {
    let environment = copying(r#"{ from = "a.yaml", to = "/" }"#);
    environment.write("a.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [facts] a.yaml: it is to be at /, which is a folder, in place of all that is in it
      hint: name the file too: to = "/a.yaml"
    "#);
}

#[test]
fn a_name_that_layers_use_for_deleted_files() {
    let environment = copying(r#"{ from = "config", to = "/.wh.config" }"#);
    environment.write("config/.wh.a", "");
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [config] coracle.toml:2:34: "/.wh.config" holds a name that starts with '.wh.', which layers use for deleted files
      hint: give it a name that does not start with .wh.
    "#);
    environment.write("coracle.toml", format!("[defaults]\nfiles = [{CONFIG}]\n"));
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [facts] config/.wh.a: the name cannot be in an image
      caused by: "/config/.wh.a" holds a name that starts with '.wh.', which layers use for deleted files
      hint: rename it, or leave it out with exclude
    "#);
}

#[test]
fn a_pattern_that_is_none() {
    let environment = copying(r#"{ from = "config/[a", to = "/config" }"#);
    environment.write("config/a.yaml", "");
    insta::assert_snapshot!(refused(&environment, 2), @r#"
    error: [facts] config/[a: there is no such file, and this is no pattern of file names
      caused by: unclosed character class; missing ']'
      hint: write a character that means itself in brackets, as in "[[]id[]].js"
    "#);
}

#[test]
fn a_rule_that_copies_from_nowhere() {
    insta::assert_snapshot!(refused(&copying(r#"{ from = "", to = "/config" }"#), 2), @r#"
    error: [config] coracle.toml:2:19: it is empty, expected a file, a folder or a glob
      hint: for the whole folder of coracle.toml write "."
    "#);
}

#[test]
fn a_socket() {
    let environment = copying(CONFIG);
    environment.write("config/a.yaml", "");
    let _listener = UnixListener::bind(environment.work().join("config/socket")).expect("a socket");
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/socket: a socket cannot be copied into an image
      hint: leave it out with exclude
    ");
}

#[test]
fn a_fifo_is_not_waited_for() {
    let environment = copying(CONFIG);
    environment.write("config/a.yaml", "");
    let fifo = environment.work().join("config/fifo");
    environment
        .run_command(environment.command(programs::find("mkfifo")).arg(&fifo))
        .success();
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/fifo: a FIFO cannot be copied into an image
      hint: leave it out with exclude
    ");
    environment.write(
        "coracle.toml",
        "[images.hello]\nfiles = [{ from = \"config/fifo\", to = \"/f\" }]\n",
    );
    insta::assert_snapshot!(refused(&environment, 2), @"
    error: [facts] config/fifo: a FIFO cannot be copied into an image
      hint: leave it out with exclude
    ");
}

#[test]
fn special_files_can_be_left_out() {
    let environment = copying(r#"{ from = "config", to = "/config", exclude = ["*.sock"] }"#);
    environment.write("config/a.yaml", "");
    let _listener = UnixListener::bind(environment.work().join("config/a.sock")).expect("a socket");
    environment.run(["build", "-q"]).success();
}

/// Joins the parts of a made-up secret, so that no scanner takes this file for one.
fn secret(parts: &[&str]) -> String {
    parts.concat()
}

#[test]
fn a_file_of_secrets_is_refused_by_its_name() {
    let environment = copying(CONFIG);
    environment.write("config/.env", "PASSWORD=x\n");
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [facts] config/.env: this looks like an environment file with secrets
      hint: who can pull the image can read it: leave it out, and hand it over when the image runs
      hint: if it is no secret, say so in coracle.toml: [secrets] allow = ["config/.env"]
    "#);
}

#[test]
fn a_password_in_a_file_of_variables_is_refused_with_its_line() {
    let environment = copying(CONFIG);
    let text = secret(&["PORT=8080\nDB_PASS", "WORD=s3cr3tvalue\n"]);
    environment.write("config/prod.env", text);
    environment.write("config/public.env", "PORT=8080\n");
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [facts] config/prod.env:2: this looks like a password or token of an environment
      hint: who can pull the image can read it: leave it out, and hand it over when the image runs
      hint: if it is no secret, say so in coracle.toml: [secrets] allow = ["config/prod.env"]
    "#);
}

#[test]
fn a_private_key_is_refused_with_its_line() {
    let environment = copying(CONFIG);
    let key = secret(&["# TLS\n-----BEGIN", " PRIVATE KEY-----\nMIIEvQ\n"]);
    environment.write("config/tls.pem", key);
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [facts] config/tls.pem:2: this looks like a private key
      hint: who can pull the image can read it: leave it out, and hand it over when the image runs
      hint: if it is no secret, say so in coracle.toml: [secrets] allow = ["config/tls.pem"]
    "#);
}

#[test]
fn an_access_token_is_refused_with_its_line_and_never_shown() {
    let environment = copying(CONFIG);
    let token = secret(&["gh", "p_", &"x1".repeat(18)]);
    environment.write("config/a.yaml", format!("a: 1\nb: 2\ntoken: {token}\n"));
    let said = refused(&environment, 1);
    assert!(!said.contains(&token), "{said}");
    insta::assert_snapshot!(said, @r#"
    error: [facts] config/a.yaml:3: this looks like a GitHub token
      hint: who can pull the image can read it: leave it out, and hand it over when the image runs
      hint: if it is no secret, say so in coracle.toml: [secrets] allow = ["config/a.yaml"]
    "#);
}

#[test]
fn a_secret_that_is_embedded_is_refused_too() {
    let environment = TestEnvironment::with_watched_go();
    environment.write("go.mod", crate::support::samples::GO_MOD);
    let main = "package main\n\nimport _ \"embed\"\n\n//go:embed key.pem\nvar key string\n\nfunc main() { println(key) }\n";
    environment.write("main.go", main);
    environment.write(
        "key.pem",
        secret(&["-----BEGIN", " EC PRIVATE KEY-----\nMIIEvQ\n"]),
    );
    insta::assert_snapshot!(refused(&environment, 1), @r#"
    error: [facts] key.pem:1: this looks like a private key
      hint: who can pull the image can read it: leave it out, and hand it over when the image runs
      hint: if it is no secret, say so in coracle.toml: [secrets] allow = ["key.pem"]
    "#);
}

#[test]
fn what_is_said_to_be_no_secret_is_copied() {
    let environment = copying(CONFIG);
    environment.write("config/.env", "PASSWORD=x\n");
    environment.write("config/.env.example", "PASSWORD=\n");
    environment.write(
        "config/test/key.pem",
        secret(&["-----BEGIN", " PRIVATE KEY-----\nMIIEvQ\n"]),
    );
    let allow = "secrets.allow=[\"config/.env\", \"config/test/*.pem\"]";
    environment.run(["build", "-q", "--set", allow]).success();
}
