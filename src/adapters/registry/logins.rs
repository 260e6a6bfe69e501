//! What is said in `Authorization`: found out when a registry asks, kept for what comes after, and
//! renewed before it ends.
#![expect(
    clippy::disallowed_methods,
    reason = "a token's age is measured by a clock that nobody sets"
)]

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use reqwest_headers::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use url::Url;

use super::access::Access;
use super::call::Registries;
use super::registry_error::RegistryError;
use crate::adapters::http::{
    Body, Conduct, HttpError, Method, Request, Response, header as reqwest_headers,
};
use crate::model::{RegistryHost, Secret, limits};
use crate::publish::{
    BearerChallenge, Challenge, Credential, RetryPolicy, Scope, Token, TokenRequest, read_token,
    resolve_location, scopes_to_ask,
};

type Key = (RegistryHost, Vec<Scope>);

/// The authorizations that registries took, by registry and scopes.
#[derive(Default)]
pub(super) struct Logins(Mutex<BTreeMap<Key, Grant>>);

/// What an access was granted by.
struct Grant {
    /// The value of `Authorization`.
    authorization: Secret,
    /// Where it came from, if it comes to an end.
    token: Option<Granted>,
}

/// A token, and how to get another.
struct Granted {
    token: Token,
    challenge: BearerChallenge,
    received: Instant,
}

impl Logins {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Grant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Grant {
    fn of_token(token: Token, challenge: BearerChallenge) -> Self {
        Self {
            authorization: bearer(&token.secret),
            token: Some(Granted {
                token,
                challenge,
                received: Instant::now(),
            }),
        }
    }

    fn lasting(authorization: Secret) -> Self {
        Self {
            authorization,
            token: None,
        }
    }

    /// Returns how to get another, where this is about to end.
    fn worn_out(&self) -> Option<BearerChallenge> {
        let granted = self.token.as_ref()?;
        let is_worn = granted.token.is_worn_after(granted.received.elapsed());
        is_worn.then(|| granted.challenge.clone())
    }
}

impl Registries {
    /// Returns what this access was granted by. A token that is about to end is renewed: a long
    /// upload that is refused at its end would have to be sent again. And a registry that asked for
    /// a token for one repository will ask for one for the next.
    pub(super) fn authorization(&self, access: &Access) -> Option<Secret> {
        // Held while a token is fetched, so that threads ask once.
        let mut known = self.logins.lock();
        let key = key(access);
        let challenge = match known.get(&key) {
            Some(grant) => grant.worn_out(),
            None => anticipated(&known, &key.0),
        };
        if let Some(challenge) = challenge {
            // Whoever gets none tries as before, and hears from the registry.
            let grant = self.fetched(access, challenge);
            known.extend(grant.map(|grant| (key.clone(), grant)));
        }
        known.get(&key).map(|grant| grant.authorization.clone())
    }

    fn fetched(&self, access: &Access, challenge: BearerChallenge) -> Option<Grant> {
        let login = self.credentials.find(&access.repository).ok()?;
        let credential = login.as_ref().map(|login| &login.credential);
        if matches!(credential, Some(Credential::Registry(_))) {
            return None;
        }
        let token = self.token(access, &challenge, credential, RetryPolicy::NEVER);
        Some(Grant::of_token(token.ok()?, challenge))
    }

    /// Returns what to say in `Authorization` after `answer` asked for it, where `used` was not
    /// enough; `None` when there is nothing else to say.
    pub(super) fn authorize(
        &self,
        access: &Access,
        answer: &Response,
        used: Option<&Secret>,
    ) -> Result<Option<Secret>, RegistryError> {
        // Held while a token is fetched, so that threads which are refused together ask once.
        let mut known = self.logins.lock();
        let key = key(access);
        let newer = known.get(&key).map(|grant| &grant.authorization);
        if let Some(newer) = newer.filter(|&secret| Some(secret) != used) {
            return Ok(Some(newer.clone()));
        }
        let errand = format!("a request without a login for {}", access.repository);
        let challenge = Challenge::choose(challenges(answer))
            .map_err(|error| RegistryError::unusable(&answer.authority(), &errand, error))?;
        let login = self.credentials.find(&access.repository)?;
        let credential = login.as_ref().map(|login| &login.credential);
        let grant = match (challenge, credential) {
            (Challenge::Bearer(_), Some(Credential::Registry(token))) => {
                Some(Grant::lasting(bearer(token)))
            }
            (Challenge::Bearer(challenge), _) => {
                let token = self.token(access, &challenge, credential, self.settings.retry)?;
                Some(Grant::of_token(token, challenge))
            }
            (Challenge::Basic, credential) => credential
                .and_then(Credential::to_basic)
                .map(Grant::lasting),
        };
        let grant = grant.filter(|grant| Some(&grant.authorization) != used);
        let authorization = grant.as_ref().map(|grant| grant.authorization.clone());
        known.extend(grant.map(|grant| (key, grant)));
        Ok(authorization)
    }

    fn token(
        &self,
        access: &Access,
        challenge: &BearerChallenge,
        credential: Option<&Credential>,
        retry: RetryPolicy,
    ) -> Result<Token, RegistryError> {
        let errand = format!("the request for a token for {}", access.repository);
        let realm = self
            .realm(access, challenge)
            .map_err(|error| RegistryError::no_answer(&errand, error))?;
        let scopes = scopes_to_ask(&challenge.scopes, &access.scopes);
        let mut ways = TokenRequest::ways(&realm, challenge, &scopes, credential).into_iter();
        let conduct = Conduct {
            retry,
            trust: access.endpoint.trust,
        };
        while let Some(way) = ways.next() {
            let refusal = match self.token_by(way, conduct, &errand)? {
                Ok(token) => return Ok(token),
                Err(refusal) => refusal,
            };
            if !TokenRequest::is_unknown(refusal.status().as_u16()) || ways.len() == 0 {
                return Err(RegistryError::refused(refusal, &errand));
            }
        }
        Err(RegistryError::unusable(
            access.endpoint.host.as_str(),
            &errand,
            "it names no way",
        ))
    }

    /// Asks in one way; an answer that is no is within the result. One that breaks off is asked for
    /// again.
    fn token_by(
        &self,
        way: TokenRequest,
        conduct: Conduct,
        errand: &str,
    ) -> Result<Result<Token, Response>, RegistryError> {
        let no_answer = |error| RegistryError::no_answer(errand, error);
        let request = request(way).map_err(no_answer)?;
        let mut retries = conduct.retry.begin();
        loop {
            let answer = self.client.fetch(&request, conduct, &|_| ());
            let answer = answer.map_err(no_answer)?;
            if !answer.status().is_success() {
                return Ok(Err(answer));
            }
            let host = answer.authority();
            let error = match answer.bytes(limits::SMALL_ANSWER_BYTES) {
                Ok(body) => {
                    let token = read_token(&body);
                    return token
                        .map(Ok)
                        .map_err(|error| RegistryError::unusable(&host, errand, error));
                }
                Err(error) => error,
            };
            match retries.after_break().filter(|_| error.is_transient()) {
                Some(wait) => self.client.wait(wait).map_err(no_answer)?,
                None => return Err(no_answer(error)),
            }
        }
    }

    fn realm(&self, access: &Access, challenge: &BearerChallenge) -> Result<Url, HttpError> {
        let base = &access.endpoint.base;
        let realm = resolve_location(base, &challenge.realm)?;
        self.client.judge(base, &realm, access.endpoint.trust)?;
        Ok(realm)
    }
}

/// Returns what a registry will ask for, after what it asked for elsewhere: the same, but for other
/// scopes.
fn anticipated(known: &BTreeMap<Key, Grant>, host: &RegistryHost) -> Option<BearerChallenge> {
    let mut grants = known.iter().filter(|((of, _), _)| of == host);
    let granted = grants.find_map(|(_, grant)| grant.token.as_ref())?;
    Some(BearerChallenge {
        scopes: Vec::new(),
        ..granted.challenge.clone()
    })
}

fn key(access: &Access) -> Key {
    (access.endpoint.host.clone(), access.scopes.clone())
}

fn challenges(answer: &Response) -> impl Iterator<Item = &str> {
    let headers = answer.headers().get_all(WWW_AUTHENTICATE).into_iter();
    headers.filter_map(|value| value.to_str().ok())
}

fn request(way: TokenRequest) -> Result<Request, HttpError> {
    match way {
        TokenRequest::Get { url, authorization } => {
            let request = Request::get(url);
            match authorization {
                Some(secret) => Ok(request.header(AUTHORIZATION, header(&secret)?)),
                None => Ok(request),
            }
        }
        TokenRequest::Post { url, form } => {
            let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
            Ok(Request::new(Method::POST, url)
                .header(CONTENT_TYPE, form_type)
                .body(Body::Secret(form)))
        }
    }
}

fn bearer(token: &Secret) -> Secret {
    Secret::new(format!("Bearer {}", token.expose()))
}

/// Returns the value of a header that nobody prints.
pub(super) fn header(secret: &Secret) -> Result<HeaderValue, HttpError> {
    let mut value = HeaderValue::from_str(secret.expose())
        .map_err(|_| HttpError::Setup("a login has characters that no header takes".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}
