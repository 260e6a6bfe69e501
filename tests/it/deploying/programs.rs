//! Environments that a program of the user's deploys to.

use super::{ONE, TWO, document, image, outcome, pushed, runs, shop, told};
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;
use crate::support::schema::assert_valid;

#[test]
fn images_are_pushed_and_deployed_to_each_environment_in_turn() {
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/{name}");
    let config =
        format!("[images.shop]\nmain = \"./cmd/shop\"\nrepository = \"{repository}\"\n{TWO}");
    let environment = TestEnvironment::new().with_project(&config, &["shop"]);
    environment.write_program("deploy-it", super::DEPLOY_IT);
    environment.write_program("running-it", super::RUNNING_IT);
    let output = environment.run(["deploy"]).success();
    let pushed = environment.run(["push"]).success().line().to_owned();
    assert_eq!(
        told(&environment),
        [
            format!("deploy staging {pushed}"),
            format!("deploy production {pushed}")
        ]
    );
    assert_eq!(
        output.stdout,
        format!("staging  deployed  shop  {pushed}\nproduction  deployed  shop  {pushed}\n")
    );
    let again = document(&environment, &["deploy"], 0);
    assert_eq!([outcome(&again, 0), outcome(&again, 1)], ["unchanged"; 2]);
}

#[test]
fn a_report_of_push_deploys_exactly_its_digests() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "ready");
    assert_eq!(status["environments"][0]["running"][0]["image"], image(1));
}

#[test]
fn documents_fit_their_schema() {
    let environment = shop(ONE);
    let flags = pushed(&environment, 1);
    let flags = flags.each_ref().map(String::as_str);
    let schema = environment.run(["schema", "deployment"]).success();
    let schema = serde_json::from_str(&schema.stdout).expect("a schema");
    for document in [
        document(&environment, &flags, 0),
        document(&environment, &["status"], 0),
        document(&environment, &["rollback"], 1),
    ] {
        assert_valid(&document, &schema);
    }
}

#[test]
fn one_environment_alone_is_deployed_to_where_it_is_named() {
    let environment = shop(TWO);
    let [verb, flag, file] = pushed(&environment, 1);
    environment
        .run([&*verb, &flag, &file, "--env", "production"])
        .success();
    assert_eq!(runs(&environment, "staging"), None);
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    environment
        .run([&*verb, &flag, &file, "--env", "lab"])
        .ends_with(2)
        .says("there is no environment lab\n  hint: those of coracle.toml are staging, production");
}

#[test]
fn a_deploy_that_fails_is_rolled_back_and_the_next_environment_is_left_alone() {
    let environment = shop(TWO);
    environment.run(pushed(&environment, 1)).success();
    environment.write("broken", "");
    let output = environment.run(pushed(&environment, 2)).ends_with(1);
    insta::assert_snapshot!(output.talk().replace(&image(2), "IMAGE-2").replace(&image(1), "IMAGE-1"), @"
       deploy  staging: deploying IMAGE-2
       deploy  staging: no room
       deploy  staging: rolling back
    error: [deploy] staging: deploy-it failed: exit status: 3
      caused by: no room
      hint: rolled back: staging runs IMAGE-1 again
    ");
    assert_eq!(runs(&environment, "staging"), Some(image(1)));
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    assert!(!told(&environment).contains(&format!("deploy production {}", image(2))));
    let status = document(&environment, &["status", "--env", "staging"], 0);
    assert_eq!(status["environments"][0]["running"][0]["image"], image(1));
}

#[test]
fn a_rollback_that_brings_back_something_else_is_not_believed() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    environment.write("broken", "");
    environment.write_program(
        "deploy-it",
        "[ \"$CORACLE_ACTION\" = rollback ] && echo \"shop other\" > running-production",
    );
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("the rollback failed too: it was rolled back, and something else runs: shop runs other, not");
}

#[test]
fn a_program_that_deploys_something_else_is_not_believed() {
    let environment = shop(ONE);
    environment.write_program("deploy-it", "echo \"shop other\" > running-production");
    environment
        .run(pushed(&environment, 1))
        .ends_with(1)
        .says("it is rolled out, and something else runs: shop runs other, not")
        .says("nothing ran in production before");
}

#[test]
fn rollback_goes_back_step_by_step_until_there_is_nothing_to_go_back_to() {
    let environment = shop(ONE);
    for number in 1..=3 {
        environment.run(pushed(&environment, number)).success();
    }
    let back = document(&environment, &["rollback"], 0);
    assert_eq!(outcome(&back, 0), "rolled-back");
    assert_eq!(runs(&environment, "production"), Some(image(2)));
    assert_eq!(back["environments"][0]["previous"][0]["image"], image(1));
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    environment
        .run(["rollback"])
        .ends_with(1)
        .says("there is nothing to go back to\n  hint: what runs: coracle status --env production");
    assert_eq!(runs(&environment, "production"), Some(image(1)));
}

#[test]
fn what_ran_before_coracle_came_is_there_to_go_back_to() {
    let environment = shop(ONE);
    environment.write("running-production", format!("shop {}\n", image(7)));
    environment.run(pushed(&environment, 1)).success();
    environment.run(["rollback"]).success();
    assert_eq!(runs(&environment, "production"), Some(image(7)));
}

#[test]
fn a_rollback_of_several_environments_wants_one_named() {
    let environment = shop(TWO);
    environment
        .run(["rollback"])
        .ends_with(2)
        .says("there are several environments\n  hint: name one with --env: staging, production");
}

#[test]
fn a_dry_run_tells_what_would_be_replaced_and_changes_nothing() {
    let environment = shop(ONE);
    environment.run(pushed(&environment, 1)).success();
    let flags = pushed(&environment, 2);
    let dry = [flags.as_slice(), &["--dry-run".to_owned()]].concat();
    let output = environment.run(&dry).success();
    let line = format!(
        "production  would deploy  shop  {}  in place of {}\n",
        image(2),
        image(1)
    );
    assert_eq!(output.stdout, line);
    assert_eq!(runs(&environment, "production"), Some(image(1)));
    assert_eq!(told(&environment).len(), 1);
    environment.run(&flags).success();
    let output = environment.run(&dry).success();
    assert_eq!(
        output.stdout,
        format!("production  unchanged  shop  {}\n", image(2))
    );
}
