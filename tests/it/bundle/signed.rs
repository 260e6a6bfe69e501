//! Bundles that somebody has signed.

use super::Workplace;
use crate::support::TestEnvironment;

#[test]
fn a_bundle_is_used_only_if_the_key_has_signed_it_that_is_named() {
    let mut workplace = Workplace::new();
    workplace.environment = workplace.environment.signing();
    let environment = &workplace.environment;
    environment
        .run(["bundle", "--sign", "-o", "all.bundle"])
        .success();
    environment.make_key("other");
    let (signer, other) = (
        environment.public_key("signer"),
        environment.public_key("other"),
    );
    let bundle = environment.work().join("all.bundle").display().to_string();
    let elsewhere = workplace.elsewhere();
    let build = |key: &str| {
        elsewhere.run_without_network([
            "build",
            "--offline",
            "--bundle",
            &bundle,
            "--bundle-key",
            key,
        ])
    };
    build(&other)
        .ends_with(1)
        .says("the bundle is not used")
        .says("it was not signed by this key");
    assert!(!elsewhere.root().join("cache/bundles").exists());
    build(&signer).success();
    // Also where it was unpacked before.
    build(&other).ends_with(1);
    let seal = environment.read("all.bundle.sigstore.json");
    environment
        .run([
            "bundle",
            "--sign",
            "-o",
            "all.bundle",
            "--platform",
            "linux/amd64",
            "--base",
            "scratch",
        ])
        .success();
    environment.write("all.bundle.sigstore.json", seal);
    build(&signer)
        .ends_with(1)
        .says("its signature is that of something else");
    std::fs::remove_file(environment.work().join("all.bundle.sigstore.json")).expect("a signature");
    build(&signer)
        .ends_with(1)
        .says("it is not signed")
        .says("hint: its signature belongs beside it: FILE.sigstore.json");
}

#[test]
fn where_nobody_signs_nothing_is_fetched_for_a_bundle_that_is_to_be_signed() {
    let environment = TestEnvironment::new().with_hello();
    environment
        .run(["bundle", "--sign", "-o", "all.bundle"])
        .ends_with(2)
        .says("nobody is there to sign")
        .says("hint: name a key: CORACLE_KEY");
    environment
        .run(["build", "--bundle-key", "cosign.pub"])
        .ends_with(2)
        .says("--bundle <FILE>");
    assert_eq!(environment.files(), ["go.mod", "main.go"]);
}
