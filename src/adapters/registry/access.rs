//! One repository, and what is done with it.

use std::sync::Arc;

use url::Url;

use super::endpoint::Endpoint;
use crate::model::{Digest, Reference, Repository};
use crate::publish::{Scope, is_docker_hub};

/// A repository of a registry, and what a token for it must allow.
#[derive(Debug, Clone)]
pub(super) struct Access {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) repository: Repository,
    pub(super) scopes: Vec<Scope>,
}

impl Access {
    pub(super) fn pull(endpoint: Arc<Endpoint>, repository: &Repository) -> Self {
        let repository = official(repository);
        Self {
            endpoint,
            scopes: vec![Scope::pull(&repository)],
            repository,
        }
    }

    pub(super) fn push(endpoint: Arc<Endpoint>, repository: &Repository) -> Self {
        let repository = official(repository);
        Self {
            endpoint,
            scopes: vec![Scope::push(&repository)],
            repository,
        }
    }

    /// Adds reading `other`, for a mount from it.
    pub(super) fn also_pull(&self, other: &Repository) -> Self {
        let mut access = self.clone();
        access.scopes.push(Scope::pull(&official(other)));
        access
    }

    pub(super) fn blob(&self, digest: Digest) -> Url {
        self.url(&format!("blobs/{digest}"))
    }

    pub(super) fn manifest(&self, name: &dyn std::fmt::Display) -> Url {
        self.url(&format!("manifests/{name}"))
    }

    pub(super) fn referrers(&self, subject: Digest) -> Url {
        self.url(&format!("referrers/{subject}"))
    }

    /// Returns where at most `most` tags after `last` are listed, in the order of letters.
    pub(super) fn tags(&self, most: usize, last: &str) -> Url {
        let mut url = self.url("tags/list");
        url.query_pairs_mut()
            .append_pair("n", &most.to_string())
            .append_pair("last", last);
        url
    }

    pub(super) fn uploads(&self) -> Url {
        self.url("blobs/uploads/")
    }

    pub(super) fn mount(&self, digest: Digest, from: &Repository) -> Url {
        let mut url = self.uploads();
        url.query_pairs_mut()
            .append_pair("mount", &digest.to_string())
            .append_pair("from", official(from).path());
        url
    }

    /// Returns the reference by which people know `digest` here.
    pub(super) fn reference(&self, digest: Digest) -> Reference {
        Reference::by_digest(self.repository.clone(), digest)
    }

    /// Grammar keeps repositories and tags from meaning anything else in a path.
    fn url(&self, rest: &str) -> Url {
        let mut url = self.endpoint.base.clone();
        url.set_path(&format!("/v2/{}/{rest}", self.repository.path()));
        url
    }
}

/// Images of Docker Hub that belong to nobody are kept under `library/`.
pub(super) fn official(repository: &Repository) -> Repository {
    if is_docker_hub(repository.host().as_str()) && !repository.path().contains('/') {
        let path = format!("library/{}", repository.path());
        return Repository::new(repository.host().clone(), &path)
            .unwrap_or_else(|_| repository.clone());
    }
    repository.clone()
}
