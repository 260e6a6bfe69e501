//! Images that are signed when they are pushed.

use crate::support::TestEnvironment;
use crate::support::distribution::{Access, Distribution};
use crate::support::http::{Act, Fault, Method, Refusal, StatusCode};
use crate::support::keys::PASSWORD;
use crate::support::registry::{Builder, FakeRegistry, Rule};

/// Returns how often go was asked for more than what it is.
fn compiles(environment: &TestEnvironment) -> usize {
    let commands = environment.go_commands();
    commands.iter().filter(|command| *command != "env").count()
}

/// Returns how many manifests refer to others.
fn referring(registry: &FakeRegistry) -> usize {
    let requests = registry.journal().requests();
    let puts = requests.iter().filter(|request| {
        request.method == Method::PUT && request.path().contains("/manifests/sha256:")
    });
    puts.count()
}

#[test]
fn signing_twice_adds_nothing() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let before = referring(&registry);
    environment.run(["sign", &image]).success();
    environment.run(["push", "--repo", &repository]).success();
    assert_eq!(referring(&registry), before);
}

#[test]
fn an_unchanged_image_takes_one_request_more_when_it_is_signed() {
    for (rule, expected) in [(Some(Rule::Referrers), 2), (None, 3)] {
        let registry = FakeRegistry::with();
        let registry = rule.into_iter().fold(registry, Builder::rule).start();
        let environment = TestEnvironment::with_watched_go().with_hello().signing();
        let repository = registry.repository("team/hello");
        let push = [
            "push",
            "--repo",
            &repository,
            "--platform",
            "linux/amd64,linux/arm64",
        ];
        let first = environment.run(push).success();
        let (known, commands) = (registry.journal().len(), compiles(&environment));
        let second = environment.run(push).success();
        assert_eq!(first.line(), second.line());
        let requests = registry.journal().requests_after(known);
        assert_eq!(requests.len(), expected, "{requests:?}");
        assert_eq!(compiles(&environment), commands);
    }
}

#[test]
fn an_image_whose_signature_was_removed_is_signed_again() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let (_, digest) = image.split_once('@').expect("a digest");
    registry.remove_tag("team/hello", &digest.replace(':', "-"));
    let key = environment.public_key("signer");
    environment
        .run(["verify", &image, "--key", &key])
        .ends_with(1);
    environment.run(["push", "--repo", &repository]).success();
    environment.run(["verify", &image, "--key", &key]).success();
}

#[test]
fn no_tag_shows_an_image_that_could_not_be_signed() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    // A device that tells its key, and then is gone.
    let key = environment.make_key("signer").with_extension("pub");
    let script = format!(
        "[ \"$1\" = public-key ] && exec cat {}\necho no device >&2\nexit 1\n",
        key.display()
    );
    environment.write_program(
        "cat",
        &format!(
            "exec {} \"$@\"",
            crate::support::programs::find("cat").display()
        ),
    );
    environment.write_program("device", &script);
    let repository = registry.repository("team/hello");
    let push = [
        "push",
        "--repo",
        &repository,
        "--set",
        "sign.command=[\"device\"]",
    ];
    environment
        .run(push)
        .ends_with(69)
        .says("device sign failed: no device")
        .says("hint: the image is there, and no tag shows it: push again, or coracle sign ");
    assert_eq!(registry.tags("team/hello"), [""; 0]);
}

#[test]
fn nothing_is_built_where_nobody_can_sign() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::with_watched_go().with_hello();
    let key = environment.make_key("signer");
    let (private, public) = (key.with_extension("key"), key.with_extension("pub"));
    let text = std::fs::read_to_string(&private).expect("a key");
    let damaged = environment.write("../damaged.key", text.replace("\ney", "\n!!"));
    let rsa = environment.write(
        "../rsa.key",
        "-----BEGIN RSA PRIVATE KEY-----\nMAA=\n-----END RSA PRIVATE KEY-----\n",
    );
    let other_curve = environment.write("../p384.key", P384);
    let missing = environment.root().join("missing.key");
    let repository = registry.repository("team/hello");
    for (key, password, why) in [
        (&private, "wrong", "the password is wrong"),
        (
            &public,
            PASSWORD,
            "it is a public key, expected the private one",
        ),
        (&damaged, PASSWORD, "no PEM, or a damaged one"),
        (&rsa, PASSWORD, "openssl pkcs8 -topk8"),
        (&other_curve, PASSWORD, "expected ECDSA over P-256"),
        (&missing, PASSWORD, "make a key: coracle keys generate"),
    ] {
        let mut push = environment.coracle(["push", "--repo", &repository]);
        push.env("CORACLE_KEY", key)
            .env("CORACLE_KEY_PASSWORD", password);
        environment.run_command(&mut push).ends_with(2).says(why);
    }
    let mut push = environment.coracle(["push", "--repo", &repository]);
    push.env("CORACLE_KEY", &private);
    environment
        .run_command(&mut push)
        .ends_with(2)
        .says("there is no password");
    assert_eq!(compiles(&environment), 0);
    assert_eq!(registry.tags("team/hello"), [""; 0]);
}

/// A key that signs nothing anywhere: `openssl ecparam -name secp384r1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt`
const P384: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDDkXjQrt8mTk7uWcMpZ
OM8nxoKlNMbblqvjVKQwGWaOcxwgbacXXSBNWME4GsE1BwShZANiAAQtDCyXXFp2
qd5730k9Pn55kdITZKVzfPfb1k18sEsXu4GIUddgRT5OhOA4l1+NM0M9W3fxjnaR
jbThEuQPyp2xh4FDT+8BaNC3Zhgat4Fe9nHBSIE6hn4hPqkyMkfO5Yg=
-----END PRIVATE KEY-----
";

#[test]
fn the_text_of_a_key_may_be_in_the_environment() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    let key = environment.make_key("signer").with_extension("key");
    let text = std::fs::read_to_string(key).expect("a key");
    let repository = registry.repository("team/hello");
    let public = environment.public_key("signer");
    for (name, args) in [
        ("CORACLE_KEY", &[][..]),
        ("MY_KEY", &["--set", "sign.key=env://MY_KEY"][..]),
    ] {
        let mut push = environment.coracle([&["push", "--repo", &repository][..], args].concat());
        push.env(name, &text).env("CORACLE_KEY_PASSWORD", PASSWORD);
        let image = environment
            .run_command(&mut push)
            .success()
            .line()
            .to_owned();
        environment
            .run(["verify", &image, "--key", &public])
            .success();
    }
}

#[test]
fn no_child_and_no_output_sees_the_key_or_its_password() {
    let registry = FakeRegistry::start();
    let mut environment = TestEnvironment::new().with_hello();
    let key = environment.make_key("signer").with_extension("key");
    let seen = environment.root().join("seen");
    environment.write_go(&format!("/usr/bin/env >> {}", seen.display()));
    environment.set("CORACLE_KEY", std::fs::read_to_string(key).expect("a key"));
    environment.set("CORACLE_KEY_PASSWORD", PASSWORD);
    let repository = registry.repository("team/hello");
    let args = [
        "push",
        "-vv",
        "--repo",
        &repository,
        "--trace",
        "trace.json",
        "--json",
    ];
    let output = environment.run(args).success();
    let seen = std::fs::read_to_string(seen).expect("what go saw");
    let trace = String::from_utf8(environment.read("trace.json")).expect("UTF-8");
    for text in [&output.stdout, &output.stderr, &seen, &trace] {
        assert!(
            !text.contains(PASSWORD) && !text.contains("PRIVATE KEY"),
            "{text}"
        );
    }
}

#[test]
fn two_who_sign_at_once_lose_nothing() {
    let registry = Distribution::start(&Access::Open);
    let environment = TestEnvironment::new().with_hello();
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let names: Vec<String> = (0..6).map(|number| format!("signer-{number}")).collect();
    let mut children: Vec<_> = names
        .iter()
        .map(|name| {
            let key = environment.make_key(name).with_extension("key");
            let mut sign = environment.coracle(["sign", &image, "--key"]);
            sign.arg(key).env("CORACLE_KEY_PASSWORD", PASSWORD);
            sign.spawn().expect("coracle")
        })
        .collect();
    for child in &mut children {
        assert!(child.wait().expect("an end").success());
    }
    for name in &names {
        let key = environment.public_key(name);
        environment.run(["verify", &image, "--key", &key]).success();
    }
}

#[test]
fn who_writes_the_list_while_another_waits_is_not_lost() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository];
    let image = environment.run(push).success().line().to_owned();
    let (_, digest) = image.split_once('@').expect("a digest");
    let list = format!("*/manifests/{}", digest.replace(':', "-"));
    let sign = |name: &str| {
        let key = environment.make_key(name).with_extension("key");
        let mut sign = environment.coracle(["sign", &image, "--key"]);
        sign.arg(key).env("CORACLE_KEY_PASSWORD", PASSWORD);
        environment.run_command(&mut sign).success();
    };
    sign("first");
    // The second asks what there is, what it shall add to, and then whether that is still there: another has just written
    // over all of it. While the second keeps away, all is mended.
    let over = Refusal::new(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "no such list");
    let over = Fault::on(Method::GET, &list, Act::Refuse(over));
    registry.misbehave(over.after(2).times(1));
    let known = registry.journal().len();
    sign("second");
    let requests = registry.journal().requests_after(known);
    let of_list = requests.iter().filter(|it| it.path().contains("/sha256-"));
    let of_list: Vec<&Method> = of_list.map(|it| &it.method).collect();
    let (get, put) = (&Method::GET, &Method::PUT);
    assert_eq!(of_list, [get, get, put, get, get], "{requests:#?}");
    for name in ["first", "second"] {
        let key = environment.public_key(name);
        environment.run(["verify", &image, "--key", &key]).success();
    }
}

#[test]
fn a_registry_that_breaks_off_while_an_image_is_signed_is_asked_again() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    for path in ["*/referrers/*", "*/manifests/sha256:*", "*/blobs/uploads/*"] {
        registry.misbehave(Fault::at(path, Act::HangUp { after_bytes: 0 }).times(1));
    }
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let key = environment.public_key("signer");
    environment.run(["verify", &image, "--key", &key]).success();
}

#[test]
fn what_hangs_on_an_image_and_cannot_be_read_keeps_nobody_from_signing() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let push = ["push", "--repo", &repository];
    let image = environment.run(push).success().line().to_owned();
    let (_, digest) = image.split_once('@').expect("a digest");
    // A rule of the registry's removed what no tag shows, and left the list.
    let list = registry.manifest("team/hello", &digest.replace(':', "-"));
    for referrer in list.expect("a list").json()["manifests"]
        .as_array()
        .expect("referrers")
    {
        registry.remove_manifest("team/hello", referrer["digest"].as_str().expect("a digest"));
    }
    environment.run(["sign", &image]).success();
    let key = environment.public_key("signer");
    environment.run(["verify", &image, "--key", &key]).success();
}
