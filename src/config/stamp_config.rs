//! What programs are told about themselves.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Template;
use super::template_parts::Field;
use super::text_value::written_as_text;
use crate::model::Timestamp;

/// Variables that the linker sets in programs, and what the templates' fields stand for.
///
/// ```toml
/// [stamp]
/// vars    = { "main.version" = "{version}", "example.com/app/build.Commit" = "{short}" }
/// version = "v1.2.3"
/// date    = "2026-01-31T12:00:00Z"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct StampConfig {
    /// String variables by `"IMPORTPATH.NAME"`; the values are templates. A variable of a main
    /// package that does not declare it is left out. The default is `{ "main.version" =
    /// "{version}", "main.commit" = "{commit}", "main.buildDate" = "{date}" }`.
    #[schemars(with = "BTreeMap<String, String>")]
    pub vars: BTreeMap<StampVariable, Template>,
    /// Which commit version, commit and date are taken from: `"head"`, or `"inputs"`, the last one
    /// that touched what the image is made from, so that a commit elsewhere leaves the image alone
    /// (a tag on HEAD stays the version). The default is `"head"`.
    pub from: StampSource,
    /// The version. The default is what `git describe --tags --always --dirty` says, `dev` without
    /// git.
    pub version: Option<StampText>,
    /// The commit. The default is that of HEAD, `none` without git.
    pub commit: Option<StampText>,
    /// The time, by RFC 3339; also the image's creation time, which `SOURCE_DATE_EPOCH` alone goes
    /// before. The default is `SOURCE_DATE_EPOCH`, else the commit's, `unknown` without git.
    #[serde(deserialize_with = "super::date::deserialize")]
    #[schemars(with = "Option<String>")]
    pub date: Option<Timestamp>,
}

/// Which commit an image is stamped with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StampSource {
    /// HEAD.
    #[default]
    Head,
    /// The last commit that touched what the image is made from.
    Inputs,
}

/// A variable of a Go program: `main.version`, `example.com/app/build.Commit`.
///
/// ```
/// # use coracle::config::StampVariable;
/// assert!("main.version".parse::<StampVariable>().is_ok());
/// assert!("version".parse::<StampVariable>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StampVariable(String);

/// Why a text names no variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a variable of a Go program, expected IMPORTPATH.NAME\na name with a dot is written in quotes, as in \"main.version\" = \"{{version}}\""
)]
pub struct StampVariableError(String);

/// A version or commit that the user gives: one line, not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampText(String);

/// Why a text is no version or commit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} cannot be stamped, expected one line that is not empty")]
pub struct StampTextError(String);

impl Default for StampConfig {
    fn default() -> Self {
        let stamps = [
            ("main.version", Field::Version),
            ("main.commit", Field::Commit),
            ("main.buildDate", Field::Date),
        ];
        let stamp = |(name, field): (&str, Field)| {
            (StampVariable(name.to_owned()), Template::of_field(field))
        };
        Self {
            vars: stamps.into_iter().map(stamp).collect(),
            from: StampSource::Head,
            version: None,
            commit: None,
            date: None,
        }
    }
}

impl StampVariable {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the import path and the name.
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('.').unwrap_or_default()
    }
}

impl StampText {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for StampVariable {
    type Err = StampVariableError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || StampVariableError(text.to_owned());
        let (package, name) = text.rsplit_once('.').ok_or_else(wrong)?;
        let is_path = !package.is_empty()
            && package
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~+!/".contains(&b));
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_path && is_name {
            Ok(Self(text.to_owned()))
        } else {
            Err(wrong())
        }
    }
}

impl FromStr for StampText {
    type Err = StampTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(StampTextError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(StampVariable, StampText);
