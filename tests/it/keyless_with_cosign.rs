//! Identities in place of keys, as cosign signs and verifies with them.

use crate::support::distribution::{Access, Distribution};
use crate::support::sigstore::token::{self, IDENTITY, ISSUER};
use crate::support::sigstore::{Log, Sigstore};
use crate::support::tools::{self, Tool};
use crate::support::{Output, TestEnvironment};

fn cosign(environment: &TestEnvironment, tool: Tool, args: &[&str]) -> Output {
    let mut command = environment.command(tools::get(tool));
    command.env_remove("SIGSTORE_ID_TOKEN").args(args);
    environment.run_command(&mut command)
}

/// Lets cosign verify, with nothing but the registry and the trusted root.
fn cosign_verify(
    environment: &TestEnvironment,
    (tool, log): (Tool, Log),
    image: &str,
    identity: &str,
) -> Output {
    let mut args = vec![
        "verify",
        "--trusted-root",
        "trusted-root.json",
        "--certificate-identity",
        identity,
        "--certificate-oidc-issuer",
        ISSUER,
        "--allow-http-registry",
    ];
    if tool == Tool::Cosign2 {
        args.push("--new-bundle-format");
        // It looks for the time in the log, unless it is told where else.
        if log == Log::Two {
            args.push("--use-signed-timestamps");
        }
    }
    args.push(image);
    cosign(environment, tool, &args)
}

#[test]
fn cosign_accepts_what_is_signed_with_an_identity() {
    for log in [Log::One, Log::Two] {
        let (registry, sigstore) = (Distribution::start(&Access::Open), Sigstore::start());
        let environment = TestEnvironment::new()
            .with_hello()
            .with_keyless(&sigstore, log);
        let repository = registry.repository("team/hello");
        let image = environment
            .run(["push", "--repo", &repository])
            .success()
            .line()
            .to_owned();
        drop(sigstore);
        for tool in [Tool::Cosign2, Tool::Cosign3] {
            cosign_verify(&environment, (tool, log), &image, IDENTITY).success();
            cosign_verify(&environment, (tool, log), &image, "https://other").ends_with(1);
        }
    }
}

#[test]
fn cosign_accepts_the_files_of_a_release_that_are_signed_with_an_identity() {
    for log in [Log::One, Log::Two] {
        let sigstore = Sigstore::start();
        let environment = TestEnvironment::new()
            .with_hello()
            .with_keyless(&sigstore, log);
        let dist = ["dist", "--platform", "linux/amd64", "--sign"];
        environment.run(dist).success();
        drop(sigstore);
        for file in ["dist/hello-linux-amd64", "dist/SHA256SUMS"] {
            let verify = |identity| {
                let bundle = format!("{file}.sigstore.json");
                let args = [
                    "verify-blob",
                    "--trusted-root",
                    "trusted-root.json",
                    "--certificate-identity",
                    identity,
                    "--certificate-oidc-issuer",
                    ISSUER,
                    "--bundle",
                    &bundle,
                    file,
                ];
                cosign(&environment, Tool::Cosign3, &args)
            };
            verify(IDENTITY).success();
            verify("https://other").ends_with(1);
        }
    }
}

#[test]
fn what_cosign_signed_with_an_identity_is_accepted() {
    for log in [Log::One, Log::Two] {
        let (registry, sigstore) = (Distribution::start(&Access::Open), Sigstore::start());
        let environment = TestEnvironment::new().with_hello();
        let repository = registry.repository("team/hello");
        let image = environment
            .run(["push", "--repo", &repository])
            .success()
            .line()
            .to_owned();
        let environment = environment.with_keyless(&sigstore, log);
        environment.write(
            "signing-config.json",
            sigstore.signing_config(log).to_string(),
        );
        let sign = [
            "sign",
            "-y",
            "--identity-token",
            &token::of_ci(),
            "--signing-config",
            "signing-config.json",
            "--trusted-root",
            "trusted-root.json",
            "--allow-http-registry",
            &image,
        ];
        cosign(&environment, Tool::Cosign3, &sign).success();
        let args = ["verify", &image, "--identity", IDENTITY, "--issuer", ISSUER];
        environment.run(args).success();
        // Nor is it signed again.
        let entries = sigstore.asked("/log/entries");
        environment.run(["sign", &image]).success();
        assert_eq!(sigstore.asked("/log/entries"), entries);
    }
}
