//! What comes out of a file that is right.

use std::path::Path;
use std::time::Duration;

use super::*;
use crate::model::{ArchiveForm, ByteSize, Digest, ImagePath, Owner};

#[test]
fn every_key_of_an_image_is_read() {
    let config = load_file(WHOLE).unwrap();
    let server = image(&config, "server");
    let platform: Platform = "linux/arm64".parse().unwrap();
    let values = |table: &BTreeMap<String, PlatformTemplate>| -> Vec<String> {
        let value = |template: &PlatformTemplate| template.render(&VALUES, &platform);
        table
            .iter()
            .map(|(key, template)| format!("{key}={}", value(template)))
            .collect()
    };
    let env = server.env.iter();
    let env: Vec<String> = env
        .map(|(name, value)| format!("{name}={}", value.render(&VALUES, &platform)))
        .collect();
    let ports: Vec<String> = server.ports.iter().map(ToString::to_string).collect();
    assert_eq!(repository(server), "registry.example.com/team/api");
    assert_eq!(platforms(server), "linux/amd64 linux/arm64");
    assert_eq!(server.base, BaseChoice::Scratch);
    assert_eq!(tags(server), ["v1", "latest"]);
    let (main, path) = (
        Some("cmd/server".parse().unwrap()),
        Some("/bin/server".parse().unwrap()),
    );
    assert_eq!(server.mains, Mains::One { main, path });
    assert_eq!(env, ["ARCH=arm64", "PORT=8080"]);
    assert_eq!(ports, ["53/udp", "8080/tcp"]);
    assert_eq!(server.user.to_string(), "nonroot:nonroot");
    assert_eq!(server.workdir.as_ref().unwrap().as_str(), "/config");
    assert_eq!(server.entrypoint.as_deref().unwrap(), ["/bin/server", "-v"]);
    assert_eq!(server.args, ["-config", "/config/defaults.yaml"]);
    assert_eq!(values(&server.labels), ["team=edge"]);
    assert_eq!(values(&server.annotations), ["org.example.os=linux"]);
    assert_eq!(server.stop_signal.as_ref().unwrap().to_string(), "SIGINT");
    assert_eq!(server.capabilities.to_string(), "cap_net_bind_service=ep");
    let folders: Vec<&str> = server.path_folders.iter().map(ImagePath::as_str).collect();
    assert_eq!(folders, ["/bin/tools"]);
    let stamps = server.stamp.iter();
    let stamps: Vec<String> = stamps
        .map(|(name, value)| format!("{}={}", name.as_str(), value.render(&VALUES)))
        .collect();
    assert_eq!(stamps, ["main.team=edge"]);
    assert_eq!(server.go.flags[0].to_string(), "-pgo=auto");
    assert_eq!(server.go.ldflags[0].to_string(), "-funcalign=32");
    assert_eq!(server.go.tags[0].to_string(), "server");
    let env = server.go.env.iter();
    let env: Vec<String> = env.map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(env, ["GOAMD64=v3"]);
    let tools = image(&config, "tools");
    let mains = ["./cmd/migrate", "./cmd/seed"].map(|main| main.parse().unwrap());
    assert_eq!(tools.mains, Mains::Several(mains.into()));
    let base = format!("registry.example.com/base@{}", Digest::of(b"{}"));
    assert_eq!(tools.base, BaseChoice::Registry(base.parse().unwrap()));
}

#[test]
fn every_key_of_a_file_rule_is_read() {
    let config = load_file(WHOLE).unwrap();
    let [plain, full] = image(&config, "server").files.as_slice() else {
        panic!("expected two rules");
    };
    assert_eq!(plain.from.as_str(), "config/defaults.yaml");
    assert_eq!((plain.mode, plain.uid, plain.gid), (None, None, None));
    assert_eq!(full.to.as_str(), "/static");
    assert_eq!(full.exclude, ["**/*.map".parse().unwrap()]);
    assert_eq!(full.mode.unwrap().bits(), 0o600);
    assert_eq!((full.uid, full.gid), (Some(1000), Some(1001)));
}

#[test]
fn every_key_beside_the_images_is_read() {
    let config = load_file(WHOLE).unwrap();
    let go = &config.go;
    assert_eq!(go.version.as_ref().unwrap().to_string(), "1.26.8");
    assert_eq!(go.toolchain, ToolchainPreference::Verified);
    assert_eq!(
        go.flags
            .iter()
            .map(BuildFlag::to_string)
            .collect::<Vec<_>>(),
        ["-gcflags=all=-N -l", "-pgo=off"]
    );
    assert_eq!(go.ldflags[0].to_string(), "-compressdwarf=false");
    assert_eq!(go.tags[0].to_string(), "netgo");
    assert_eq!(go.env[&"GOAMD64".parse().unwrap()].to_string(), "v2");
    assert_eq!(go.symbols, SymbolsChoice::Keep);
    assert_eq!(config.modules.proxy.len(), 2);
    assert_eq!(config.modules.private[0].as_str(), "git.example.com/*");
    let stamp = &config.stamp;
    assert_eq!(
        stamp.vars[&"main.version".parse().unwrap()].render(&VALUES),
        "v1+a"
    );
    assert_eq!(stamp.version.as_ref().unwrap().as_str(), "v1.2.3");
    assert_eq!(stamp.commit.as_ref().unwrap().as_str(), "0123456789abcdef");
    assert_eq!(stamp.date.unwrap().to_string(), VALUES.date);
    assert_eq!(config.cache.size, CacheLimit::AtMost(ByteSize(512 << 20)));
    assert_eq!(config.layers.compression, Compression::Zstd(11));
    let dist = &config.dist;
    assert_eq!(dist.archive, Some(ArchiveForm::Zip));
    assert_eq!(dist.files.as_ref().unwrap()[0].as_str(), "docs/manual.md");
    assert_eq!(dist.sbom, [SbomFormat::Spdx, SbomFormat::CycloneDx].into());
    assert_eq!((dist.sign, dist.upx), (Extra::Wanted, Extra::LeftOut));
    assert_eq!(config.secrets.allow[0].as_str(), "testdata/key.pem");
    let registry = &config.registries[&"registry.example.com:5000".parse().unwrap()];
    assert_eq!(registry.transport, Transport::HttpToo);
    assert_eq!(registry.ca.as_deref(), Some(Path::new("ca.pem")));
    assert_eq!(
        registry.mirror.as_ref().unwrap().to_string(),
        "mirror.example.com/cache"
    );
    assert_eq!(registry.trust, AddressTrust::Private);
    assert_eq!(config.network.retries, 0);
    assert_eq!(config.network.timeout, Duration::from_mins(2));
}

#[test]
fn who_must_have_signed_is_said_in_two_ways() {
    let short = "[registries.a]\nverify = 'keys/a.pub'";
    let long = "[registries.a]\nverify = { key = 'keys/a.pub' }";
    for text in [short, long] {
        let config = load_file(text).unwrap();
        let registry = &config.registries[&"a".parse().unwrap()];
        let Some(TrustedSigner::Key(key)) = &registry.verify else {
            panic!("{text}");
        };
        assert_eq!(key.to_string(), "keys/a.pub");
    }
    let identity = "[registries.a]\nverify = { identity_regexp = 'https://a/.*', issuer = 'https://i', trusted_root = 'r.json' }";
    let config = load_file(identity).unwrap();
    let registry = &config.registries[&"a".parse().unwrap()];
    let Some(TrustedSigner::Identity { rule, trusted_root }) = &registry.verify else {
        panic!("{identity}");
    };
    assert_eq!(
        rule.to_string(),
        "one that matches https://a/.* of https://i"
    );
    assert_eq!(trusted_root.as_deref(), Some(Path::new("r.json")));
}

#[test]
fn the_examples_are_right() {
    for text in [
        include_str!("../../../examples/monorepo/coracle.toml"),
        include_str!("../../../examples/service/coracle.toml"),
    ] {
        assert_eq!(shown(load_file(text)), "taken");
    }
}

#[test]
fn without_a_file_everything_has_its_default() {
    let config = load(None, &Environment::default(), &Overrides::default()).unwrap();
    let image = &config.defaults;
    assert!(config.images.is_empty());
    assert_eq!(platforms(image), "linux/amd64");
    assert_eq!(image.base, BaseChoice::Static);
    assert_eq!(image.user.owner(), Some(Owner::NONROOT));
    assert_eq!(tags(image), ["latest"]);
    assert_eq!(config.layers.compression, Compression::GZIP);
    let stamps = config.stamp.vars.iter();
    let stamps: Vec<(&str, String)> = stamps
        .map(|(variable, value)| (variable.as_str(), value.render(&VALUES)))
        .collect();
    assert_eq!(
        stamps,
        [
            ("main.buildDate", VALUES.date.to_owned()),
            ("main.commit", "abc".to_owned()),
            ("main.version", "v1".to_owned()),
        ]
    );
    assert_eq!(load_file("").unwrap(), config);
}

#[test]
fn the_cache_has_a_limit_unless_it_is_told_to_have_none() {
    let limit = |text: &str| load_file(text).unwrap().cache.size;
    assert_eq!(limit(""), CacheLimit::AtMost(ByteSize(10 << 30)));
    assert_eq!(limit("[cache]"), limit(""));
    assert_eq!(limit("[cache]\nsize = 'unlimited'"), CacheLimit::Unlimited);
    assert_eq!(limit("[cache]\nsize = '1.5 TB'").to_string(), "1.5 TB");
}

#[test]
fn the_level_is_the_compressors_own() {
    let compression = |text: &str| load_file(text).unwrap().layers.compression;
    assert_eq!(compression("[layers]\nlevel = 9"), Compression::Gzip(9));
    assert_eq!(
        compression("[layers]\ncompression = 'zstd'"),
        Compression::ZSTD
    );
}

#[test]
fn stamps_that_are_named_replace_those_that_are_not() {
    let config = load_file("[stamp.vars]\n'main.v' = 'x'").unwrap();
    let stamps: Vec<&str> = config
        .stamp
        .vars
        .keys()
        .map(StampVariable::as_str)
        .collect();
    assert_eq!(stamps, ["main.v"]);
}

#[test]
fn who_signs_is_read_from_the_file_the_flags_and_the_environment() {
    let sign = |file: &str, variable: Option<&str>, set: Option<&str>| {
        let variables = variable.map(|value| ("CORACLE_KEY".into(), value.into()));
        let environment = Environment::new(variables);
        let overrides = Overrides {
            sets: set.map(str::to_owned).into_iter().collect(),
            ..Overrides::default()
        };
        let text = FileText {
            name: "coracle.toml",
            text: file,
        };
        let config = load(Some(text), &environment, &overrides).unwrap();
        config.sign.map(|sign| match sign.signer {
            SignerChoice::Key { source, .. } => source.to_string(),
            SignerChoice::Command(words) => words.join(" "),
            SignerChoice::Keyless(keyless) => keyless.log.url.to_string(),
        })
    };
    let key = "[sign]\nkey = 'a.key'";
    for (file, variable, set, expected) in [
        ("", None, None, None),
        (key, None, None, Some("a.key")),
        (key, Some("b.key"), None, Some("b.key")),
        (
            key,
            Some("-----BEGIN X-----"),
            None,
            Some("env://CORACLE_KEY"),
        ),
        (key, Some("b.key"), Some("sign.key=c.key"), Some("c.key")),
        ("[sign]\ncommand = ['x', 'y']", None, None, Some("x y")),
        (
            "[sign]\ncommand = ['x']",
            Some("b.key"),
            None,
            Some("b.key"),
        ),
        (
            "[sign.keyless]",
            None,
            None,
            Some("https://rekor.sigstore.dev"),
        ),
        (
            "[sign.keyless]\nrekor_version = 2",
            None,
            None,
            Some("https://log2025-1.rekor.sigstore.dev"),
        ),
        ("[sign.keyless]", Some("b.key"), None, Some("b.key")),
        (
            "[sign.keyless]\nfulcio = 'https://f.example'\ntrusted_root = 'r.json'",
            Some("b.key"),
            Some("sign.keyless.rekor=https://r.example/"),
            Some("https://r.example"),
        ),
    ] {
        let found = sign(file, variable, set);
        assert_eq!(found.as_deref(), expected, "{file} {variable:?} {set:?}");
    }
}

#[test]
fn all_is_said_of_what_is_signed_and_nothing_of_what_is_not() {
    let attest = |text: &str| load_file(text).unwrap().attest;
    let said = |sbom: &[SbomFormat], provenance, policy| AttestConfig {
        sbom: sbom.iter().copied().collect(),
        provenance,
        policy,
    };
    let (spdx, cyclonedx) = ([SbomFormat::Spdx], [SbomFormat::CycloneDx]);
    for (text, expected) in [
        ("", said(&[], Saying::LeftOut, Saying::LeftOut)),
        ("[sign]\nkey = 'k'", said(&spdx, Saying::Said, Saying::Said)),
        (
            "[sign]\nkey = 'k'\n[attest]\nsbom = ['cyclonedx']\npolicy = false",
            said(&cyclonedx, Saying::Said, Saying::LeftOut),
        ),
        (
            "[attest]\nprovenance = true",
            said(&[], Saying::Said, Saying::LeftOut),
        ),
    ] {
        assert_eq!(attest(text), expected, "{text}");
    }
    assert!(attest("").says_nothing());
    assert!(!attest("[attest]\nprovenance = true").says_nothing());
}

#[test]
fn a_policy_has_rules_and_what_is_not_said_has_a_default() {
    let none = load_file("").unwrap().policy;
    assert_eq!(none, None);
    let empty = load_file("[policy]").unwrap().policy.unwrap();
    assert_eq!(empty, PolicyConfig::default());
    let whole = "\
[policy]
local_replace = 'deny'
allowed = ['golang.org/x', 'go.uber.org/zap']
licences = { allow = ['MIT'], unknown = 'deny' }
vulnerabilities = 'imported'
vulnerability_database = 'file:///srv/vulnerabilities'

[[policy.blocked]]
module = 'github.com/go-sql-driver'
reason = 'Use company SQL wrapper'
versions = '>=1, <2'
except = ['github.com/go-sql-driver/mysql']
until = 2027-01-31

[[policy.accepted]]
id = 'GO-2024-2687'
reason = 'no server speaks HTTP/2'
until = '2027-01-31'
";
    let policy = load_file(whole).unwrap().policy.unwrap();
    let [blocked] = policy.blocked.try_into().unwrap();
    assert_eq!(blocked.until, Some("2027-01-31".parse().unwrap()));
    assert_eq!(blocked.versions.to_string(), ">=v1.0.0, <v2.0.0");
    assert_eq!(policy.accepted[0].until, "2027-01-31".parse().unwrap());
    assert_eq!(policy.licences.unknown, Judgement::Deny);
    assert_eq!(policy.vulnerabilities, VulnerabilityLevel::Imported);
}
