//! What may go into images: modules and rules to findings.
//!
//! In: what a project says and is made of, and `[policy]`. Out: findings, each with the rule that it
//! breaks, how bad that is, where it stands and what to do. The invariant: the same facts and rules
//! give the same findings in the same order, and what nobody could look at is never passed over in
//! silence. It reads nothing and asks nobody.

mod bases;
mod dependencies;
mod finding;
mod go_versions;
mod judge_vulnerabilities;
mod licences;
mod lookalikes;
mod module_use;
mod new_modules;
mod replaces;
mod secrets;
mod versions;
mod vulnerability;
mod vulnerability_report;

pub use bases::{BaseFacts, judge_base};
pub use dependencies::judge_dependencies;
pub use finding::{Finding, FindingPlace, Rule, Severity};
pub use go_versions::judge_go_versions;
pub use judge_vulnerabilities::{judge_found, judge_vulnerabilities};
pub use licences::judge_licences;
pub use lookalikes::judge_lookalikes;
pub use module_use::{ModuleUse, module_uses};
pub use new_modules::judge_new_modules;
pub use replaces::{Workspace, judge_replaces};
pub use secrets::{ImageValue, judge_suspects, judge_values};
pub use versions::{judge_releases, judge_versions, not_asked};
#[cfg(test)]
pub(crate) use vulnerability::sample_vulnerability;
pub use vulnerability::{STANDARD_LIBRARY, Vulnerability};
pub use vulnerability_report::{Scanned, VulnerabilityReport, VulnerabilityReportError};
