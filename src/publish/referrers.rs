//! What refers to an image in a repository: distribution-spec v1.1, "Listing Referrers" and
//! "Referrers Tag Schema".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::{Descriptor, Digest, MediaType, Tag, TagError, canonical_json};

/// What refers to an image, as lists of such things show it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Referrer {
    /// Its manifest.
    #[serde(flatten)]
    pub manifest: Descriptor,
    /// What it is, as far as the list says.
    #[serde(default, rename = "artifactType")]
    pub artifact_type: Option<String>,
    /// What it says of itself, as far as the list says.
    #[serde(default)]
    pub annotations: Option<BTreeMap<String, String>>,
}

/// A list of what refers to one image. What it says that is not known here is kept.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReferrerList {
    entries: Vec<Value>,
    /// What else the index says of itself.
    annotations: Option<Value>,
}

/// Why some bytes are no such list.
#[derive(Debug, thiserror::Error)]
pub enum ReferrerListError {
    /// They are not JSON of the right form.
    #[error("it is no index")]
    Form(#[from] serde_json::Error),
    /// They are of another type.
    #[error("it is {0}, expected an index")]
    MediaType(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    #[serde(default)]
    media_type: Option<MediaType>,
    manifests: Option<Vec<Value>>,
    #[serde(default)]
    annotations: Option<Value>,
}

impl ReferrerList {
    /// Reads what a registry says.
    ///
    /// # Errors
    /// When it is no index.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReferrerListError> {
        let read: Read = serde_json::from_slice(bytes)?;
        match (read.media_type, read.manifests) {
            (None | Some(MediaType::Index), manifests) => Ok(Self {
                entries: manifests.unwrap_or_default(),
                annotations: read.annotations,
            }),
            (Some(other), _) => Err(ReferrerListError::MediaType(other.to_string())),
        }
    }

    /// Adds a further page.
    pub fn extend(&mut self, page: Self) {
        self.entries.extend(page.entries);
    }

    /// Returns how many things it lists.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns what is listed, but for what cannot be read: another tool may know more kinds of
    /// digests than we do.
    pub fn referrers(&self) -> Vec<Referrer> {
        let entries = self.entries.iter();
        entries
            .filter_map(|entry| Referrer::deserialize(entry).ok())
            .collect()
    }

    /// Tells whether all of `referrers` are listed.
    pub fn holds_all(&self, referrers: &[Referrer]) -> bool {
        referrers.iter().all(|it| self.holds(it.manifest.digest))
    }

    /// Tells whether the manifest of `digest` is listed.
    pub fn holds(&self, digest: Digest) -> bool {
        let digest = digest.to_string();
        self.entries.iter().any(|entry| entry["digest"] == digest)
    }

    /// Returns the list with `referrers` in it, each once, after all that was there.
    #[must_use]
    pub fn with(mut self, referrers: &[Referrer]) -> Self {
        for referrer in referrers {
            if !self.holds(referrer.manifest.digest) {
                self.entries.push(json!({
                    "mediaType": referrer.manifest.media_type,
                    "digest": referrer.manifest.digest,
                    "size": referrer.manifest.size_bytes,
                    "artifactType": referrer.artifact_type,
                    "annotations": referrer.annotations,
                }));
            }
        }
        self
    }

    /// Returns the index that is kept under the fallback tag.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical_json(&json!({
            "schemaVersion": 2,
            "mediaType": MediaType::Index,
            "manifests": self.entries,
            "annotations": self.annotations,
        }))
    }
}

/// Returns the tag under which what refers to `subject` is listed, where a registry has no other way.
///
/// # Errors
/// None: the text is always a tag.
pub fn fallback_tag(subject: Digest) -> Result<Tag, TagError> {
    format!("sha256-{}", subject.to_hex()).parse()
}

/// Returns where the next page is, out of a `Link` header: RFC 8288, with the relation `next`.
pub fn next_page(link: &str) -> Option<&str> {
    link.split(',').find_map(|one| {
        let (target, parameters) = one.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            name.trim().eq_ignore_ascii_case("rel") && value.trim().trim_matches('"') == "next"
        });
        is_next.then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn referrer(name: &str) -> Referrer {
        Referrer {
            manifest: Descriptor::of(MediaType::Manifest, name.as_bytes()),
            artifact_type: Some("text/plain".to_owned()),
            annotations: Some(BTreeMap::from([("name".to_owned(), name.to_owned())])),
        }
    }

    #[test]
    fn what_is_added_is_listed_once_and_last() {
        let (one, two) = (referrer("one"), referrer("two"));
        let list = ReferrerList::default().with(std::slice::from_ref(&one));
        let list = list.with(&[one.clone(), two.clone()]);
        let read = ReferrerList::parse(&list.to_bytes()).unwrap();
        assert_eq!(read.referrers(), [one.clone(), two.clone()]);
        assert!(read.holds_all(&[two, one]));
        assert!(!read.holds_all(&[referrer("three")]));
    }

    #[test]
    fn what_others_say_is_kept() {
        let text = r#"{"annotations":{"a":"b"},"manifests":[{"digest":"sha512:00","x":1}],"mediaType":"application/vnd.oci.image.index.v1+json","schemaVersion":2}"#;
        let list = ReferrerList::parse(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(list.to_bytes()).unwrap(), text);
        assert_eq!(list.referrers(), []);
        assert_eq!(list.len(), 1);
    }

    #[test]
    fn what_is_no_index_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"mediaType":"application/vnd.oci.image.manifest.v1+json"}"#,
        ] {
            assert!(ReferrerList::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn the_next_page_is_found_among_links() {
        for (link, next) in [
            (
                "</v2/a/referrers/x?n=2>; rel=\"next\"",
                Some("/v2/a/referrers/x?n=2"),
            ),
            ("<a>; rel=prev, <b>; title=\"x\"; REL=next", Some("b")),
            ("<a>; rel=\"last\"", None),
            ("a; rel=next", None),
            ("", None),
        ] {
            assert_eq!(next_page(link), next, "{link}");
        }
    }
}
