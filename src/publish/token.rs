//! Tokens: what to ask a token server, what it answers, and for how long that is good.

use std::time::Duration;

use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::{BearerChallenge, Credential};
use crate::model::Secret;

/// The name by which token servers know this program.
const CLIENT_ID: &str = "coracle";

/// One way to ask for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// GET, with what the `Authorization` header says.
    Get {
        /// The URL with its query.
        url: Url,
        /// The header's value.
        authorization: Option<Secret>,
    },
    /// POST of an OAuth 2 form.
    Post {
        /// The URL.
        url: Url,
        /// The form.
        form: Secret,
    },
}

/// What a token server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What to show to the registry.
    pub secret: Secret,
    /// For how long it opens anything, from when it was received.
    lifetime: Duration,
}

impl Token {
    /// How long a token is good of which nobody says how long, distribution's token specification,
    /// "Token Response Fields".
    const LIFETIME: Duration = Duration::from_mins(1);

    /// The most that is given away at the end, for a request to be on its way.
    const MARGIN: Duration = Duration::from_secs(10);

    /// Tells whether a token that was received so long ago is about to end, or has.
    pub fn is_worn_after(&self, age: Duration) -> bool {
        age + Self::MARGIN.min(self.lifetime / 10) >= self.lifetime
    }
}

/// An answer of a token server is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it answered no token")]
pub struct TokenError;

impl TokenRequest {
    /// Returns the ways to ask `realm` for a token, in order: the next one is for a server that
    /// does not know the one before ([`TokenRequest::is_unknown`]).
    pub fn ways(
        realm: &Url,
        challenge: &BearerChallenge,
        scopes: &[String],
        credential: Option<&Credential>,
    ) -> Vec<Self> {
        let get = Self::Get {
            url: with_query(realm, challenge, scopes),
            authorization: credential.and_then(Credential::to_basic),
        };
        match credential {
            Some(Credential::Identity { token, .. }) => {
                let url = realm.clone();
                vec![
                    Self::Post {
                        url,
                        form: form(challenge, scopes, token),
                    },
                    get,
                ]
            }
            _ => vec![get],
        }
    }

    /// Tells whether `status` says that a server does not know this way.
    pub fn is_unknown(status: u16) -> bool {
        matches!(status, 404 | 405)
    }
}

/// Reads the token from the body of a token server's answer. When it was issued is not looked at:
/// the clock by which that is told need not be ours.
///
/// # Errors
/// When there is none.
pub fn read_token(body: &[u8]) -> Result<Token, TokenError> {
    #[derive(Deserialize)]
    struct Answer {
        token: Option<String>,
        access_token: Option<String>,
        // Whatever else it may be is no reason to do without the token.
        #[serde(default)]
        expires_in: serde_json::Value,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|_| TokenError)?;
    let seconds = answer.expires_in.as_u64().filter(|seconds| *seconds > 0);
    let lifetime = seconds.map_or(Token::LIFETIME, Duration::from_secs);
    [answer.token, answer.access_token]
        .into_iter()
        .flatten()
        .find(|token| is_fit_for_a_header(token))
        .map(|token| Token {
            secret: Secret::new(token),
            lifetime,
        })
        .ok_or(TokenError)
}

/// Whatever else a token server says must not reach a header of ours.
fn is_fit_for_a_header(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn with_query(realm: &Url, challenge: &BearerChallenge, scopes: &[String]) -> Url {
    let mut url = realm.clone();
    let mut query = url.query_pairs_mut();
    query.extend_pairs(challenge.service.iter().map(|service| ("service", service)));
    query.extend_pairs(scopes.iter().map(|scope| ("scope", scope)));
    drop(query);
    // No pair at all leaves a bare question mark behind.
    if url.query() == Some("") {
        url.set_query(None);
    }
    url
}

fn form(challenge: &BearerChallenge, scopes: &[String], refresh_token: &Secret) -> Secret {
    let form = Serializer::new(String::new())
        .append_pair("grant_type", "refresh_token")
        .append_pair("service", challenge.service.as_deref().unwrap_or_default())
        .append_pair("client_id", CLIENT_ID)
        .append_pair("scope", &scopes.join(" "))
        .append_pair("refresh_token", refresh_token.expose())
        .finish();
    Secret::new(form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(credential: Option<&Credential>) -> Vec<String> {
        let challenge = BearerChallenge {
            realm: String::new(),
            service: Some("r.example".to_owned()),
            scopes: Vec::new(),
        };
        let scopes = [
            "repository:a:pull,push".to_owned(),
            "repository:b:pull".to_owned(),
        ];
        let realm = Url::parse("https://auth.example/token?account=x").unwrap();
        TokenRequest::ways(&realm, &challenge, &scopes, credential)
            .iter()
            .map(|way| match way {
                TokenRequest::Get { url, authorization } => {
                    let authorization = authorization.as_ref().map_or("none", Secret::expose);
                    format!("GET {url} {authorization}")
                }
                TokenRequest::Post { url, form } => format!("POST {url} {}", form.expose()),
            })
            .collect()
    }

    const GET: &str = "GET https://auth.example/token?account=x&service=r.example\
        &scope=repository%3Aa%3Apull%2Cpush&scope=repository%3Ab%3Apull";

    #[test]
    fn a_password_is_shown_to_the_token_server_alone() {
        assert_eq!(ways(None), [format!("{GET} none")]);
        let credential = Credential::Password {
            user: "me".to_owned(),
            password: Secret::new("pw".to_owned()),
        };
        assert_eq!(ways(Some(&credential)), [format!("{GET} Basic bWU6cHc=")]);
    }

    #[test]
    fn an_identity_token_is_posted_first() {
        let credential = Credential::Identity {
            user: None,
            token: Secret::new("id/1".to_owned()),
        };
        let post = "POST https://auth.example/token?account=x grant_type=refresh_token\
            &service=r.example&client_id=coracle\
            &scope=repository%3Aa%3Apull%2Cpush+repository%3Ab%3Apull&refresh_token=id%2F1";
        assert_eq!(
            ways(Some(&credential)),
            [post.to_owned(), format!("{GET} Basic PHRva2VuPjppZC8x")]
        );
    }

    #[test]
    fn both_names_of_a_token_are_read() {
        for (body, token) in [
            (r#"{"token":"a","expires_in":60}"#, Ok("a")),
            (r#"{"access_token":"b"}"#, Ok("b")),
            (r#"{"token":"","access_token":"b"}"#, Ok("b")),
            (r#"{"token":null}"#, Err(TokenError)),
            (r#"{"token":"a\nb"}"#, Err(TokenError)),
            ("{}", Err(TokenError)),
            ("<html>", Err(TokenError)),
        ] {
            let read = read_token(body.as_bytes());
            assert_eq!(
                read.as_ref().map(|token| token.secret.expose()),
                token.as_ref().copied(),
                "{body}"
            );
        }
    }

    #[test]
    fn a_token_is_renewed_a_little_before_its_end() {
        for (expires_in, good_seconds) in [
            ("300", 290),
            ("86400", 86390),
            ("60", 54),
            ("20", 18),
            // Nobody says, or says nothing that makes sense.
            ("null", 54),
            ("0", 54),
            ("-1", 54),
            ("\"300\"", 54),
        ] {
            let long_ago = "1970-01-01T00:00:00Z";
            let body =
                format!(r#"{{"token":"a","expires_in":{expires_in},"issued_at":"{long_ago}"}}"#);
            let token = read_token(body.as_bytes()).unwrap();
            let is_worn_after = |seconds| token.is_worn_after(Duration::from_secs(seconds));
            assert!(!is_worn_after(good_seconds - 1), "{expires_in}");
            assert!(is_worn_after(good_seconds), "{expires_in}");
        }
    }
}
