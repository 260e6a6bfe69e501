//! What is said of images when they are pushed.

use serde_json::Value;

use crate::support::TestEnvironment;
use crate::support::image::parse;
use crate::support::registry::{FakeRegistry, Rule};

#[test]
fn a_push_says_what_is_in_the_image() {
    let registry = FakeRegistry::with().rule(Rule::Referrers).start();
    let environment = TestEnvironment::new().with_hello().signing();
    let repository = registry.repository("team/hello");
    let image = environment
        .run(["push", "--repo", &repository])
        .success()
        .line()
        .to_owned();
    let key = environment.public_key("signer");
    environment
        .run(["verify", &image, "--key", &key, "--require", "spdx"])
        .success();
}
