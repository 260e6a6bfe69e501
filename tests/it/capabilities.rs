//! What programs of an image may do though they run as nobody in particular.

use crate::support::TestEnvironment;
use crate::support::image::{Image, parse};
use crate::support::layout::Layout;
use crate::support::registry::{Content, FakeRegistry};

/// `cap_net_bind_service=ep`, as Linux keeps it.
const NET_BIND_SERVICE: [u8; 20] = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

const SET: &str = "images.hello.capabilities=\"net_bind_service=ep\"";

/// Builds into an archive and returns the image.
fn built(environment: &TestEnvironment, args: &[&str]) -> Image {
    environment.run([&["build"], args].concat()).success();
    Layout::in_archive(&environment.work().join("dist/hello.tar")).image("latest")
}

#[test]
fn what_coracle_toml_says_is_in_the_layer_that_is_pushed() {
    let environment = TestEnvironment::new().with_hello();
    let registry = FakeRegistry::start();
    let repository = registry.repository("hello");
    let push = ["push", "--repo", &repository, "--set", SET];
    environment.run(push).success();
    let manifest = registry.manifest("hello", "latest").expect("a tag");
    let image = Image::read(&manifest.bytes, |descriptor| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        match registry.blob("hello", digest) {
            Some(Content::Kept(bytes)) => bytes.to_vec(),
            other => panic!("{digest} is {other:?}"),
        }
    });
    let program = image.entry("hello");
    assert_eq!(program.capabilities.as_deref(), Some(&NET_BIND_SERVICE[..]));
    assert_eq!((program.mode, program.owner.as_str()), (0o755, "0:0"));
}

#[test]
fn other_capabilities_are_another_layer_and_none_is_the_one_before() {
    let environment = TestEnvironment::with_watched_go().with_hello();
    let layer = |args: &[&str]| built(&environment, args).layers.pop().expect("a layer");
    let without = layer(&[]);
    let with = layer(&["--set", SET]);
    let other = layer(&["--set", "images.hello.capabilities=\"net_bind_service=p\""]);
    assert_ne!(with.descriptor, without.descriptor);
    assert_ne!(with.descriptor, other.descriptor);
    assert_eq!(other.entries[0].capabilities.as_ref().expect("some")[0], 0);
    let commands = environment.go_commands().len();
    assert_eq!(layer(&["--set", SET]).descriptor, with.descriptor);
    let none = layer(&["--set", "images.hello.capabilities=\"\""]);
    assert_eq!(none.descriptor, without.descriptor);
    assert_eq!(none.entries[0].capabilities, None);
    // All three are remembered.
    let again = environment.go_commands();
    let compiles = again[commands..].iter().filter(|it| *it == "build");
    assert_eq!(compiles.count(), 0, "{again:?}");
}

#[test]
fn plan_explain_diff_and_inspect_name_them() {
    let environment = TestEnvironment::new().with_hello();
    environment.run(["build", "-o", "archive=a.tar"]).success();
    let explained = environment.run(["explain", "--set", SET]).success();
    let stdout = explained.stdout.as_str();
    assert!(stdout.contains("capabilities"), "{explained}");
    assert!(stdout.contains("cap_net_bind_service=ep"), "{explained}");
    let build = ["build", "-o", "archive=b.tar", "--set", SET];
    environment.run(build).success();
    let found = environment.run(["diff", "a.tar", "b.tar", "--json"]);
    let found = parse(found.ends_with(1).stdout.as_bytes());
    let first = &found["first"];
    assert_eq!(first["place"], "/hello", "{found:#}");
    assert_eq!(first["what"], "capabilities", "{found:#}");
    assert_eq!(first["b"], "cap_net_bind_service=ep", "{found:#}");
    let planned = environment.run(["build", "--dry-run", "--set", SET]);
    let line = "rights    /hello cap_net_bind_service=ep";
    let planned = planned.success();
    assert!(planned.stdout.contains(line), "{planned}");
    let shown = environment.run(["inspect", "b.tar"]).success();
    let line = "/hello (cap_net_bind_service=ep)";
    assert!(shown.stdout.contains(line), "{shown}");
}
