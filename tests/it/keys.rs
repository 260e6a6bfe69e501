//! Keys that are made, and passwords that are asked for.

use std::os::unix::fs::PermissionsExt as _;

use crate::support::TestEnvironment;
use crate::support::keys::PASSWORD;
use crate::support::registry::FakeRegistry;
use crate::support::terminal::Seen;

const NEW: &str = "password for the new key: ";
const QUESTION: &str = "/coracle.key: ";

fn generated(environment: &TestEnvironment, again: &str) -> Seen {
    environment
        .at_terminal(&["keys", "generate"])
        .answer(NEW, PASSWORD)
        .answer("the same again: ", again)
        .finish()
}

#[test]
fn a_password_is_asked_for_where_somebody_sits_and_never_shown() {
    let environment = TestEnvironment::new().with_hello();
    let made = generated(&environment, PASSWORD);
    assert_eq!(made.code, Some(0), "{}", made.screen);
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/hello");
    environment.write("coracle.toml", "[sign]\nkey = 'coracle.key'\n");
    let push = ["push", "--repo", &repository];
    let signed = environment
        .at_terminal(&push)
        .answer(QUESTION, PASSWORD)
        .finish();
    assert_eq!(signed.code, Some(0), "{}", signed.screen);
    let image = registry.repository("team/hello:latest");
    let verify = ["verify", &image, "--key", "coracle.pub"];
    environment.run(verify).success();
    let wrong = environment
        .at_terminal(&["sign", &image])
        .answer(QUESTION, "wrong horse")
        .finish();
    assert_eq!(wrong.code, Some(2), "{}", wrong.screen);
    assert!(wrong.screen.contains("the password is wrong"));
    // No progress hides the question.
    let question = signed.screen.find("password of").expect("a question");
    assert_eq!(signed.screen[..question].trim(), "", "{}", signed.screen);
    for seen in [made, signed, wrong] {
        assert!(!seen.screen.contains("horse"), "{}", seen.screen);
    }
}

#[test]
fn a_password_that_was_mistyped_makes_no_key() {
    let environment = TestEnvironment::new();
    let mistyped = generated(&environment, "correct house");
    assert_eq!(mistyped.code, Some(2), "{}", mistyped.screen);
    assert!(mistyped.screen.contains("the two that were typed differ"));
    assert!(!environment.work().join("coracle.key").exists());
}

#[test]
fn the_private_half_is_for_its_owner_and_nothing_is_written_over() {
    let environment = TestEnvironment::new();
    let mut generate = environment.coracle(["keys", "generate", "--output", "team"]);
    generate.env("CORACLE_KEY_PASSWORD", PASSWORD);
    let printed = environment.run_command(&mut generate).success().stdout;
    assert_eq!(printed.as_bytes(), environment.read("team.pub"));
    let private = environment.work().join("team.key");
    let mode = private.metadata().expect("a key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = environment.read("team.key");
    environment
        .run_command(&mut generate)
        .ends_with(73)
        .says("team.key is there already");
    assert_eq!(environment.read("team.key"), before);
    // With one half gone, the other is kept all the same.
    std::fs::remove_file(private).expect("a key");
    environment
        .run_command(&mut generate)
        .ends_with(73)
        .says("team.pub is there already");
    assert!(!environment.work().join("team.key").exists());
}

#[test]
fn where_nobody_sits_a_password_must_be_named() {
    let environment = TestEnvironment::new();
    environment
        .run(["keys", "generate"])
        .ends_with(2)
        .says("set CORACLE_KEY_PASSWORD");
    assert!(!environment.work().join("coracle.key").exists());
}
