//! Images that are signed with an identity in place of a key.

use crate::support::http::{Act, Fault, Refusal, StatusCode};
use crate::support::registry::{FakeRegistry, Rule};
use crate::support::sigstore::token::{self, IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore};
use crate::support::{Output, TestEnvironment};

/// A project that is signed with an identity, and where it is pushed to.
struct Stage {
    registry: FakeRegistry,
    sigstore: Sigstore,
    environment: TestEnvironment,
}

impl Stage {
    fn new(log: Log) -> Self {
        Self::of(Sigstore::start(), log)
    }

    fn of(sigstore: Sigstore, log: Log) -> Self {
        let environment = TestEnvironment::new().with_hello();
        Self {
            registry: FakeRegistry::start(),
            environment: environment.with_keyless(&sigstore, log),
            sigstore,
        }
    }

    fn push(&self, further: &[&str]) -> Output {
        let repository = self.registry.repository("team/hello");
        let args = [&["push", "--repo", &repository], further].concat();
        self.environment.run(args)
    }

    /// Pushes, and returns REPOSITORY@DIGEST.
    fn pushed(&self) -> String {
        self.push(&[]).success().line().to_owned()
    }
}

fn digest(image: &str) -> &str {
    image.split_once('@').expect("a digest").1
}

/// Verifies that whom the token of the tests speaks of has signed.
fn verify(environment: &TestEnvironment, image: &str) -> Output {
    let args = ["verify", image, "--identity", IDENTITY, "--issuer", ISSUER];
    environment.run(args)
}

#[test]
fn what_is_signed_with_an_identity_is_verified_by_it_without_any_service() {
    for log in [Log::One, Log::Two] {
        let Stage {
            registry,
            sigstore,
            environment,
        } = Stage::new(log);
        let repository = registry.repository("team/hello");
        let args = ["push", "--repo", &repository, "--platform"];
        let image = environment
            .run([&args[..], &["linux/amd64,linux/arm64"]].concat())
            .success()
            .line()
            .to_owned();
        // One certificate for the index and both platforms.
        assert_eq!(sigstore.asked("/signingCert"), 1);
        assert_eq!(sigstore.asked("/log/entries"), 3);
        assert_eq!(sigstore.asked("/tsa"), if log == Log::Two { 3 } else { 0 });
        drop(sigstore);
        let told = verify(&environment, &image).success();
        assert!(told.stdout.contains(&format!("by {IDENTITY} of {ISSUER}")));
        let index = registry.manifest("team/hello", digest(&image));
        let index = index.expect("an index").json();
        for platform in index["manifests"].as_array().expect("platforms") {
            let digest = platform["digest"].as_str().expect("a digest");
            verify(&environment, &format!("{repository}@{digest}")).success();
        }
    }
}

#[test]
fn others_are_refused_each_with_its_reason() {
    let stage = Stage::new(Log::One);
    let image = stage.pushed();
    let environment = &stage.environment;
    environment.make_key("signer");
    let key = environment.public_key("signer");
    let foreign = Sigstore::start().trusted_root().to_string();
    environment.write("foreign.json", foreign);
    let other_issuer = "https://other.example.com";
    for (flags, why) in [
        (
            &["--identity", "https://other", "--issuer", ISSUER][..],
            "expected https://other",
        ),
        (
            &["--identity-regexp", "git[.]example.*", "--issuer", ISSUER],
            "expected one that matches git[.]example.*",
        ),
        (
            &["--identity", IDENTITY, "--issuer", other_issuer],
            "expected an identity of https://other.example.com",
        ),
        (
            &[
                "--identity",
                IDENTITY,
                "--issuer",
                ISSUER,
                "--trusted-root",
                "foreign.json",
            ],
            "in a log that the trusted root does not know",
        ),
        (
            &["--key", &key],
            "it was signed without a key, by an identity",
        ),
    ] {
        let args = [&["verify", &image], flags].concat();
        environment.run(args).ends_with(1).says(why);
    }
    let pattern = "https://git[.]example[.]com/team/.*";
    let args = ["verify", &image, "--identity-regexp", pattern, "--issuer"];
    environment.run([&args[..], &[ISSUER]].concat()).success();
}

#[test]
fn whose_signature_counts_must_be_said() {
    let environment = TestEnvironment::new();
    for (flags, why) in [
        (&[][..], "nobody is named whose signature counts"),
        (&["--issuer", ISSUER], "vouches for everybody"),
        (&["--identity", IDENTITY], "--issuer"),
        (
            &["--identity-regexp", "(", "--issuer", ISSUER],
            "is not a regular expression",
        ),
        (
            &[
                "--identity",
                IDENTITY,
                "--issuer",
                ISSUER,
                "--trusted-root",
                "none.json",
            ],
            "cannot use this trusted root",
        ),
    ] {
        let args = [&["verify", "127.0.0.1:1/a:b"], flags].concat();
        environment.run(args).ends_with(2).says(why);
    }
}

#[test]
fn the_project_may_say_whose_signature_counts() {
    let stage = Stage::new(Log::One);
    let image = stage.pushed();
    let config = stage.sigstore.config(Log::One);
    let environment = &stage.environment;
    let rule = |identity: &str| format!("{config}identity = '{identity}'\nissuer = '{ISSUER}'\n");
    environment.write("coracle.toml", rule(IDENTITY));
    environment.run(["verify", &image]).success();
    environment.write("coracle.toml", rule("https://other"));
    environment
        .run(["verify", &image])
        .ends_with(1)
        .says("expected https://other");
}

#[test]
fn every_change_of_a_bundle_is_refused() {
    for log in [Log::One, Log::Two] {
        let stage = Stage::new(log);
        let image = stage.pushed();
        let (registry, environment) = (&stage.registry, &stage.environment);
        let bundle = registry.bundle_of("team/hello", digest(&image));
        let entry = "/verificationMaterial/tlogEntries/0";
        let flip = |path: &str| {
            let mut changed = bundle.clone();
            let value = changed
                .pointer_mut(path)
                .unwrap_or_else(|| panic!("no {path}"));
            let text = value.as_str().expect("text");
            // In the middle, where base64 has no padding, one letter for another.
            let at = text.len() / 2;
            let letter = if &text[at..=at] == "A" { "B" } else { "A" };
            *value = format!("{}{letter}{}", &text[..at], &text[at + 1..]).into();
            changed
        };
        for path in [
            "/dsseEnvelope/payload",
            "/dsseEnvelope/signatures/0/sig",
            "/verificationMaterial/certificate/rawBytes",
            &format!("{entry}/canonicalizedBody"),
        ] {
            registry.put_bundle("team/hello", digest(&image), &flip(path));
            verify(environment, &image)
                .ends_with(1)
                .says("no signature of it holds")
                .says("was looked at: ");
        }
        for (old, new, why) in [
            ("v0.3+json", "v0.4+json", "a bundle of the unknown version"),
            (
                "\"tlogEntries\"",
                "\"tlog\"",
                "it says not what it is checked with",
            ),
            ("0.0.", "0.9.", "it cannot be checked: "),
        ] {
            let changed = bundle.to_string().replace(old, new);
            let changed = serde_json::from_str(&changed).expect("JSON");
            registry.put_bundle("team/hello", digest(&image), &changed);
            verify(environment, &image).ends_with(1).says(why);
        }
        registry.put_bundle("team/hello", digest(&image), &bundle);
        verify(environment, &image).success();
    }
}

#[test]
fn what_proves_a_signature_cannot_be_left_out() {
    let stage = Stage::new(Log::Two);
    let image = stage.pushed();
    let (registry, environment) = (&stage.registry, &stage.environment);
    let bundle = registry.bundle_of("team/hello", digest(&image));
    let material = "/verificationMaterial";
    for (below, key, why) in [
        (
            material,
            "timestampVerificationData",
            "nobody who is trusted says when",
        ),
        (material, "tlogEntries", "it cannot be checked"),
        (
            "/verificationMaterial/tlogEntries/0",
            "inclusionProof",
            "it cannot be checked",
        ),
    ] {
        let mut changed = bundle.clone();
        let table = changed.pointer_mut(below).expect("a table");
        table.as_object_mut().expect("a table").remove(key);
        registry.put_bundle("team/hello", digest(&image), &changed);
        verify(environment, &image).ends_with(1).says(why);
    }
    let mut many = bundle.clone();
    let entries = many.pointer_mut("/verificationMaterial/tlogEntries");
    let entries = entries.expect("entries").as_array_mut().expect("entries");
    *entries = vec![entries[0].clone(); 20];
    registry.put_bundle("team/hello", digest(&image), &many);
    verify(environment, &image)
        .ends_with(1)
        .says("more than anybody needs");
}

#[test]
fn the_bundle_of_another_image_is_worth_nothing() {
    let stage = Stage::new(Log::One);
    let first = stage.pushed();
    let bundle = stage.registry.bundle_of("team/hello", digest(&first));
    let other = crate::support::samples::printing("another");
    stage.environment.write("main.go", other);
    let second = stage.pushed();
    stage
        .registry
        .put_bundle("team/hello", digest(&second), &bundle);
    let why = format!("it is a statement about {}, another image", digest(&first));
    verify(&stage.environment, &second).ends_with(1).says(&why);
}

#[test]
fn a_bill_of_materials_by_the_identity_is_no_signature() {
    let stage = Stage::new(Log::One);
    let environment = &stage.environment;
    let repository = stage.registry.repository("team/hello");
    let mut push = environment.coracle(["push", "--repo", &repository]);
    environment.write("coracle.toml", "");
    let image = environment.run_command(&mut push).success();
    environment.write("coracle.toml", stage.sigstore.config(Log::One));
    environment.write("sbom.json", r#"{"spdxVersion":"SPDX-2.3"}"#);
    let attest = ["attest", image.line(), "--type", "spdx", "--predicate"];
    environment
        .run([&attest[..], &["sbom.json"]].concat())
        .success();
    verify(environment, image.line())
        .ends_with(1)
        .says("no signature of it holds");
    environment.run(["sign", image.line()]).success();
    verify(environment, image.line()).success();
}

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
    verify(&stage.environment, image.success().line()).success();
    assert_eq!(stage.sigstore.asked("/signingCert"), 3);
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
        verify(environment, image.line()).success();
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
        verify(&stage.environment, image).success();
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
    verify(&stage.environment, &stage.pushed()).success();
}

#[test]
fn an_entry_that_the_log_took_before_the_connection_broke_is_used() {
    for (log, path) in [(Log::One, "/rekor1/*"), (Log::Two, "/rekor2/*")] {
        let stage = Stage::new(log);
        let broken = Act::HangUp {
            after_bytes: 1 << 20,
        };
        stage.sigstore.misbehave(Fault::at(path, broken).times(1));
        verify(&stage.environment, &stage.pushed()).success();
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
fn everybody_who_vouches_must_be_in_the_trusted_root() {
    let stage = Stage::new(Log::Two);
    let image = stage.pushed();
    let foreign = Sigstore::start().trusted_root();
    for (part, why) in [
        (
            "certificateAuthorities",
            "by no authority of the trusted root",
        ),
        (
            "ctlogs",
            "in no log of certificates that the trusted root knows",
        ),
        ("tlogs", "in a log that the trusted root does not know"),
        ("timestampAuthorities", "its time stamp proves nothing"),
    ] {
        let mut root = stage.sigstore.trusted_root();
        root[part] = foreign[part].clone();
        let file = "trusted-root.json";
        stage.environment.write(file, root.to_string());
        verify(&stage.environment, &image).ends_with(1).says(why);
    }
    // An instance without a log of certificates needs none.
    let mut root = stage.sigstore.trusted_root();
    root["ctlogs"] = serde_json::json!([]);
    let file = "trusted-root.json";
    stage.environment.write(file, root.to_string());
    verify(&stage.environment, &image).success();
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
    let output = stage
        .push(&["-vv", "--trace", "trace.json", "--json"])
        .success();
    let seen = std::fs::read_to_string(seen).expect("what go saw");
    let trace = String::from_utf8(environment.read("trace.json")).expect("UTF-8");
    let token = environment.get("SIGSTORE_ID_TOKEN").expect("a token");
    let token = token.to_str().expect("UTF-8");
    let claims = token.split('.').nth(1).expect("claims");
    for text in [&output.stdout, &output.stderr, &seen, &trace] {
        assert!(!text.contains(claims), "{text}");
    }
}

#[test]
fn a_registry_with_referrers_holds_keyless_bundles_too() {
    let sigstore = Sigstore::start();
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new()
        .with_hello()
        .with_keyless(&sigstore, Log::Two);
    let repository = registry.repository("team/hello");
    let image = environment.run(["push", "--repo", &repository]).success();
    verify(&environment, image.line()).success();
}
