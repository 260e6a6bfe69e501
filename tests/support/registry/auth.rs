//! The ways a registry can ask who is there, and its token server.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::signed_token;
use crate::support::http::Refusal;

/// What the registry calls itself towards its token server.
pub(crate) const SERVICE: &str = "registry.tests";

/// Who may do what.
#[derive(Clone, Debug, Default)]
pub(crate) enum Auth {
    /// Everybody may do everything.
    #[default]
    Anonymous,
    /// Every request needs this login.
    Basic(Login),
    /// Every request needs a token from the token server.
    Bearer(TokenServer),
}

/// A user and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    user: String,
    password: String,
}

impl Login {
    /// Returns a login.
    pub(crate) fn new(user: &str, password: &str) -> Self {
        Self {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    /// Returns `base64(user:password)`, as the `auth` key of a docker configuration has it.
    pub(crate) fn encoded(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.user, self.password))
    }

    fn is_in(&self, headers: &HeaderMap) -> bool {
        credential(headers, "Basic") == Some(&self.encoded())
    }
}

/// The rules of the token server at `/token`.
#[derive(Clone, Debug)]
pub(crate) struct TokenServer {
    login: Option<Login>,
    identity_token: Option<String>,
    anonymous_pull: bool,
    several: Several,
    signed_tokens: bool,
    ends_after: Option<usize>,
    realm: Option<String>,
    issued_at: Option<String>,
    expires_in: u64,
}

impl TokenServer {
    /// Returns a server that gives everybody tokens for everything.
    pub(crate) fn open() -> Self {
        Self {
            login: None,
            identity_token: None,
            anonymous_pull: true,
            several: Several::Granted,
            signed_tokens: false,
            ends_after: None,
            realm: None,
            issued_at: None,
            expires_in: 300,
        }
    }

    /// Returns a server that gives tokens to this login only.
    pub(crate) fn with_login(login: Login) -> Self {
        Self {
            login: Some(login),
            anonymous_pull: false,
            ..Self::open()
        }
    }

    /// Returns a server that gives tokens for this identity (refresh) token only.
    pub(crate) fn with_identity_token(identity_token: &str) -> Self {
        Self {
            identity_token: Some(identity_token.to_owned()),
            anonymous_pull: false,
            ..Self::open()
        }
    }

    /// Lets everybody pull.
    pub(crate) fn anonymous_pull(self) -> Self {
        Self {
            anonymous_pull: true,
            ..self
        }
    }

    /// Honours the first scope of a request only, as some real servers do.
    pub(crate) fn first_scope_only(self) -> Self {
        Self {
            several: Several::FirstOnly,
            ..self
        }
    }

    /// Denies all where several repositories are asked for, as who may not read one of them is.
    pub(crate) fn denies_several(self) -> Self {
        Self {
            several: Several::Denied,
            ..self
        }
    }

    /// Hands out tokens that another registry can check.
    pub(crate) fn signed_tokens(self) -> Self {
        Self {
            signed_tokens: true,
            ..self
        }
    }

    /// Lets all tokens end, once, when this many requests were made with them.
    pub(crate) fn ending_after(self, requests: usize) -> Self {
        Self {
            ends_after: Some(requests),
            ..self
        }
    }

    /// Says that its tokens last for so many seconds.
    pub(crate) fn expires_in(self, seconds: u64) -> Self {
        Self {
            expires_in: seconds,
            ..self
        }
    }

    /// Says that all tokens were issued then.
    pub(crate) fn issued_at(self, issued_at: &str) -> Self {
        Self {
            issued_at: Some(issued_at.to_owned()),
            ..self
        }
    }

    /// Names another realm than its own.
    pub(crate) fn realm(self, realm: &str) -> Self {
        Self {
            realm: Some(realm.to_owned()),
            ..self
        }
    }

    /// Returns what this asker may do, if anything.
    fn grants(&self, headers: &HeaderMap, form: &Form) -> Option<Granted> {
        if self.several == Several::Denied && form.asked_scopes().count() > 1 {
            return None;
        }
        let by_login = match &self.login {
            None => self.identity_token.is_none(),
            Some(login) => login.is_in(headers) || form.is_password_of(login),
        };
        let by_identity = self.identity_token.is_some()
            && form.value("grant_type") == Some("refresh_token")
            && form.value("refresh_token") == self.identity_token.as_deref();
        if by_login || by_identity {
            return Some(Granted::All);
        }
        // A wrong credential is not an anonymous asker.
        let anonymous = headers.get(AUTHORIZATION).is_none() && form.value("grant_type").is_none();
        (self.anonymous_pull && anonymous).then_some(Granted::Pull)
    }
}

/// What becomes of a request for several scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Several {
    Granted,
    FirstOnly,
    Denied,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Granted {
    All,
    Pull,
}

/// What a token opens: pairs of repository and action.
pub(super) type Scopes = BTreeSet<(String, String)>;

/// Checks requests, and hands out tokens.
pub(super) struct Gate {
    auth: Auth,
    realm: String,
    tokens: Mutex<Tokens>,
}

/// The tokens that open something, and what was made of them.
#[derive(Default)]
struct Tokens {
    good: BTreeMap<String, Scopes>,
    handed_out: usize,
    requests: usize,
}

impl Gate {
    /// Returns a gate; `origin` is the registry's own `scheme://host:port`.
    pub(super) fn new(auth: Auth, origin: &str) -> Self {
        let other_realm = match &auth {
            Auth::Bearer(server) => server.realm.clone(),
            Auth::Anonymous | Auth::Basic(_) => None,
        };
        Self {
            auth,
            realm: other_realm.unwrap_or_else(|| format!("{origin}/token")),
            tokens: Mutex::default(),
        }
    }

    /// Returns the refusal where this request may not do `action` in `repository`.
    pub(super) fn refuse(
        &self,
        headers: &HeaderMap,
        repository: Option<&str>,
        action: &str,
    ) -> Option<Response> {
        let challenge = match &self.auth {
            Auth::Anonymous => return None,
            Auth::Basic(login) if login.is_in(headers) => return None,
            Auth::Basic(_) => r#"Basic realm="fake""#.to_owned(),
            Auth::Bearer(_) if self.opens(headers, repository, action) => return None,
            Auth::Bearer(_) => self.bearer_challenge(repository, action),
        };
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "who is there?");
        let challenge = [(WWW_AUTHENTICATE, challenge)];
        Some((challenge, refusal).into_response())
    }

    /// Returns whether the request's token lets it mount from `repository`.
    pub(super) fn may_pull(&self, headers: &HeaderMap, repository: &str) -> bool {
        self.refuse(headers, Some(repository), "pull").is_none()
    }

    fn bearer_challenge(&self, repository: Option<&str>, action: &str) -> String {
        let challenge = format!(r#"Bearer realm="{}",service="{SERVICE}""#, self.realm);
        let actions = match action {
            "pull" => "pull",
            _ => "pull,push",
        };
        match repository {
            None => challenge,
            Some(name) => format!(r#"{challenge},scope="repository:{name}:{actions}""#),
        }
    }

    fn opens(&self, headers: &HeaderMap, repository: Option<&str>, action: &str) -> bool {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let scopes = credential(headers, "Bearer").and_then(|token| tokens.good.get(token));
        let opens = match (scopes, repository) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(scopes), Some(name)) => scopes.contains(&(name.to_owned(), action.to_owned())),
        };
        tokens.requests += usize::from(opens);
        if matches!(&self.auth, Auth::Bearer(server) if opens && server.ends_after == Some(tokens.requests))
        {
            tokens.good.clear();
        }
        opens
    }

    /// Answers `GET /token?service=…&scope=…` and `POST /token` with a form.
    pub(super) async fn token(&self, request: Request) -> Response {
        let Auth::Bearer(server) = &self.auth else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let (head, body) = request.into_parts();
        let body = axum::body::to_bytes(body, 64 * 1024).await;
        let form = match head.method {
            Method::GET => Form::parse(head.uri.query().unwrap_or_default().as_bytes()),
            Method::POST => Form::parse(&body.unwrap_or_default()),
            _ => return StatusCode::METHOD_NOT_ALLOWED.into_response(),
        };
        let Some(granted) = server.grants(&head.headers, &form) else {
            return Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "wrong credential")
                .into_response();
        };
        let scopes = form.scopes(server.several, granted);
        let token = if server.signed_tokens {
            signed_token::sign(&scopes)
        } else {
            self.hand_out(scopes)
        };
        let mut answer = serde_json::json!({
            "token": token, "access_token": token, "expires_in": server.expires_in,
        });
        if let Some(issued_at) = &server.issued_at {
            answer["issued_at"] = issued_at.clone().into();
        }
        axum::response::Response::new(answer.to_string().into())
    }

    fn hand_out(&self, scopes: Scopes) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.handed_out += 1;
        let token = format!("token-{}", tokens.handed_out);
        tokens.good.insert(token.clone(), scopes);
        token
    }
}

/// The parameters of a token request, in their order.
struct Form(Vec<(String, String)>);

impl Form {
    fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    fn value(&self, key: &str) -> Option<&str> {
        let pair = self.0.iter().find(|(name, _)| name == key);
        pair.map(|(_, value)| value.as_str())
    }

    fn is_password_of(&self, login: &Login) -> bool {
        self.value("grant_type") == Some("password")
            && self.value("username") == Some(&login.user)
            && self.value("password") == Some(&login.password)
    }

    fn asked_scopes(&self) -> impl Iterator<Item = &str> {
        let asked = self.0.iter().filter(|(name, _)| name == "scope");
        asked.flat_map(|(_, scopes)| scopes.split(' '))
    }

    /// Returns the scopes asked for, as far as they are granted; POST forms may list several in one value.
    fn scopes(&self, several: Several, granted: Granted) -> Scopes {
        self.asked_scopes()
            .take(match several {
                Several::FirstOnly => 1,
                Several::Granted | Several::Denied => usize::MAX,
            })
            .filter_map(|scope| scope.strip_prefix("repository:")?.rsplit_once(':'))
            .flat_map(|(name, actions)| actions.split(',').map(move |action| (name, action)))
            .filter(|(_, action)| granted == Granted::All || *action == "pull")
            .map(|(name, action)| (name.to_owned(), action.to_owned()))
            .collect()
    }
}

fn credential<'a>(headers: &'a HeaderMap, scheme: &str) -> Option<&'a str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix(scheme)?.strip_prefix(' ')
}
