//! A program that nobody here wrote: Caddy, through the Go module proxy, in a fresh git repository.

use crate::support::git::GitRepository;
use crate::support::image::parse;
use crate::support::layout::Layout;
use crate::support::memory::run_and_measure;
use crate::support::{TestEnvironment, go, samples};

const MODULE: &str = "github.com/caddyserver/caddy/v2@v2.11.9";
const MEBIBYTE: u64 = 1 << 20;

#[test]
fn caddy_becomes_a_small_image_that_runs() {
    let environment = TestEnvironment::new();
    let mut download = environment.command(go::program());
    download.args(["mod", "download", "-json", "-modcacherw", MODULE]);
    let module = environment.run_command(&mut download).success();
    let source = parse(module.stdout.as_bytes())["Dir"].clone();
    let source = source.as_str().expect("the module's folder");
    let checkout = environment.work().join("caddy");
    samples::copy_folder(source.as_ref(), &checkout);
    GitRepository::create(&checkout).tag("v2.11.9");

    let mut build = environment.coracle(["build", "./cmd/caddy"]);
    let (output, peak_bytes) = run_and_measure(build.current_dir(&checkout));
    environment.output(&output).success();
    let image = Layout::in_archive(&checkout.join("dist/caddy.tar")).image("latest");
    let size_bytes = image.compressed_bytes();
    assert!(size_bytes < 20 * MEBIBYTE, "{size_bytes} bytes");
    assert!(peak_bytes <= 64 * MEBIBYTE, "{peak_bytes} bytes of memory");
    let version = environment.run_out_of(&image, "caddy");
    assert!(!version.stdout.is_empty() || !version.stderr.is_empty());
}
