//! Who a CI says that we are: an OpenID Connect token, which is a JWT (RFC 7519).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::model::{ForeignText, Secret, Timestamp};

/// The longest token.
const MOST_BYTES: usize = 64 << 10;

/// A token. Who checks it is the certificate authority; here it is only read. It prints no part of
/// itself but its claims.
#[derive(Debug, Clone)]
pub struct IdentityToken {
    text: Secret,
    claims: Claims,
}

#[derive(Debug, Clone, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    exp: i64,
    #[serde(default)]
    email: Option<String>,
    /// The workflow that runs, of GitHub's, which its caller may have named by a branch or tag.
    #[serde(default)]
    job_workflow_ref: Option<String>,
    /// The file that describes the job, of GitLab's.
    #[serde(default)]
    ci_config_ref_uri: Option<String>,
}

/// Why a text is no token that can be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityTokenError {
    /// It is something else.
    #[error("it is no identity token")]
    Form,
    /// It is too late for it.
    #[error("the identity token ran out at {until}, and it is {now}")]
    Expired {
        /// Until when it could be used.
        until: Timestamp,
        /// The time.
        now: Timestamp,
    },
}

impl IdentityToken {
    /// Reads a token, at the time `now`.
    ///
    /// # Errors
    /// When it is none, or ran out. The error holds nothing of it.
    pub fn parse(text: &Secret, now: Timestamp) -> Result<Self, IdentityTokenError> {
        let token = text.expose().trim();
        let parts: Vec<&str> = token.split('.').collect();
        let [_, claims, _] = parts.as_slice() else {
            return Err(IdentityTokenError::Form);
        };
        if token.len() > MOST_BYTES {
            return Err(IdentityTokenError::Form);
        }
        let claims: Claims = URL_SAFE_NO_PAD
            .decode(claims)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or(IdentityTokenError::Form)?;
        let until = Timestamp::from_seconds(claims.exp);
        if until <= now {
            return Err(IdentityTokenError::Expired { until, now });
        }
        Ok(Self {
            text: Secret::new(token.to_owned()),
            claims,
        })
    }

    /// Returns the token itself.
    pub fn secret(&self) -> &Secret {
        &self.text
    }

    /// Returns what the authority wants to see signed, as a proof that the key is ours.
    pub fn challenge(&self) -> &str {
        self.claims.email.as_ref().unwrap_or(&self.claims.sub)
    }

    /// Returns whom it speaks of, and who vouches for it: another text wherever the authority would write
    /// another identity into a certificate (Fulcio's `oidc.md`).
    pub fn describe(&self) -> ForeignText {
        let Claims {
            iss,
            job_workflow_ref,
            ci_config_ref_uri,
            ..
        } = &self.claims;
        let file = job_workflow_ref.as_ref().or(ci_config_ref_uri.as_ref());
        let who = file.map_or_else(|| self.challenge(), String::as_str);
        ForeignText::new(&format!("{who} of {iss}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        Secret::new(format!("e30.{}.c2ln\n", URL_SAFE_NO_PAD.encode(claims)))
    }

    #[test]
    fn a_token_says_whom_it_speaks_of() {
        let now = Timestamp::from_seconds(10);
        let plain = token(r#"{"iss":"https://ci","sub":"job","exp":11,"aud":"sigstore"}"#);
        let read = IdentityToken::parse(&plain, now).unwrap();
        assert_eq!(read.describe().to_string(), "job of https://ci");
        assert_eq!(read.secret().expose(), plain.expose().trim());
        let reused = token(r#"{"iss":"i","sub":"job","exp":11,"job_workflow_ref":"o/r/w.yml@v1"}"#);
        let read = IdentityToken::parse(&reused, now).unwrap();
        assert_eq!(read.describe().to_string(), "o/r/w.yml@v1 of i");
        assert_eq!(read.challenge(), "job");
        let person = token(r#"{"iss":"https://ci","sub":"1","exp":11,"email":"a@b.example"}"#);
        let read = IdentityToken::parse(&person, now).unwrap();
        assert_eq!(read.challenge(), "a@b.example");
    }

    #[test]
    fn what_is_no_token_or_ran_out_is_refused() {
        let now = Timestamp::from_seconds(10);
        for (text, why) in [
            (Secret::new("hunter2".to_owned()), "no identity token"),
            (Secret::new("a.b.c".to_owned()), "no identity token"),
            (token("{}"), "no identity token"),
            (
                token(r#"{"iss":"i","sub":"s","exp":10}"#),
                "ran out at 1970-01-01T00:00:10Z",
            ),
        ] {
            let error = IdentityToken::parse(&text, now).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains("hunter2"));
        }
    }
}
