//! What an image is called on the machine that loads it.

use super::{ImageName, Repository, Tag};

/// The name under which an archive's image is loaded: the repository that it is meant for, else
/// its own name.
///
/// ```
/// # use coracle::model::{LocalName, Tag};
/// let name = LocalName::Image("server".parse().unwrap());
/// assert_eq!(name.familiar(&Tag::latest()), "server:latest");
/// assert_eq!(name.full(&Tag::latest()), "docker.io/library/server:latest");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum LocalName {
    /// An image that is meant for a registry is called what it is called there.
    Repository(Repository),
    /// One that is not has its own name.
    Image(ImageName),
}

impl LocalName {
    /// Returns the name with `tag`, as users type it.
    pub fn familiar(&self, tag: &Tag) -> String {
        match self {
            Self::Repository(repository) => format!("{repository}:{tag}"),
            Self::Image(name) => format!("{name}:{tag}"),
        }
    }

    /// Returns the name with `tag` in full. Docker and podman both take a bare name for one of the
    /// library of Docker Hub, so `docker run server` finds it.
    pub fn full(&self, tag: &Tag) -> String {
        match self {
            Self::Repository(_) => self.familiar(tag),
            Self::Image(_) => format!("docker.io/library/{}", self.familiar(tag)),
        }
    }
}
