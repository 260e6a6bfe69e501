//! The paths of the distribution specification, v1.1, "Endpoints".

/// What a path asks for; repository names may hold slashes, so they are cut from the right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Ping,
    Token,
    Blob {
        repository: String,
        digest: String,
    },
    Uploads {
        repository: String,
    },
    Upload {
        repository: String,
        id: String,
    },
    Manifest {
        repository: String,
        reference: String,
    },
    Tags {
        repository: String,
    },
    Referrers {
        repository: String,
        digest: String,
    },
}

impl Route {
    /// Returns the route of a path, where the specification has one.
    pub(super) fn parse(path: &str) -> Option<Self> {
        match path {
            "/v2/" | "/v2" => return Some(Self::Ping),
            "/token" => return Some(Self::Token),
            _ => {}
        }
        let path = path.strip_prefix("/v2/")?;
        if let Some(repository) = path.strip_suffix("/tags/list") {
            return Some(Self::Tags {
                repository: name(repository)?,
            });
        }
        if let Some((repository, id)) = path.rsplit_once("/blobs/uploads/") {
            let repository = name(repository)?;
            return Some(match id {
                "" => Self::Uploads { repository },
                id => Self::Upload {
                    repository,
                    id: id.to_owned(),
                },
            });
        }
        let (rest, last) = path.rsplit_once('/')?;
        let (repository, kind) = rest.rsplit_once('/')?;
        let (repository, last) = (name(repository)?, last.to_owned());
        match kind {
            "blobs" => Some(Self::Blob {
                repository,
                digest: last,
            }),
            "manifests" => Some(Self::Manifest {
                repository,
                reference: last,
            }),
            "referrers" => Some(Self::Referrers {
                repository,
                digest: last,
            }),
            _ => None,
        }
    }

    /// Returns the repository that is asked about, where there is one.
    pub(super) fn repository(&self) -> Option<&str> {
        match self {
            Self::Ping | Self::Token => None,
            Self::Blob { repository, .. }
            | Self::Uploads { repository }
            | Self::Upload { repository, .. }
            | Self::Manifest { repository, .. }
            | Self::Tags { repository }
            | Self::Referrers { repository, .. } => Some(repository),
        }
    }
}

/// Returns the repository's name, if it keeps to the grammar.
fn name(text: &str) -> Option<String> {
    let grammar = r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$";
    let grammar = regex::Regex::new(grammar).expect("the grammar of names");
    grammar.is_match(text).then(|| text.to_owned())
}

#[test]
fn a_repository_name_may_hold_slashes_and_the_words_of_other_routes() {
    let route = Route::parse("/v2/team/blobs/api/manifests/v1");
    assert_eq!(
        route,
        Some(Route::Manifest {
            repository: "team/blobs/api".into(),
            reference: "v1".into()
        })
    );
    let route = Route::parse("/v2/a/blobs/uploads/");
    assert_eq!(
        route,
        Some(Route::Uploads {
            repository: "a".into()
        })
    );
    assert_eq!(Route::parse("/v2/Upper/tags/list"), None);
}
