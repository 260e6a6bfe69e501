//! The patterns of licences that are part of the program.

use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, folders};

#[test]
fn the_patterns_of_licences_are_those_of_the_pinned_licensecheck() {
    let file = folders::project().join("licence-patterns/patterns.zst");
    let ours = std::fs::read(file).expect("the patterns");
    let ours = zstd::decode_all(ours.as_slice()).expect("zstd");
    let environment = TestEnvironment::new();
    let mut print = environment.command(tools::get(Tool::Licensecheck));
    let theirs = environment.run_command(print.arg("patterns")).success();
    // Not assert_eq: a difference would print all of both.
    assert!(
        ours == theirs.stdout.as_bytes(),
        "they differ: just renew-licence-patterns"
    );
}
