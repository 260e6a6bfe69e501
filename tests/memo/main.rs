//! What coracle remembers is never wrong: edits at random, kills at chosen moments, many processes on one cache.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests act on the world, in folders of their own, and print what they counted"
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
