//! Requests to registries, with the login that they ask for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use super::access::{self, Access};
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::logins::{self, Logins};
use super::registry_error::RegistryError;
use super::settings::RegistrySettings;
use crate::adapters::http::header::AUTHORIZATION;
use crate::adapters::http::{Client, Conduct, HttpError, Observer, Request, Response, StatusCode};
use crate::model::{Cancellation, RegistryHost, Repository, Secret};
use crate::publish::RetryPolicy;

/// All registries, as one run knows them: how each is spoken to, and what it asks for.
pub struct Registries {
    pub(super) client: Arc<Client>,
    pub(super) settings: RegistrySettings,
    pub(super) credentials: Credentials,
    pub(super) logins: Logins,
    endpoints: Mutex<BTreeMap<RegistryHost, Arc<Endpoint>>>,
}

/// How a call is made.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    /// How often it is tried again.
    pub(super) retry: RetryPolicy,
    /// Who listens.
    pub(super) observer: &'a dyn Observer,
}

impl Manner<'_> {
    /// What is not answered well is left.
    pub(super) const ONCE: Self = Self {
        retry: RetryPolicy::NEVER,
        observer: &|_| (),
    };
}

impl Registries {
    /// Knows no registry yet; nothing is read or asked before it is needed.
    pub fn new(
        client: Arc<Client>,
        settings: RegistrySettings,
        cancellation: Cancellation,
    ) -> Arc<Self> {
        let (environment, hosts) = (settings.environment.clone(), settings.login_hosts.clone());
        Arc::new(Self {
            client,
            credentials: Credentials::new(environment, hosts, cancellation),
            settings,
            logins: Logins::default(),
            endpoints: Mutex::default(),
        })
    }

    /// Returns the way to read `repository`.
    pub(super) fn to_pull(&self, repository: &Repository) -> Result<Access, RegistryError> {
        Ok(Access::pull(self.endpoint(repository.host())?, repository))
    }

    /// Returns the way to write `repository`.
    pub(super) fn to_push(&self, repository: &Repository) -> Result<Access, RegistryError> {
        Ok(Access::push(self.endpoint(repository.host())?, repository))
    }

    /// Returns where the login for `repository` came from, if one was asked for and found.
    pub(super) fn login_of(&self, repository: &Repository) -> Option<String> {
        self.credentials.origin(&access::official(repository))
    }

    /// Returns where `host` answers.
    fn endpoint(&self, host: &RegistryHost) -> Result<Arc<Endpoint>, RegistryError> {
        // Held while it is found out, so that a registry is asked once.
        let mut endpoints = self
            .endpoints
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(endpoint) = endpoints.get(host) {
            return Ok(Arc::clone(endpoint));
        }
        let found = Endpoint::find(&self.client, host, &self.settings.of(host));
        let endpoint = found.map_err(|error| {
            RegistryError::no_answer(&format!("the first call of {host}"), error)
        })?;
        let endpoint = Arc::new(endpoint);
        endpoints.insert(host.clone(), Arc::clone(&endpoint));
        Ok(endpoint)
    }

    /// Sees to it that a place which the registry of `access` named, in an answer to `errand`, is for
    /// it to name.
    pub(super) fn judge(
        &self,
        access: &Access,
        errand: &str,
        place: &Url,
    ) -> Result<(), RegistryError> {
        let Endpoint { base, trust, .. } = &*access.endpoint;
        if place.origin() == base.origin() {
            return Ok(());
        }
        let judged = self.client.judge(base, place, *trust);
        judged.map_err(|error| RegistryError::no_answer(errand, error))
    }

    /// Sends `request`, which people know as `errand`, and returns the answer, whatever it says. When
    /// the registry asks who is there, it is told, once.
    pub(super) fn call(
        &self,
        access: &Access,
        errand: &str,
        request: &Request,
        manner: Manner<'_>,
    ) -> Result<Response, RegistryError> {
        // A Location or a Link may lead anywhere, as a redirect may.
        self.judge(access, errand, &request.url)?;
        let conduct = Conduct {
            retry: manner.retry,
            trust: access.endpoint.trust,
        };
        let send = |authorization: Option<&Secret>| {
            authorized(request, access, authorization)
                .and_then(|request| self.client.fetch(&request, conduct, manner.observer))
                .map_err(|error| RegistryError::no_answer(errand, error))
        };
        let known = self.authorization(access);
        let answer = send(known.as_ref())?;
        if !is_challenge(&answer, access) {
            return Ok(answer);
        }
        match self.authorize(access, &answer, known.as_ref())? {
            Some(authorization) => send(Some(&authorization)),
            None => Ok(answer),
        }
    }

    /// As [`Registries::call`], and hands an answer that says yes to `take`, which reads its body.
    /// When that breaks off, all is done again.
    pub(super) fn receive<T>(
        &self,
        access: &Access,
        errand: &str,
        request: &Request,
        manner: Manner<'_>,
        take: &mut dyn FnMut(Response) -> Result<T, HttpError>,
    ) -> Result<T, RegistryError> {
        let mut retries = manner.retry.begin();
        loop {
            let answer = self.call(access, errand, request, manner)?;
            if answer.status() != StatusCode::OK {
                return Err(RegistryError::refused(answer, errand));
            }
            let error = match take(answer) {
                Ok(taken) => return Ok(taken),
                Err(error) => error,
            };
            match retries.after_break().filter(|_| error.is_transient()) {
                Some(wait) => {
                    manner.observer.waits(&error, wait);
                    self.client
                        .wait(wait)
                        .map_err(|error| RegistryError::no_answer(errand, error))?;
                }
                None => return Err(RegistryError::no_answer(errand, error)),
            }
        }
    }
}

/// A login is for the registry itself: where a Location leads elsewhere, it stays behind.
fn authorized(
    request: &Request,
    access: &Access,
    authorization: Option<&Secret>,
) -> Result<Request, HttpError> {
    let ours = request.url.origin() == access.endpoint.base.origin();
    match authorization.filter(|_| ours) {
        Some(secret) => Ok(request
            .clone()
            .header(AUTHORIZATION, logins::header(secret)?)),
        None => Ok(request.clone()),
    }
}

fn is_challenge(answer: &Response, access: &Access) -> bool {
    answer.status() == StatusCode::UNAUTHORIZED
        && answer.url().origin() == access.endpoint.base.origin()
}
