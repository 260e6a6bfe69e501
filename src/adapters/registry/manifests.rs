//! Manifests and tags.

use std::io::Read as _;

use super::access::Access;
use super::call::{Manner, Registries};
use super::registry_error::RegistryError;
use crate::adapters::http::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use crate::adapters::http::{Body, HttpError, Method, Request, Response, StatusCode};
use crate::model::{Blob, Digest, MediaType, limits};

/// By which a registry says under which digest it keeps what was asked for.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Two sides name different digests.
#[derive(Debug, thiserror::Error)]
#[error("its digest differs, expected {expected}, found {found}")]
pub(super) struct OtherDigest {
    pub(super) expected: String,
    pub(super) found: String,
}

impl Registries {
    /// Returns the digest of what `name`, a tag or a digest, names; `None` when there is nothing, or
    /// the registry does not tell.
    pub(super) fn manifest_digest(
        &self,
        access: &Access,
        name: &dyn std::fmt::Display,
        manner: Manner<'_>,
    ) -> Result<Option<Digest>, RegistryError> {
        let errand = format!("the request for the digest of {}", named(access, name));
        let request = accepting(Request::new(Method::HEAD, access.manifest(name)), &errand)?;
        let answer = self.call(access, &errand, &request, manner)?;
        match answer.status() {
            StatusCode::OK => Ok(answer
                .header(&CONTENT_DIGEST)
                .and_then(|digest| digest.parse().ok())),
            // Some registries answer no HEAD at all.
            StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_IMPLEMENTED => Ok(None),
            _ => Err(RegistryError::refused(answer, &errand)),
        }
    }

    /// Returns the bytes of what `tag` names, and who answered; `None` where there is nothing.
    pub(super) fn tagged_manifest(
        &self,
        access: &Access,
        tag: &dyn std::fmt::Display,
        errand: &str,
        manner: Manner<'_>,
    ) -> Result<Option<(Vec<u8>, String)>, RegistryError> {
        let request = accepting(Request::get(access.manifest(tag)), errand)?;
        let answer = self.call(access, errand, &request, manner)?;
        match answer.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::OK => {}
            _ => return Err(RegistryError::refused(answer, errand)),
        }
        let host = answer.authority();
        let mut bytes = Vec::new();
        answer
            .take(limits::MANIFEST_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| RegistryError::unusable(&host, errand, error))?;
        Ok(Some((bytes, host)))
    }

    /// Stores `manifest` under `name`, a tag or its digest.
    pub(super) fn put_manifest(
        &self,
        access: &Access,
        manifest: &Blob,
        name: &dyn std::fmt::Display,
        manner: Manner<'_>,
    ) -> Result<(), RegistryError> {
        self.store_manifest(access, manifest, name, manner)
            .map(drop)
    }

    /// Stores `manifest` under `name`, and returns what was answered.
    pub(super) fn store_manifest(
        &self,
        access: &Access,
        manifest: &Blob,
        name: &dyn std::fmt::Display,
        manner: Manner<'_>,
    ) -> Result<Response, RegistryError> {
        let errand = format!("the upload of the manifest {}", named(access, name));
        let media_type = header(manifest.descriptor.media_type.as_str(), &errand)?;
        let request = Request::new(Method::PUT, access.manifest(name))
            .header(CONTENT_TYPE, media_type)
            .body(Body::Blob(manifest.clone()));
        let answer = self.call(access, &errand, &request, manner)?;
        if !answer.status().is_success() {
            return Err(RegistryError::refused(answer, &errand));
        }
        let expected = manifest.descriptor.digest.to_string();
        let found = answer.header(&CONTENT_DIGEST);
        match found.filter(|found| *found != expected) {
            None => Ok(answer),
            Some(found) => {
                let lie = OtherDigest {
                    expected,
                    found: found.to_owned(),
                };
                Err(RegistryError::unusable(&answer.authority(), &errand, lie))
            }
        }
    }
}

/// Says that all four kinds of manifests are taken: some registries convert or hide what is not.
pub(super) fn accepting(request: Request, errand: &str) -> Result<Request, RegistryError> {
    let types = MediaType::MANIFESTS
        .map(|media_type| media_type.to_string())
        .join(", ");
    Ok(request.header(ACCEPT, header(&types, errand)?))
}

/// Returns a tag or a digest with its repository, as people write them.
pub(super) fn named(access: &Access, name: &dyn std::fmt::Display) -> String {
    let name = name.to_string();
    let separator = if name.contains(':') { '@' } else { ':' };
    format!("{}{separator}{name}", access.repository)
}

pub(super) fn header(text: &str, errand: &str) -> Result<HeaderValue, RegistryError> {
    HeaderValue::from_str(text).map_err(|_| {
        let error = HttpError::Setup(format!("{text:?} is not fit for a header"));
        RegistryError::no_answer(errand, error)
    })
}
