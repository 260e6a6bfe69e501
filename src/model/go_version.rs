//! Versions of Go itself, as `go.mod` and the releases write them.

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// A version of Go, ordered as the go command orders them: `1.21 < 1.21rc1 < 1.21.0 < 1.21.1`.
///
/// ```
/// # use coracle::model::GoVersion;
/// let version = |text: &str| text.parse::<GoVersion>().unwrap();
/// assert!(version("1.21") < version("1.21rc2"));
/// assert!(version("1.21rc2") < version("1.21.0"));
/// assert!(version("1.9.1") < version("1.26.8"));
/// assert_eq!(version("go1.26.8").to_string(), "1.26.8");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct GoVersion {
    major: u32,
    minor: u32,
    stage: Stage,
}

/// What follows `X.Y`: nothing (the language version), a pre-release, or a patch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Language,
    Beta(u32),
    Candidate(u32),
    Patch(u32),
}

/// Why a text is no version of Go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of Go, expected one like 1.26.8, 1.26 or 1.27rc1")]
pub struct GoVersionError(String);

impl GoVersion {
    /// Returns the version `MAJOR.MINOR` of the language, which comes before all of its releases.
    pub fn of_language(major: u32, minor: u32) -> Self {
        Self {
            major,
            minor,
            stage: Stage::Language,
        }
    }

    /// Returns the release that a language version means: `1.22` becomes `1.22.0`, all else stays.
    ///
    /// Before 1.21 the first release of a version had no `.0`.
    #[must_use]
    pub fn to_release(&self) -> Self {
        let stage = match self.stage {
            Stage::Language if (self.major, self.minor) >= (1, 21) => Stage::Patch(0),
            ref stage => stage.clone(),
        };
        Self { stage, ..*self }
    }
}

impl fmt::Display for GoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)?;
        match self.stage {
            Stage::Language => Ok(()),
            Stage::Beta(number) => write!(f, "beta{number}"),
            Stage::Candidate(number) => write!(f, "rc{number}"),
            Stage::Patch(number) => write!(f, ".{number}"),
        }
    }
}

impl FromStr for GoVersion {
    type Err = GoVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.strip_prefix("go").unwrap_or(text))
            .ok_or_else(|| GoVersionError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<GoVersion> {
    let (major, rest) = split_number(text)?;
    let (minor, rest) = split_number(rest.strip_prefix('.')?)?;
    let stage = |rest: &str, prefix: &str| {
        let (number, rest) = split_number(rest.strip_prefix(prefix)?)?;
        rest.is_empty().then_some(number)
    };
    let stage = if rest.is_empty() {
        Stage::Language
    } else if let Some(number) = stage(rest, ".") {
        Stage::Patch(number)
    } else if let Some(number) = stage(rest, "rc") {
        Stage::Candidate(number)
    } else {
        Stage::Beta(stage(rest, "beta")?)
    };
    Some(GoVersion {
        major,
        minor,
        stage,
    })
}

fn split_number(text: &str) -> Option<(u32, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let canonical = digits == "0" || !digits.starts_with('0');
    (canonical)
        .then(|| digits.parse().ok())
        .flatten()
        .map(|number| (number, rest))
}

impl TryFrom<String> for GoVersion {
    type Error = GoVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_would_not_write_is_no_version() {
        for wrong in [
            "", "go", "1", "1.", "1.x", "1.26.", "1.26.8.1", "1.026", "v1.26", "1.26-rc1",
            "1.26.8 ", "latest",
        ] {
            assert!(wrong.parse::<GoVersion>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_language_version_means_its_first_release() {
        let release = |text: &str| text.parse::<GoVersion>().unwrap().to_release().to_string();
        assert_eq!(release("1.22"), "1.22.0");
        assert_eq!(release("1.20"), "1.20");
        assert_eq!(release("1.27rc1"), "1.27rc1");
    }
}
