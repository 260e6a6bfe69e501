//! GOAUTH: who coracle is to the proxy that it has Go from, by each way that the go command knows.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::support::git::GitRepository;
use crate::support::http::{Act, Fault, Method, StatusCode};
use crate::support::release::Release;
use crate::support::team::{LOGIN, PROXY_HOST, PUBLIC, PUBLIC_PROXY_HOST, Team, log_in};
use crate::support::{Output, TestEnvironment, programs};

/// A team whose proxy has a release of Go for whoever it knows, and a user that it does not know yet.
struct Scene {
    team: Team,
    environment: TestEnvironment,
}

impl Scene {
    fn new() -> Self {
        let (team, release) = (Team::start(), Release::honest());
        team.take_over(&release.proxy);
        let mut environment = team.environment();
        environment.set("GOPROXY", format!("https://{PROXY_HOST}"));
        environment.set("GOSUMDB", release.database.verifier());
        let go_mod = format!("module example.com/hello\n\ngo 1.26\n\nrequire {PUBLIC} v1.0.0\n");
        environment.write("go.mod", go_mod);
        Self { team, environment }
    }

    fn goauth(mut self, value: &str) -> Self {
        self.environment.set("GOAUTH", value);
        self
    }

    /// Installs the release, and returns what is said, in which no password is.
    #[track_caller]
    fn install(&self, code: i32) -> Output {
        let output = self
            .environment
            .run(["toolchain", "install", "1.99.9", "-vv"])
            .ends_with(code);
        without_passwords(output)
    }

    #[track_caller]
    fn doctor(&self, code: i32) -> Output {
        let output = self.environment.run(["doctor", "-v"]).ends_with(code);
        without_passwords(output)
    }

    /// Says what `doctor` says of the proxy.
    #[track_caller]
    fn told(&self, code: i32, parts: &[&str]) {
        let output = self.doctor(code);
        for part in parts {
            assert!(output.data().contains(part), "no {part:?} in\n{output}");
        }
    }

    /// Writes a helper that notes how it is called, and then does as `script` says.
    fn helper(&self, script: &str) -> PathBuf {
        let calls = self.environment.root().join("calls");
        let note = format!(
            "{{ echo \"called with: $*\"; while read -r line; do echo \"> $line\"; done; }} >> {}\n",
            calls.display()
        );
        self.environment
            .write_program("helper", &format!("{note}{script}"))
    }

    fn calls(&self) -> String {
        let calls = std::fs::read_to_string(self.environment.root().join("calls"));
        calls.unwrap_or_default()
    }

    /// Makes a repository whose settings name who keeps passwords, and returns it.
    fn repository(&self, password: &str) -> PathBuf {
        let folder = self.environment.root().join("repository");
        std::fs::create_dir(&folder).expect("a folder");
        let repository = GitRepository::create(&folder);
        let kept = self.environment.root().join("kept");
        let script = format!(
            "!f() {{ echo \"$1\" >> {}; test \"$1\" = get && echo username={} && echo password={password}; }}; f",
            kept.display(),
            LOGIN.0,
        );
        repository.git(["config", "credential.helper", &script]);
        folder
    }

    /// Returns what the keeper of passwords was asked for.
    fn kept(&self) -> String {
        std::fs::read_to_string(self.environment.root().join("kept")).unwrap_or_default()
    }
}

/// Returns what was said, in which no password is.
#[track_caller]
fn without_passwords(output: Output) -> Output {
    for secret in [
        LOGIN.1.to_owned(),
        token(LOGIN.1),
        "wrong-hunter3".to_owned(),
    ] {
        let all = format!("{}{}", output.stdout, output.stderr);
        assert!(!all.contains(&secret), "{secret} is in\n{output}");
    }
    output
}

fn token(password: &str) -> String {
    STANDARD.encode(format!("{}:{password}", LOGIN.0))
}

/// What a helper prints that knows who to be at the proxy.
fn knows(password: &str) -> String {
    format!(
        "printf 'https://{PROXY_HOST}\\n\\nAuthorization: Basic {}\\n\\n'\n",
        token(password)
    )
}

#[test]
fn the_netrc_file_tells_who_asks_unless_goauth_says_otherwise() {
    let scene = Scene::new();
    log_in(&scene.environment, PROXY_HOST, LOGIN);
    scene.told(0, &["with the login of GOAUTH=netrc"]);
    scene.install(0);
    let scene = Scene::new().goauth("off");
    log_in(&scene.environment, PROXY_HOST, LOGIN);
    scene.told(77, &["answered 401: who are you", "unset GOAUTH"]);
    scene
        .install(77)
        .says("error: [toolchain] cannot get Go 1.99.9")
        .says("answered 401: who are you");
}

#[test]
fn git_tells_who_asks_and_hears_whether_that_was_right() {
    let scene = Scene::new();
    let repository = scene.repository(LOGIN.1);
    let scene = scene.goauth(&format!("netrc; git {}", repository.display()));
    scene.install(0);
    assert_eq!(scene.kept(), "get\nstore\n");
    scene.told(0, &["with the login of GOAUTH=git"]);
}

#[test]
fn a_password_of_gits_that_is_wrong_is_told_to_it_and_to_the_user() {
    let scene = Scene::new();
    let repository = scene.repository("wrong-hunter3");
    let scene = scene.goauth(&format!("git {}", repository.display()));
    scene
        .install(77)
        .says("who are you (with the login of GOAUTH=git)")
        .says("hint: see what GOAUTH names");
    assert_eq!(scene.kept(), "get\nerase\n");
    scene.told(
        77,
        &["see that what it knows for goproxy.corp.internal is right"],
    );
}

#[test]
fn git_that_has_no_password_asks_nobody_at_the_terminal() {
    let scene = Scene::new();
    let work = scene.environment.work();
    let scene = scene.goauth(&format!("git {}", work.display()));
    scene.install(77).says(
        "(without a login; GOAUTH=git: git has no user and password for goproxy.corp.internal)",
    );
    scene.told(77, &["GOAUTH=git: git has no user and password"]);
    let scene = Scene::new().goauth("git /nowhere/at/all");
    scene
        .install(77)
        .says("GOAUTH=git: /nowhere/at/all is no folder");
}

#[test]
fn a_program_tells_who_asks_before_the_first_request() {
    let scene = Scene::new().goauth("helper 'for the team'");
    scene.helper(&knows(LOGIN.1));
    scene.install(0);
    assert_eq!(scene.calls(), "called with: for the team\n");
    assert!(
        scene
            .team
            .journal()
            .requests()
            .iter()
            .all(|it| { it.header("authorization").is_some() })
    );
    scene.told(0, &["with the login of GOAUTH=helper"]);
}

#[test]
fn a_program_that_knows_nothing_before_is_asked_again_with_what_was_answered() {
    let scene = Scene::new().goauth("helper");
    let script = format!("test $# -eq 0 && exit 0\n{}", knows(LOGIN.1));
    scene.helper(&script);
    scene.install(0);
    let calls = scene.calls();
    let (first, second) = calls.split_once('\n').expect("two calls");
    assert_eq!(first, "called with: ");
    let head =
        "called with: https://goproxy.corp.internal/golang.org/toolchain/@v/v0.0.1-go1.99.9.";
    assert!(second.starts_with(head), "{calls}");
    assert!(
        second.contains("\n> HTTP/1.1 401 Unauthorized\n"),
        "{calls}"
    );
    assert!(
        second.contains("\n> www-authenticate: Basic realm=\"team\"\n"),
        "{calls}"
    );
    assert_eq!(calls.matches("called").count(), 2, "{calls}");
}

#[test]
fn of_several_the_first_that_knows_counts() {
    let right = Scene::new().goauth("helper;netrc");
    right.helper(&knows(LOGIN.1));
    log_in(&right.environment, PROXY_HOST, (LOGIN.0, "wrong-hunter3"));
    right.install(0);
    let wrong = Scene::new().goauth("netrc;helper");
    wrong.helper(&knows(LOGIN.1));
    log_in(&wrong.environment, PROXY_HOST, (LOGIN.0, "wrong-hunter3"));
    wrong.install(77).says("(with the login of GOAUTH=netrc)");
    let third = Scene::new().goauth("absent;broken;helper");
    third.environment.write_program("broken", "exit 3\n");
    third.helper(&knows(LOGIN.1));
    third.install(0);
}

#[test]
fn a_program_that_is_of_no_use_is_told_without_what_it_printed() {
    for (script, reason) in [
        (
            "echo wrong-hunter3 >&2; exit 3\n",
            "it ended with exit status: 3",
        ),
        (
            "printf wrong-hunter3\n",
            "what it printed ends without a blank line",
        ),
        (
            "printf 'wrong-hunter3\\n\\nA: b\\n\\n'\n",
            "line 1 of what it printed is no address",
        ),
        (
            "printf 'https://goproxy.corp.internal\\n\\nwrong-hunter3\\n\\n'\n",
            "line 3 of what it printed is no header",
        ),
        (
            "while :; do echo wrong-hunter3; done\n",
            "it wrote more than 262144 bytes",
        ),
    ] {
        let scene = Scene::new().goauth("helper --token wrong-hunter3");
        scene.helper(script);
        let told = format!("(without a login; GOAUTH=helper: {reason})");
        scene.install(77).says(&told);
        scene.told(77, &[&told]);
    }
    let scene = Scene::new().goauth("helper");
    scene.helper(&knows("wrong-hunter3"));
    scene.install(77).says("(with the login of GOAUTH=helper)");
    let scene = Scene::new().goauth("absent");
    scene
        .install(77)
        .says("GOAUTH=absent: it is not on the PATH");
    let scene = Scene::new().goauth("./helper");
    scene.environment.write("helper", "#!/bin/sh\n");
    scene
        .install(77)
        .says("GOAUTH=./helper: it is named by a path that depends");
}

#[test]
fn a_program_that_hangs_is_waited_for_once_and_goes_with_the_run() {
    let scene = Scene::new().goauth("helper");
    scene.helper("exec sleep 600\n");
    scene
        .environment
        .link_program("sleep", &programs::find("sleep"));
    let output = scene
        .environment
        .run(["doctor", "--timeout", "3s"])
        .ends_with(77);
    assert!(
        output
            .data()
            .contains("GOAUTH=helper: it took longer than 3 s"),
        "{output}"
    );
    assert_eq!(scene.calls().matches("called").count(), 1);
    let running = scene.environment.start(&["toolchain", "install", "1.99.9"]);
    crate::support::running::until("the helper is asked", || {
        scene.calls().matches("called").count() == 2
    });
    running.signal(rustix::process::Signal::INT);
    running.end().ends_with(130);
    scene.environment.assert_no_processes();
}

#[test]
fn a_goauth_that_means_nothing_is_an_error_before_anybody_is_asked() {
    for (value, reason) in [
        ("netrc;", "GOAUTH holds an empty command"),
        ("off;netrc", "GOAUTH holds off beside other commands"),
        (
            "git work",
            "GOAUTH holds a git command that does not name one folder by its absolute path",
        ),
        (
            "helper 'x",
            "GOAUTH holds a command with a quote that is not closed",
        ),
    ] {
        let scene = Scene::new().goauth(value);
        scene
            .install(2)
            .says(reason)
            .says("hint: correct GOAUTH, or unset it: go help goauth");
        assert_eq!(scene.team.journal().len(), 0);
        scene.told(1, &[&format!("failure [settings] GOAUTH: {reason}")]);
    }
}

#[test]
fn no_login_follows_a_redirect_to_another_host() {
    let scene = Scene::new().goauth("helper");
    scene.helper(&format!(
        "printf 'https://{PROXY_HOST}\\n\\nPrivate-Token: {}\\n\\n'\n",
        LOGIN.1
    ));
    scene.install(0);
    let asked = scene.team.journal().requests();
    assert!(asked.iter().all(|it| it.header("private-token").is_some()));
    let known = asked.len();
    let zip = asked[0].path().to_owned();
    let elsewhere = format!("https://{PUBLIC_PROXY_HOST}{zip}");
    let redirect = Act::Redirect(StatusCode::FOUND, elsewhere);
    scene
        .team
        .misbehave(Fault::on(Method::GET, &zip, redirect).times(1));
    let cache = scene.environment.root().join("cache");
    let status = std::process::Command::new("rm")
        .arg("-rf")
        .arg(cache)
        .status();
    assert!(status.is_ok_and(|it| it.success()));
    scene.install(0);
    let zips = scene.team.journal().requests_after(known);
    let zips: Vec<_> = zips.iter().filter(|it| it.path() == zip).collect();
    assert_eq!(zips.len(), 2);
    assert!(zips[0].header("private-token").is_some());
    assert_eq!(zips[1].header("host"), Some(PUBLIC_PROXY_HOST));
    assert_eq!(zips[1].header("private-token"), None);
}

#[test]
fn a_project_cannot_name_a_program() {
    let scene = Scene::new();
    scene.helper(&knows(LOGIN.1));
    for toml in [
        "[go.env]\nGOAUTH = \"helper\"\n",
        "[modules]\nauth = \"helper\"\n",
    ] {
        scene.environment.write(
            "coracle.toml",
            format!("[images.hello]\nmain = \".\"\n\n{toml}"),
        );
        scene.doctor(2);
    }
    assert_eq!(scene.calls(), "");
}
