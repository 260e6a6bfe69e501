//! Which licences modules may have.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Judgement;
use super::nearest::nearest;
use super::text_value::written_as_text;

/// Which licences modules may have. A module under several is held to all of them.
///
/// ```toml
/// [policy.licences]
/// allow   = ["MIT", "BSD-3-Clause", "Apache-2.0", "LicenseRef-Company"]
/// unknown = "deny"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LicenceRules {
    /// The only ones that are allowed, by their names in SPDX's list, as in `["MIT", "Apache-2.0"]`; an
    /// empty list allows all that `deny` does not name. The default is `[]`.
    pub allow: Vec<LicenceName>,
    /// Those that are refused. The default is none.
    pub deny: Vec<LicenceName>,
    /// What is said of modules whose licence is not found, where there are rules: `"deny"`, `"warn"` or
    /// `"allow"`. The default is `"warn"`.
    pub unknown: Judgement,
}

impl Default for LicenceRules {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            unknown: Judgement::Warn,
        }
    }
}

impl LicenceRules {
    /// Tells whether any licence is allowed or refused.
    pub fn say_nothing(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty() && self.unknown != Judgement::Deny
    }
}

/// The name of a licence in SPDX's list, or `LicenseRef-` and a name of one's own.
///
/// ```
/// # use coracle::config::LicenceName;
/// assert!("BSD-3-Clause".parse::<LicenceName>().is_ok());
/// assert!("LicenseRef-Company".parse::<LicenceName>().is_ok());
/// assert!("BSD".parse::<LicenceName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceName(String);

/// Why a text is no licence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LicenceNameError {
    /// It is an old name, which says of no text what it grants.
    #[error(
        "{0:?} does not say whether a later version may be taken\nwrite \"{0}-only\" or \"{0}-or-later\""
    )]
    Open(String),
    /// It is none of the list.
    #[error("{name:?} is not in SPDX's list of licences{}", meant(*.near))]
    Unknown {
        /// The text.
        name: String,
        /// The name that it looks like.
        near: Option<&'static str>,
    },
}

fn meant(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!("\ndid you mean {near:?}?"))
}

impl LicenceName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LicenceName {
    type Err = LicenceNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let own = text.strip_prefix("LicenseRef-");
        if own.is_some_and(|name| !name.is_empty() && !name.contains(char::is_whitespace)) {
            return Ok(Self(text.to_owned()));
        }
        if is_current(text) {
            return Ok(Self(text.to_owned()));
        }
        if is_current(&format!("{text}-only")) {
            return Err(LicenceNameError::Open(text.to_owned()));
        }
        let listed = spdx::identifiers::LICENSES
            .iter()
            .map(|licence| licence.name);
        Err(LicenceNameError::Unknown {
            name: text.to_owned(),
            near: nearest(text, listed.filter(|name| is_current(name))),
        })
    }
}

/// Old names of licences are none: what looks for licences does not use them.
fn is_current(name: &str) -> bool {
    spdx::license_id(name).is_some_and(|id| id.name == name && !id.is_deprecated())
}

impl fmt::Display for LicenceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

written_as_text!(LicenceName);
