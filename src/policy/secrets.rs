//! What looks like a secret and would be published.

use super::{Finding, FindingPlace, Rule, Severity};
use crate::facts::{Suspect, ValueScanner};

/// A value that is published with an image.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageValue {
    /// Where coracle.toml has it, as in `images.server.env.PORT`.
    pub key: String,
    /// Its own name, as in `PORT`.
    pub name: String,
    /// The value.
    pub value: String,
}

const HINT: &str =
    "who can pull the image can read it: leave it out, and hand it over when the image runs";

/// Says of files what looks like a secret in them; the secret itself is never told.
pub fn judge_suspects<'a>(suspects: impl IntoIterator<Item = &'a Suspect>) -> Vec<Finding> {
    let suspects = suspects.into_iter();
    suspects
        .map(|suspect| {
            let place = FindingPlace {
                path: suspect.path.to_string(),
                line: suspect.line.and_then(|line| line.try_into().ok()),
            };
            let message = format!("this looks like {}", suspect.kind);
            Finding::new(Severity::Blocked, Rule::Secret, &suspect.path, message)
                .at(Some(place))
                .hint(HINT)
                .hint(format!(
                    "if it is no secret, say so in coracle.toml: [secrets] allow = [\"{}\"]",
                    suspect.path
                ))
        })
        .collect()
}

/// Says of values that are published with an image which of them look like secrets.
pub fn judge_values(scanner: &ValueScanner, values: &[ImageValue]) -> Vec<Finding> {
    values
        .iter()
        .filter_map(|value| {
            let kind = scanner.kind(&value.name, &value.value)?;
            let message = format!("its value looks like {kind}");
            Some(
                Finding::new(Severity::Blocked, Rule::Secret, &value.key, message)
                    .hint(HINT)
                    .hint("if it is no secret, say so in coracle.toml: [secrets] allow = [\"coracle.toml\"]"),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_named_and_never_told() {
        let scanner = ValueScanner::new().unwrap();
        let value = ImageValue {
            key: "images.server.env.DB_PASSWORD".to_owned(),
            name: "DB_PASSWORD".to_owned(),
            value: "hunter22".to_owned(),
        };
        let [finding] = judge_values(&scanner, &[value]).try_into().unwrap();
        assert_eq!(finding.subject, "images.server.env.DB_PASSWORD");
        assert!(!format!("{finding:?}").contains("hunter22"));
    }
}
