//! What coracle writes, copied and unpacked by other people's tools.

use std::process::Command;

use crate::podman::{needs, run};
use crate::support::image::parse;
use crate::support::{TestEnvironment, programs};

fn built() -> TestEnvironment {
    let environment = TestEnvironment::new().with_hello();
    let platforms = "--platform=linux/amd64,linux/arm64";
    environment
        .run([
            "build",
            platforms,
            "-o",
            "archive=hello.tar",
            "-o",
            "layout=oci",
        ])
        .success();
    environment
}

fn skopeo(environment: &TestEnvironment, args: &[&str]) -> String {
    needs("skopeo");
    let mut command = Command::new(programs::find("skopeo"));
    run(command
        .arg("--insecure-policy")
        .args(args)
        .current_dir(environment.work()))
    .stdout
}

#[test]
fn skopeo_copies_the_archive_in_both_its_forms() {
    let environment = built();
    for (from, to) in [
        ("oci-archive:hello.tar:latest", "dir:a"),
        ("docker-archive:hello.tar:localhost/hello:latest", "dir:b"),
    ] {
        skopeo(&environment, &["copy", from, to]);
        let folder = to.trim_start_matches("dir:");
        let manifest = parse(&environment.read(format!("{folder}/manifest.json")));
        assert_eq!(
            manifest["layers"].as_array().map(Vec::len),
            Some(2),
            "{from}"
        );
    }
}

#[test]
fn skopeo_copies_the_layout_with_all_platforms_and_keeps_its_digests() {
    let environment = built();
    let digests = [
        "copy",
        "--all",
        "--preserve-digests",
        "oci:oci:latest",
        "oci:copy:latest",
    ];
    skopeo(&environment, &digests);
    let digest = |layout: &str| {
        let index = parse(&environment.read(format!("{layout}/index.json")));
        index["manifests"][0]["digest"].clone()
    };
    assert_eq!(digest("oci"), digest("copy"));
}

#[test]
fn umoci_unpacks_the_layout() {
    needs("umoci");
    let environment = TestEnvironment::new().with_hello();
    environment.run(["build", "-o", "layout=oci"]).success();
    let mut umoci = Command::new(programs::find("umoci"));
    let unpack = ["unpack", "--rootless", "--image", "oci:latest", "bundle"];
    run(umoci.args(unpack).current_dir(environment.work()));
    let passwd = environment.read("bundle/rootfs/etc/passwd");
    assert!(String::from_utf8_lossy(&passwd).contains("nonroot:x:65532:65532"));
    assert!(environment.work().join("bundle/rootfs/hello").is_file());
}
