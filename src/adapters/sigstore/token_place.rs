//! Where a CI tells who we are.
#![expect(
    clippy::disallowed_methods,
    reason = "a token may be in a file, which its owner renews"
)]

use std::fmt;
use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;

use url::Url;
use zeroize::Zeroizing;

use super::SigstoreError;
use crate::model::{Environment, Secret, limits};

/// The variable in which a token is, where nothing else is said; cosign looks there too.
const VARIABLE: &str = "SIGSTORE_ID_TOKEN";

/// Where a token is.
#[derive(Debug, Clone)]
pub enum TokenPlace {
    /// In a file, read when it is needed.
    File(PathBuf),
    /// In a variable.
    Variable {
        /// Its name.
        name: String,
        /// The token.
        token: Secret,
    },
    /// GitHub makes one when it is asked.
    GitHub(GitHubTokens),
    /// Nowhere.
    Nowhere(MissingToken),
}

/// How GitHub is asked.
#[derive(Debug, Clone)]
pub struct GitHubTokens {
    /// Where.
    pub(super) url: Url,
    /// By whom.
    pub(super) bearer: Secret,
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissingToken {
    /// A job of GitHub's that may not ask for one.
    GitHub,
    /// A job of GitLab's that was given none.
    GitLab,
    /// No CI that is known.
    Elsewhere,
    /// The variable that was named is not set.
    Variable(String),
}

impl TokenPlace {
    /// Names the variable `name`.
    pub fn variable(name: &str, environment: &Environment) -> Self {
        match environment.get_str(name) {
            Some(token) => Self::Variable {
                name: name.to_owned(),
                token: Secret::new(token.to_owned()),
            },
            None => Self::Nowhere(MissingToken::Variable(name.to_owned())),
        }
    }

    /// Looks where CIs have tokens.
    pub fn of_ci(environment: &Environment) -> Self {
        if environment.get_str(VARIABLE).is_some() {
            return Self::variable(VARIABLE, environment);
        }
        let url = environment.get_str("ACTIONS_ID_TOKEN_REQUEST_URL");
        let url = url.and_then(|url| Url::parse(url).ok());
        let bearer = environment.get_str("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
        match (url, bearer) {
            (Some(url), Some(bearer)) => Self::GitHub(GitHubTokens {
                url,
                bearer: Secret::new(bearer.to_owned()),
            }),
            _ if environment.get("GITHUB_ACTIONS").is_some() => Self::Nowhere(MissingToken::GitHub),
            _ if environment.get("GITLAB_CI").is_some() => Self::Nowhere(MissingToken::GitLab),
            _ => Self::Nowhere(MissingToken::Elsewhere),
        }
    }

    /// Reads the token of a file.
    pub(super) fn read_file(path: &PathBuf) -> Result<Secret, SigstoreError> {
        let mut text = Zeroizing::new(String::new());
        File::open(path)
            .and_then(|file| {
                file.take(limits::SMALL_ANSWER_BYTES)
                    .read_to_string(&mut text)
            })
            .map_err(|error| SigstoreError::Read(path.clone(), error))?;
        Ok(Secret::new(text.to_string()))
    }
}

impl fmt::Display for TokenPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Variable { name, .. } => write!(f, "${name}"),
            Self::GitHub(_) => f.write_str("GitHub"),
            Self::Nowhere(_) => f.write_str("nowhere"),
        }
    }
}
