//! Signatures that others check, and those that others made: cosign's, of both of its versions.

use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::keys::PASSWORD;
use crate::support::tools::{self, Tool};

/// cosign, offline, on a registry of this machine.
struct Cosign<'a> {
    environment: &'a TestEnvironment,
    tool: Tool,
}

impl Cosign<'_> {
    fn run(&self, args: &[&str]) -> crate::support::Output {
        let mut command = self.environment.command(tools::get(self.tool));
        command.args(args).env("COSIGN_PASSWORD", PASSWORD);
        self.environment.run_command(&mut command)
    }

    /// Verifies a bundle; the second version wants a root of trust even where it is not looked at.
    fn verify(&self, verb: &[&str], key: &str, image: &str) -> crate::support::Output {
        let root = self.environment.root().join("trusted-root.json");
        let empty = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
        std::fs::write(&root, empty).expect("a root of trust");
        let root = root.to_str().expect("a path in UTF-8");
        let mut args = [verb, &["--key", key, "--insecure-ignore-tlog"]].concat();
        args.push("--allow-http-registry");
        if self.tool == Tool::Cosign2 {
            args.extend(["--new-bundle-format", "--trusted-root", root]);
        }
        args.push(image);
        self.run(&args)
    }
}

/// Returns the manifests of all platforms, and the index, as REPOSITORY@DIGEST.
fn all_of(environment: &TestEnvironment, repository: &str) -> Vec<String> {
    let args = ["push", "--repo", repository, "--json", "--platform"];
    let output = environment
        .run([&args[..], &["linux/amd64,linux/arm64"]].concat())
        .success();
    let report: serde_json::Value = serde_json::from_str(&output.stdout).expect("JSON");
    let image = &report["images"][0];
    let platforms = image["platforms"].as_array().expect("platforms").iter();
    let digests = platforms.chain([image]).map(|it| it["digest"].as_str());
    digests
        .map(|digest| format!("{repository}@{}", digest.expect("a digest")))
        .collect()
}

#[test]
fn cosign_accepts_the_index_and_every_platform() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    environment.make_key("other");
    let (key, other) = (
        environment.public_key("signer"),
        environment.public_key("other"),
    );
    let images = all_of(&environment, &registry.repository("team/hello"));
    assert_eq!(images.len(), 3);
    for tool in [Tool::Cosign2, Tool::Cosign3] {
        let cosign = Cosign {
            environment: &environment,
            tool,
        };
        for image in &images {
            cosign.verify(&["verify"], &key, image).success();
            cosign.verify(&["verify"], &other, image).ends_with(1);
        }
    }
}

#[test]
fn cosign_accepts_what_a_push_says_of_every_platform() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    environment.write(
        "coracle.toml",
        "[attest]\nsbom = [\"spdx\", \"cyclonedx\"]\n",
    );
    environment.make_key("other");
    let (key, other) = (
        environment.public_key("signer"),
        environment.public_key("other"),
    );
    let images = all_of(&environment, &registry.repository("team/hello"));
    for tool in [Tool::Cosign2, Tool::Cosign3] {
        let cosign = Cosign {
            environment: &environment,
            tool,
        };
        for kind in STATEMENTS {
            let verb = ["verify-attestation", "--type", kind];
            for image in &images {
                cosign.verify(&verb, &key, image).success();
            }
            cosign.verify(&verb, &other, &images[0]).ends_with(1);
        }
    }
}

/// What a push says, by cosign's names.
const STATEMENTS: [&str; 4] = [
    "spdxjson",
    "cyclonedx",
    "slsaprovenance1",
    "https://coracle.dev/policy/v1",
];

#[test]
fn older_cosign_accepts_classic_statements() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    environment.write(
        "coracle.toml",
        "[sign]\nformat = [\"classic\"]\n\n[attest]\nsbom = [\"spdx\", \"cyclonedx\"]\n",
    );
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let key = environment.public_key("signer");
    for tool in [Tool::Cosign2, Tool::Cosign3] {
        let cosign = Cosign {
            environment: &environment,
            tool,
        };
        let classic = [
            "--key",
            &key,
            "--insecure-ignore-tlog",
            "--allow-http-registry",
            "--new-bundle-format=false",
            &image,
        ];
        for kind in STATEMENTS {
            let verb = ["verify-attestation", "--type", kind];
            cosign.run(&[&verb[..], &classic].concat()).success();
        }
        cosign.run(&[&["verify"][..], &classic].concat()).success();
    }
}

#[test]
fn older_cosign_accepts_classic_signatures() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let args = [
        "push",
        "--repo",
        &repository,
        "--set",
        "sign.format=[\"classic\"]",
    ];
    let image = environment.run(args).success().line().to_owned();
    let key = environment.public_key("signer");
    for tool in [Tool::Cosign2, Tool::Cosign3] {
        let cosign = Cosign {
            environment: &environment,
            tool,
        };
        let args = [
            "verify",
            "--key",
            &key,
            "--insecure-ignore-tlog",
            "--allow-http-registry",
        ];
        cosign
            .run(&[&args[..], &["--new-bundle-format=false", &image]].concat())
            .success();
    }
}

#[test]
fn a_statement_that_was_hung_onto_an_image_is_one_for_cosign_too() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    environment.write("review.json", r#"{"reviewed":true}"#);
    let kind = "https://example.com/review/v1";
    environment
        .run([
            "attest",
            &image,
            "--type",
            kind,
            "--predicate",
            "review.json",
        ])
        .success();
    let (key, tool) = (environment.public_key("signer"), Tool::Cosign3);
    let cosign = Cosign {
        environment: &environment,
        tool,
    };
    cosign
        .verify(&["verify-attestation", "--type", kind], &key, &image)
        .success();
    cosign.verify(&["verify"], &key, &image).success();
}

#[test]
fn what_cosign_signed_is_accepted() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello();
    for (tool, flags) in [
        (Tool::Cosign2, &["--tlog-upload=false"][..]),
        (
            Tool::Cosign3,
            &["--tlog-upload=false", "--use-signing-config=false"][..],
        ),
        (
            Tool::Cosign3,
            &[
                "--tlog-upload=false",
                "--use-signing-config=false",
                "--new-bundle-format=false",
            ][..],
        ),
    ] {
        let name = format!("team/hello-{}", flags.len());
        let repository = registry.repository(&name);
        let image = environment
            .run(["push", "--repo", &repository])
            .success()
            .line()
            .to_owned();
        let cosign = Cosign {
            environment: &environment,
            tool,
        };
        let prefix = environment.root().join(format!("cosign-{}", flags.len()));
        let prefix = prefix.to_str().expect("a path in UTF-8");
        cosign
            .run(&["generate-key-pair", "--output-key-prefix", prefix])
            .success();
        let (private, public) = (format!("{prefix}.key"), format!("{prefix}.pub"));
        let sign = ["sign", "-y", "--key", &private, "--allow-http-registry"];
        cosign
            .run(&[&sign[..], flags, &[&image]].concat())
            .success();
        environment
            .run(["verify", &image, "--key", &public])
            .success();
        // And its key, which it encrypted, signs here.
        let mut again = environment.coracle(["sign", &image, "--key", &private]);
        again.env("COSIGN_PASSWORD", PASSWORD);
        environment.run_command(&mut again).success();
    }
}
