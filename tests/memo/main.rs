//! What coracle remembers is never wrong: edits at random, kills at chosen moments, many processes on one cache.
#![allow(
    clippy::disallowed_methods,
    reason = "tests act on the world, in folders of their own"
)]

#[path = "../support/mod.rs"]
mod support;

mod edits;
mod killed;
mod known;
mod project;
mod random;
mod sequences;
mod together;
mod twins;
