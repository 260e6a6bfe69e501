//! Releases of plain programs, looked at before anybody can have them.

use super::pushes::{ACCEPTED, HOLDS, KEPT, PROGRAM, SOURCE, held, looked_at};
use super::{configure_images, database_url};
use crate::support::Output;

#[test]
fn what_only_a_program_shows_stops_its_release() {
    let (environment, registry) = held();
    let repository = registry.repository("team/held");
    let release = |settings: &str, flags: &[&str]| -> (Output, Vec<String>) {
        configure_images(&environment, &["held"], &database_url(), settings);
        let args = ["dist", "--platform", "linux/amd64", "--trace", "trace.json"];
        let output = environment.run([&args[..], flags].concat());
        (output, looked_at(&environment))
    };
    let push = ["--push", "--repo", &repository];

    let (output, looked) = release(KEPT, &push);
    output
        .ends_with(1)
        .says("error: [check] GO-2021-0113")
        .says(HOLDS);
    assert!(looked.contains(&SOURCE.to_owned()), "{looked:?}");
    assert!(looked.contains(&PROGRAM.to_owned()), "{looked:?}");
    assert!(registry.tags("team/held").is_empty());

    // What goes to nobody else is held to nothing.
    let (output, looked) = release(KEPT, &[]);
    output.success();
    assert!(looked.is_empty(), "{looked:?}");

    let (output, _) = release(&format!("{KEPT}{ACCEPTED}"), &push);
    output.success();
    assert_eq!(registry.tags("team/held").len(), 1);
}
