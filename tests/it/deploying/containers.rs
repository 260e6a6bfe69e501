//! podman, played by a script that keeps one container in a file; the real one is in tests/interop.

use super::{document, image, outcome, pushed, shop};
use crate::support::TestEnvironment;

const CONFIG: &str = "[deploy.how.podman]\nname = \"web\"\noptions = [\"--publish=8080:8080\"]\nargs = [\"--loud\"]\nglobal = [\"--runtime=runc\"]\n";

/// Knows one container: its image is in a file, and it ends at once where the image is `ends`.
const PODMAN: &str = r#"
echo "$*" >> log
shift
case "$1" in
container)
    if [ ! -e container ]; then echo "Error: no such container web" >&2; exit 125; fi
    read -r image < container; status=running
    if [ -e ends ]; then read -r ends < ends; if [ "$image" = "$ends" ]; then status=exited; fi; fi
    echo "[{\"Id\":\"1\",\"ImageName\":\"$image\",\"State\":{\"Status\":\"$status\",\"ExitCode\":3},\"Config\":{\"Labels\":{}}}]"
    ;;
image) exit 1 ;;
pull) if [ -e gone ]; then echo "manifest unknown" >&2; exit 125; fi ;;
run) for word in "$@"; do case "$word" in registry.example.com/*) echo "$word" > container ;; esac; done ;;
logs) echo "cannot listen" ;;
esac
"#;

fn machine() -> TestEnvironment {
    let environment = shop(CONFIG);
    environment.write_program("podman", PODMAN);
    environment
}

fn runs(environment: &TestEnvironment) -> String {
    String::from_utf8(environment.read("container"))
        .expect("text")
        .trim()
        .to_owned()
}

#[test]
fn a_container_is_pulled_and_replaced_by_digest() {
    let environment = machine();
    environment.run(pushed(&environment, 1)).success();
    let log = String::from_utf8(environment.read("log")).expect("text");
    let image = image(1);
    assert!(
        log.contains(&format!("--runtime=runc pull --quiet {image}\n")),
        "{log}"
    );
    let run = format!(
        "--runtime=runc run --detach --replace --pull=never --name=web --label=coracle.image={image} --publish=8080:8080 {image} --loud\n"
    );
    assert!(log.contains(&run), "{log}");
    assert_eq!(runs(&environment), image);
}

#[test]
fn a_container_that_ends_at_once_is_rolled_back_and_its_last_words_are_told() {
    let environment = machine();
    environment.run(pushed(&environment, 1)).success();
    environment.write("ends", format!("{}\n", image(2)));
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("the container web ended with 3\n  hint: it said: cannot listen")
        .says("rolled back: production runs");
    assert_eq!(runs(&environment), image(1));
}

#[test]
fn an_image_that_cannot_be_pulled_leaves_what_runs_alone() {
    let environment = machine();
    environment.run(pushed(&environment, 1)).success();
    environment.write("gone", "");
    environment
        .run(pushed(&environment, 2))
        .ends_with(1)
        .says("podman pull failed\n  caused by: manifest unknown");
    assert_eq!(runs(&environment), image(1));
    let status = document(&environment, &["status"], 0);
    assert_eq!(outcome(&status, 0), "ready");
}

#[test]
fn a_machine_without_podman_is_told_how_to_get_it() {
    let environment = shop(CONFIG);
    environment
        .run(pushed(&environment, 1))
        .ends_with(2)
        .says("through podman, which is not on PATH\n  hint: install it");
}
