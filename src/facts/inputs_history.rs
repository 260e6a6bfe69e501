//! The history of what images are made from: which commit touched their inputs last.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::embed::Embed;
use super::history::{History, SHORT_DIGITS, failed, refused, shallow_clone, text};
use super::inputs::PROFILE;
use super::package::Package;
use super::revision::DIRTY;
use super::{Commit, Describe, MainPackage, Revision, SourceFacts};
use crate::model::{BuildError, SourcePath, Timestamp};
use crate::ports::{Git, GitAnswer};

/// The history of a repository, asked about parts of its files.
pub struct InputsHistory<'a> {
    history: History<'a>,
    facts: &'a SourceFacts,
    head: &'a Commit,
    describe: Describe,
    /// The tag on HEAD, which is the version of everything.
    tag: Option<String>,
    is_shallow: bool,
    /// Files that git keeps, and that are not as HEAD has them.
    changed: Vec<SourcePath>,
    /// What commits are called, asked once for each.
    versions: Mutex<BTreeMap<String, String>>,
}

/// What an image is made from, as far as its history is concerned.
pub struct ImageSources<'a> {
    /// Its main packages.
    pub mains: &'a [&'a MainPackage],
    /// The files and folders that are copied, or in which what is copied lies.
    pub copied: &'a [SourcePath],
}

impl<'a> InputsHistory<'a> {
    /// Begins to ask `git`, of whose repository `facts` are known; `None` where nothing was
    /// committed yet.
    ///
    /// # Errors
    /// When git cannot answer.
    pub fn open(
        git: &'a dyn Git,
        facts: &'a SourceFacts,
        describe: Describe,
    ) -> Result<Option<Self>, BuildError> {
        let Revision::Commit(head) = &facts.revision else {
            return Ok(None);
        };
        let history = History { git };
        let tag = history.ask(&["describe", "--tags", "--exact-match", "HEAD"])?;
        Ok(Some(Self {
            facts,
            head,
            describe,
            tag: match tag {
                GitAnswer::Said(tag) => Some(text(&tag)),
                GitAnswer::Failed(_) => None,
            },
            is_shallow: history.is_shallow()?,
            changed: history.paths(&["diff", "--name-only", "--no-ext-diff", "-z", "HEAD"])?,
            versions: Mutex::default(),
            history,
        }))
    }

    /// Returns the revision of an image: the last commit that touched what it is made from. It is
    /// dirty where that is not as HEAD has it, whatever else is changed.
    ///
    /// # Errors
    /// When git cannot answer, or its history ends before the answer.
    pub fn revision(&self, image: &ImageSources<'_>) -> Result<Revision, BuildError> {
        let (id, time) = match self.last_touch(image)? {
            Some((id, time)) => (id, time),
            None => (self.head.id.clone(), self.head.time),
        };
        let changed = self.head.untracked.iter().chain(&self.changed);
        let is_dirty = self
            .facts
            .inputs_among(image.mains, image.copied, changed)
            .next()
            .is_some();
        let version = match &self.tag {
            Some(tag) => tag.clone(),
            None => self.version(&id)?,
        };
        Ok(Revision::Commit(Commit {
            version: if is_dirty {
                format!("{version}{DIRTY}")
            } else {
                version
            },
            short: id.chars().take(SHORT_DIGITS).collect(),
            time,
            id,
            ..self.head.clone()
        }))
    }

    fn last_touch(
        &self,
        image: &ImageSources<'_>,
    ) -> Result<Option<(String, Timestamp)>, BuildError> {
        let pathspecs = self.pathspecs(image);
        let mut arguments = vec!["rev-list", "-1", "--timestamp", "HEAD", "--"];
        arguments.extend(pathspecs.iter().map(String::as_str));
        let said = self.history.said(&arguments)?;
        let Some((time, id)) = said.split_once(' ') else {
            return Ok(None);
        };
        if self.is_shallow && self.is_cut_off(id)? {
            return Err(cut_off());
        }
        let time = time.parse().map_err(|_| refused(&said))?;
        Ok(Some((id.to_owned(), time)))
    }

    /// Where the history is cut off, a commit seems to have no parents, and to have brought
    /// everything.
    fn is_cut_off(&self, id: &str) -> Result<bool, BuildError> {
        let said = self
            .history
            .said(&["rev-list", "--no-walk", "--parents", id])?;
        Ok(!said.contains(' '))
    }

    fn version(&self, id: &str) -> Result<String, BuildError> {
        let known = || self.versions.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(version) = known().get(id) {
            return Ok(version.clone());
        }
        let version = self.history.said(&["describe", "--tags", "--always", id])?;
        if self.describe == Describe::Needed && self.is_shallow && id.starts_with(&version) {
            return Err(shallow_clone(&version));
        }
        known().insert(id.to_owned(), version.clone());
        Ok(version)
    }

    /// Returns the patterns of all that the image is made from, which hold for what is no more as
    /// well.
    fn pathspecs(&self, image: &ImageSources<'_>) -> Vec<String> {
        let roots = self.history.git.roots();
        let place = |path: &SourcePath| Some(escaped(roots.in_repository(path)?.as_str()));
        let packages = self.facts.packages_of(image.mains);
        let module_files = self.facts.module_files(&packages);
        let mut pathspecs = Vec::new();
        for path in module_files.iter().chain(image.copied) {
            pathspecs.extend(place(path).into_iter().flat_map(|path| whole(&path)));
        }
        for package in packages {
            for folder in package.folders().filter_map(place) {
                pathspecs.extend(patterns_in(&folder, package));
            }
            let linked = package.linked.files.iter().filter_map(place);
            pathspecs.extend(linked.flat_map(|path| whole(&path)));
        }
        pathspecs
    }
}

/// Returns the patterns of what `folder` has for `package`.
fn patterns_in(folder: &str, package: &Package) -> Vec<String> {
    let inside = |pattern: &str| match folder {
        "" => pattern.to_owned(),
        folder => format!("{folder}/{pattern}"),
    };
    let sources = ["*.go", "*.[sSh]", "*.syso", PROFILE];
    let mut patterns: Vec<String> = sources
        .map(|name| format!(":(top,glob){}", inside(name)))
        .into();
    patterns.push(format!(":(top,glob,exclude){}", inside("*_test.go")));
    let embeds = package.embeds.iter();
    patterns.extend(embeds.flat_map(|text| whole(&inside(Embed::pattern(text)))));
    patterns
}

/// Returns the patterns of what `pattern` matches, and of all that lies in it.
fn whole(pattern: &str) -> Vec<String> {
    match pattern {
        "" => vec![":(top)".to_owned()],
        pattern => vec![
            format!(":(top,glob){pattern}"),
            format!(":(top,glob){pattern}/**"),
        ],
    }
}

/// Takes their meaning from the characters of git's patterns.
fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn cut_off() -> BuildError {
    failed("this is a shallow clone, in which the last commit of an image's inputs cannot be seen")
        .hint("fetch the history with its tags: git fetch --unshallow --tags")
        .hint("in GitHub's checkout action, set fetch-depth: 0")
        .hint("or stamp the newest commit: --set stamp.from=head")
}
