//! Everything that a user can see, tested through the program: one file per behaviour.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

mod bad_config;
mod bad_files;
mod bad_source;
mod bases;
mod interruption;
mod logins;
mod output;
mod push;
mod push_to_real_registry;
mod registry_faults;
mod test_house;
