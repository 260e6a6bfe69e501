//! What tests stand on: a home of their own, a registry and a module proxy that misbehave on order, pinned real tools.
#![allow(
    dead_code,
    unused_imports,
    reason = "each test binary compiles this module and uses its own part"
)]

pub(crate) mod http;
pub(crate) mod registry;
