//! What keeps a project from being built here, and what mends it.
//!
//! In: what the source needs, how modules and Go are reached, and what servers, repositories and the
//! machine answered when they were asked. Out: findings, and for each module the way it comes by. The
//! invariant: a failure names its cause and what to type about it, and nothing here names a secret.
//! Pure: the pipeline asks, through ports.

mod diagnosis;
mod evidence;
mod finding;
mod git_rules;
mod git_words;
mod go_findings;
mod leak;
mod machine_findings;
mod module_way;
mod repository;
mod server_findings;
mod setting_findings;
mod vendor_findings;
mod way;

pub use diagnosis::{Diagnosis, GoOfProject, Probing, ShownSetting};
pub use evidence::{Suspect, is_withheld};
pub use finding::{Area, Fault, Finding, Severity};
pub use git_rules::{GitRule, GitRules};
pub use git_words::GitSaid;
pub use go_findings::{ChosenGo, judge_go, judge_release};
pub use leak::judge_leaks;
pub use machine_findings::{
    CacheSample, FolderState, judge_cache, judge_clock, judge_folder, judge_git,
};
pub use module_way::{ModuleState, ModuleWay};
pub use repository::{GoImport, Lines, RepositoryPlace, go_import, repository_of, tag_of};
pub use server_findings::{
    Answer, AskedProxy, Login, judge_database, judge_proxy, judge_sums, reason_of,
};
pub use setting_findings::{judge_settings, shown_value};
pub use vendor_findings::judge_vendoring;
pub use way::{Way, way_of};
