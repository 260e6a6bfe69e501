//! go.work: the modules that are built together.

use std::str::FromStr;

use super::go_mod::{GoLines, replace};
use super::statement::statements;
use super::{Located, ModFileError, Replace};
use crate::model::GoVersion;

/// What a go.work file says, as far as it matters before `go` runs. Go itself judges the rest.
///
/// ```
/// # use coracle::facts::GoWork;
/// let go_work: GoWork = "go 1.26\nuse ./api\n".parse().unwrap();
/// assert_eq!(go_work.uses[0].value, "./api");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoWork {
    /// The version of Go that it needs at least.
    pub go: Option<Located<GoVersion>>,
    /// The version of Go that it would rather have.
    pub toolchain: Option<Located<GoVersion>>,
    /// The folders of its modules, relative to that of the file, or absolute.
    pub uses: Vec<Located<String>>,
    /// What it takes from another place.
    pub replaces: Vec<Replace>,
}

impl FromStr for GoWork {
    type Err = ModFileError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut lines = GoLines::default();
        let mut uses = Vec::new();
        let mut replaces = Vec::new();
        for statement in statements(text)? {
            match statement.verb.as_str() {
                "use" => uses.push(Located {
                    value: statement.only()?.to_owned(),
                    line: statement.line,
                }),
                "replace" => replaces.push(replace(&statement)?),
                _ => lines.take(&statement)?,
            }
        }
        Ok(Self {
            go: lines.go,
            toolchain: lines.toolchain,
            uses,
            replaces,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_is_read_as_far_as_it_matters() {
        let text = "go 1.26.0\n\ntoolchain go1.26.8\n\nuse (\n\t.\n\t./api // the api\n)\nreplace m => ./m\n";
        let go_work: GoWork = text.parse().unwrap();
        let uses: Vec<&str> = go_work
            .uses
            .iter()
            .map(|used| used.value.as_str())
            .collect();
        assert_eq!(uses, [".", "./api"]);
        assert_eq!(go_work.uses[1].line, 7);
        assert_eq!(go_work.replaces.len(), 1);
        assert_eq!(go_work.toolchain.unwrap().line, 3);
    }
}
