//! Which Go.

use std::fmt;

use crate::config::ToolchainPreference;
use crate::facts::{GoRequest, RequestedVersion};
use crate::model::{GoVersion, GoVersionError};

/// The release that this coracle was tested with: the project's own `.go-version`.
const TESTED_RELEASE: &str = include_str!("../../.go-version");

/// The Go that everything is built with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Its release.
    pub version: GoVersion,
    /// Where it comes from.
    pub source: ChosenSource,
    /// Why it is this one, for the report: `go.mod:3 asks for at least 1.24`.
    pub reason: String,
    /// What would make the choice the same on every machine.
    pub hint: Option<String>,
}

/// Where the chosen Go comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChosenSource {
    /// The machine has it.
    Machine,
    /// It is in the cache, or fetched into it.
    Fetch,
}

/// Why no Go fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// The exact version is older than the source allows.
    #[error("{exact_origin} names Go {exact}, but {minimum_origin} asks for at least {minimum}")]
    TooOld {
        /// The version that is named exactly.
        exact: GoVersion,
        /// Where.
        exact_origin: String,
        /// The oldest version that would do.
        minimum: GoVersion,
        /// Where that stands.
        minimum_origin: String,
    },
    /// The release that comes with this program cannot be read.
    #[error("the release that this coracle was tested with cannot be read")]
    Tested(#[from] GoVersionError),
}

/// Chooses a Go: `configured`, which is `[go] version`, goes before what the source names exactly;
/// with a minimum alone the machine's Go is taken if it is new enough, else the release that this
/// coracle was tested with or, where that is too old, the minimum itself.
///
/// # Errors
/// When the version that is named exactly is older than the minimum.
pub fn choose(
    configured: Option<&GoVersion>,
    request: &GoRequest,
    preference: ToolchainPreference,
    installed: Option<&GoVersion>,
) -> Result<Choice, ChoiceError> {
    let usable = installed.filter(|_| preference == ToolchainPreference::Auto);
    let minimum = request.minimum.as_ref();
    let configured = configured.map(|version| RequestedVersion {
        version: version.clone(),
        origin: "[go] version".to_owned(),
    });
    match configured.as_ref().or(request.exact.as_ref()) {
        Some(exact) => choose_exact(exact, minimum, usable),
        None => choose_by_minimum(minimum, usable),
    }
}

fn choose_exact(
    exact: &RequestedVersion,
    minimum: Option<&RequestedVersion>,
    usable: Option<&GoVersion>,
) -> Result<Choice, ChoiceError> {
    let version = exact.version.to_release();
    if let Some(minimum) = minimum.filter(|minimum| version < minimum.version) {
        return Err(ChoiceError::TooOld {
            exact: version,
            exact_origin: exact.origin.clone(),
            minimum: minimum.version.clone(),
            minimum_origin: minimum.origin.clone(),
        });
    }
    Ok(Choice {
        source: source_of(&version, usable),
        reason: format!("{} names {}", exact.origin, exact.version),
        version,
        hint: None,
    })
}

/// Returns the release that this coracle was tested with.
///
/// # Errors
/// When whoever made this coracle wrote down no release.
pub fn tested_release() -> Result<GoVersion, GoVersionError> {
    TESTED_RELEASE.trim().parse()
}

fn choose_by_minimum(
    minimum: Option<&RequestedVersion>,
    usable: Option<&GoVersion>,
) -> Result<Choice, ChoiceError> {
    let enough = |version: &GoVersion| minimum.is_none_or(|minimum| *version >= minimum.version);
    let asked = minimum.map_or_else(
        || "nothing asks for a version".to_owned(),
        |minimum| format!("{} asks for at least {}", minimum.origin, minimum.version),
    );
    let tested = tested_release()?;
    let (version, reason) = match (usable.filter(|version| enough(version)), minimum) {
        (Some(installed), _) => (installed.clone(), asked),
        (None, Some(minimum)) if !enough(&tested) => (minimum.version.to_release(), asked),
        (None, _) => (
            tested,
            format!("{asked}, and this coracle was tested with this release"),
        ),
    };
    Ok(Choice {
        source: source_of(&version, usable),
        reason,
        hint: Some("to build with the same Go everywhere: coracle toolchain pin".to_owned()),
        version,
    })
}

fn source_of(version: &GoVersion, usable: Option<&GoVersion>) -> ChosenSource {
    if usable == Some(version) {
        ChosenSource::Machine
    } else {
        ChosenSource::Fetch
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            ChosenSource::Machine => "of this machine",
            ChosenSource::Fetch => "through the Go module proxy",
        };
        write!(f, "Go {} {source}: {}", self.version, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use ChosenSource::{Fetch, Machine};
    use ToolchainPreference::{Auto, Verified};

    use super::*;

    fn version(text: &str) -> GoVersion {
        text.parse().unwrap()
    }

    fn asked(text: &str, origin: &str) -> Option<RequestedVersion> {
        (!text.is_empty()).then(|| RequestedVersion {
            version: version(text),
            origin: origin.to_owned(),
        })
    }

    struct Case {
        configured: &'static str,
        exact: &'static str,
        minimum: &'static str,
        preference: ToolchainPreference,
        installed: &'static str,
        expected: (&'static str, ChosenSource),
    }

    const NOTHING: Case = Case {
        configured: "",
        exact: "",
        minimum: "",
        preference: Auto,
        installed: "",
        expected: ("", Fetch),
    };

    fn run(case: &Case) -> Result<Choice, ChoiceError> {
        let optional = |text: &str| (!text.is_empty()).then(|| version(text));
        let request = GoRequest {
            exact: asked(case.exact, ".go-version"),
            minimum: asked(case.minimum, "go.mod:3"),
        };
        let (configured, installed) = (optional(case.configured), optional(case.installed));
        choose(
            configured.as_ref(),
            &request,
            case.preference,
            installed.as_ref(),
        )
    }

    #[rustfmt::skip]
    const EXACT: [Case; 6] = [
        Case { configured: "1.25.1", exact: "1.24.0", installed: "1.25.1", expected: ("1.25.1", Machine), ..NOTHING },
        Case { configured: "1.25.1", exact: "1.24.0", installed: "1.24.0", expected: ("1.25.1", Fetch), ..NOTHING },
        Case { exact: "1.24.2", minimum: "1.22", installed: "1.26.8", expected: ("1.24.2", Fetch), ..NOTHING },
        Case { exact: "1.24", installed: "1.24.0", expected: ("1.24.0", Machine), ..NOTHING },
        Case { exact: "1.24.2", installed: "1.24.2", preference: Verified, expected: ("1.24.2", Fetch), ..NOTHING },
        Case { exact: "1.24.2", minimum: "1.24.2", expected: ("1.24.2", Fetch), ..NOTHING },
    ];

    #[rustfmt::skip]
    const MINIMUM: [Case; 8] = [
        Case { minimum: "1.22", installed: "1.23.4", expected: ("1.23.4", Machine), ..NOTHING },
        Case { minimum: "1.22", installed: "1.21.9", expected: ("TESTED", Fetch), ..NOTHING },
        Case { minimum: "1.22", expected: ("TESTED", Fetch), ..NOTHING },
        Case { minimum: "1.22", installed: "1.23.4", preference: Verified, expected: ("TESTED", Fetch), ..NOTHING },
        Case { minimum: "1.99", installed: "1.23.4", expected: ("1.99.0", Fetch), ..NOTHING },
        Case { minimum: "1.99.3", expected: ("1.99.3", Fetch), ..NOTHING },
        Case { installed: "1.20.1", expected: ("1.20.1", Machine), ..NOTHING },
        Case { expected: ("TESTED", Fetch), ..NOTHING },
    ];

    #[test]
    fn a_version_that_is_named_is_the_one_and_a_minimum_leaves_a_choice() {
        for case in EXACT.iter().chain(&MINIMUM) {
            let choice = run(case).unwrap();
            let expected = case.expected.0.replace("TESTED", TESTED_RELEASE.trim());
            let label = format!("{choice}");
            assert_eq!(
                (choice.version, choice.source),
                (version(&expected), case.expected.1),
                "{label}"
            );
        }
        assert!(EXACT.iter().all(|case| run(case).unwrap().hint.is_none()));
        assert!(MINIMUM.iter().all(|case| run(case).unwrap().hint.is_some()));
    }

    #[test]
    fn a_named_version_that_is_too_old_for_the_source_is_an_error() {
        let error = run(&Case {
            configured: "1.22.1",
            minimum: "1.24",
            ..NOTHING
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "[go] version names Go 1.22.1, but go.mod:3 asks for at least 1.24"
        );
    }

    #[test]
    fn the_reason_says_who_asked() {
        let choice = run(&Case {
            minimum: "1.22",
            installed: "1.23.4",
            ..NOTHING
        })
        .unwrap();
        assert_eq!(
            choice.to_string(),
            "Go 1.23.4 of this machine: go.mod:3 asks for at least 1.22"
        );
    }
}
