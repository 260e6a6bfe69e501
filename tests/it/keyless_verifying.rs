//! Whether images are signed with the identity that they should be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use serde_json::json;

use crate::support::TestEnvironment;
use crate::support::memory::run_and_measure;
use crate::support::registry::{FakeRegistry, Rule};
use crate::support::sigstore::token::{IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore, Stage};

fn digest(image: &str) -> &str {
    image.split_once('@').expect("a digest").1
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
        // Four statements about each.
        assert_eq!(sigstore.asked("/log/entries"), 12);
        assert_eq!(sigstore.asked("/tsa"), if log == Log::Two { 12 } else { 0 });
        drop(sigstore);
        let told = environment.verify_identity(&image).success();
        assert!(told.stdout.contains(&format!("by {IDENTITY} of {ISSUER}")));
        let index = registry.manifest("team/hello", digest(&image));
        let index = index.expect("an index").json();
        for platform in index["manifests"].as_array().expect("platforms") {
            let digest = platform["digest"].as_str().expect("a digest");
            environment
                .verify_identity(&format!("{repository}@{digest}"))
                .success();
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
    environment.make_key("signer");
    let key = environment.public_key("signer");
    for (flags, why) in [
        (&[][..], "nobody says who must have signed it"),
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
        (
            &["--key", &key, "--trusted-root", "none.json"],
            "--trusted-root judges identities",
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
        let proof = format!("{entry}/inclusionProof");
        let stamp = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0";
        let mut paths = vec![
            "/dsseEnvelope/payload".to_owned(),
            "/dsseEnvelope/signatures/0/sig".to_owned(),
            "/verificationMaterial/certificate/rawBytes".to_owned(),
            format!("{entry}/canonicalizedBody"),
            format!("{proof}/checkpoint/envelope"),
        ];
        // Each log tells the time in its own way. Of the second, the checkpoint's root hash alone counts.
        paths.extend(match log {
            Log::One => vec![
                format!("{entry}/inclusionPromise/signedEntryTimestamp"),
                format!("{proof}/rootHash"),
            ],
            Log::Two => vec![format!("{stamp}/signedTimestamp")],
        });
        for path in &paths {
            registry.put_bundle("team/hello", digest(&image), &flip(path));
            environment
                .verify_identity(&image)
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
            environment.verify_identity(&image).ends_with(1).says(why);
        }
        registry.put_bundle("team/hello", digest(&image), &bundle);
        environment.verify_identity(&image).success();
    }
}

#[test]
fn the_time_that_a_log_tells_is_what_it_signed() {
    let stage = Stage::new(Log::One);
    let image = stage.pushed();
    let mut bundle = stage.registry.bundle_of("team/hello", digest(&image));
    let time = &mut bundle["verificationMaterial"]["tlogEntries"][0]["integratedTime"];
    let seconds: i64 = time.as_str().expect("a time").parse().expect("seconds");
    *time = (seconds + 1).to_string().into();
    stage
        .registry
        .put_bundle("team/hello", digest(&image), &bundle);
    stage
        .environment
        .verify_identity(&image)
        .ends_with(1)
        .says("no signature of it holds");
}

#[test]
fn a_huge_statement_is_refused_without_much_memory() {
    let stage = Stage::new(Log::Two);
    let image = stage.pushed();
    let mut bundle = stage.registry.bundle_of("team/hello", digest(&image));
    let nested = format!("[{}[]]", "[],".repeat(10 << 20));
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "", "digest": { "sha256": &digest(&image)[7..] } }],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": "$PREDICATE",
    });
    let statement = statement.to_string().replace("\"$PREDICATE\"", &nested);
    bundle["dsseEnvelope"]["payload"] = STANDARD.encode(statement).into();
    stage
        .registry
        .put_bundle("team/hello", digest(&image), &bundle);
    let verify = ["verify", &image, "--identity", IDENTITY, "--issuer", ISSUER];
    let (output, peak_bytes) = run_and_measure(&mut stage.environment.coracle(verify));
    stage
        .environment
        .output(&output)
        .ends_with(1)
        .says("longer than any that is checked without a key");
    assert!(peak_bytes < 250 << 20, "{} MiB", peak_bytes >> 20);
}

#[test]
fn what_is_in_the_tags_of_older_cosign_is_for_keys_alone() {
    let (sigstore, registry) = (Sigstore::start(), FakeRegistry::start());
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let push = [
        "push",
        "--repo",
        &repository,
        "--set",
        "sign.format=[\"classic\"]",
    ];
    let image = environment.run(push).success().line().to_owned();
    environment.write("root.json", sigstore.trusted_root().to_string());
    let verify = [
        "verify",
        &image,
        "--identity",
        IDENTITY,
        "--issuer",
        ISSUER,
        "--trusted-root",
        "root.json",
    ];
    environment
        .run(verify)
        .ends_with(1)
        .says("is checked with keys alone: sign it again as a bundle");
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
        (material, "tlogEntries", "it has no entry of a log"),
        (
            "/verificationMaterial/tlogEntries/0",
            "inclusionProof",
            "without the proof that the log has it",
        ),
    ] {
        let mut changed = bundle.clone();
        let table = changed.pointer_mut(below).expect("a table");
        table.as_object_mut().expect("a table").remove(key);
        registry.put_bundle("team/hello", digest(&image), &changed);
        environment.verify_identity(&image).ends_with(1).says(why);
    }
    let mut many = bundle.clone();
    let entries = many.pointer_mut("/verificationMaterial/tlogEntries");
    let entries = entries.expect("entries").as_array_mut().expect("entries");
    *entries = vec![entries[0].clone(); 20];
    registry.put_bundle("team/hello", digest(&image), &many);
    environment
        .verify_identity(&image)
        .ends_with(1)
        .says("more than anybody needs");
}

#[test]
fn a_certificate_that_was_over_when_it_was_used_is_worth_nothing() {
    let stage = Stage::new(Log::Two);
    let image = stage.pushed();
    let (registry, environment) = (&stage.registry, &stage.environment);
    let bundle = registry.bundle_of("team/hello", digest(&image));
    let signature = bundle["dsseEnvelope"]["signatures"][0]["sig"].as_str();
    let signature = STANDARD
        .decode(signature.expect("a signature"))
        .expect("base64");
    for (off, holds) in [(-3600, false), (0, true), (3600, false)] {
        stage.sigstore.set_clock_off(off);
        let stamp = STANDARD.encode(stage.sigstore.time_stamp(&signature));
        let mut changed = bundle.clone();
        let path = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0";
        changed.pointer_mut(path).expect("a time stamp")["signedTimestamp"] = stamp.into();
        registry.put_bundle("team/hello", digest(&image), &changed);
        let said = environment.verify_identity(&image);
        if holds {
            said.success();
        } else {
            said.ends_with(1)
                .says("its certificate was not valid when it signed");
        }
    }
}

#[test]
fn whoever_looks_at_an_image_may_name_an_identity_too() {
    let stage = Stage::new(Log::One);
    let image = stage.pushed();
    let by = |identity| {
        let inspect = [
            "inspect",
            &image,
            "--identity",
            identity,
            "--issuer",
            ISSUER,
        ];
        stage.environment.run(inspect).success().stdout
    };
    let verified = format!("signature by {IDENTITY} of {ISSUER}, verified");
    assert!(by(IDENTITY).contains(&verified), "{}", by(IDENTITY));
    assert!(by("https://other").contains("expected https://other"));
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
    stage
        .environment
        .verify_identity(&second)
        .ends_with(1)
        .says(&why);
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
    environment
        .verify_identity(image.line())
        .ends_with(1)
        .says("no signature of it holds");
    environment.run(["sign", image.line()]).success();
    environment.verify_identity(image.line()).success();
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
        stage
            .environment
            .verify_identity(&image)
            .ends_with(1)
            .says(why);
    }
    // An instance without a log of certificates needs none.
    let mut root = stage.sigstore.trusted_root();
    root["ctlogs"] = serde_json::json!([]);
    let file = "trusted-root.json";
    stage.environment.write(file, root.to_string());
    stage.environment.verify_identity(&image).success();
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
    environment.verify_identity(image.line()).success();
}
