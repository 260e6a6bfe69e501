//! Who runs a build, as far as the environment tells.

use url::Url;

use crate::model::Environment;

/// The service that runs a build, and which of its runs it is.
///
/// The builder is named as Fulcio names it in certificates: by the address of the file that says what is
/// run, and the branch or tag that it was taken from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunIdentity {
    /// The builder, SLSA v1 `runDetails.builder.id`.
    pub builder: String,
    /// The run, SLSA v1 `runDetails.metadata.invocationId`.
    pub invocation: Option<String>,
}

impl RunIdentity {
    /// What is built on nobody's service.
    pub const LOCAL: &'static str = "https://coracle.dev/builder/local/v1";

    /// Returns who runs this, by what GitHub Actions and GitLab CI say. What is no plain address is no
    /// builder.
    pub(super) fn of_environment(environment: &Environment) -> Self {
        let known = github(environment).or_else(|| gitlab(environment));
        known.unwrap_or_else(|| Self {
            builder: Self::LOCAL.to_owned(),
            invocation: None,
        })
    }
}

/// GitHub's reference, "Default environment variables".
fn github(environment: &Environment) -> Option<RunIdentity> {
    let get = |name| environment.get_str(name);
    get("GITHUB_ACTIONS").filter(|value| *value == "true")?;
    let server = get("GITHUB_SERVER_URL")?;
    let run = || {
        let attempt = get("GITHUB_RUN_ATTEMPT").unwrap_or("1");
        let (repository, run) = (get("GITHUB_REPOSITORY")?, get("GITHUB_RUN_ID")?);
        address(&format!(
            "{server}/{repository}/actions/runs/{run}/attempts/{attempt}"
        ))
    };
    Some(RunIdentity {
        builder: address(&format!("{server}/{}", get("GITHUB_WORKFLOW_REF")?))?,
        invocation: run(),
    })
}

/// GitLab's reference, "Predefined CI/CD variables".
fn gitlab(environment: &Environment) -> Option<RunIdentity> {
    let get = |name| environment.get_str(name);
    get("GITLAB_CI").filter(|value| *value == "true")?;
    let file = get("CI_CONFIG_PATH").unwrap_or(".gitlab-ci.yml");
    let reference = match (get("CI_COMMIT_TAG"), get("CI_COMMIT_REF_NAME")) {
        (Some(tag), _) => format!("refs/tags/{tag}"),
        (None, name) => format!("refs/heads/{}", name?),
    };
    Some(RunIdentity {
        builder: address(&format!("{}//{file}@{reference}", get("CI_PROJECT_URL")?))?,
        invocation: get("CI_JOB_URL").and_then(address),
    })
}

/// The longest address that is taken.
const MAX_BYTES: usize = 2048;

fn address(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && text.len() <= MAX_BYTES
        && !text.contains(|c: char| c.is_control() || c.is_whitespace());
    is_plain.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn identity(variables: &[(&str, &str)]) -> RunIdentity {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| (OsString::from(name), value.into()));
        RunIdentity::of_environment(&Environment::new(variables))
    }

    const GITHUB: [(&str, &str); 6] = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        (
            "GITHUB_WORKFLOW_REF",
            "o/r/.github/workflows/release.yml@refs/tags/v1",
        ),
        ("GITHUB_REPOSITORY", "o/r"),
        ("GITHUB_RUN_ID", "17"),
        ("GITHUB_RUN_ATTEMPT", "2"),
    ];

    #[test]
    fn services_are_named_by_what_they_run() {
        let run = identity(&GITHUB);
        assert_eq!(
            run.builder,
            "https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1"
        );
        assert_eq!(
            run.invocation.as_deref(),
            Some("https://github.com/o/r/actions/runs/17/attempts/2")
        );
        let run = identity(&[
            ("GITLAB_CI", "true"),
            ("CI_PROJECT_URL", "https://gitlab.example/g/p"),
            ("CI_COMMIT_REF_NAME", "main"),
            ("CI_JOB_URL", "https://gitlab.example/g/p/-/jobs/5"),
        ]);
        assert_eq!(
            run.builder,
            "https://gitlab.example/g/p//.gitlab-ci.yml@refs/heads/main"
        );
        assert_eq!(
            run.invocation.as_deref(),
            Some("https://gitlab.example/g/p/-/jobs/5")
        );
    }

    #[test]
    fn whoever_is_no_service_builds_locally() {
        let mut secret = GITHUB;
        secret[1].1 = "https://user:token@github.com";
        let mut other = GITHUB;
        other[0].1 = "false";
        for variables in [&[][..], &secret, &other, &GITHUB[..2]] {
            let run = identity(variables);
            assert_eq!(
                (run.builder.as_str(), run.invocation),
                (RunIdentity::LOCAL, None)
            );
        }
    }
}
