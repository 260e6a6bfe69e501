//! Manifests and indexes, by tag and by digest; lists of tags and of referrers.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LINK, LOCATION};
use axum::http::{HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::Rule;
use super::honest::{Asked, Registry, refuse};
use super::store::{Manifest, Repository, digest_of};

/// The specification's advice, and what real registries take.
const MANIFEST_BYTES: usize = 4 * 1024 * 1024;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

impl Registry {
    /// Answers PUT of a manifest.
    pub(super) async fn put_manifest(
        &self,
        asked: &Asked<'_>,
        repository: &str,
        reference: &str,
        body: Body,
    ) -> Response {
        let Ok(bytes) = axum::body::to_bytes(body, MANIFEST_BYTES).await else {
            return refuse(StatusCode::PAYLOAD_TOO_LARGE, "SIZE_INVALID");
        };
        let content_type = asked.header(CONTENT_TYPE.as_str()).unwrap_or_default();
        let manifest = Manifest {
            media_type: content_type.to_owned(),
            bytes,
        };
        let digest = manifest.digest();
        let mut store = self.store();
        let held = store.repository(repository);
        if let Err((status, code)) = check(held, &manifest) {
            return refuse(status, code);
        }
        if let Some((status, code)) = self.refuse_reference(held, reference, &digest) {
            return refuse(status, code);
        }
        let subject = manifest.json()["subject"]["digest"].clone();
        if !is_digest(reference) {
            held.tags.insert(reference.to_owned(), digest.clone());
        }
        held.manifests.insert(digest.clone(), manifest);
        let location = format!("/v2/{repository}/manifests/{digest}");
        let headers = [(LOCATION, location), (DIGEST, digest)];
        match subject.as_str() {
            Some(subject) if self.rules.has(Rule::Referrers) => {
                let handled = [("oci-subject", subject.to_owned())];
                (StatusCode::CREATED, headers, handled).into_response()
            }
            _ => (StatusCode::CREATED, headers).into_response(),
        }
    }

    fn refuse_reference(
        &self,
        held: &Repository,
        reference: &str,
        digest: &str,
    ) -> Option<(StatusCode, &'static str)> {
        if is_digest(reference) {
            return (reference != digest).then_some((StatusCode::BAD_REQUEST, "DIGEST_INVALID"));
        }
        let tag = regex::Regex::new("^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$").expect("the grammar");
        if !tag.is_match(reference) {
            return Some((StatusCode::BAD_REQUEST, "TAG_INVALID"));
        }
        let moved = held.tags.get(reference).is_some_and(|old| old != digest);
        (self.rules.has(Rule::ImmutableTags) && moved)
            .then_some((StatusCode::BAD_REQUEST, "TAG_INVALID"))
    }

    /// Answers HEAD, GET and DELETE of a manifest.
    pub(super) fn manifest(
        &self,
        asked: &Asked<'_>,
        repository: &str,
        reference: &str,
    ) -> Response {
        let mut store = self.store();
        let held = store.repository(repository);
        let Some(manifest) = held.manifest(reference).cloned() else {
            return refuse(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN");
        };
        let digest = manifest.digest();
        match *asked.method {
            // The server leaves the body of an answer to HEAD out by itself.
            Method::GET | Method::HEAD => (
                [(CONTENT_TYPE, manifest.media_type), (DIGEST, digest)],
                manifest.bytes,
            )
                .into_response(),
            Method::DELETE => {
                if held.tags.remove(reference).is_none() {
                    held.manifests.remove(&digest);
                    held.tags.retain(|_, tagged| *tagged != digest);
                }
                StatusCode::ACCEPTED.into_response()
            }
            _ => refuse(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED"),
        }
    }

    /// Answers the list of tags, page by page.
    pub(super) fn tags(&self, asked: &Asked<'_>, repository: &str) -> Response {
        let store = self.store();
        let Some(held) = store.repositories.get(repository) else {
            return refuse(StatusCode::NOT_FOUND, "NAME_UNKNOWN");
        };
        let last = asked.parameter("last").unwrap_or_default();
        let n = asked.parameter("n").and_then(|n| n.parse().ok());
        let n = n.unwrap_or(usize::MAX);
        let mut rest = held.tags.keys().filter(|tag| **tag > last).cloned();
        let page: Vec<String> = rest.by_ref().take(n).collect();
        let list = json!({"name": repository, "tags": page}).to_string();
        match (page.last(), rest.next()) {
            (Some(last), Some(_)) => {
                let next = format!("</v2/{repository}/tags/list?n={n}&last={last}>; rel=\"next\"");
                ([(LINK, next)], list).into_response()
            }
            _ => list.into_response(),
        }
    }

    /// Answers the list of referrers, where this registry has it.
    pub(super) fn referrers(&self, asked: &Asked<'_>, repository: &str, subject: &str) -> Response {
        if !self.rules.has(Rule::Referrers) {
            return (StatusCode::NOT_FOUND, "404 page not found\n").into_response();
        }
        let wanted = asked.parameter("artifactType");
        let last = asked.parameter("last").unwrap_or_default();
        let a_page = self.rules.referrers_a_page.unwrap_or(usize::MAX);
        let mut store = self.store();
        let held = store.repository(repository);
        let mut rest = held
            .manifests
            .iter()
            .filter(|(digest, _)| **digest > last)
            .filter(|(_, manifest)| manifest.json()["subject"]["digest"] == *subject)
            .map(|(_, manifest)| referrer(manifest))
            .filter(|descriptor| {
                wanted
                    .as_ref()
                    .is_none_or(|wanted| descriptor["artifactType"] == **wanted)
            });
        let referring: Vec<Value> = rest.by_ref().take(a_page).collect();
        let last = referring.last().filter(|_| rest.next().is_some());
        let next = last.map(|last| {
            let last = last["digest"].as_str().unwrap_or_default();
            format!("</v2/{repository}/referrers/{subject}?last={last}>; rel=\"next\"")
        });
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": referring});
        let mut response = ([(CONTENT_TYPE, INDEX)], index.to_string()).into_response();
        if let Some(next) = next {
            let next = next.parse().expect("a header value");
            response.headers_mut().insert(LINK, next);
        }
        if wanted.is_some() {
            let applied = "artifactType".parse().expect("a header value");
            response
                .headers_mut()
                .insert("oci-filters-applied", applied);
        }
        response
    }
}

/// Returns the descriptor that stands for a referring manifest in the list.
fn referrer(manifest: &Manifest) -> Value {
    let json = manifest.json();
    let artifact_type = match &json["artifactType"] {
        Value::Null => &json["config"]["mediaType"],
        own => own,
    };
    let mut descriptor = json!({
        "mediaType": manifest.media_type,
        "digest": manifest.digest(),
        "size": manifest.bytes.len(),
        "artifactType": artifact_type,
    });
    if let Value::Object(_) = json["annotations"] {
        descriptor["annotations"] = json["annotations"].clone();
    }
    descriptor
}

/// Refuses what is no manifest, calls itself something else, or names what is not here.
fn check(held: &Repository, manifest: &Manifest) -> Result<(), (StatusCode, &'static str)> {
    let invalid = (StatusCode::BAD_REQUEST, "MANIFEST_INVALID");
    let json: Value = serde_json::from_slice(&manifest.bytes).map_err(|_| invalid)?;
    let named = json["mediaType"].as_str();
    if json["schemaVersion"] != 2 || named.is_some_and(|named| named != manifest.media_type) {
        return Err(invalid);
    }
    let children = descriptors(&json["manifests"]);
    let blobs =
        descriptors(&json["layers"]).chain(json["config"].as_object().map(|_| &json["config"]));
    for child in children {
        let known = child["digest"]
            .as_str()
            .and_then(|digest| held.manifests.get(digest));
        if known.is_none_or(|known| child["size"] != known.bytes.len()) {
            return Err((StatusCode::BAD_REQUEST, "MANIFEST_UNKNOWN"));
        }
    }
    for blob in blobs {
        let known = blob["digest"]
            .as_str()
            .and_then(|digest| held.blobs.get(digest));
        if known.is_none_or(|known| blob["size"] != known.len()) {
            return Err((StatusCode::BAD_REQUEST, "MANIFEST_BLOB_UNKNOWN"));
        }
    }
    Ok(())
}

fn descriptors(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn is_digest(reference: &str) -> bool {
    reference.contains(':')
}

#[test]
fn a_digest_is_told_from_a_tag() {
    assert!(is_digest(&digest_of(b"")));
    assert!(!is_digest("v1.2.3"));
}
