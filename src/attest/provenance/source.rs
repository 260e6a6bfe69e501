//! The source that an image was built from.

use serde_json::{Value, json};

use crate::model::{SourcePath, Timestamp};

/// The source of an image, as its history names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenanceSource {
    /// Where the repository can be had by others, without a login in it.
    pub repository: Option<String>,
    /// The commit, in full; none where there is no history.
    pub commit: Option<String>,
    /// What `git describe` says of it.
    pub version: Option<String>,
    /// The branch that it was on.
    pub branch: Option<String>,
    /// When it was committed.
    pub time: Option<Timestamp>,
    /// The folder of coracle.toml in the repository.
    pub folder: SourcePath,
    /// The go.work that governed the build, in the repository.
    pub workspace: Option<SourcePath>,
    /// Whether everything that the image was built from is in that commit.
    pub is_committed: bool,
}

impl ProvenanceSource {
    /// Returns it as a user's choice, `externalParameters.source`.
    pub(super) fn to_parameter(&self) -> Value {
        json!({
            "repository": self.repository,
            "commit": self.commit,
            "version": self.version,
            "branch": self.branch,
            "time": self.time.map(|time| time.to_string()),
            "folder": self.folder.to_string(),
            "workspace": self.workspace.as_ref().map(ToString::to_string),
            "committed": self.is_committed,
        })
    }

    /// Returns it as what was found there, `resolvedDependencies`; `None` where there is no history.
    pub(super) fn to_dependency(&self) -> Option<Value> {
        let commit = self.commit.as_ref()?;
        let repository = self.repository.as_ref();
        Some(json!({
            "name": "source",
            "uri": repository.map(|repository| format!("git+{repository}@{commit}")),
            "digest": { "gitCommit": commit },
            "annotations": (!self.is_committed).then(|| json!({ "modified": true })),
        }))
    }
}
