//! What a pipeline runs for, as the variables of CI systems tell.

use std::collections::BTreeSet;

use crate::config::CiEvent;
use crate::model::Environment;

/// Where a pipeline runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// GitHub Actions, and what is like it.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// Prow, with or without Tekton.
    Prow,
    /// No CI system that is known.
    Elsewhere,
}

/// What a pipeline runs for, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DetectedEvent {
    /// What for.
    pub event: CiEvent,
    /// Where.
    pub forge: Forge,
}

/// Reads what `environment` tells. Whatever is not known for sure is a pull request: nothing is published by
/// mistake.
pub fn detect(environment: &Environment, branches: &BTreeSet<String>) -> DetectedEvent {
    let is = |name| environment.get_str(name).is_some();
    let said = |name| environment.get_str(name).unwrap_or_default();
    let of_branch = |branch: &str| {
        if branches.contains(branch) {
            CiEvent::Main
        } else {
            CiEvent::PullRequest
        }
    };
    if said("GITHUB_ACTIONS") == "true" {
        let event = match (said("GITHUB_EVENT_NAME"), said("GITHUB_REF_TYPE")) {
            ("push" | "release" | "workflow_dispatch" | "schedule", "tag") => CiEvent::Tag,
            ("push" | "workflow_dispatch" | "schedule", "branch") => {
                of_branch(said("GITHUB_REF_NAME"))
            }
            _ => CiEvent::PullRequest,
        };
        return DetectedEvent {
            event,
            forge: Forge::GitHub,
        };
    }
    if is("GITLAB_CI") {
        let is_merge = is("CI_MERGE_REQUEST_IID") || is("CI_EXTERNAL_PULL_REQUEST_IID");
        let event = match (is_merge, is("CI_COMMIT_TAG")) {
            (true, _) => CiEvent::PullRequest,
            (false, true) => CiEvent::Tag,
            (false, false) => of_branch(said("CI_COMMIT_BRANCH")),
        };
        return DetectedEvent {
            event,
            forge: Forge::GitLab,
        };
    }
    if is("PROW_JOB_ID") {
        let event = match said("JOB_TYPE") {
            "postsubmit" => of_branch(said("PULL_BASE_REF")),
            _ => CiEvent::PullRequest,
        };
        return DetectedEvent {
            event,
            forge: Forge::Prow,
        };
    }
    DetectedEvent {
        event: CiEvent::PullRequest,
        forge: Forge::Elsewhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_ci_systems_tell_what_for_and_doubt_is_a_pull_request() {
        use CiEvent::{Main, PullRequest, Tag};
        let branches = ["main".to_owned()].into();
        for (variables, expected) in [
            ("", PullRequest),
            (
                "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF_TYPE=branch GITHUB_REF_NAME=main",
                Main,
            ),
            (
                "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF_TYPE=branch GITHUB_REF_NAME=x",
                PullRequest,
            ),
            (
                "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=push GITHUB_REF_TYPE=tag GITHUB_REF_NAME=v1",
                Tag,
            ),
            (
                "GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request_target GITHUB_REF_TYPE=branch GITHUB_REF_NAME=main",
                PullRequest,
            ),
            ("GITLAB_CI=true CI_COMMIT_BRANCH=main", Main),
            ("GITLAB_CI=true CI_COMMIT_TAG=v1", Tag),
            (
                "GITLAB_CI=true CI_MERGE_REQUEST_IID=3 CI_COMMIT_BRANCH=main",
                PullRequest,
            ),
            (
                "PROW_JOB_ID=1 JOB_TYPE=presubmit PULL_BASE_REF=main",
                PullRequest,
            ),
            ("PROW_JOB_ID=1 JOB_TYPE=postsubmit PULL_BASE_REF=main", Main),
        ] {
            let variables = variables
                .split_whitespace()
                .filter_map(|it| it.split_once('='));
            let environment =
                Environment::new(variables.map(|(name, value)| (name.into(), value.into())));
            assert_eq!(
                detect(&environment, &branches).event,
                expected,
                "{environment:?}"
            );
        }
    }
}
