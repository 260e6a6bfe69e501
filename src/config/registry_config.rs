//! What is particular about a registry.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::TrustedSigner;
use super::text_value::written_as_text;
use crate::model::{RegistryHost, Repository, RepositoryError};

/// How one registry is reached. Its host, with the port where there is one, is written in quotes.
///
/// ```toml
/// [registries."registry.example.com:5000"]
/// ca     = "certificates/registry.pem"
/// mirror = "mirror.example.com/cache"
///
/// [registries."registry.lab.example"]
/// insecure = true
/// trust    = "private"
///
/// [registries."images.example"]
/// verify = "keys/images.pub"
///
/// [registries."ghcr.io"]
/// verify = { identity = "https://github.com/team/bases/.github/workflows/release.yml@refs/heads/main", issuer = "https://token.actions.githubusercontent.com" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RegistryConfig {
    /// Whether it may be spoken to by http, without encryption, where it has no https. One on this
    /// machine (localhost) always may. The default is `false`.
    #[serde(rename = "insecure")]
    #[schemars(with = "bool")]
    pub transport: Transport,
    /// A file of PEM certificates that are trusted for it beside the system's, from the folder of
    /// coracle.toml. The default is none.
    pub ca: Option<PathBuf>,
    /// A registry that is asked first for its images, as in `"mirror.example.com/cache"`. The
    /// default is none.
    pub mirror: Option<Mirror>,
    /// By whom its images must be signed before anything is built on them or read out of them: a public
    /// key, as a file of PEM from the folder of coracle.toml or as `"env://NAME"`, the same as
    /// `{ key = "…" }`; or who needs no key, as in `[sign.keyless]`, with `identity` or
    /// `identity_regexp`, `issuer` and `trusted_root`. The default is none.
    pub verify: Option<TrustedSigner>,
    /// Which addresses its token servers, uploads and redirects may lead to, though its own is public. The
    /// default is `"public"`.
    pub trust: AddressTrust,
}

/// What a registry may be spoken to by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(from = "bool")]
pub enum Transport {
    /// https alone, unless the registry is this machine.
    #[default]
    Https,
    /// https or http.
    HttpToo,
}

/// Which addresses a registry may send us on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AddressTrust {
    /// Public ones, and private ones where its own is private.
    #[default]
    Public,
    /// Private ones too (10.0.0.0/8, 192.168.0.0/16 and the like).
    Private,
    /// Link-local ones too (169.254.0.0/16, where clouds keep credentials).
    LinkLocal,
}

/// A registry that keeps copies of another one's images, each at the same path below a prefix.
///
/// ```
/// # use coracle::{config::Mirror, model::Repository};
/// let mirror: Mirror = "mirror.example.com/cache".parse().unwrap();
/// let repository: Repository = "registry.example.com/team/base".parse().unwrap();
/// assert_eq!(mirror.repository(&repository).unwrap().to_string(), "mirror.example.com/cache/team/base");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirror {
    host: RegistryHost,
    prefix: Option<String>,
}

impl From<bool> for Transport {
    fn from(insecure: bool) -> Self {
        if insecure { Self::HttpToo } else { Self::Https }
    }
}

impl Mirror {
    /// Returns the registry's host.
    pub fn host(&self) -> &RegistryHost {
        &self.host
    }

    /// Returns where the mirror keeps its copy of `repository`.
    ///
    /// # Errors
    /// When the name becomes too long.
    pub fn repository(&self, repository: &Repository) -> Result<Repository, RepositoryError> {
        let path = match &self.prefix {
            Some(prefix) => format!("{prefix}/{}", repository.path()),
            None => repository.path().to_owned(),
        };
        Repository::new(self.host.clone(), &path)
    }
}

impl fmt::Display for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.host.fmt(f)?;
        self.prefix
            .iter()
            .try_for_each(|prefix| write!(f, "/{prefix}"))
    }
}

impl FromStr for Mirror {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, prefix) = match text.split_once('/') {
            Some((_, path)) => {
                let repository: Repository = text.parse()?;
                (repository.host().clone(), Some(path.to_owned()))
            }
            None => (text.parse()?, None),
        };
        Ok(Self { host, prefix })
    }
}

written_as_text!(Mirror);
