//! What to do about a registry that does not do what it was asked.

use super::credentials::CredentialsError;
use super::registry_error::RegistryError;
use crate::adapters::http::HttpError;
use crate::model::{Phase, Repository};
use crate::publish::{RedirectError, Refusal};

/// Returns what a person can do about `error`, which kept `phase` from working with `repository`;
/// `login` names where the login came from that was used.
pub(super) fn of(
    error: &RegistryError,
    phase: Phase,
    repository: &Repository,
    login: Option<&str>,
) -> Vec<String> {
    match error {
        RegistryError::Refused {
            status, refusal, ..
        } => match status {
            401 => vec![log_in(phase, repository, login, "is not taken")],
            403 => vec![log_in(phase, repository, login, "does not suffice")],
            _ if has(refusal.as_deref(), "NAME_UNKNOWN") && phase != Phase::Base => {
                vec![create(repository)]
            }
            404 if has(refusal.as_deref(), "BLOB_UPLOAD_UNKNOWN") => vec![format!(
                "{} forgets the uploads that it opens: where several servers answer for it, they must share them",
                repository.host()
            )],
            404 if phase == Phase::Base => vec![format!(
                "check the name and the tag; where a login is needed to see it: docker login {}",
                repository.host()
            )],
            404 => vec![create(repository)],
            413 => vec![
                "a registry or a proxy before it limits how large a layer may be; let it take more"
                    .to_owned(),
            ],
            507 => vec![make_room(repository)],
            _ if is_full(refusal.as_deref()) => vec![make_room(repository)],
            429 => vec![format!(
                "{} limits how often it is asked; wait a while{}",
                repository.host(),
                or_log_in(repository, login)
            )],
            _ => vec![],
        },
        RegistryError::NoAnswer { source, .. } => of_silence(source, repository),
        RegistryError::Credentials(error) => of_credentials(error),
        _ => vec![],
    }
}

fn of_silence(error: &HttpError, repository: &Repository) -> Vec<String> {
    let host = repository.host();
    let set = |key: &str| format!("in coracle.toml, [registries.\"{host}\"] {key}");
    match error {
        HttpError::Connect { .. } | HttpError::Address { .. } | HttpError::Stalled { .. } => {
            vec![format!(
                "see whether {host} is up and its name is right; HTTPS_PROXY names a proxy"
            )]
        }
        HttpError::Tls { .. } => vec![format!(
            "trust its authority by SSL_CERT_FILE=FILE, or {}",
            set("ca = \"FILE\"")
        )],
        HttpError::NotTls { .. } => {
            vec![format!(
                "to speak http, without encryption: {}",
                set("insecure = true")
            )]
        }
        HttpError::Forbidden(_) => vec![format!(
            "if you trust {host} to send you there: {}",
            set("trust = \"private\" or \"link-local\"")
        )],
        HttpError::Redirect(RedirectError::Insecure { .. }) => vec![format!(
            "a proxy before {host} hides that it is called by https; let it set X-Forwarded-Proto"
        )],
        HttpError::Offline { .. } => vec!["run it without --offline".to_owned()],
        _ => vec![],
    }
}

fn of_credentials(error: &CredentialsError) -> Vec<String> {
    match error {
        CredentialsError::Read { file, .. } | CredentialsError::Parse { file, .. } => {
            vec![format!("repair {}, or take it away", file.display())]
        }
        CredentialsError::Helper { file, source, .. } => vec![format!(
            "make docker-credential-{} work, or take its name out of {}",
            source.name(),
            file.display()
        )],
        CredentialsError::Half(set, missing) => {
            vec![format!(
                "set {missing} too, or take {set} back: unset {set}"
            )]
        }
    }
}

fn log_in(phase: Phase, repository: &Repository, login: Option<&str>, verdict: &str) -> String {
    let verb = if phase == Phase::Base {
        "pull from"
    } else {
        "push to"
    };
    match login {
        Some(origin) => {
            format!("the login of {origin} {verdict}; use one that may {verb} {repository}")
        }
        None => format!(
            "log in as somebody who may {verb} {repository}: docker login {}, or set CORACLE_USER and CORACLE_PASSWORD",
            repository.host()
        ),
    }
}

fn or_log_in(repository: &Repository, login: Option<&str>) -> String {
    match login {
        Some(_) => String::new(),
        None => format!(", or log in: docker login {}", repository.host()),
    }
}

fn create(repository: &Repository) -> String {
    format!(
        "create {} at {} first, if that registry makes no repository by itself",
        repository.path(),
        repository.host()
    )
}

fn make_room(repository: &Repository) -> String {
    format!(
        "{} has no room left: delete old images there, or ask who runs it",
        repository.host()
    )
}

/// Registries on a disk tell what the system told them.
fn is_full(refusal: Option<&Refusal>) -> bool {
    refusal.is_some_and(|refusal| refusal.mentions("no space left"))
}

fn has(refusal: Option<&Refusal>, code: &str) -> bool {
    refusal.is_some_and(|refusal| refusal.has(code))
}
