//! What needs root or Debian's packages: images really run, copied and unpacked by other people's tools.
//!
//! Left out of plain `cargo test`; `just interop` runs it. A missing tool is a failure that says how to get it.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

mod attestations;
mod certificates;
mod ci_systems;
mod copies;
mod deploying;
mod examples;
mod full_disk;
mod history_page;
mod other_user;
mod podman;
mod podman_works;
mod private_modules;
mod runs;
mod sbom;
mod signer;
