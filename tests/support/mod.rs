//! What tests stand on: a home of their own, a registry and a module proxy that misbehave on order, pinned real tools.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary compiles this module and uses its own part"
)]

pub(crate) mod base_image;
pub(crate) mod bound_user;
pub(crate) mod checksums;
pub(crate) mod ci_systems;
pub(crate) mod distribution;
pub(crate) mod environment;
pub(crate) mod folders;
pub(crate) mod git;
pub(crate) mod go;
pub(crate) mod history;
pub(crate) mod http;
pub(crate) mod image;
pub(crate) mod keys;
pub(crate) mod kubernetes;
pub(crate) mod layout;
pub(crate) mod memory;
pub(crate) mod midnight;
pub(crate) mod module_proxy;
pub(crate) mod namespace;
pub(crate) mod ports;
pub(crate) mod programs;
pub(crate) mod python;
pub(crate) mod registry;
pub(crate) mod release;
pub(crate) mod running;
pub(crate) mod samples;
pub(crate) mod schema;
pub(crate) mod sigstore;
pub(crate) mod statements;
pub(crate) mod team;
pub(crate) mod terminal;
pub(crate) mod tools;
pub(crate) mod watched_programs;

pub(crate) use environment::{Output, TestEnvironment};
