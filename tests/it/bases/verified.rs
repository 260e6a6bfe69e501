//! Bases that must be signed before anything is built on them.

use super::{OnBase, small};
use crate::support::TestEnvironment;
use crate::support::keys::PASSWORD;
use crate::support::registry::FakeRegistry;
use crate::support::sigstore::token::{IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore};

/// Hello, which is to be built on a base that must be signed by the key `vendor`.
fn guarded() -> OnBase {
    let on_base = OnBase::image(&small());
    on_base.environment.make_key("vendor");
    on_base.environment.make_key("other");
    write_rule(&on_base, "vendor");
    on_base
}

fn write_rule(on_base: &OnBase, key: &str) {
    let public = std::fs::read(on_base.environment.public_key(key)).expect("a key");
    on_base
        .environment
        .write(format!("../rules/keys/{key}.pub"), public);
    let host = on_base.registry.host();
    let rule = format!("[registries.\"{host}\"]\nverify = \"../rules/keys/{key}.pub\"\n");
    on_base.environment.write("coracle.toml", rule);
}

/// Lets this identity alone vouch for bases.
fn write_identity(on_base: &OnBase, sigstore: &Sigstore, identity: &str) {
    let root = sigstore.trusted_root().to_string();
    on_base.environment.write("root.json", root);
    let host = on_base.registry.host();
    let rule = format!(
        "[registries.\"{host}\"]\nverify = {{ identity = '{identity}', issuer = '{ISSUER}', trusted_root = 'root.json' }}\n"
    );
    on_base.environment.write("coracle.toml", rule);
}

fn sign(environment: &TestEnvironment, image: &str, key: &str) {
    let key = environment.root().join(key).with_extension("key");
    let mut sign = environment.coracle(["sign", image, "--key"]);
    sign.arg(key).env("CORACLE_KEY_PASSWORD", PASSWORD);
    environment.run_command(&mut sign).success();
}

/// Builds on the base, asserts that it is refused before anything is compiled, and returns what is said.
#[track_caller]
fn refused(on_base: &OnBase) -> String {
    let reference = on_base.reference();
    let args = OnBase::args(&reference, &[]);
    let output = on_base.environment.run(args).ends_with(1);
    on_base.environment.assert_nothing_compiled();
    output.talk_without_digests()
}

#[test]
fn a_base_that_nobody_signed_is_refused_before_anything_is_compiled() {
    let on_base = guarded();
    insta::assert_snapshot!(refused(&on_base), @r#"
    error: [verify] $REGISTRY/team/base:v1: no signature of it holds
      hint: [registries."$REGISTRY"] in coracle.toml wants one by the key ../rules/keys/vendor.pub
      hint: nothing hangs on it: take another image, or have this one signed
    "#);
}

#[test]
fn a_base_that_somebody_else_signed_is_refused() {
    let on_base = guarded();
    sign(&on_base.environment, &on_base.reference(), "other");
    insta::assert_snapshot!(refused(&on_base), @r#"
    error: [verify] $REGISTRY/team/base:v1: no signature of it holds
      hint: [registries."$REGISTRY"] in coracle.toml wants one by the key ../rules/keys/vendor.pub
      hint: sha256:- was looked at: it was not signed by this key
    "#);
}

#[test]
fn a_base_that_is_signed_is_asked_about_once() {
    let on_base = guarded();
    sign(&on_base.environment, &on_base.reference(), "vendor");
    on_base.built(&[]);
    let known = on_base.registry.journal().len();
    on_base.built(&[]);
    let asked = on_base.registry.journal().requests_after(known);
    // The tag may have moved.
    assert_eq!(asked.len(), 1, "{asked:?}");
}

#[test]
fn another_key_asks_anew() {
    let on_base = guarded();
    sign(&on_base.environment, &on_base.reference(), "vendor");
    on_base.built(&[]);
    write_rule(&on_base, "other");
    let reference = on_base.reference();
    on_base
        .environment
        .run(OnBase::args(&reference, &[]))
        .ends_with(1)
        .says("no signature of it holds");
}

#[test]
fn an_identity_may_vouch_for_a_base() {
    let (on_base, sigstore) = (OnBase::image(&small()), Sigstore::start());
    write_identity(&on_base, &sigstore, IDENTITY);
    assert!(refused(&on_base).contains(&format!("wants one by {IDENTITY} of {ISSUER}")));
    let vendor = TestEnvironment::new().with_keyless(&sigstore, Log::Two);
    vendor.run(["sign", &on_base.reference()]).success();
    on_base.built(&[]);
    let known = on_base.registry.journal().len();
    on_base.built(&[]);
    assert_eq!(on_base.registry.journal().requests_after(known).len(), 1);
    on_base
        .environment
        .run(["verify", &on_base.reference()])
        .success();
    // Who was believed before is not believed after the rule has changed.
    for (services, identity, why) in [
        (&sigstore, "https://other", "expected https://other"),
        (
            &Sigstore::start(),
            IDENTITY,
            "in a log that the trusted root does not know",
        ),
    ] {
        write_identity(&on_base, services, identity);
        let reference = on_base.reference();
        let build = on_base.environment.run(OnBase::args(&reference, &[]));
        build.ends_with(1).says(why);
    }
}

#[test]
fn signatures_may_be_at_the_mirror_or_at_the_registry_itself() {
    for is_mirrored in [true, false] {
        let (on_base, mirror) = (guarded(), FakeRegistry::start());
        small().put(&mirror, "team/base", "v1");
        let signed = if is_mirrored {
            &mirror
        } else {
            &on_base.registry
        };
        let signed = signed.repository("team/base:v1");
        let host = on_base.registry.host().to_owned();
        let rule = format!(
            "[registries.\"{host}\"]\nmirror = \"{}\"\nverify = {{ key = \"../rules/keys/vendor.pub\" }}\n",
            mirror.host()
        );
        on_base.environment.write("../elsewhere/empty", "");
        sign(&on_base.environment, &signed, "vendor");
        on_base.environment.write("coracle.toml", rule);
        on_base.built(&[]);
    }
}

#[test]
fn a_key_that_is_not_there_is_told_before_anything_is_asked() {
    let on_base = guarded();
    let host = on_base.registry.host();
    let rule = format!("[registries.\"{host}\"]\nverify = \"missing.pub\"\n");
    on_base.environment.write("coracle.toml", rule);
    let reference = on_base.reference();
    on_base
        .environment
        .run(OnBase::args(&reference, &[]))
        .ends_with(2)
        .says("missing.pub: nothing can be verified");
    assert_eq!(on_base.registry.journal().len(), 0);
}

#[test]
fn images_that_are_read_must_be_signed_too() {
    let on_base = guarded();
    let image = on_base.reference();
    let sbom = ["sbom", &image];
    let diff = ["diff", &image, &image];
    on_base
        .environment
        .run(sbom)
        .ends_with(1)
        .says("no signature of it holds");
    on_base
        .environment
        .run(diff)
        .ends_with(2)
        .says("no signature of it holds");
    // Whoever looks at an image must see also what is wrong with it.
    on_base.environment.run(["inspect", &image]).success();
    on_base.environment.run(["verify", &image]).ends_with(1);
    sign(&on_base.environment, &image, "vendor");
    on_base.environment.run(sbom).success();
    on_base.environment.run(diff).success();
    on_base.environment.run(["verify", &image]).success();
}
