//! What a build is called: version, commit and time.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use crate::config::{StampConfig, StampText, StampVariable, Template, TemplateValues};
use crate::facts::{MainPackage, Revision};
use crate::model::{SourcePath, Timestamp};

use super::Selected;

/// The values of the templates' fields for one image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    name: String,
    import_path: String,
    import_md5: String,
    version: String,
    commit: String,
    short: String,
    branch: String,
    date: String,
    /// What the image says of when it was made.
    pub(super) created: Timestamp,
}

impl Stamp {
    /// Decides the values: what the configuration sets, else what git says. `epoch` is
    /// `SOURCE_DATE_EPOCH`, which wins over the commit's time; `untracked` are files among the
    /// image's inputs that git does not keep.
    pub(super) fn new(
        selected: &Selected<'_>,
        config: &StampConfig,
        revision: &Revision,
        untracked: &[SourcePath],
        epoch: Option<Timestamp>,
    ) -> Self {
        let first = selected.mains.first();
        let import_path = first.map_or_else(String::new, |main| main.import_path.to_string());
        let commit = config.commit.as_ref().map(StampText::as_str);
        let time = config.date.or(epoch).or(revision.time());
        Self {
            name: selected.name.to_string(),
            import_md5: md5_of(&import_path),
            import_path,
            version: match &config.version {
                Some(version) => version.as_str().to_owned(),
                None => revision.version(untracked),
            },
            commit: commit.unwrap_or(revision.commit()).to_owned(),
            short: commit
                .map_or(revision.short(), |commit| {
                    commit.get(..12).unwrap_or(commit)
                })
                .to_owned(),
            branch: revision.branch().to_owned(),
            date: time.map_or_else(|| "unknown".to_owned(), |time| time.to_string()),
            created: epoch.or(time).unwrap_or(Timestamp::EPOCH),
        }
    }

    /// Returns what the build is called.
    pub(super) fn version(&self) -> &str {
        &self.version
    }

    /// Returns what templates are filled in with.
    pub(super) fn values(&self) -> TemplateValues<'_> {
        TemplateValues {
            name: &self.name,
            import_path: &self.import_path,
            import_base: base_of(&self.import_path),
            import_md5: &self.import_md5,
            version: &self.version,
            commit: &self.commit,
            short: &self.short,
            branch: &self.branch,
            date: &self.date,
        }
    }

    /// Returns the variables that the linker is told to set in `main`: of `vars` the last of a name. One that the main package
    /// does not declare is left out, so that a new commit relinks nothing there.
    pub(super) fn variables<'v>(
        &self,
        vars: impl Iterator<Item = (&'v StampVariable, &'v Template)>,
        main: &MainPackage,
    ) -> BTreeMap<String, String> {
        vars.filter(|(variable, _)| match variable.split() {
            ("main", name) => main.stampable.contains(name),
            _ => true,
        })
        .map(|(variable, value)| (variable.as_str().to_owned(), value.render(&self.values())))
        .collect()
    }

    /// Returns the annotations of the image-spec's `annotations.md` that say what this build is.
    /// What is not known is left out.
    pub(super) fn annotations(&self, source: Option<&str>) -> BTreeMap<String, String> {
        let key = |name: &str| format!("org.opencontainers.image.{name}");
        let mut annotations = BTreeMap::from([
            (key("created"), self.created.to_string()),
            (key("title"), self.name.clone()),
            (key("version"), self.version.clone()),
        ]);
        if self.commit != Revision::None.commit() {
            annotations.insert(key("revision"), self.commit.clone());
        }
        if let Some(source) = source {
            annotations.insert(key("source"), source.to_owned());
        }
        annotations
    }
}

fn base_of(import_path: &str) -> &str {
    import_path.rsplit('/').next().unwrap_or(import_path)
}

fn md5_of(text: &str) -> String {
    Md5::digest(text)
        .iter()
        .fold(String::new(), |digits, byte| {
            digits + &format!("{byte:02x}")
        })
}
