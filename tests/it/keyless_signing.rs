//! Images that are signed with an identity in place of a key: its token, the services, and what they may do wrong.

use crate::support::TestEnvironment;
use crate::support::http::{Act, Fault, Refusal, StatusCode};
use crate::support::registry::FakeRegistry;
use crate::support::sigstore::token::{self, IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore, Stage};

#[test]
fn signing_twice_adds_nothing() {
    let stage = Stage::new(Log::One);
    let image = stage.pushed();
    let entries = stage.sigstore.asked("/log/entries");
    stage.environment.run(["sign", &image]).success();
    stage.push(&[]).success();
    assert_eq!(stage.sigstore.asked("/log/entries"), entries);
    // Somebody else has not signed yet.
    let mut sign = stage.environment.coracle(["sign", &image]);
    sign.env("SIGSTORE_ID_TOKEN", token::of("https://other", ISSUER, 300));
    stage.environment.run_command(&mut sign).success();
    assert_eq!(stage.sigstore.asked("/log/entries"), entries + 1);
}

#[test]
fn a_certificate_that_is_about_to_run_out_is_not_used_again() {
    let stage = Stage::of(Sigstore::start_with(30), Log::Two);
    let image = stage.push(&["--platform", "linux/amd64,linux/arm64"]);
    stage
        .environment
        .verify_identity(image.success().line())
        .success();
    // One for each of four statements about the index and both platforms.
    assert_eq!(stage.sigstore.asked("/signingCert"), 12);
}

#[test]
fn a_certificate_counts_only_while_it_holds() {
    for off in [-3600, 3600] {
        let stage = Stage::new(Log::Two);
        stage.sigstore.set_clock_off(off);
        stage
            .push(&[])
            .ends_with(1)
            .says("its certificate was not valid when it signed");
        assert_eq!(stage.registry.tags("team/hello"), [""; 0]);
    }
}

#[test]
fn a_run_that_is_not_who_signs_leaves_no_trace() {
    let stage = Stage::new(Log::One);
    let config = stage.sigstore.config(Log::One);
    let rule = format!("{config}identity = 'https://other'\nissuer = '{ISSUER}'\n");
    stage.environment.write("coracle.toml", rule);
    stage
        .push(&[])
        .ends_with(77)
        .says(&format!("this run is {IDENTITY} of {ISSUER}"))
        .says("expected https://other")
        .says("run it as that identity");
    assert_eq!(stage.sigstore.asked("/log/entries"), 0);
    assert_eq!(stage.registry.tags("team/hello"), [""; 0]);
}

#[test]
fn what_another_workflow_has_signed_is_signed_by_this_one_too() {
    let stage = Stage::new(Log::One);
    for number in [1, 2, 2] {
        let workflow = format!("https://git.example.com/team/release.yml@v{number}");
        let mut push = stage.pushing(&[]);
        push.env("SIGSTORE_ID_TOKEN", token::of_workflow(&workflow));
        let image = stage.environment.run_command(&mut push).success();
        let args = [
            "verify",
            image.line(),
            "--identity",
            &workflow,
            "--issuer",
            ISSUER,
        ];
        stage.environment.run(args).success();
    }
    // Four statements by each of the two.
    assert_eq!(stage.sigstore.asked("/log/entries"), 8);
}

#[test]
fn a_certificate_authority_that_fails_is_asked_by_one_alone() {
    let stage = Stage::new(Log::One);
    let refusal = Refusal::bare(StatusCode::SERVICE_UNAVAILABLE);
    stage
        .sigstore
        .misbehave(Fault::at("/fulcio/*", refusal.into()));
    let platforms = [
        "--platform",
        "linux/amd64,linux/arm64",
        "--set",
        "network.retries=1",
    ];
    stage
        .push(&platforms)
        .ends_with(69)
        .says("the certificate authority, 127.0.0.1:");
    assert_eq!(stage.sigstore.asked("/signingCert"), 2);
}

#[test]
fn a_service_that_shows_the_token_is_not_repeated() {
    let stage = Stage::new(Log::One);
    let token = stage.environment.get("SIGSTORE_ID_TOKEN").expect("a token");
    let token = token.to_str().expect("UTF-8").to_owned();
    let words = format!("no good: {token}");
    let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "X", &words);
    stage
        .sigstore
        .misbehave(Fault::at("/fulcio/*", refusal.into()));
    let output = stage.push(&[]).ends_with(77).says("no good: (the token)");
    assert!(!output.stderr.contains(&token), "{output}");
}

#[test]
fn without_a_token_nothing_is_built() {
    let sigstore = Sigstore::start();
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::with_watched_go()
        .with_hello()
        .with_keyless(&sigstore, Log::One);
    environment.unset("SIGSTORE_ID_TOKEN");
    let repository = registry.repository("team/hello");
    let expired = token::of(IDENTITY, ISSUER, -1);
    for (variables, set, code, why) in [
        (&[][..], "", 2, "set SIGSTORE_ID_TOKEN, or say where it is"),
        (
            &[("GITHUB_ACTIONS", "true")],
            "",
            2,
            "permissions: { id-token: write }",
        ),
        (&[("GITLAB_CI", "true")], "", 2, "id_tokens: {"),
        (
            &[("SIGSTORE_ID_TOKEN", "hunter2")],
            "",
            2,
            "caused by: it is no identity token",
        ),
        (
            &[("SIGSTORE_ID_TOKEN", &*expired)],
            "",
            77,
            "let the CI make a new one",
        ),
        (&[], "sign.keyless.token=env://MY_TOKEN", 2, "set MY_TOKEN"),
        (&[], "sign.keyless.token=no-token", 2, "no-token"),
    ] {
        let mut push = environment.coracle(["push", "--repo", &repository]);
        if !set.is_empty() {
            push.args(["--set", set]);
        }
        push.envs(variables.iter().copied());
        let output = environment.run_command(&mut push).ends_with(code).says(why);
        assert!(!output.stderr.contains("hunter2"), "{output}");
    }
    let compiled = environment.go_commands();
    assert!(compiled.iter().all(|command| command == "env"));
    assert_eq!(sigstore.journal().len(), 0);
}

#[test]
fn a_token_is_had_from_github_from_a_file_or_from_a_variable() {
    let stage = Stage::new(Log::One);
    let environment = &stage.environment;
    let repository = stage.registry.repository("team/hello");
    let url = format!("{}/github/token?api-version=2.0", stage.sigstore.origin());
    environment.write("token", token::of_ci());
    for (number, variables, set) in [
        (
            1,
            vec![
                ("ACTIONS_ID_TOKEN_REQUEST_URL", url),
                ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "opens".to_owned()),
            ],
            "sign.keyless.audience=sigstore",
        ),
        (2, vec![], "sign.keyless.token=token"),
        (
            3,
            vec![("MY_TOKEN", token::of_ci())],
            "sign.keyless.token=env://MY_TOKEN",
        ),
    ] {
        let printed = crate::support::samples::printing(&number.to_string());
        environment.write("main.go", printed);
        let mut push = environment.coracle(["push", "--repo", &repository, "--set", set]);
        push.env_remove("SIGSTORE_ID_TOKEN").envs(variables);
        let image = environment.run_command(&mut push).success();
        environment.verify_identity(image.line()).success();
    }
    let asked = stage.sigstore.journal().requests();
    let asked: Vec<_> = asked
        .iter()
        .filter(|it| it.path() == "/github/token")
        .collect();
    assert!(!asked.is_empty());
    for request in asked {
        assert_eq!(
            request.uri.query(),
            Some("api-version=2.0&audience=sigstore")
        );
        assert_eq!(request.header("authorization"), Some("Bearer opens"));
    }
}

#[test]
fn no_tag_shows_an_image_that_a_service_kept_from_being_signed() {
    let refusal = || Refusal::new(StatusCode::IM_A_TEAPOT, "X", "not today").into();
    for (path, act, why) in [
        (
            "/fulcio/*",
            refusal(),
            "the certificate authority, 127.0.0.1:",
        ),
        ("/rekor2/*", refusal(), "the log, 127.0.0.1:"),
        ("/tsa", refusal(), "the time-stamp authority, 127.0.0.1:"),
        (
            "/rekor2/*",
            Act::HangUp { after_bytes: 0 },
            "the log did not answer",
        ),
        (
            "/tsa",
            Act::HangUp { after_bytes: 0 },
            "see whether http://127.0.0.1:",
        ),
    ] {
        let stage = Stage::new(Log::Two);
        stage.sigstore.misbehave(Fault::at(path, act).times(1));
        let output = stage.push(&["--set", "network.retries=0"]);
        let output = output.ends_with(69).says(why);
        assert_eq!(stage.registry.tags("team/hello"), [""; 0]);
        // What the hint says, works.
        let (_, image) = output
            .stderr
            .split_once("coracle sign ")
            .expect("how to go on");
        let image = image.lines().next().expect("an image");
        stage.environment.run(["sign", image]).success();
        stage.environment.verify_identity(image).success();
    }
}

#[test]
fn what_a_service_answers_is_looked_at_before_it_is_used() {
    let nonsense = || Refusal::new(StatusCode::OK, "X", "nonsense").into();
    for (path, code, why) in [
        (
            "/fulcio/*",
            69,
            "what the certificate authority, 127.0.0.1:",
        ),
        ("/rekor2/*", 69, "what the log, 127.0.0.1:"),
        ("/tsa", 1, "its time stamp proves nothing"),
    ] {
        let stage = Stage::new(Log::Two);
        stage
            .sigstore
            .misbehave(Fault::at(path, nonsense()).times(1));
        stage.push(&[]).ends_with(code).says(why);
        assert_eq!(stage.registry.tags("team/hello"), [""; 0]);
    }
}

#[test]
fn a_service_that_breaks_off_is_asked_again() {
    let stage = Stage::new(Log::Two);
    for path in ["/fulcio/*", "/rekor2/*", "/tsa"] {
        let broken = Act::HangUp { after_bytes: 0 };
        stage.sigstore.misbehave(Fault::at(path, broken).times(1));
    }
    stage.environment.verify_identity(&stage.pushed()).success();
}

#[test]
fn an_entry_that_the_log_took_before_the_connection_broke_is_used() {
    for (log, path) in [(Log::One, "/rekor1/*"), (Log::Two, "/rekor2/*")] {
        let stage = Stage::new(log);
        let broken = Act::HangUp {
            after_bytes: 1 << 20,
        };
        stage.sigstore.misbehave(Fault::at(path, broken).times(1));
        stage.environment.verify_identity(&stage.pushed()).success();
    }
}

#[test]
fn services_that_the_trusted_root_does_not_know_are_not_believed() {
    let stage = Stage::new(Log::One);
    let foreign = Sigstore::start().trusted_root().to_string();
    stage.environment.write("trusted-root.json", foreign);
    stage
        .push(&[])
        .ends_with(1)
        .says("what the services answered proves nothing")
        .says("[sign.keyless] trusted_root");
    assert_eq!(stage.registry.tags("team/hello"), [""; 0]);
}

#[test]
fn the_token_follows_nobody_elsewhere() {
    let (stage, elsewhere) = (Stage::new(Log::One), Sigstore::start());
    let there = format!("{}/fulcio/api/v2/signingCert", elsewhere.origin());
    let act = Act::Redirect(StatusCode::TEMPORARY_REDIRECT, there);
    stage.sigstore.misbehave(Fault::at("/fulcio/*", act));
    stage.push(&[]).ends_with(77).says("no identity token");
    let token = stage.environment.get("SIGSTORE_ID_TOKEN").expect("a token");
    let token = token.to_str().expect("UTF-8");
    let requests = elsewhere.journal().requests();
    assert!(!requests.is_empty());
    for request in requests {
        assert_eq!(request.header("authorization"), None);
        assert!(!String::from_utf8_lossy(&request.body).contains(token));
    }
}

#[test]
fn no_child_and_no_output_sees_the_token() {
    let stage = Stage::new(Log::One);
    let environment = &stage.environment;
    let seen = environment.root().join("seen");
    environment.write_go(&format!("/usr/bin/env >> {}", seen.display()));
    environment.write_program(
        "git",
        &format!(
            "/usr/bin/env >> {}\nexec {} \"$@\"",
            seen.display(),
            crate::support::programs::find("git").display()
        ),
    );
    let token = environment.get("SIGSTORE_ID_TOKEN").expect("a token");
    let token = token.to_str().expect("UTF-8");
    for place in ["SIGSTORE_ID_TOKEN", "MY_TOKEN"] {
        let named = format!("sign.keyless.token=env://{place}");
        let mut push = stage.pushing(&["-vv", "--trace", "trace.json", "--json", "--set", &named]);
        push.env_remove("SIGSTORE_ID_TOKEN").env(place, token);
        let output = environment.run_command(&mut push).success();
        let seen = std::fs::read_to_string(&seen).expect("what go saw");
        assert!(seen.contains("PATH="), "{seen}");
        let trace = String::from_utf8(environment.read("trace.json")).expect("UTF-8");
        let claims = token.split('.').nth(1).expect("claims");
        for text in [&output.stdout, &output.stderr, &seen, &trace] {
            assert!(!text.contains(claims), "{text}");
        }
    }
}
