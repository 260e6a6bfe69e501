//! Where logins are kept: the environment, docker's and podman's files, helpers.
#![expect(
    clippy::disallowed_methods,
    reason = "docker's and podman's files of logins are read where they are"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::helper::{self, HelperError};
use crate::adapters::process::ProcessError;
use crate::model::{
    Cancellation, Environment, ExitCode, RegistryHost, Repository, Secret, is_absent,
};
use crate::publish::{Credential, CredentialFile, CredentialFileError, Lookup};

/// A login, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) credential: Credential,
    pub(super) origin: String,
}

/// Why a login cannot be looked up. It never tells what a file says.
#[derive(Debug, thiserror::Error)]
pub(super) enum CredentialsError {
    #[error("cannot read the logins in {}", file.display())]
    Read {
        file: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("cannot use the logins in {}", file.display())]
    Parse {
        file: PathBuf,
        #[source]
        source: CredentialFileError,
    },
    #[error("cannot get the login for {host} that {} names", file.display())]
    Helper {
        host: RegistryHost,
        file: PathBuf,
        #[source]
        source: Arc<HelperError>,
    },
    #[error("{0} is set and {1} is not: a login needs both")]
    Half(&'static str, &'static str),
}

impl CredentialsError {
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Helper { source, .. } => match &**source {
                HelperError::Process {
                    source: ProcessError::Stopped(reason),
                    ..
                } => reason.exit_code(),
                _ => ExitCode::Denied,
            },
            Self::Read { .. } | Self::Parse { .. } | Self::Half(..) => ExitCode::Usage,
        }
    }
}

/// What helpers told, also that they failed, by helper and server.
type Helped = BTreeMap<(String, String), Result<Option<Credential>, Arc<HelperError>>>;

/// All the places of logins, each looked into when a registry asks for one, and then once.
pub(super) struct Credentials {
    environment: Environment,
    login_hosts: BTreeSet<RegistryHost>,
    cancellation: Cancellation,
    known: Mutex<BTreeMap<Repository, Option<Login>>>,
    helped: Mutex<Helped>,
}

impl Credentials {
    pub(super) fn new(
        environment: Environment,
        login_hosts: BTreeSet<RegistryHost>,
        cancellation: Cancellation,
    ) -> Self {
        Self {
            environment,
            login_hosts,
            cancellation,
            known: Mutex::default(),
            helped: Mutex::default(),
        }
    }

    /// Returns the login for `repository`, where there is one.
    pub(super) fn find(&self, repository: &Repository) -> Result<Option<Login>, CredentialsError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(login) = known.get(repository) {
            return Ok(login.clone());
        }
        let login = match self.of_environment(repository.host())? {
            Some(login) => Some(login),
            None => self.of_files(repository)?,
        };
        known.insert(repository.clone(), login.clone());
        Ok(login)
    }

    /// Returns where the login for `repository` came from, if one was asked for and found.
    pub(super) fn origin(&self, repository: &Repository) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(repository)?
            .as_ref()
            .map(|login| login.origin.clone())
    }

    fn of_environment(&self, host: &RegistryHost) -> Result<Option<Login>, CredentialsError> {
        const NAMES: [&str; 2] = ["CORACLE_USER", "CORACLE_PASSWORD"];
        if !self.login_hosts.contains(host) {
            return Ok(None);
        }
        match NAMES.map(|name| self.environment.get_str(name)) {
            [Some(user), Some(password)] => Ok(Some(Login {
                credential: Credential::Password {
                    user: user.to_owned(),
                    password: Secret::new(password.to_owned()),
                },
                origin: "CORACLE_USER".to_owned(),
            })),
            [Some(_), None] => Err(CredentialsError::Half(NAMES[0], NAMES[1])),
            [None, Some(_)] => Err(CredentialsError::Half(NAMES[1], NAMES[0])),
            [None, None] => Ok(None),
        }
    }

    fn of_files(&self, repository: &Repository) -> Result<Option<Login>, CredentialsError> {
        for path in self.files() {
            let Some(file) = read(&path)? else { continue };
            for lookup in file.lookups(repository) {
                if let Some(credential) = self.look_up(lookup, repository.host(), &path)? {
                    return Ok(Some(Login {
                        credential,
                        origin: path.display().to_string(),
                    }));
                }
            }
        }
        Ok(None)
    }

    fn look_up(
        &self,
        lookup: Lookup,
        host: &RegistryHost,
        file: &Path,
    ) -> Result<Option<Credential>, CredentialsError> {
        match lookup {
            Lookup::Login(credential) => Ok(Some(credential)),
            Lookup::Helper { name, server } => {
                self.helped(name, server)
                    .map_err(|source| CredentialsError::Helper {
                        host: host.clone(),
                        file: file.to_owned(),
                        source,
                    })
            }
        }
    }

    /// Asks a helper once for a server, which many repositories may share: it may ask a person, or wait
    /// for a cloud until its time is over.
    fn helped(&self, name: String, server: String) -> Result<Option<Credential>, Arc<HelperError>> {
        let mut helped = self.helped.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = helped
            .entry((name, server))
            .or_insert_with_key(|(name, server)| {
                helper::ask(&self.environment, name, server, &self.cancellation).map_err(Arc::new)
            });
        answer.clone()
    }

    /// Returns the files in which docker and podman keep logins, the one that is named first.
    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let named = |name: &str| self.environment.get_path(name);
        let home = self.environment.home();
        let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let docker = named("DOCKER_CONFIG").or_else(|| below_home(".docker"));
        let config = named("XDG_CONFIG_HOME").or_else(|| below_home(".config"));
        let podman =
            |folder: Option<PathBuf>| folder.map(|folder| folder.join("containers/auth.json"));
        [
            named("REGISTRY_AUTH_FILE"),
            docker.map(|folder| folder.join("config.json")),
            podman(named("XDG_RUNTIME_DIR")),
            podman(config),
        ]
        .into_iter()
        .flatten()
    }
}

fn read(path: &Path) -> Result<Option<CredentialFile>, CredentialsError> {
    match std::fs::read(path) {
        Ok(bytes) => {
            CredentialFile::parse(&bytes)
                .map(Some)
                .map_err(|source| CredentialsError::Parse {
                    file: path.to_owned(),
                    source,
                })
        }
        Err(error) if is_absent(&error) => Ok(None),
        Err(source) => Err(CredentialsError::Read {
            file: path.to_owned(),
            source,
        }),
    }
}
