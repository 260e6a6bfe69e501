//! The files of an OCI layout that are not blobs, image-spec v1.1, `image-layout.md`.

use serde_json::{Value, json};

use crate::model::{Descriptor, Digest, MediaType, Repository, Tag, canonical_json};

/// The name of the file that makes a folder a layout.
pub const LAYOUT_MARKER: &str = "oci-layout";
/// The content of that file.
pub const LAYOUT_MARKER_TEXT: &str = r#"{"imageLayoutVersion":"1.0.0"}"#;
/// The name of the file that names a layout's images.
pub const LAYOUT_INDEX: &str = "index.json";

const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// What containerd, Docker and podman look at before the name of the specification.
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// The `index.json` of a layout: what is in it stays as it was read, but for the tags that are set.
#[derive(Debug, Clone, PartialEq)]
pub struct LayoutIndex(Value);

/// Why a folder is no layout that an image can be added to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// A file is not the JSON that it should be.
    #[error("its {file} is damaged: {cause}")]
    Json {
        /// The file.
        file: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The layout is of another version.
    #[error("its version is {0}, expected 1.0.0")]
    Version(String),
    /// The index is JSON, but none that can be added to.
    #[error("its index.json is not an OCI index")]
    NoIndex,
}

/// Checks the content of a layout's marker.
///
/// # Errors
/// When it is not that of a layout, or of another version.
pub fn check_layout_marker(bytes: &[u8]) -> Result<(), LayoutError> {
    let marker = parse(LAYOUT_MARKER, bytes)?;
    match &marker["imageLayoutVersion"] {
        Value::String(version) if version == "1.0.0" => Ok(()),
        version => Err(LayoutError::Version(version.to_string())),
    }
}

/// Returns the path of a blob in a layout.
pub fn layout_blob(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.to_hex())
}

impl LayoutIndex {
    /// Returns the index of a layout without images.
    pub fn empty() -> Self {
        Self(json!({ "manifests": [], "mediaType": MediaType::Index, "schemaVersion": 2 }))
    }

    /// Reads the index of a layout that is there.
    ///
    /// # Errors
    /// When it is damaged, or something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, LayoutError> {
        let index = parse(LAYOUT_INDEX, bytes)?;
        let is_index = match &index["mediaType"] {
            Value::Null => true,
            name => *name == json!(MediaType::Index),
        };
        let is_descriptor = |entry: &Value| {
            entry["digest"].is_string() && entry["size"].is_u64() && entry["mediaType"].is_string()
        };
        let manifests = index["manifests"].as_array();
        if is_index && manifests.is_some_and(|entries| entries.iter().all(is_descriptor)) {
            Ok(Self(index))
        } else {
            Err(LayoutError::NoIndex)
        }
    }

    /// Returns what the index names, each with its tag where it has one; what has a digest that is
    /// not sha256 is left out.
    pub fn images(&self) -> Vec<(Option<String>, Descriptor)> {
        let entries = self.0["manifests"].as_array().into_iter().flatten();
        entries
            .filter_map(|entry| {
                let descriptor = serde_json::from_value(entry.clone()).ok()?;
                let tag = entry["annotations"][REF_NAME].as_str().map(str::to_owned);
                Some((tag, descriptor))
            })
            .collect()
    }

    /// Points each of `tags` at `root`; without tags it is there under none.
    pub fn set(&mut self, root: &Descriptor, tags: &[Tag]) {
        for tag in tags {
            let is_taken = |other: &Value| other["annotations"][REF_NAME] == tag.as_str();
            self.put(entry(root, &json!({ REF_NAME: tag.as_str() })), is_taken);
        }
        if tags.is_empty() {
            let is_there = |other: &Value| other["digest"] == json!(root.digest);
            self.put(entry(root, &Value::Null), is_there);
        }
    }

    /// Points each of `tags` at `root`, in an archive that is loaded under `name`; without tags it is
    /// there under none.
    pub(super) fn of_archive(root: &Descriptor, name: &Repository, tags: &[Tag]) -> Self {
        let mut index = Self::empty();
        for tag in tags {
            let names = json!({ CONTAINERD_NAME: format!("{name}:{tag}"), REF_NAME: tag.as_str() });
            index.put(entry(root, &names), |_| false);
        }
        if tags.is_empty() {
            index.set(root, tags);
        }
        index
    }

    /// Returns the bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        canonical_json(&self.0)
    }

    /// Puts `entry` in the place of the first that it `replaces`, and removes the others.
    fn put(&mut self, entry: Value, replaces: impl Fn(&Value) -> bool) {
        let Some(entries) = self.0["manifests"].as_array_mut() else {
            return;
        };
        let place = entries.iter().position(&replaces).unwrap_or(entries.len());
        entries.retain(|other| !replaces(other));
        entries.insert(place, entry);
    }
}

fn parse(file: &'static str, bytes: &[u8]) -> Result<Value, LayoutError> {
    serde_json::from_slice(bytes).map_err(|error| LayoutError::Json {
        file,
        cause: error.to_string(),
    })
}

fn entry(root: &Descriptor, annotations: &Value) -> Value {
    json!({
        "annotations": annotations,
        "digest": root.digest,
        "mediaType": root.media_type,
        "size": root.size_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(content: &str) -> Descriptor {
        Descriptor::of(MediaType::Manifest, content.as_bytes())
    }

    fn tags(tags: &[&str]) -> Vec<Tag> {
        tags.iter().map(|tag| tag.parse().unwrap()).collect()
    }

    fn names(index: &LayoutIndex) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let entries = index.0["manifests"].as_array().unwrap();
        entries
            .iter()
            .map(|entry| {
                (
                    text(&entry["annotations"][REF_NAME]),
                    text(&entry["digest"]),
                )
            })
            .collect()
    }

    fn name(name: &str, content: &str) -> (String, String) {
        (name.to_owned(), root(content).digest.to_string())
    }

    #[test]
    fn a_tag_moves_and_the_others_stay() {
        let mut index = LayoutIndex::empty();
        index.set(&root("a"), &tags(&["v1", "latest"]));
        index.set(&root("b"), &tags(&["latest", "v2"]));
        assert_eq!(
            names(&index),
            [name("v1", "a"), name("latest", "b"), name("v2", "b")]
        );
        let before = index.clone();
        index.set(&root("b"), &tags(&["latest"]));
        assert_eq!(index, before);
    }

    #[test]
    fn an_image_without_tags_is_there_once() {
        let mut index = LayoutIndex::empty();
        index.set(&root("a"), &[]);
        index.set(&root("a"), &[]);
        assert_eq!(names(&index), [name("-", "a")]);
        let server = Repository::local(&"server".parse().unwrap());
        let archive = LayoutIndex::of_archive(&root("a"), &server, &[]);
        assert_eq!(archive, index);
    }

    #[test]
    fn what_others_wrote_is_kept() {
        let theirs = json!({
            "schemaVersion": 2, "x": { "y": [1] },
            "manifests": [{ "mediaType": "text/plain", "digest": "sha512:0", "size": 1, "z": true }],
        });
        let mut index = LayoutIndex::parse(theirs.to_string().as_bytes()).unwrap();
        index.set(&root("a"), &tags(&["v1"]));
        let read: Value = serde_json::from_slice(&index.to_bytes()).unwrap();
        assert_eq!(read["x"], theirs["x"]);
        assert_eq!(read["manifests"][0], theirs["manifests"][0]);
        assert_eq!(read["manifests"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_no_layout_is_refused() {
        for wrong in [
            json!([]),
            json!({}),
            json!({ "manifests": {} }),
            json!({ "manifests": [{ "digest": "x" }] }),
            json!({ "manifests": [], "mediaType": MediaType::Manifest }),
        ] {
            let index = LayoutIndex::parse(wrong.to_string().as_bytes());
            assert_eq!(index, Err(LayoutError::NoIndex), "{wrong}");
        }
        assert!(LayoutIndex::parse(b"{\"manifests\":[").is_err());
        assert!(check_layout_marker(LAYOUT_MARKER_TEXT.as_bytes()).is_ok());
        assert!(check_layout_marker(br#"{"imageLayoutVersion":"2.0.0"}"#).is_err());
        assert!(check_layout_marker(b"").is_err());
    }
}
