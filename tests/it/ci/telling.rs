//! Who is told of stages, and how.

use super::{OWN_ONLY, stage, with_module};

const ALERT: &str = "[pipeline.alert]\ncommand = [\"page\"]\nwebhook = \"env://HOOK\"\n";

#[test]
fn people_are_told_of_a_stage_that_fails_but_not_for_pull_requests() {
    let settings = [OWN_ONLY, &stage("a", "exit 3", ""), ALERT];
    let mut environment = with_module(&settings.concat());
    environment.set("HOOK", "no address");
    environment.write_program(
        "page",
        "/bin/cat > paged; echo \"$CORACLE_EVENT$HOOK\" > about",
    );
    environment.run(["ci"]).ends_with(1);
    assert!(!environment.work().join("paged").exists());
    let output = environment.run(["ci", "--event", "main"]).ends_with(1);
    output.says("warning: nobody was told of it: HOOK holds no address");
    let paged = String::from_utf8(environment.read("paged")).expect("text");
    assert!(
        paged.starts_with("coracle: ci of example.com/hello for main failed:\na: sh -c "),
        "{paged}"
    );
    assert!(paged.ends_with("ends with 3"), "{paged}");
    assert_eq!(environment.read("about"), b"main\n");
}

#[test]
fn at_a_terminal_a_stage_shows_what_it_says_while_it_runs() {
    let script = "w=way; echo half$w there; while [ ! -e ../go-on ]; do sleep 0.05; done";
    let settings = [OWN_ONLY, &stage("a", script, "timeout = \"1m\"")];
    let environment = with_module(&settings.concat());
    let sitting = environment.at_terminal(&["ci"]);
    sitting.shows("halfway there");
    std::fs::write(environment.root().join("go-on"), "").expect("a file");
    let seen = sitting.finish();
    assert_eq!(seen.code, Some(0), "{}", seen.screen);
    assert!(seen.screen.contains("a: passed after"), "{}", seen.screen);
    let plain = environment.run(["ci"]).success();
    assert!(!plain.stderr.contains("halfway"), "{plain}");
}
