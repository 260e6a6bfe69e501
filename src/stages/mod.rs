//! What `coracle ci` does, in which order, and what is not needed.
//!
//! In: the configuration, what the machine has, and what the pipeline runs for. Out: stages, each a list of
//! commands that a person can type, after all that they need. The invariant: what is published is only ever
//! published for the main branch and for tags, and a stage that needs another which does not run does not
//! run either. It never starts anything, and never reads the environment by itself.

mod built_in;
mod error;
mod event;
mod findings;
mod graph;
mod mask;
mod narrowing;
mod stage;
mod testing;

pub use built_in::Machine;
pub use error::StagesError;
pub use event::{DetectedEvent, Forge, detect};
pub use findings::{Finding, Linter};
pub use graph::{Graph, LeftOut, graph};
pub use mask::SharedMask;
pub use narrowing::{Narrowing, Part, TouchedParts};
pub use stage::{CommandLine, Inputs, Stage, Subject, TestRules};
pub use testing::{
    Coverage, FailedTest, PackageResult, ReadTests, SourceLine, TestReader, TestResult,
    TestResults, TestState, TestedPackages, first_words, named_lines, package_list,
};
