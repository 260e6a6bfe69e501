//! Everything that a user can see, tested through the program: one file per behaviour.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

mod archive;
mod attesting;
mod bad_attestations;
mod bad_config;
mod bad_files;
mod bad_source;
mod base_clashes;
mod bases;
mod bundle;
mod cache;
mod caddy;
mod capabilities;
mod checking;
mod ci;
mod ci_systems;
mod coming_from_ko;
mod deploying;
mod determinism;
mod diff;
mod discovering;
mod dist;
mod dist_kept;
mod dist_release;
mod doctor;
mod doctor_private;
mod examples;
mod explaining;
mod fleet;
mod go_auth;
mod golden;
mod history;
mod history_page;
mod history_shared;
mod image_config;
mod init;
mod inspect;
mod inspect_attached;
mod interruption;
mod keyless_signing;
mod keyless_verifying;
mod keyless_with_cosign;
mod keys;
mod licence_patterns;
mod logins;
mod memory;
mod module_contents;
mod module_downloads;
mod modules;
mod open_metrics;
mod output;
mod outputs;
mod own_outputs;

mod program_parts;
mod push;
mod push_to_real_registry;
mod rebuilding;
mod registry_faults;
mod release_gate;
mod releases;
mod report;
mod reproducing;
mod resolving;
mod sbom;
mod signing;
mod signing_with_cosign;
mod size;
mod stamps;
mod states;
mod test_house;
mod toolchain;
mod travelling;
mod travelling_signed;
mod tree_proof;
mod unchanged;
mod variables;
mod vendoring;
mod verifying;
mod verifying_bases;
mod vulnerabilities;
