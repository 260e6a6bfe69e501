//! Everything that a user can see, tested through the program: one file per behaviour.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

mod test_house;
