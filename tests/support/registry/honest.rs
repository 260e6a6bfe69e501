//! The honest registry: what the distribution specification, v1.1, says to each request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use super::auth::Gate;
use super::route::Route;
use super::store::Store;
use super::{Rule, Rules};
use crate::support::http::{Handler, Refusal};

/// A registry in memory.
pub(super) struct Registry {
    pub(super) rules: Rules,
    pub(super) gate: Gate,
    pub(super) store: Arc<Mutex<Store>>,
}

/// The parts of a request that handlers look at, without its body.
pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) uri: &'a Uri,
    pub(super) headers: &'a HeaderMap,
}

impl Asked<'_> {
    /// Returns a parameter of the query.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let query = self.uri.query()?.as_bytes();
        let pair = url::form_urlencoded::parse(query).find(|(key, _)| key == name);
        pair.map(|(_, value)| value.into_owned())
    }

    /// Returns a header, where it is there and text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Handler for Registry {
    async fn answer(&self, request: Request) -> Response {
        let Some(route) = Route::parse(request.uri().path()) else {
            return refuse(StatusCode::NOT_FOUND, "NAME_INVALID");
        };
        if route == Route::Token {
            return self.gate.token(request).await;
        }
        let action = match *request.method() {
            Method::GET | Method::HEAD => "pull",
            Method::DELETE if matches!(route, Route::Manifest { .. }) => "delete",
            _ => "push",
        };
        let refusal = self
            .gate
            .refuse(request.headers(), route.repository(), action);
        if let Some(refusal) = refusal {
            return refusal;
        }
        if *request.method() == Method::HEAD && self.rules.has(Rule::NoHead) {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED");
        }
        if action != "pull" && self.rules.has(Rule::ReadOnly) {
            return refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED");
        }
        self.dispatch(route, request).await
    }
}

impl Registry {
    /// Locks what the registry holds; never keep it over an await.
    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn dispatch(&self, route: Route, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let asked = Asked {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
        };
        match (route, asked.method) {
            (Route::Ping, &Method::GET | &Method::HEAD) => "{}".into_response(),
            (Route::Blob { repository, digest }, _) => self.blob(&asked, &repository, &digest),
            (Route::Uploads { repository }, &Method::POST) => {
                self.start_upload(&asked, &repository, body).await
            }
            (Route::Upload { repository, id }, _) => {
                self.upload(&asked, &repository, &id, body).await
            }
            (
                Route::Manifest {
                    repository,
                    reference,
                },
                &Method::PUT,
            ) => {
                self.put_manifest(&asked, &repository, &reference, body)
                    .await
            }
            (
                Route::Manifest {
                    repository,
                    reference,
                },
                _,
            ) => self.manifest(&asked, &repository, &reference),
            (Route::Tags { repository }, &Method::GET) => self.tags(&asked, &repository),
            (Route::Referrers { repository, digest }, &Method::GET) => {
                self.referrers(&asked, &repository, &digest)
            }
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED"),
        }
    }
}

/// Returns an error of the specification's form.
pub(super) fn refuse(status: StatusCode, code: &str) -> Response {
    let message = code.to_lowercase().replace('_', " ");
    Refusal::new(status, code, &message).into_response()
}
