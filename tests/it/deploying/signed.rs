//! Only what is signed by whom it should be is deployed, where anybody signs.

use super::{DEPLOY_IT, ONE, RUNNING_IT, told};
use crate::support::TestEnvironment;
use crate::support::registry::FakeRegistry;

#[test]
fn where_images_are_signed_one_that_is_not_is_not_deployed() {
    let registry = FakeRegistry::start();
    let repository = registry.repository("team/shop");
    let environment = TestEnvironment::new().with_hello();
    environment.write_program("deploy-it", DEPLOY_IT);
    environment.write_program("running-it", RUNNING_IT);
    let project = |more: &str| {
        let config =
            format!("[images.shop]\nmain = \".\"\nrepository = \"{repository}\"\n{more}{ONE}");
        environment.write("coracle.toml", config);
    };
    project("");
    let unsigned = environment.run(["push", "--json"]).success().stdout;
    environment.write("unsigned.json", unsigned);
    let environment = environment.signing();
    environment
        .run(["deploy", "--pushed", "unsigned.json"])
        .ends_with(1)
        .says("error: [verify]");
    assert!(told(&environment).is_empty(), "{:?}", told(&environment));
    environment.run(["deploy"]).success();
    assert_eq!(told(&environment).len(), 1);
}

#[test]
fn an_image_of_the_registry_that_manifests_name_is_verified_as_one_that_is_pushed() {
    let registry = FakeRegistry::start();
    let environment = TestEnvironment::new().with_hello();
    environment.write_program("kubectl", "echo \"$*\" >> asked");
    let config = format!(
        "[images.shop]\nmain = \".\"\nrepository = \"{}\"\n\
         [deploy.how.kubernetes]\nmanifests = [\"deploy\"]\n",
        registry.repository("team/shop")
    );
    environment.write("coracle.toml", config);
    environment.write("deploy/shop.yaml", "a: coracle://shop\n");
    environment.run(["push"]).success();
    let environment = environment.signing();
    let other = super::pushed(&environment, 1)[2].clone();
    let report = String::from_utf8(environment.read(&other)).expect("a text");
    environment.write(&other, report.replace("\"shop\"", "\"other\""));
    environment
        .run(["deploy", "--pushed", &other])
        .ends_with(1)
        .says("error: [verify]")
        .says("team/shop@");
    assert!(!environment.work().join("asked").exists());
}
