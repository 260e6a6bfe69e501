//! Digests as literals. Where one of these changes, every user's images do: that belongs into CHANGELOG.md.

use crate::support::git::GitRepository;
use crate::support::image::array;
use crate::support::layout::Layout;
use crate::support::{TestEnvironment, samples};

/// The Go that the digests were made with, fetched where the machine has another.
const GO: &str = "1.26.8";

/// The layer of the embedded base.
const BASE: &str = "sha256:64842c1f3e4390a5eded871edffa08119914d22bcbc39211e34fc16f5e2e5ba2";

/// examples/hello for linux/amd64 and linux/arm64, compressed with gzip.
const HELLO_GZIP: &str = "sha256:09478435261a4d29a4ef20ef500ece41ae469c91a8c4a496fe4215400056e286";

/// The same, compressed with zstd.
const HELLO_ZSTD: &str = "sha256:5ab1d6732ba32874ffb78e8011ed6ebffc47ab1d4fae0fd1d1c7c46a5a337f7e";

fn hello(compression: &str) -> (Layout, String) {
    let environment = TestEnvironment::without_go().with_shared_toolchains();
    let checkout = environment.work().join("hello");
    samples::copy_example("hello", &checkout);
    std::fs::write(checkout.join(".gitignore"), "dist/\n").expect("a file");
    GitRepository::create(&checkout).tag("v1.0.0");
    let set = |key: &str, value: &str| ["--set".to_owned(), format!("{key}={value}")];
    let mut args = vec![
        "build".to_owned(),
        "--platform=linux/amd64,linux/arm64".to_owned(),
    ];
    args.extend(set("layers.compression", compression));
    args.extend(set("go.version", &format!("\"{GO}\"")));
    environment.run_in("hello", args).success();
    let layout = Layout::in_archive(&checkout.join("dist/hello.tar"));
    let digest = layout.digest("latest");
    (layout, digest)
}

#[test]
fn the_digests_of_hello_are_these() {
    let (layout, gzip) = hello("gzip");
    let (_, zstd) = hello("zstd");
    assert_eq!([gzip, zstd], [HELLO_GZIP, HELLO_ZSTD]);
    for (platform, image) in layout.images("latest") {
        assert_eq!(image.layers[0].descriptor["digest"], BASE, "{platform}");
        assert_eq!(array(&image.manifest["layers"]).len(), 2);
    }
}
