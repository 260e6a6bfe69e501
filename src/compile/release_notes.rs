//! What the authors of modules say of versions that are used.

use serde::Deserialize;

use super::go_values::{GoValuesError, go_values};
use crate::model::ModulePath;

/// What the authors of a module say of a version that is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseNotes {
    /// The module.
    pub path: ModulePath,
    /// Why the version was taken back, where it was; each reason may be empty.
    pub retracted: Option<Vec<String>>,
    /// Why the module was given up, where it was.
    pub deprecated: Option<String>,
    /// A later version, where there is one.
    pub update: Option<String>,
    /// Why nobody could be asked, where that is so.
    pub failure: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    path: String,
    retracted: Option<Vec<String>>,
    deprecated: Option<String>,
    update: Option<Update>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Failure {
    err: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Update {
    version: String,
}

impl ReleaseNotes {
    /// The fields that are read.
    pub(super) const FIELDS: &str = "Path,Retracted,Deprecated,Update,Error";

    /// Reads what `go list -m -json` printed: one value after the other.
    ///
    /// # Errors
    /// When it is not that.
    pub fn parse(output: &[u8]) -> Result<Vec<Self>, GoValuesError> {
        let listed: Vec<Listed> = go_values(output).collect::<Result<_, _>>()?;
        Ok(listed.into_iter().filter_map(Self::of).collect())
    }

    /// What has no path of a module is none that was asked about.
    fn of(listed: Listed) -> Option<Self> {
        Some(Self {
            path: listed.path.parse().ok()?,
            retracted: listed.retracted,
            deprecated: listed.deprecated,
            update: listed.update.map(|update| update.version),
            failure: listed.error.map(|error| error.err),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_versions_is_read() {
        let notes = ReleaseNotes::parse(
            br#"{"Path":"example.com/a","Retracted":["it loses data"],"Update":{"Version":"v1.0.1"}}
                {"Path":"example.com/b","Deprecated":"use example.com/c","Error":{"Err":"refused"}}"#,
        );
        let [a, b] = notes.unwrap().try_into().unwrap();
        assert_eq!(a.retracted.unwrap(), ["it loses data"]);
        assert_eq!(a.update.as_deref(), Some("v1.0.1"));
        assert_eq!(b.deprecated.as_deref(), Some("use example.com/c"));
        assert_eq!((a.failure, b.failure.as_deref()), (None, Some("refused")));
        assert!(ReleaseNotes::parse(b"no").is_err());
    }
}
