//! Private modules: whether they come from where they are developed, and what is wrong where they do not.

use crate::support::TestEnvironment;
use crate::support::team::{GIT_HOST, LOGIN, PRIVATE, PROXY_HOST, PUBLIC_PROXY_HOST, Team, log_in};

/// Runs doctor, and returns what it prints, which holds `parts` and never a password.
#[track_caller]
fn says(environment: &TestEnvironment, code: i32, parts: &[&str]) -> String {
    let output = environment.run(["doctor"]).ends_with(code);
    for part in parts {
        assert!(output.data().contains(part), "no {part:?} in\n{output}");
    }
    let all = format!("{}{}", output.stdout, output.stderr);
    assert!(!all.contains(LOGIN.1), "a password\n{output}");
    output.data()
}

/// Lets the user of `environment` be known to git at the team's host.
fn known_to_git(environment: &TestEnvironment) {
    log_in(environment, GIT_HOST, LOGIN);
}

/// Writes git settings that use an address with a token instead of the team's.
fn token_in_settings(environment: &TestEnvironment, token: &str) {
    let settings = format!(
        "[url \"https://{}:{token}@{GIT_HOST}/\"]\n\tinsteadOf = https://{GIT_HOST}/\n",
        LOGIN.0
    );
    std::fs::write(environment.home().join(".gitconfig"), settings).expect("git's settings");
}

#[test]
fn with_goprivate_right_all_is_well_and_a_build_agrees() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    known_to_git(&environment);
    let text = says(
        &environment,
        0,
        &[
            "OK      git.corp.internal/team/dep v1.0.0  private (GOPRIVATE=git.corp.internal) https://git.corp.internal/team/dep.git\n",
            "OK      example.com/public v1.0.0  proxy https://goproxy.corp.internal/\n",
        ],
    );
    for wrong in ["[privacy]", "FAIL", "failure", "warning"] {
        assert!(!text.contains(wrong), "{text}");
    }
    environment.run(["build"]).success();
    says(
        &environment,
        0,
        &["OK      git.corp.internal/team/dep v1.0.0  cache\n"],
    );
}

#[test]
fn with_goprivate_missing_the_module_that_needs_it_is_named() {
    let team = Team::start();
    let environment = team.environment();
    known_to_git(&environment);
    says(
        &environment,
        1,
        &[
            "FAIL    git.corp.internal/team/dep v1.0.0  proxy https://goproxy.corp.internal/: https://goproxy.corp.internal/ does not have it, and its repository https://git.corp.internal/team/dep.git does",
            "warning [privacy] git.corp.internal/team/dep: its next version would be told to the checksum database sum.example.com, and it looks private",
            "because: its host has a name that the internet does not have, and GOPRIVATE names nothing",
            "mend it: export GOPRIVATE=git.corp.internal\n",
            "mend it: in coracle.toml, under [modules]: private = [\"git.corp.internal\"]",
            "OK      example.com/public",
        ],
    );
    environment.run(["build"]).ends_with(1);
    let toml = "[images.hello]\nmain = \".\"\n\n[modules]\nprivate = [\"git.corp.internal\"]\n";
    environment.write("coracle.toml", toml);
    says(&environment, 0, &["OK      git.corp.internal/team/dep"]);
    environment.run(["build"]).success();
}

#[test]
fn with_goprivate_wrong_what_it_says_is_named() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", "git.corp.internal/other");
    known_to_git(&environment);
    says(
        &environment,
        1,
        &[
            "FAIL    git.corp.internal/team/dep v1.0.0  proxy",
            "and GOPRIVATE=git.corp.internal/other does not match it",
            "mend it: export GOPRIVATE=git.corp.internal/other,git.corp.internal\n",
        ],
    );
    environment.run(["build"]).ends_with(1);
}

#[test]
fn with_goprivate_missing_and_no_login_both_are_told() {
    let team = Team::start();
    let environment = team.environment();
    says(
        &environment,
        1,
        &[
            "does not have it; nor can it come from its repository: git has no user and password for git.corp.internal",
            "mend it: export GOPRIVATE=git.corp.internal\n",
        ],
    );
}

#[test]
fn without_a_login_for_git_doctor_says_where_to_write_it() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    says(
        &environment,
        77,
        &[
            "FAIL    git.corp.internal/team/dep v1.0.0  private (GOPRIVATE=git.corp.internal) https://git.corp.internal/team/dep.git: git has no user and password for git.corp.internal",
            "mend it: echo 'machine git.corp.internal login USER password TOKEN' >> ~/.netrc",
            "mend it: git config --global url.\"git@git.corp.internal:\".insteadOf \"https://git.corp.internal/\"",
        ],
    );
}

#[test]
fn a_login_for_git_that_is_wrong_is_not_one_that_is_missing() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    log_in(&environment, GIT_HOST, ("me", "old"));
    says(
        &environment,
        77,
        &["git.corp.internal does not take the user and password that git has"],
    );
}

#[test]
fn a_token_in_gits_rules_is_used_and_told_and_never_shown() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    token_in_settings(&environment, LOGIN.1);
    says(
        &environment,
        0,
        &[
            "team/dep.git (git uses https://…@git.corp.internal/ instead of https://git.corp.internal/, with a token)\n",
            "note    [git] insteadOf: https://…@git.corp.internal/ instead of https://git.corp.internal/, with a token",
        ],
    );
    environment.run(["build"]).success();
}

#[test]
fn a_token_that_has_run_out_is_told_with_the_rule_that_holds_it() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    token_in_settings(&environment, "glpat-old");
    let text = says(
        &environment,
        77,
        &[
            "does not take the user and password that git has (git uses https://…@git.corp.internal/ instead of https://git.corp.internal/, with a token)",
        ],
    );
    assert!(!text.contains("glpat-old"), "{text}");
}

#[test]
fn a_proxy_that_nobody_is_known_to_is_told_apart_from_git() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    environment.set("GOPROXY", format!("https://{PROXY_HOST}"));
    known_to_git(&environment);
    says(
        &environment,
        77,
        &[
            "OK      git.corp.internal/team/dep v1.0.0  private",
            "FAIL    example.com/public v1.0.0  proxy https://goproxy.corp.internal/: goproxy.corp.internal answered 401: who are you",
            "mend it: echo 'machine goproxy.corp.internal login USER password TOKEN' >> ~/.netrc",
        ],
    );
    environment.run(["build"]).ends_with(77);
}

#[test]
fn a_private_module_that_comes_after_a_detour_is_named_although_it_comes() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPROXY", format!("{},direct", Team::proxy_url()));
    known_to_git(&environment);
    says(
        &environment,
        0,
        &[
            "OK      git.corp.internal/team/dep v1.0.0  direct https://git.corp.internal/team/dep.git\n",
            "warning [privacy] git.corp.internal/team/dep",
        ],
    );
}

#[test]
fn what_gos_own_proxy_would_hear_of_is_named_without_asking_it() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.unset("GOPROXY");
    environment.write("go.sum", "");
    let text = environment.run(["doctor", "--offline"]).ends_with(1).data();
    let told = "failure [privacy] git.corp.internal/team/dep: a build tells the checksum database sum.example.com and the proxy https://proxy.";
    assert!(text.contains(told), "{text}");
    assert_eq!(team.journal().len(), 0);
}

#[test]
fn a_public_proxy_does_not_hear_of_a_private_module_from_doctor() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPROXY", format!("https://{PUBLIC_PROXY_HOST},direct"));
    known_to_git(&environment);
    says(
        &environment,
        1,
        &[
            "OK      git.corp.internal/team/dep v1.0.0  direct https://git.corp.internal/team/dep.git\n",
            "OK      example.com/public v1.0.0  proxy https://goproxy.example.org/\n",
            "failure [privacy] git.corp.internal/team/dep: a build tells the proxy https://goproxy.example.org/ of it",
            "mend it: export GOPRIVATE=git.corp.internal\n",
        ],
    );
    environment.set("GOPROXY", format!("https://{PUBLIC_PROXY_HOST}"));
    says(
        &environment,
        1,
        &["https://goproxy.example.org/ is not asked for what looks private, and its repository"],
    );
    let asked = team.journal().requests();
    let mut of_public = asked
        .iter()
        .filter(|request| request.header("host") == Some(PUBLIC_PROXY_HOST));
    assert!(of_public.clone().count() > 2);
    assert!(of_public.all(|request| !request.path().contains("corp.internal")));
}

#[test]
fn a_version_that_its_repository_does_not_have_is_told() {
    let team = Team::start();
    let mut environment = team.environment();
    environment.set("GOPRIVATE", GIT_HOST);
    known_to_git(&environment);
    let go_mod = String::from_utf8(environment.read("go.mod")).expect("text");
    let newer = go_mod.replace(&format!("{PRIVATE} v1.0.0"), &format!("{PRIVATE} v1.0.1"));
    environment.write("go.mod", newer);
    says(
        &environment,
        1,
        &["https://git.corp.internal/team/dep.git has no tag v1.0.1"],
    );
}

#[test]
fn a_private_module_that_the_teams_proxy_has_comes_from_there_where_direct_is_denied() {
    let team = Team::start();
    team.publish(PRIVATE);
    let environment = team.environment();
    let toml = "[images.hello]\nmain = \".\"\n\n[modules]\nprivate = [\"git.corp.internal\"]\ndirect = \"deny\"\n";
    environment.write("coracle.toml", toml);
    let text = says(
        &environment,
        0,
        &[
            "OK      git.corp.internal/team/dep v1.0.0  proxy https://goproxy.corp.internal/\n",
            "GONOPROXY  none  (direct = \"deny\" in coracle.toml)",
        ],
    );
    assert!(!text.contains("[privacy]"), "{text}");
    environment.run(["build"]).success();
}
