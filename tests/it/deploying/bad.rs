//! Configuration and files that are wrong.

use super::{ONE, pushed, shop};
use crate::support::TestEnvironment;
use crate::support::samples::GO_MOD;

#[track_caller]
fn refused(config: &str) -> String {
    let environment = shop(config);
    let said = environment.run(["status"]).ends_with(2).talk();
    said.trim_start_matches("error: [config] coracle.toml:")
        .trim_end()
        .to_owned()
}

#[test]
fn a_project_without_environments_says_so() {
    let environment = TestEnvironment::without_go();
    environment.write("go.mod", GO_MOD);
    environment
        .run(["status"])
        .ends_with(2)
        .says("nothing says where to deploy to\n  hint: add a table [deploy]");
}

#[test]
fn what_cannot_be_deployed_by_is_refused() {
    for (config, why) in [
        ("[deploy]\n", "nothing says how to deploy to production"),
        ("[deploy]\nhow = {}\n", "how is empty"),
        ("[deploy.how]\ncommand = { run = [] }\n", "run is empty"),
        (
            "[deploy.how]\nkubernetes = { manifests = [] }\n",
            "manifests is empty",
        ),
        (
            "[deploy.how]\nkubernetes = { manifests = [\"../x\"] }\n",
            "../x",
        ),
        (
            "[deploy.how]\nkubernetes = { manifests = [\"a\"], context = \"--x\" }\n",
            "\"--x\" is no name of a context",
        ),
        (
            "[deploy.how]\nkubernetes = { manifests = [\"a\"], namespace = \"a b\" }\n",
            "\"a b\" is no such name",
        ),
        (
            "[deploy.how]\ncommand = { run = [\"a\"] }\npodman = { name = \"a\" }\n",
            "exclude each other",
        ),
        (
            "[deploy.how]\npodman = { name = \"a\", options = [\"x\"] }\n",
            "\"x\" is no option",
        ),
        (
            "[deploy.how]\npodman = { name = \"a\", options = [\"--name=b\"] }\n",
            "--name is coracle's to set",
        ),
        (
            "[deploy.how]\npodman = { name = \"-a\" }\n",
            "\"-a\" is no such name",
        ),
        (
            "[deploy.environments.\"../x\"]\n",
            "\"../x\" cannot name an environment",
        ),
        (
            "[deploy]\norder = [\"lab\"]\n",
            "there is no environment lab",
        ),
    ] {
        let said = refused(config);
        assert!(said.contains(why), "{config}\n{said}");
    }
}

#[test]
fn tests_and_alerts_that_mean_nothing_are_refused() {
    for (key, why) in [
        ("smoke = [{}]", "a smoke test tries nothing"),
        (
            "smoke = [{ url = \"ftp://x\" }]",
            "\"ftp://x\" is no address of HTTP",
        ),
        ("smoke = [{ url = \"http://a:b@x\" }]", "holds credentials"),
        (
            "smoke = [{ url = \"http://x\", command = [\"y\"] }]",
            "url and command exclude each other",
        ),
        (
            "smoke = [{ command = [\"y\"], status = 200 }]",
            "status, contains and latency are of a url",
        ),
        (
            "smoke = [{ url = \"http://x\", status = 700 }]",
            "status is none of HTTP",
        ),
        (
            "smoke = [{ url = \"http://x\", passes = 0 }]",
            "passes is out of range",
        ),
        ("alert = {}", "nobody is named"),
        (
            "alert = { webhook = \"https://hooks.example.com/T0KEN\" }",
            "a webhook is named by the variable",
        ),
    ] {
        let said = refused(&format!("[deploy]\n{key}\n{ONE}"));
        assert!(said.contains(why), "{key}\n{said}");
        assert!(!said.contains("T0KEN") && !said.contains("a:b"), "{said}");
    }
}

#[test]
fn files_that_are_no_report_of_a_push_are_refused() {
    let environment = shop(ONE);
    for (content, why) in [
        ("", "it is no report of a push"),
        (
            "{\"status\": \"failed\", \"images\": []}",
            "the report of a push that failed",
        ),
        (
            "{\"status\": \"done\", \"images\": []}",
            "it tells of no image",
        ),
    ] {
        environment.write("pushed.json", content);
        environment
            .run(["deploy", "--pushed", "pushed.json"])
            .ends_with(2)
            .says(why);
    }
    environment
        .run(["deploy", "--pushed", "none.json"])
        .ends_with(2)
        .says("No such file");
}

#[test]
fn programs_that_are_missing_are_named() {
    let environment = shop("[deploy.how]\ncommand = { run = [\"./nowhere.sh\"] }\n");
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("there is no program ./nowhere.sh\n  hint: name it by its path");
}

#[test]
fn what_tells_what_runs_is_not_taken_by_half() {
    let environment = shop(ONE);
    environment.write_program("running-it", "echo nonsense");
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("expected a line NAME REFERENCE for each image");
}
