//! coracle: Go source in, a minimal, reproducible OCI image out.
//!
//! ```text
//! config → facts → plan → compile → layers → image → publish → attest → tag → report
//! ```
//!
//! Values flow to the right and never back. [`model`] has the nouns, [`ports`] what the pipeline
//! asks of the world; the stages between are pure. ARCHITECTURE.md is the map.

pub mod adapters;
pub mod attest;
pub mod bundle;
pub mod cli;
pub mod compare;
pub mod compile;
pub mod config;
pub mod deploy;
pub mod doctor;
pub mod facts;
pub mod history;
pub mod image;
pub mod layers;
pub mod manifests;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod policy;
pub mod ports;
pub mod publish;
pub mod report;
pub mod size;
pub mod stages;
pub mod toolchain;
