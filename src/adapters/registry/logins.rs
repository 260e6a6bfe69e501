//! What is said in `Authorization`: found out when a registry asks, kept for what comes after.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    BearerChallenge, Challenge, Credential, Scope, TokenRequest, read_token, resolve_location,
    scopes_to_ask,
};

type Key = (RegistryHost, Vec<Scope>);

/// The authorizations that registries took, by registry and scopes.
#[derive(Default)]
pub(super) struct Logins(Mutex<BTreeMap<Key, Secret>>);

impl Logins {
    /// Returns what this access was granted by.
    pub(super) fn known(&self, access: &Access) -> Option<Secret> {
        self.lock().get(&key(access)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Secret>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registries {
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
        if let Some(newer) = known.get(&key).filter(|&secret| Some(secret) != used) {
            return Ok(Some(newer.clone()));
        }
        let errand = format!("a request without a login for {}", access.repository);
        let challenge = Challenge::choose(challenges(answer))
            .map_err(|error| RegistryError::unusable(&answer.authority(), &errand, error))?;
        let login = self.credentials.find(&access.repository)?;
        let credential = login.as_ref().map(|login| &login.credential);
        let authorization = match (&challenge, credential) {
            (Challenge::Bearer(_), Some(Credential::Registry(token))) => Some(bearer(token)),
            (Challenge::Bearer(bearer), _) => Some(self.token(access, bearer, credential)?),
            (Challenge::Basic, credential) => credential.and_then(Credential::to_basic),
        };
        let authorization = authorization.filter(|secret| Some(secret) != used);
        known.extend(authorization.clone().map(|secret| (key, secret)));
        Ok(authorization)
    }

    fn token(
        &self,
        access: &Access,
        challenge: &BearerChallenge,
        credential: Option<&Credential>,
    ) -> Result<Secret, RegistryError> {
        let errand = format!("the request for a token for {}", access.repository);
        let realm = self
            .realm(access, challenge)
            .map_err(|error| RegistryError::no_answer(&errand, error))?;
        let scopes = scopes_to_ask(&challenge.scopes, &access.scopes);
        let mut ways = TokenRequest::ways(&realm, challenge, &scopes, credential).into_iter();
        let conduct = Conduct {
            retry: self.settings.retry,
            trust: access.endpoint.trust,
        };
        while let Some(way) = ways.next() {
            let answer = request(way)
                .and_then(|request| self.client.fetch(&request, conduct, &|_| ()))
                .map_err(|error| RegistryError::no_answer(&errand, error))?;
            let status = answer.status();
            if status.is_success() {
                return read(answer, &errand);
            }
            if !TokenRequest::is_unknown(status.as_u16()) || ways.len() == 0 {
                return Err(RegistryError::refused(answer, &errand));
            }
        }
        Err(RegistryError::unusable(
            access.endpoint.host.as_str(),
            &errand,
            "it names no way",
        ))
    }

    fn realm(&self, access: &Access, challenge: &BearerChallenge) -> Result<Url, HttpError> {
        let base = &access.endpoint.base;
        let realm = resolve_location(base, &challenge.realm)?;
        self.client.judge(base, &realm, access.endpoint.trust)?;
        Ok(realm)
    }
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
                .body(Body::Bytes(form.expose().to_owned().into())))
        }
    }
}

fn read(answer: Response, errand: &str) -> Result<Secret, RegistryError> {
    let host = answer.authority();
    let body = answer
        .bytes(limits::SMALL_ANSWER_BYTES)
        .map_err(|error| RegistryError::no_answer(errand, error))?;
    let token = read_token(&body);
    token
        .map(|token| bearer(&token))
        .map_err(|error| RegistryError::unusable(&host, errand, error))
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
