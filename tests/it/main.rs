//! Everything that a user can see, tested through the program: one file per behaviour.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

#[test]
fn x() {
    let r = support::registry::FakeRegistry::start();
    println!("{}", r.host());
    std::thread::sleep(std::time::Duration::from_secs(
        std::env::var("S").map_or(0, |s| s.parse().unwrap()),
    ));
    for q in r.journal().requests() {
        println!("{q}")
    }
}
