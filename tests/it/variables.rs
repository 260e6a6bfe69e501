//! What the environment says: over the file, under the flags.

use crate::support::TestEnvironment;

/// Returns the plan that is made with these variables and flags.
fn plan(variables: &[(&str, &str)], flags: &[&str]) -> String {
    let mut environment = TestEnvironment::with_watched_go().with_hello();
    environment.write("coracle.toml", "[defaults]\nuser = \"1:1\"\n");
    environment.write("deploy.toml", "[defaults]\nuser = \"2:2\"\n");
    environment.write("other.toml", "[defaults]\nuser = \"3:3\"\n");
    for (name, value) in variables {
        environment.set(name, value);
    }
    let args = [&["push", "--dry-run", "-q"], flags].concat();
    let said = environment.run(args).success();
    environment.assert_nothing_compiled();
    said.stdout
}

#[test]
fn variables_name_the_file_the_repository_and_the_platforms() {
    let said = plan(
        &[
            ("CORACLE_CONFIG", "deploy.toml"),
            ("CORACLE_REPO", "registry.example.com/team/{name}"),
            ("CORACLE_PLATFORM", "linux/arm64,linux/amd64"),
        ],
        &[],
    );
    for line in [
        "user      2:2",
        "output    registry.example.com/team/hello (latest)",
        "platforms linux/arm64, linux/amd64",
    ] {
        assert!(said.contains(line), "no {line:?}\n{said}");
    }
}

#[test]
fn flags_win_over_variables() {
    let said = plan(
        &[
            ("CORACLE_CONFIG", "deploy.toml"),
            ("CORACLE_REPO", "registry.example.com/team/{name}"),
            ("CORACLE_PLATFORM", "linux/arm64"),
        ],
        &[
            "--config=other.toml",
            "--repo=registry.example.com/mine",
            "--platform=linux/s390x",
        ],
    );
    for line in [
        "user      3:3",
        "output    registry.example.com/mine (latest)",
        "platforms linux/s390x",
    ] {
        assert!(said.contains(line), "no {line:?}\n{said}");
    }
}
