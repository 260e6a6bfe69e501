//! Uploads: whole in one request, or started, continued, asked about, finished and cancelled.

use std::future::ready;

use axum::body::Body;
use axum::http::header::{CONTENT_RANGE, LOCATION, RANGE};
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;

use super::Rule;
use super::honest::{Asked, Registry, refuse};
use super::store::Keep;

impl Registry {
    /// Answers POST of an upload: a mount, a whole blob, or a new session.
    pub(super) async fn start_upload(
        &self,
        asked: &Asked<'_>,
        repository: &str,
        body: Body,
    ) -> Response {
        if let Some(digest) = asked.parameter("mount") {
            if self.rules.has(Rule::DeniesMounts) {
                return refuse(StatusCode::FORBIDDEN, "DENIED");
            }
            let from = asked.parameter("from").unwrap_or_default();
            let allowed =
                !self.rules.has(Rule::RefusesMounts) && self.gate.may_pull(asked.headers, &from);
            if allowed && self.store().mount(&from, repository, &digest) {
                return created(&format!("/v2/{repository}/blobs/{digest}"), &digest);
            }
        }
        let keep = if self.rules.has(Rule::CountsBlobs) {
            Keep::Counts
        } else {
            Keep::Bytes
        };
        let id = self.store().open_upload(repository, keep);
        match asked.parameter("digest") {
            Some(digest) if asked.parameter("mount").is_none() => {
                self.finish_upload(repository, &id, &digest, body).await
            }
            _ => self.session(StatusCode::ACCEPTED, repository, &id),
        }
    }

    /// Answers PATCH, PUT, GET and DELETE of an upload.
    pub(super) async fn upload(
        &self,
        asked: &Asked<'_>,
        repository: &str,
        id: &str,
        body: Body,
    ) -> Response {
        let state = asked.parameter("_state");
        let known = self.store().uploads.get(id).is_some_and(|upload| {
            upload.repository == repository && state == Some(upload.state.to_string())
        });
        if !known {
            read_all(body).await;
            return refuse(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN");
        }
        match *asked.method {
            Method::PATCH if self.rules.has(Rule::NoPieces) => {
                read_all(body).await;
                refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED")
            }
            Method::PATCH => self.continue_upload(asked, repository, id, body).await,
            Method::PUT => match asked.parameter("digest") {
                Some(digest) if self.fits(asked, id) => {
                    self.finish_upload(repository, id, &digest, body).await
                }
                Some(_) => refuse(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_INVALID"),
                None => refuse(StatusCode::BAD_REQUEST, "DIGEST_INVALID"),
            },
            Method::GET => self.session(StatusCode::NO_CONTENT, repository, id),
            Method::DELETE => {
                self.store().uploads.remove(id);
                StatusCode::NO_CONTENT.into_response()
            }
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED"),
        }
    }

    async fn continue_upload(
        &self,
        asked: &Asked<'_>,
        repository: &str,
        id: &str,
        body: Body,
    ) -> Response {
        if !self.fits(asked, id) {
            return refuse(StatusCode::RANGE_NOT_SATISFIABLE, "RANGE_INVALID");
        }
        match self.receive(id, body).await {
            Ok(()) => self.session(StatusCode::ACCEPTED, repository, id),
            Err(broken) => broken,
        }
    }

    /// Tells whether what comes begins where the upload ends, as far as it says where it begins.
    fn fits(&self, asked: &Asked<'_>, id: &str) -> bool {
        let range = asked.header(CONTENT_RANGE.as_str());
        let start = range.and_then(|range| range.split_once('-')?.0.parse().ok());
        let received = self.store().uploads.get(id).map(|upload| upload.received);
        range.is_none() || start == received
    }

    async fn finish_upload(
        &self,
        repository: &str,
        id: &str,
        digest: &str,
        body: Body,
    ) -> Response {
        if let Err(broken) = self.receive(id, body).await {
            return broken;
        }
        if self.store().close_upload(id, digest) {
            created(&format!("/v2/{repository}/blobs/{digest}"), digest)
        } else {
            refuse(StatusCode::BAD_REQUEST, "DIGEST_INVALID")
        }
    }

    /// Adds the body to the upload; of a broken body, what arrived.
    async fn receive(&self, id: &str, body: Body) -> Result<(), Response> {
        let mut pieces = body.into_data_stream();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|_| {
                if self.rules.has(Rule::ForgetsParts) {
                    self.store().uploads.remove(id);
                }
                refuse(StatusCode::BAD_REQUEST, "BLOB_UPLOAD_INVALID")
            })?;
            if let Some(upload) = self.store().uploads.get_mut(id) {
                upload.receive(&piece);
            }
        }
        Ok(())
    }

    /// Tells where to go on, and how much has arrived.
    fn session(&self, status: StatusCode, repository: &str, id: &str) -> Response {
        let mut store = self.store();
        let Some(upload) = store.uploads.get_mut(id) else {
            return refuse(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN");
        };
        upload.state += 1;
        let state = upload.state;
        let headers = [
            (
                LOCATION,
                format!("/v2/{repository}/blobs/uploads/{id}?_state={state}"),
            ),
            // Zero bytes and one byte look the same, on real registries too.
            (RANGE, format!("0-{}", upload.received.saturating_sub(1))),
        ];
        (status, headers).into_response()
    }
}

/// An answer before the end of the body breaks the connection, or does not, as it happens.
async fn read_all(body: Body) {
    body.into_data_stream().for_each(|_| ready(())).await;
}

fn created(location: &str, digest: &str) -> Response {
    let headers = [
        (LOCATION, location),
        (HeaderName::from_static("docker-content-digest"), digest),
    ];
    (StatusCode::CREATED, headers).into_response()
}
