//! What runs came to, over time.
//!
//! In: the records of runs, as lines of JSON, and what a team wants of its builds. Out: the runs in
//! their order, which wishes they fulfil, what grew, and where to look. The invariant: no line that is
//! harmed, or of a later version, keeps the others from being read, and no clock that jumped makes a
//! duration negative or an old run the latest. It never reads a clock or a file itself.

mod artifact;
mod deploy_run;
mod first_build;
mod growth;
mod judge;
mod lately;
mod measure;
mod objective;
mod past;
mod reproducing;
mod run;
mod trends;

pub use artifact::{ReceivedRun, RunArtifact};
pub use deploy_run::{DeployResult, DeployRun};
pub use judge::{Advice, Judged, Verdict, judge};
pub use measure::Measure;
pub use objective::Objective;
pub use past::{LONGEST_LINE, Past, PastReader, is_believed};
pub use reproducing::{Outgoing, not_reproduced};
pub use run::{
    FindingCount, HostFailure, ImageRun, ImageSize, LayersRun, MadeLayer, MadeReason, ModulesRun,
    NoParts, PartSize, PhaseRun, ProgramRun, Reproduction, ReproductionResult, Run, TrafficRun,
};
pub use trends::{Trend, TrendOf, trends};
