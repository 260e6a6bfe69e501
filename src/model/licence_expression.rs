//! Licences as SPDX writes them, SPDX 2.3, annex D, "SPDX license expressions".

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a licence is called that is not in SPDX's list.
const OWN: &str = "LicenseRef-";

/// A valid SPDX licence expression.
///
/// ```
/// # use coracle::model::LicenceExpression;
/// let of = |names: &[&str]| LicenceExpression::of_all(names.iter().copied()).unwrap().to_string();
/// assert_eq!(of(&["MIT", "Apache-2.0"]), "Apache-2.0 AND MIT");
/// assert_eq!(of(&["GPL-2.0"]), "GPL-2.0-only");
/// assert_eq!(of(&["CommonsClause"]), "LicenseRef-CommonsClause");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenceExpression(String);

/// Why a text is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an SPDX licence expression")]
pub struct LicenceExpressionError(String);

impl LicenceExpression {
    /// Returns what says that all licences in `names` apply; none where there are no names.
    ///
    /// A module with several texts may offer a choice between them. Its files do not say so in a
    /// way that a program can read, and whoever keeps all of them is right either way.
    pub fn of_all<'a>(names: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let ids: BTreeSet<String> = names.into_iter().map(id_of).collect();
        let text = ids.into_iter().collect::<Vec<_>>().join(" AND ");
        (!text.is_empty()).then_some(Self(text))
    }

    /// Returns the expression's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Tells whether it is one licence of SPDX's list and nothing else.
    pub fn is_listed(&self) -> bool {
        spdx::license_id(&self.0).is_some_and(|id| id.name == self.0)
    }

    /// Returns the names of all licences in it.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0
            .split([' ', '(', ')'])
            .filter(|word| !matches!(*word, "" | "AND" | "OR" | "WITH"))
    }

    /// Returns the licences in it that SPDX's list does not have.
    pub fn unlisted(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| name.starts_with(OWN))
    }
}

/// The GNU licences alone have names that leave open whether a later version may be taken; a text
/// that does not offer that does not grant it.
fn id_of(name: &str) -> String {
    let only = format!("{name}-only");
    match spdx::license_id(&only) {
        Some(id) if id.name == only => only,
        _ if spdx::license_id(name).is_some_and(|id| id.name == name) => name.to_owned(),
        _ => format!("{OWN}{name}"),
    }
}

impl TryFrom<String> for LicenceExpression {
    type Error = LicenceExpressionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match spdx::Expression::parse(&text) {
            Ok(_) => Ok(Self(text)),
            Err(_) => Err(LicenceExpressionError(text)),
        }
    }
}

impl From<LicenceExpression> for String {
    fn from(expression: LicenceExpression) -> Self {
        expression.0
    }
}

impl fmt::Display for LicenceExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_here_is_an_expression() {
        let names = [
            "MIT",
            "AGPL-3.0",
            "GooglePatentsFile",
            "MIT-NoAd",
            "GFDL-1.3",
        ];
        let all = LicenceExpression::of_all(names).unwrap();
        assert_eq!(
            LicenceExpression::try_from(all.to_string()),
            Ok(all.clone())
        );
        let unlisted: Vec<&str> = all.unlisted().collect();
        assert_eq!(
            unlisted,
            ["LicenseRef-GooglePatentsFile", "LicenseRef-MIT-NoAd"]
        );
        assert!(!all.is_listed());
        assert!(LicenceExpression::of_all(["MIT"]).unwrap().is_listed());
        assert_eq!(LicenceExpression::of_all([]), None);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "custom", "MIT AND", "see LICENSE", "MIT/BSD"] {
            assert!(
                LicenceExpression::try_from(text.to_owned()).is_err(),
                "{text}"
            );
        }
    }
}
