//! The name of an image in a registry: `HOST/PATH:TAG@DIGEST`.

use std::fmt;
use std::str::FromStr;

use super::{Digest, DigestError, Repository, RepositoryError, Tag, TagError};

/// A repository with a tag, a digest, or both; the digest is what counts where it is there.
///
/// ```
/// # use coracle::model::Reference;
/// let reference: Reference = "localhost:5000/app:v1".parse().unwrap();
/// assert_eq!(reference.repository().path(), "app");
/// assert_eq!(reference.target().to_string(), "v1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    repository: Repository,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

/// What a manifest is asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceTarget {
    /// By the digest of its bytes.
    Digest(Digest),
    /// By a name that may move.
    Tag(Tag),
}

/// Why a text is no reference.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// The part before tag and digest is wrong.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    /// The part after the colon is wrong.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// The part after the `@` is wrong.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl Reference {
    /// Names whatever `tag` points at.
    pub fn by_tag(repository: Repository, tag: Tag) -> Self {
        Self {
            repository,
            tag: Some(tag),
            digest: None,
        }
    }

    /// Names the manifest that has `digest`.
    pub fn by_digest(repository: Repository, digest: Digest) -> Self {
        Self {
            repository,
            tag: None,
            digest: Some(digest),
        }
    }

    /// Returns the repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns the tag where one is written.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// Returns the digest where one is written.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns what to ask a registry for: the digest, else the tag, else `latest`.
    pub fn target(&self) -> ReferenceTarget {
        match (self.digest, &self.tag) {
            (Some(digest), _) => ReferenceTarget::Digest(digest),
            (None, Some(tag)) => ReferenceTarget::Tag(tag.clone()),
            (None, None) => ReferenceTarget::Tag(Tag::latest()),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        self.tag.iter().try_for_each(|tag| write!(f, ":{tag}"))?;
        self.digest
            .iter()
            .try_for_each(|digest| write!(f, "@{digest}"))
    }
}

impl fmt::Display for ReferenceTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => digest.fmt(f),
            Self::Tag(tag) => tag.fmt(f),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to the host's port.
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') && repository.contains('/') => {
                (repository, Some(tag.parse()?))
            }
            _ => (name, None),
        };
        Ok(Self {
            repository: repository.parse()?,
            tag,
            digest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_kept() {
        let digest = Digest::of(b"x");
        for text in [
            "localhost:5000/a".to_owned(),
            "localhost:5000/a:v1".to_owned(),
            format!("r.example/a/b@{digest}"),
            format!("r.example/a/b:v1@{digest}"),
        ] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
        for wrong in [
            "r.example:5000",
            "r.example/a:",
            "r.example/a:-x",
            "r.example/a@sha256:1",
            "a:v1",
            "",
        ] {
            assert!(wrong.parse::<Reference>().is_err(), "{wrong:?}");
        }
    }
}
