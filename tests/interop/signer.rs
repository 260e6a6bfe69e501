//! A program that signs: openssl, as docs/signing.md says.

use std::path::Path;
use std::process::Command;

use crate::podman::{needs, run};
use crate::support::distribution::{Access, Distribution};
use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, folders, programs};

/// Makes a key pair, `NAME.pem` and `NAME.pub`, beside the project.
fn make_key(environment: &TestEnvironment, name: &str) {
    needs("openssl");
    let openssl = |words: &[&str], out: &Path| {
        let mut command = Command::new(programs::find("openssl"));
        run(command
            .args(words)
            .arg("-out")
            .arg(out)
            .current_dir(environment.root()));
    };
    let private = format!("{name}.pem");
    let path = |end: &str| environment.root().join(name).with_extension(end);
    let curve = ["ecparam", "-name", "prime256v1", "-genkey", "-noout"];
    openssl(&curve, &path("pem"));
    openssl(&["pkey", "-in", &private, "-pubout"], &path("pub"));
}

#[test]
fn what_openssl_signed_is_accepted_by_cosign_and_by_coracle() {
    let registry = Distribution::start(&Access::Open);
    let mut environment = TestEnvironment::new().with_hello();
    for name in ["release", "other"] {
        make_key(&environment, name);
    }
    environment.link_program("openssl", &programs::find("openssl"));
    environment.set("SIGNER_KEY", environment.root().join("release.pem"));
    let script = folders::project().join("docs/signers/openssl");
    let signer = format!("sign.command=[{script:?}]");
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository, "--set", &signer];
    let image = environment.run(push).success().line().to_owned();
    for (name, code) in [("release", 0), ("other", 1)] {
        let key = environment.public_key(name);
        environment
            .run(["verify", &image, "--key", &key])
            .ends_with(code);
        let mut cosign = environment.command(tools::get(Tool::Cosign3));
        let offline = ["--insecure-ignore-tlog", "--allow-http-registry"];
        cosign.args(["verify", "--key", &key]).args(offline);
        environment.run_command(cosign.arg(&image)).ends_with(code);
    }
}

#[test]
fn a_signer_without_its_key_is_told_in_its_own_words() {
    let registry = Distribution::start(&Access::Open);
    let mut environment = TestEnvironment::new().with_hello();
    needs("openssl");
    environment.link_program("openssl", &programs::find("openssl"));
    environment.set("SIGNER_KEY", "missing.pem");
    let script = folders::project().join("docs/signers/openssl");
    let signer = format!("sign.command=[{script:?}]");
    let repository = registry.repository("team/hello");
    environment
        .run(["push", "--repo", &repository, "--set", &signer])
        .ends_with(69)
        .says("openssl public-key failed: ")
        .says("missing.pem");
}
