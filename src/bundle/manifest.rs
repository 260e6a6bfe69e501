//! What a bundle says of itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{EntryName, EntryNameError, MAX_FILES};
use crate::model::{
    BlobSource, Digest, ForeignText, GoVersion, Platform, Reference, canonical_json,
};

/// The form that is written, and the latest that is read.
const SCHEMA: u32 = 1;

/// A file that goes into a bundle.
#[derive(Clone)]
pub struct BundleFile {
    /// Its name there.
    pub name: EntryName,
    /// The number of its bytes.
    pub size_bytes: u64,
    /// Its bytes.
    pub source: Arc<dyn BlobSource>,
}

impl BundleFile {
    /// Holds small `bytes` in memory.
    ///
    /// # Errors
    /// When a bundle has no file of that name.
    pub fn of_bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Self, EntryNameError> {
        let bytes: Arc<[u8]> = bytes.into().into();
        Ok(Self {
            name: name.parse()?,
            size_bytes: bytes.len() as u64,
            source: Arc::new(bytes),
        })
    }
}

/// The size and the digest of a file, as the manifest has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The number of its bytes.
    pub size_bytes: u64,
    /// The digest of its bytes.
    pub digest: Digest,
}

/// A base, and what its name meant when the bundle was made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundledBase {
    /// Its name, as it is configured.
    pub reference: Reference,
    /// The manifest or index that it named.
    pub digest: Digest,
}

/// What a bundle is for, and what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The coracle that made it.
    pub coracle: String,
    /// The release of Go in it.
    pub go: GoVersion,
    /// The machines that this Go runs on, sorted.
    pub hosts: Vec<Platform>,
    /// What can be built with it, sorted.
    pub platforms: Vec<Platform>,
    /// The bases in it, sorted.
    pub bases: Vec<BundledBase>,
    /// Its files.
    pub files: BTreeMap<EntryName, Recorded>,
}

/// Why bytes are no manifest of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// They are not the JSON that they should be.
    #[error("its manifest is damaged: {0}")]
    Json(ForeignText),
    /// A later version wrote them.
    #[error("coracle {coracle} made it, in form {schema}; this coracle reads forms up to {SCHEMA}")]
    Newer {
        /// The version that wrote them.
        coracle: ForeignText,
        /// The form.
        schema: u32,
    },
    /// A name leads elsewhere.
    #[error("its manifest is damaged: {0}")]
    Name(#[from] EntryNameError),
    /// There are too many.
    #[error("its manifest names more than {MAX_FILES} files")]
    TooMany,
    /// No disk has both.
    #[error("its manifest is damaged: {0} is a file in it, and a folder of {1}")]
    FileAndFolder(ForeignText, EntryName),
}

impl Manifest {
    /// Returns the bytes: the same manifest, the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let texts = |platforms: &[Platform]| -> Vec<String> {
            platforms.iter().map(ToString::to_string).collect()
        };
        let base = |base: &BundledBase| json!({ "digest": base.digest, "reference": base.reference.to_string() });
        let bases: Vec<Value> = self.bases.iter().map(base).collect();
        let files = self.files.iter().map(|(name, recorded)| {
            let facts = json!({ "sha256": recorded.digest.to_hex(), "size": recorded.size_bytes });
            (name.as_str().to_owned(), facts)
        });
        canonical_json(&json!({
            "bases": bases,
            "coracle": self.coracle,
            "files": files.collect::<serde_json::Map<_, _>>(),
            "go": self.go.to_string(),
            "hosts": texts(&self.hosts),
            "platforms": texts(&self.platforms),
            "schema": SCHEMA,
        }))
    }

    /// Reads the bytes of one.
    ///
    /// # Errors
    /// When they are something else, or of a later form.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        let head: Head = from_json(bytes)?;
        if head.schema > SCHEMA {
            return Err(ManifestError::Newer {
                coracle: ForeignText::new(&head.coracle),
                schema: head.schema,
            });
        }
        let raw: Raw = from_json(bytes)?;
        if raw.files.len() > MAX_FILES {
            return Err(ManifestError::TooMany);
        }
        let files = raw.files.into_iter().map(|(name, file)| {
            let digest = format!("sha256:{}", file.sha256)
                .parse()
                .map_err(|error| damaged(&error))?;
            let size_bytes = file.size;
            Ok((name.parse()?, Recorded { size_bytes, digest }))
        });
        let bases = raw.bases.into_iter().map(|base| {
            Ok(BundledBase {
                reference: base.reference.parse().map_err(|error| damaged(&error))?,
                digest: base.digest,
            })
        });
        let files: BTreeMap<EntryName, Recorded> = files.collect::<Result<_, ManifestError>>()?;
        check_folders(&files)?;
        Ok(Self {
            coracle: head.coracle,
            go: raw.go,
            hosts: raw.hosts,
            platforms: raw.platforms,
            bases: bases.collect::<Result<_, ManifestError>>()?,
            files,
        })
    }
}

fn check_folders(files: &BTreeMap<EntryName, Recorded>) -> Result<(), ManifestError> {
    let names: BTreeSet<&str> = files.keys().map(EntryName::as_str).collect();
    for name in files.keys() {
        if let Some(file) = name.folders().find(|folder| names.contains(folder)) {
            return Err(ManifestError::FileAndFolder(
                ForeignText::new(file),
                name.clone(),
            ));
        }
    }
    Ok(())
}

fn from_json<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ManifestError> {
    serde_json::from_slice(bytes).map_err(|error| damaged(&error))
}

fn damaged(error: &dyn fmt::Display) -> ManifestError {
    ManifestError::Json(ForeignText::new(&error.to_string()))
}

#[derive(Deserialize)]
struct Head {
    schema: u32,
    coracle: String,
}

#[derive(Deserialize)]
struct Raw {
    go: GoVersion,
    hosts: Vec<Platform>,
    platforms: Vec<Platform>,
    bases: Vec<RawBase>,
    files: BTreeMap<String, RawFile>,
}

#[derive(Deserialize)]
struct RawBase {
    reference: String,
    digest: Digest,
}

#[derive(Deserialize)]
struct RawFile {
    sha256: String,
    size: u64,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Returns a manifest of one file with these bytes.
    pub(crate) fn of_file(name: &str, bytes: &[u8]) -> Manifest {
        let recorded = Recorded {
            size_bytes: bytes.len() as u64,
            digest: Digest::of(bytes),
        };
        Manifest {
            coracle: "0.1.0".to_owned(),
            go: "1.26.8".parse().unwrap(),
            hosts: vec![Platform::linux_amd64()],
            platforms: vec![Platform::linux_amd64()],
            bases: vec![BundledBase {
                reference: "registry.example.com/base:v1".parse().unwrap(),
                digest: Digest::of(b"base"),
            }],
            files: BTreeMap::from([(name.parse().unwrap(), recorded)]),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let manifest = of_file("proxy/example.com/m/@v/v1.0.0.mod", b"module m\n");
        assert_eq!(Manifest::parse(&manifest.to_bytes()), Ok(manifest));
    }

    #[test]
    fn a_later_form_is_told_with_who_wrote_it() {
        let later = br#"{"schema": 2, "coracle": "9.1.0", "what": "ever"}"#;
        let error = Manifest::parse(later).unwrap_err().to_string();
        assert_eq!(
            error,
            "coracle 9.1.0 made it, in form 2; this coracle reads forms up to 1"
        );
    }

    #[test]
    fn a_manifest_names_no_file_elsewhere_and_none_without_a_digest() {
        let text = String::from_utf8(of_file("proxy/a/b", b"x").to_bytes()).unwrap();
        for (old, new) in [
            ("proxy/a/b", "proxy/../b"),
            ("\"sha256\":\"", "\"sha256\":\"0"),
            ("linux/amd64", "linux"),
            ("registry.example.com/base", "no reference"),
        ] {
            let wrong = text.replace(old, new);
            assert_ne!(wrong, text);
            assert!(Manifest::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
