//! Where the value of a secret comes from.

use schemars::JsonSchema;
use serde::Deserialize;

use super::EnvName;

/// Where the value of a secret comes from: a variable, or what a command prints.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SecretTable")]
pub enum SecretSource {
    /// A variable of the environment.
    Variable(EnvName),
    /// A program and its arguments; the line feed at the end of what it prints does not count.
    Command(Vec<String>),
}

/// A secret that stages may ask for by its name: they find it in the variable of that name. It is read
/// when such a stage starts, shown by none, and kept nowhere.
///
/// ```toml
/// [secrets.values.DEPLOY_TOKEN]
/// env = "CI_DEPLOY_TOKEN"
///
/// [secrets.values.SIGNING_PIN]
/// command = ["pass", "show", "team/signing-pin"]
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SecretTable {
    /// The variable of the environment that has it. The default is none: then there is `command`.
    env: Option<EnvName>,
    /// The command that prints it: a program and its arguments. The default is none.
    command: Option<Vec<String>>,
}

impl TryFrom<SecretTable> for SecretSource {
    type Error = &'static str;

    fn try_from(table: SecretTable) -> Result<Self, Self::Error> {
        match (table.env, table.command) {
            (Some(name), None) => Ok(Self::Variable(name)),
            (None, Some(command)) if !command.is_empty() => Ok(Self::Command(command)),
            _ => Err(
                "a secret comes from env or from command, one of them\nwrite env = \"NAME\", or command = [\"PROGRAM\", \"ARGUMENT\"]",
            ),
        }
    }
}
