//! The GitLab component.

use serde_json::Value;

use super::{PASSWORD, USER, assert_pushed, registry, shop};
use crate::support::ci_systems::{self, string};
use crate::support::{Output, TestEnvironment, programs};

/// The folder where a job of GitLab works.
const PROJECT: &str = "$CI_PROJECT_DIR";

/// Does what a job of the main branch does, and returns what it said.
fn job(environment: &mut TestEnvironment, inputs: &[(&str, &str)]) -> Output {
    let work = environment.work().display().to_string();
    for (name, value) in [
        ("GITLAB_CI", "true"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_PROJECT_DIR", &work),
        ("CORACLE_USER", USER),
        ("CORACLE_PASSWORD", PASSWORD),
    ] {
        environment.set(name, value);
    }
    let given = [&[("image", "an-image")], inputs].concat();
    let (_, jobs) = ci_systems::component(&given);
    let job = &ci_systems::parse(&jobs)["coracle"];
    for (name, value) in job["variables"].as_object().expect("variables") {
        let value = string(value).replace(PROJECT, &work);
        assert!(!value.contains('$'), "{name}: {value}");
        // Packages that Go has compiled for other tests serve here, too: what lies in the folder is another test's.
        if name != "GOCACHE" {
            environment.set(name, value);
        }
    }
    let lines = job["script"].as_array().expect("a script");
    let lines: Vec<&str> = lines.iter().map(string).collect();
    let script = environment.script("job.sh", &lines.join("\n"));
    let mut command = environment.command(programs::find("bash"));
    command.args(["-eo", "pipefail"]).arg(script);
    environment.run_command(&mut command)
}

#[test]
fn the_component_compiles_coracle_once_and_publishes_the_main_branch() {
    let registry = registry();
    let mut environment = shop(&registry);
    let inputs = [
        ("source", "https://git.example.com/tools/coracle.git"),
        ("version", "0123abc"),
    ];
    let said = job(&mut environment, &inputs).success();
    said.says("section_start:");
    assert_pushed(&registry);
    job(&mut environment, &inputs).success();
    let program = environment.work().join(".cache/program");
    let expected = format!(
        "install --locked --git https://git.example.com/tools/coracle.git --rev 0123abc --root {} coracle",
        program.display()
    );
    assert_eq!(environment.cargo_commands(), [expected]);
}

#[test]
fn caches_that_lie_in_the_project_do_not_make_stages_run_again() {
    let registry = registry();
    let mut environment = shop(&registry);
    environment.link_program("coracle", programs::coracle());
    job(&mut environment, &[]).success();
    let known = environment.go_commands().len();
    job(&mut environment, &[]).success();
    let asked = environment.go_commands().split_off(known);
    let works = |command: &&String| ["build", "list", "test", "vet"].contains(&command.as_str());
    assert_eq!(asked.iter().find(works), None, "{asked:?}");
}

#[test]
fn a_job_whose_image_has_no_coracle_says_what_to_name() {
    let registry = registry();
    let output = job(&mut shop(&registry), &[]).ends_with(1);
    output.says("name its repository and commit by the inputs source and version");
}

#[test]
fn all_that_is_kept_is_in_the_project_where_coracle_and_go_keep_it() {
    let (_, jobs) = ci_systems::component(&[("image", "an-image")]);
    let job = &ci_systems::parse(&jobs)["coracle"];
    let kept = job["cache"].as_array().expect("caches").iter();
    let kept = kept.flat_map(|cache| cache["paths"].as_array().expect("paths"));
    let kept: Vec<&str> = kept.map(string).collect();
    for name in ["GOMODCACHE", "GOCACHE", "CORACLE_CACHE"] {
        let folder = string(&job["variables"][name]);
        let folder = folder.strip_prefix(&format!("{PROJECT}/"));
        assert!(folder.is_some_and(|it| kept.contains(&it)), "{name}");
    }
    assert_eq!(job["cache"][0]["key"]["files"], Value::from(vec!["go.sum"]));
}
