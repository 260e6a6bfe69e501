//! Secrets of stages.

use super::{OWN_ONLY, ran, stage, with_module};

const VALUE: &str = "s3cr3t/value+of-stage";

#[test]
fn a_secret_reaches_the_stage_that_asks_for_it_and_nothing_that_is_said() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n[secrets.values.PIN]\ncommand = [\"sh\", \"-c\", \"echo 4711-0815\"]\n\n",
        &stage(
            "a",
            "echo $TOKEN $PIN; echo $TOKEN > ../told; printf %s $TOKEN >&2; exit 1",
            "secrets = [\"TOKEN\", \"PIN\"]",
        ),
        &stage("b", "echo =$TOKEN=$CI_TOKEN=", ""),
    ];
    let mut environment = with_module(&settings.concat());
    environment.set("CI_TOKEN", VALUE);
    let output = environment
        .run(["ci", "-v", "--json", "--jobs", "1"])
        .ends_with(1);
    let told = std::fs::read_to_string(environment.root().join("told")).expect("a file");
    assert_eq!(told.trim(), VALUE);
    for word in ["s3cr3t", "4711"] {
        assert!(
            !output.stdout.contains(word) && !output.stderr.contains(word),
            "{output}"
        );
    }
    output.says("b| ===").says("a| … …");
}

#[test]
fn a_secret_that_is_not_there_fails_the_stage_before_it_runs() {
    let settings = [
        OWN_ONLY,
        "[secrets.values.TOKEN]\nenv = \"CI_TOKEN\"\n\n",
        &stage("a", "", "secrets = [\"TOKEN\"]"),
    ];
    let environment = with_module(&settings.concat());
    let output = environment.run(["ci"]).ends_with(1);
    assert_eq!(ran(&environment), Vec::<String>::new());
    output
        .says("the secret TOKEN is not there")
        .says("CI_TOKEN");
}
