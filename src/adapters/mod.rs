//! The rooms that act: each drives one thing outside the process, and implements the ports that
//! the pipeline asks it through.
//!
//! An adapter decides nothing that a stage could decide, and knows no other adapter; only `go`, `fetch`,
//! `sigstore` and `registry` share `http`, those that start programs share `process`, and those that
//! keep something in the cache folder share `cache_files` and `held_folder`.

mod cache_files;
pub mod deploying;
pub mod disk;
pub mod fetch;
pub mod git;
pub mod go;
pub mod held_folder;
pub mod host;
pub mod http;
pub mod keys;
pub mod kubectl;
pub mod process;
pub mod registry;
pub mod sigstore;
pub mod stage_commands;
pub mod upx;
