//! What may go into images: modules and rules to findings.
//!
//! In: what a project says and is made of, and `[policy]`. Out: findings, each with the rule that it
//! breaks, how bad that is, where it stands and what to do. The invariant: the same facts and rules
//! give the same findings in the same order, and what nobody could look at is never passed over in
//! silence. It reads nothing and asks nobody.

mod finding;
mod judge_vulnerabilities;
mod vulnerability;
mod vulnerability_report;

pub use finding::{Finding, FindingPlace, Rule, Severity};
pub use judge_vulnerabilities::judge_vulnerabilities;
pub use vulnerability::{STANDARD_LIBRARY, Vulnerability};
pub use vulnerability_report::{Scanned, VulnerabilityReport, VulnerabilityReportError};
