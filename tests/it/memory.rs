//! What coracle itself needs of memory, its children left out: never more than 64 MiB.

use std::fs::File;
use std::process::Command;

use crate::support::TestEnvironment;
use crate::support::memory::{LIMIT_BYTES, run_and_measure};
use crate::support::module_proxy::ModuleProxy;
use crate::support::samples;

const MEBIBYTE: u64 = 1 << 20;

/// Runs a command to a good end and asserts that it kept to the limit.
#[track_caller]
fn keeps_to_the_limit(environment: &TestEnvironment, command: &mut Command) {
    let (output, peak_bytes) = run_and_measure(command);
    environment.output(&output).success();
    assert!(peak_bytes > 0, "nothing was measured");
    assert!(peak_bytes <= LIMIT_BYTES, "{} MiB", peak_bytes / MEBIBYTE);
}

/// A project with a file of 1 GiB among its files; it takes no room on the disk.
fn with_huge_file() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    environment.write(
        "coracle.toml",
        "[images.hello]\nmain = \".\"\nfiles = [{ from = \"huge\", to = \"/huge\" }]\n",
    );
    let huge = File::create(environment.work().join("huge")).expect("a file");
    huge.set_len(1024 * MEBIBYTE).expect("a sparse file");
    environment
}

#[test]
fn a_huge_file_among_many_jobs_is_never_in_memory() {
    for compression in ["gzip", "zstd"] {
        let environment = with_huge_file();
        let compression = format!("layers.compression={compression}");
        let args = ["build", "--jobs", "16", "--set", &compression];
        keeps_to_the_limit(&environment, &mut environment.coracle(args));
    }
}

#[test]
fn many_images_at_once_need_no_more_than_one() {
    let environment = TestEnvironment::new().with_hello();
    environment.write("noise", samples::noise(16 << 20));
    let image = |number| {
        let files = format!("files = [{{ from = \"noise\", to = \"/noise{number}\" }}]");
        format!("[images.hello{number}]\nmain = \".\"\n{files}\n")
    };
    let images: String = (1..=8).map(image).collect();
    environment.write("coracle.toml", images);
    for compression in ["gzip", "zstd"] {
        let compression = format!("layers.compression={compression}");
        let settings = ["--set", &compression, "--set", "layers.level=1"];
        let args = ["build", "--jobs", "16"].into_iter().chain(settings);
        keeps_to_the_limit(&environment, &mut environment.coracle(args));
    }
}

#[test]
fn a_huge_file_is_never_in_memory_on_its_way_to_a_registry() {
    use crate::support::registry::{FakeRegistry, Rule};
    let registry = FakeRegistry::with().rule(Rule::CountsBlobs).start();
    let environment = with_huge_file();
    let repository = registry.repository("team/huge");
    // Hardly compressed, so that there is something to send.
    let args = [
        "push",
        "--jobs",
        "16",
        "--repo",
        &repository,
        "--set",
        "layers.level=1",
    ];
    keeps_to_the_limit(&environment, &mut environment.coracle(args));
}

#[test]
fn files_that_differ_are_never_in_memory_while_they_are_compared() {
    let environment = TestEnvironment::new().with_hello();
    let huge = environment.write("huge", "");
    environment.write(
        "coracle.toml",
        "[images.hello]\nmain = \".\"\nfiles = [{ from = \"huge\", to = \"/huge\" }]\n",
    );
    for (archive, bytes) in [("a.tar", 256 * MEBIBYTE), ("b.tar", 256 * MEBIBYTE + 1)] {
        let file = File::create(&huge).expect("a file");
        file.set_len(bytes).expect("a sparse file");
        let output = format!("archive={archive}");
        environment.run(["build", "-q", "-o", &output]).success();
    }
    let (output, peak_bytes) =
        run_and_measure(&mut environment.coracle(["diff", "a.tar", "b.tar"]));
    let said = environment.output(&output).ends_with(1);
    assert!(said.stdout.contains("from byte 268435456 on"), "{said}");
    assert!(peak_bytes <= LIMIT_BYTES, "{} MiB", peak_bytes / MEBIBYTE);
}

#[test]
fn a_toolchain_is_unpacked_piece_by_piece() {
    let proxy = ModuleProxy::passing_through();
    let mut environment = TestEnvironment::without_go().with_hello();
    environment.set("GOPROXY", proxy.url());
    keeps_to_the_limit(&environment, &mut environment.coracle(["build"]));
    assert!(
        proxy
            .journal()
            .requests()
            .iter()
            .any(|asked| asked.path().contains(".zip"))
    );
}
