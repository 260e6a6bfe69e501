//! Images to running workloads, and back.
//!
//! In: what runs, what is to run, what a smoke test or a cluster answered. Out: what to do next, and what is told of
//! it. The invariant: what was running is written down before anything is changed, so that whoever comes next can
//! finish a deploy that died, or undo it. It never starts a process, asks a cluster or looks at a clock.

mod alert;
mod image;
mod journal;
mod manifests;
mod rollout;
mod smoke;
mod unit;
mod workload;

pub use alert::{alert_text, stages_text};
pub use image::{DeployImage, PushedError, pushed_images};
pub use journal::{Course, Deployed, Holder, Intent, Record, Resume};
pub use manifests::{ManifestImages, PlacingError, with_digests};
pub use rollout::Rollout;
pub use smoke::{Answer, Streak, Trial, judge};
pub use unit::{Running, Unit, differences};
pub use workload::{Pods, rollout_of, unit_of, why_not_ready};
