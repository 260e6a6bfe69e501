//! Docker's `config.json` and podman's `auth.json`, as text.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::Credential;
use crate::model::{RegistryHost, Repository, Secret};

/// The logins that a file holds, or the programs that hold them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CredentialFile {
    logins: BTreeMap<String, Option<Credential>>,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

/// Where the login for a repository is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// The program `docker-credential-NAME` has it, under the name of a server.
    Helper {
        /// The NAME.
        name: String,
        /// The server.
        server: String,
    },
    /// It is here.
    Login(Credential),
}

/// Why a file of logins cannot be read. It never tells what the file says: that is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialFileError {
    /// It is not the JSON that it should be.
    #[error("it is not a file of logins, see line {line}, column {column}")]
    Json {
        /// Where reading stopped.
        line: usize,
        /// Where in that line.
        column: usize,
    },
    /// A login is not what base64 of `USER:PASSWORD` is.
    #[error("the auth of {0:?} is not base64 of USER:PASSWORD")]
    Auth(String),
    /// A helper's name would be a path.
    #[error("the helper of {0:?} is not the name of a program")]
    Helper(String),
}

impl CredentialFile {
    /// Reads the bytes of such a file.
    ///
    /// # Errors
    /// When they are something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, CredentialFileError> {
        let raw: RawFile =
            serde_json::from_slice(bytes).map_err(|error| CredentialFileError::Json {
                line: error.line(),
                column: error.column(),
            })?;
        let mut file = Self::default();
        for (key, login) in raw.auths.unwrap_or_default() {
            let login = login
                .read()
                .map_err(|NotBase64| CredentialFileError::Auth(key.clone()))?;
            file.logins.insert(normal_key(&key).to_owned(), login);
        }
        for (key, name) in raw.cred_helpers.unwrap_or_default() {
            file.helpers
                .insert(normal_key(&key).to_owned(), helper(name, &key)?);
        }
        let store = raw.creds_store.filter(|name| !name.is_empty());
        file.store = store.map(|name| helper(name, "credsStore")).transpose()?;
        Ok(file)
    }

    /// Returns the places to look for a login of `repository`, the first one first.
    pub fn lookups(&self, repository: &Repository) -> Vec<Lookup> {
        let keys = keys(repository);
        let server = server_name(repository.host());
        let own = keys.iter().find_map(|key| self.helpers.get(key));
        let login = keys
            .iter()
            .find_map(|key| self.logins.get(key).cloned().flatten());
        own.into_iter()
            .chain(&self.store)
            .map(|name| Lookup::Helper {
                name: name.clone(),
                server: server.clone(),
            })
            .chain(login.map(Lookup::Login))
            .collect()
    }
}

#[derive(Deserialize)]
struct RawFile {
    auths: Option<BTreeMap<String, RawLogin>>,
    #[serde(rename = "credHelpers")]
    cred_helpers: Option<BTreeMap<String, String>>,
    #[serde(rename = "credsStore")]
    creds_store: Option<String>,
}

#[derive(Deserialize)]
struct RawLogin {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

struct NotBase64;

impl RawLogin {
    /// Returns the login, if the entry has one.
    fn read(self) -> Result<Option<Credential>, NotBase64> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        if let Some(token) = filled(self.registrytoken) {
            return Ok(Some(Credential::Registry(Secret::new(token))));
        }
        let (user, password) = match filled(self.auth) {
            Some(auth) => {
                let (user, password) = decode(&auth).ok_or(NotBase64)?;
                (Some(user), Some(password))
            }
            None => (self.username, self.password),
        };
        let user = filled(user);
        if let Some(token) = filled(self.identitytoken) {
            return Ok(Some(Credential::Identity {
                user,
                token: Secret::new(token),
            }));
        }
        let pair = user.zip(password);
        Ok(pair.map(|(user, password)| Credential::Password {
            user,
            password: Secret::new(password),
        }))
    }
}

fn decode(auth: &str) -> Option<(String, String)> {
    let pair = String::from_utf8(STANDARD.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = pair.split_once(':')?;
    // Old versions of docker wrote the zero byte that ended the text in memory.
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}

fn helper(name: String, key: &str) -> Result<String, CredentialFileError> {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !name.is_empty() && name.chars().all(word) {
        Ok(name)
    } else {
        Err(CredentialFileError::Helper(key.to_owned()))
    }
}

/// Keys were URLs once, and some still are.
fn normal_key(key: &str) -> &str {
    let key = key
        .trim_start_matches("https://")
        .trim_start_matches("http://");
    let key = key.trim_end_matches('/');
    key.strip_suffix("/v1")
        .or(key.strip_suffix("/v2"))
        .unwrap_or(key)
}

/// Returns the keys that a login of `repository` may have, the most specific first.
fn keys(repository: &Repository) -> Vec<String> {
    let hosts: &[&str] = match repository.host().as_str() {
        host if is_docker_hub(host) => &["index.docker.io", "docker.io", "registry-1.docker.io"],
        host => &[host],
    };
    let path = repository.path();
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut prefixes: Vec<&str> = ends.chain([path.len()]).map(|end| &path[..end]).collect();
    prefixes.reverse();
    let with_path = prefixes
        .iter()
        .flat_map(|prefix| hosts.iter().map(move |host| format!("{host}/{prefix}")));
    with_path
        .chain(hosts.iter().map(|&host| host.to_owned()))
        .collect()
}

fn server_name(host: &RegistryHost) -> String {
    match host.as_str() {
        host if is_docker_hub(host) => "https://index.docker.io/v1/".to_owned(),
        host => host.to_owned(),
    }
}

/// Tells whether `host` is one of the names of Docker Hub.
pub fn is_docker_hub(host: &str) -> bool {
    matches!(
        host,
        "docker.io" | "index.docker.io" | "registry-1.docker.io"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookups(file: &str, repository: &str) -> Vec<String> {
        let file = CredentialFile::parse(file.as_bytes()).unwrap();
        let shown = |lookup: &Lookup| match lookup {
            Lookup::Helper { name, server } => format!("{name} {server}"),
            Lookup::Login(Credential::Password { user, password }) => {
                format!("{user}:{}", password.expose())
            }
            Lookup::Login(Credential::Identity { user, token }) => {
                format!("{user:?} identity {}", token.expose())
            }
            Lookup::Login(Credential::Registry(token)) => format!("registry {}", token.expose()),
        };
        file.lookups(&repository.parse().unwrap())
            .iter()
            .map(shown)
            .collect()
    }

    #[test]
    fn every_form_of_a_login_is_read() {
        for (login, read) in [
            (r#"{"auth":"bWU6cHc="}"#, vec!["me:pw"]),
            (r#"{"auth":"bWU6cHc6eAA="}"#, vec!["me:pw:x"]),
            (r#"{"username":"me","password":"pw"}"#, vec!["me:pw"]),
            (
                r#"{"auth":"bWU6","identitytoken":"t"}"#,
                vec![r#"Some("me") identity t"#],
            ),
            (
                r#"{"identitytoken":"t","auth":null}"#,
                vec!["None identity t"],
            ),
            (r#"{"registrytoken":"t"}"#, vec!["registry t"]),
            ("{}", vec![]),
        ] {
            let file = format!(r#"{{"auths":{{"r.example":{login}}},"HttpHeaders":{{}}}}"#);
            assert_eq!(lookups(&file, "r.example/a"), read, "{login}");
        }
    }

    #[test]
    fn the_most_specific_key_wins_and_old_urls_are_keys() {
        let file = r#"{"auths":{
            "r.example":{"username":"host","password":"x"},
            "r.example/team":{"username":"team","password":"x"},
            "r.example/team/app":{"username":"app","password":"x"},
            "https://s.example/v2/":{"username":"url","password":"x"},
            "https://index.docker.io/v1/":{"username":"hub","password":"x"}
        }}"#;
        for (repository, login) in [
            ("r.example/team/app", vec!["app:x"]),
            ("r.example/team/other", vec!["team:x"]),
            ("r.example/teams", vec!["host:x"]),
            ("r.example:5000/team", vec![]),
            ("s.example/a", vec!["url:x"]),
            ("docker.io/library/a", vec!["hub:x"]),
        ] {
            assert_eq!(lookups(file, repository), login, "{repository}");
        }
    }

    #[test]
    fn helpers_are_asked_before_the_file() {
        let file = r#"{"auths":{"r.example":{"auth":"bWU6cHc="}},
            "credsStore":"desktop","credHelpers":{"r.example":"cloud"}}"#;
        assert_eq!(
            lookups(file, "r.example/a"),
            ["cloud r.example", "desktop r.example", "me:pw"]
        );
        assert_eq!(
            lookups(file, "docker.io/a"),
            ["desktop https://index.docker.io/v1/"]
        );
    }

    #[test]
    fn what_is_wrong_is_told_without_what_it_says() {
        for file in [
            "secret",
            r#"{"auths":"secret"}"#,
            r#"{"auths":{"h":{"auth":"secret!"}}}"#,
            r#"{"auths":{"h":{"auth":["secret"]}}}"#,
            r#"{"credsStore":"../secret"}"#,
        ] {
            let error = CredentialFile::parse(file.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
