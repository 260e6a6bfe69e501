//! What a `docker-credential-NAME` program answers.

use serde::Deserialize;

use super::Credential;
use crate::model::Secret;

/// A helper's answer is not the JSON of one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it answered something else than a login")]
pub struct CredentialHelperError;

/// Reads the answer of a helper that succeeded; `None` when it has no login.
///
/// # Errors
/// When it is something else. It is not told what: it may be secret.
pub fn read_helper_answer(stdout: &[u8]) -> Result<Option<Credential>, CredentialHelperError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        username: String,
        secret: String,
    }
    let answer: Answer = serde_json::from_slice(stdout).map_err(|_| CredentialHelperError)?;
    let secret = Secret::new(answer.secret);
    Ok(match answer.username.as_str() {
        _ if secret.expose().is_empty() => None,
        "<token>" => Some(Credential::Identity {
            user: None,
            token: secret,
        }),
        _ => Some(Credential::Password {
            user: answer.username,
            password: secret,
        }),
    })
}

/// Tells whether what a helper that failed wrote means only that it has no login.
pub fn helper_has_no_login(stdout: &[u8]) -> bool {
    // The texts of docker-credential-helpers; they come on stdout.
    let text = String::from_utf8_lossy(stdout);
    text.contains("credentials not found") || text.contains("no credentials server URL")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_helper_tells_a_password_a_token_or_nothing() {
        let secret = |text: &str| Secret::new(text.to_owned());
        for (answer, read) in [
            (
                r#"{"ServerURL":"r","Username":"me","Secret":"pw"}"#,
                Ok(Some(Credential::Password {
                    user: "me".to_owned(),
                    password: secret("pw"),
                })),
            ),
            (
                r#"{"Username":"<token>","Secret":"t"}"#,
                Ok(Some(Credential::Identity {
                    user: None,
                    token: secret("t"),
                })),
            ),
            (r#"{"Username":"","Secret":""}"#, Ok(None)),
            ("no", Err(CredentialHelperError)),
        ] {
            assert_eq!(read_helper_answer(answer.as_bytes()), read, "{answer}");
        }
        assert!(helper_has_no_login(
            b"credentials not found in native keychain\n"
        ));
        assert!(!helper_has_no_login(b"exec failed"));
    }
}
