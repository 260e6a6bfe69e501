//! Something that is said of an image: an in-toto statement.
//!
//! in-toto attestation framework v1, `spec/v1/statement.md`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::is_same_build;
use crate::model::{Digest, DigestError, canonical_json};

/// The only form that is written.
const FORM: &str = "https://in-toto.io/Statement/v1";
/// The form before, in which cosign still attests.
const FORM_BEFORE: &str = "https://in-toto.io/Statement/v0.1";

/// What is said of one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is said of.
    pub subject: Subject,
    /// What kind of thing is said.
    pub predicate_type: PredicateType,
    /// What is said.
    pub predicate: Value,
}

/// What a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The digest of a manifest or an index.
    pub digest: Digest,
    /// What the signer adds.
    pub annotations: BTreeMap<String, String>,
}

/// What kind of thing a statement says: a URI.
///
/// ```
/// # use coracle::attest::PredicateType;
/// assert_eq!(PredicateType::of_name("spdx").as_str(), "https://spdx.dev/Document");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PredicateType(String);

/// The short names that cosign has too, and what they mean.
const NAMES: [(&str, &str); 7] = [
    ("signature", "https://sigstore.dev/cosign/sign/v1"),
    ("spdx", "https://spdx.dev/Document"),
    ("cyclonedx", "https://cyclonedx.org/bom"),
    ("provenance", "https://slsa.dev/provenance/v1"),
    ("policy", "https://coracle.dev/policy/v1"),
    ("openvex", "https://openvex.dev/ns"),
    ("vuln", "https://cosign.sigstore.dev/attestation/vuln/v1"),
];

impl PredicateType {
    /// That of a signature.
    pub fn signature() -> Self {
        Self::of_name("signature")
    }

    /// That of SLSA provenance.
    pub fn provenance() -> Self {
        Self::of_name("provenance")
    }

    /// That of the result of checks, docs/attestations.md.
    pub fn policy() -> Self {
        Self::of_name("policy")
    }

    /// Takes a short name, or a URI as it is.
    pub fn of_name(name: &str) -> Self {
        let known = NAMES.iter().find(|(short, _)| *short == name);
        Self(known.map_or(name, |(_, uri)| uri).to_owned())
    }

    /// Returns the URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns its short name, where it has one.
    pub fn short_name(&self) -> &str {
        let known = NAMES.iter().find(|(_, uri)| *uri == self.0);
        known.map_or(&self.0, |(short, _)| short)
    }
}

/// Why some bytes are no statement about an image.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// It is not JSON of the right form.
    #[error("it is no in-toto statement")]
    Form(#[from] serde_json::Error),
    /// It is a statement of a form that is not known.
    #[error("it is a statement of the unknown form {0:?}")]
    UnknownForm(String),
    /// It is about nothing, or about several things.
    #[error("it is about {0} things, expected one image")]
    Subjects(usize),
    /// It names what it is about otherwise than by a digest.
    #[error("it does not name an image by its digest")]
    Digest(#[from] DigestError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read<P> {
    #[serde(rename = "_type")]
    form: String,
    #[serde(default)]
    subject: Vec<ReadSubject>,
    predicate_type: String,
    predicate: Option<P>,
}

#[derive(Deserialize)]
struct ReadSubject {
    digest: BTreeMap<String, String>,
    #[serde(default)]
    annotations: Option<BTreeMap<String, String>>,
}

impl<'de, P: Deserialize<'de>> Read<P> {
    fn parse(bytes: &'de [u8]) -> Result<Self, StatementError> {
        let read: Self = serde_json::from_slice(bytes)?;
        if ![FORM, FORM_BEFORE].contains(&read.form.as_str()) {
            return Err(StatementError::UnknownForm(read.form));
        }
        Ok(read)
    }

    fn into_statement(self, predicate: impl Fn(P) -> Value) -> Result<Statement, StatementError> {
        let [subject] = <[ReadSubject; 1]>::try_from(self.subject)
            .map_err(|subjects| StatementError::Subjects(subjects.len()))?;
        let hex = subject.digest.get("sha256").cloned().unwrap_or_default();
        Ok(Statement {
            subject: Subject {
                digest: format!("sha256:{hex}").parse()?,
                annotations: subject.annotations.unwrap_or_default(),
            },
            predicate_type: PredicateType(self.predicate_type),
            predicate: self.predicate.map_or(Value::Null, predicate),
        })
    }
}

impl Statement {
    /// Says that whoever signs this stands for the image of `digest`.
    pub fn signature(digest: Digest, annotations: BTreeMap<String, String>) -> Self {
        Self {
            subject: Subject {
                digest,
                annotations,
            },
            predicate_type: PredicateType::signature(),
            predicate: json!({}),
        }
    }

    /// Says `predicate` of the image of `digest`.
    pub fn new(digest: Digest, predicate_type: PredicateType, predicate: Value) -> Self {
        Self {
            subject: Subject {
                digest,
                annotations: BTreeMap::new(),
            },
            predicate_type,
            predicate,
        }
    }

    /// Tells whether it is a signature, and nothing but that.
    pub fn is_signature(&self) -> bool {
        self.predicate_type == PredicateType::signature()
    }

    /// Tells whether `other` says the same. A run that would build the same again does not say so in
    /// its own name.
    pub fn says_the_same(&self, other: &Self) -> bool {
        if self.predicate_type != PredicateType::provenance() {
            return self == other;
        }
        self.subject == other.subject
            && self.predicate_type == other.predicate_type
            && is_same_build(&self.predicate, &other.predicate)
    }

    /// Returns the bytes that are signed. They are the same each time.
    pub fn to_bytes(&self) -> Vec<u8> {
        let annotations = &self.subject.annotations;
        canonical_json(&json!({
            "_type": FORM,
            "subject": [{
                "digest": { "sha256": self.subject.digest.to_hex() },
                "annotations": (!annotations.is_empty()).then_some(annotations),
            }],
            "predicateType": self.predicate_type.as_str(),
            "predicate": self.predicate,
        }))
    }

    /// Reads a statement about one image.
    ///
    /// # Errors
    /// When it is of another form, or about anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        Read::<Value>::parse(bytes)?.into_statement(|predicate| predicate)
    }

    /// Reads whom a statement is about and what kind it is, and leaves its predicate: who has signed it
    /// is not known yet, and it may be long.
    ///
    /// # Errors
    /// As for [`Statement::parse`].
    pub fn parse_head(bytes: &[u8]) -> Result<Self, StatementError> {
        Read::<IgnoredAny>::parse(bytes)?.into_statement(|_| Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_comes_back_as_it_was_written() {
        let digest = Digest::of(b"image");
        let notes = BTreeMap::from([("stage".to_owned(), "production".to_owned())]);
        let signature = Statement::signature(digest, notes);
        let sbom = Statement::new(
            digest,
            PredicateType::of_name("spdx"),
            json!({ "name": "x" }),
        );
        for statement in [signature, sbom] {
            assert_eq!(Statement::parse(&statement.to_bytes()).unwrap(), statement);
        }
    }

    #[test]
    fn a_signature_is_written_as_cosign_writes_it() {
        let statement = Statement::signature(Digest::of(b"image"), BTreeMap::new());
        let hex = Digest::of(b"image").to_hex();
        assert_eq!(
            String::from_utf8(statement.to_bytes()).unwrap(),
            format!(
                "{{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicate\":{{}},\
                 \"predicateType\":\"https://sigstore.dev/cosign/sign/v1\",\
                 \"subject\":[{{\"digest\":{{\"sha256\":\"{hex}\"}}}}]}}"
            )
        );
    }

    #[test]
    fn what_is_about_no_image_is_refused() {
        let hex = "0".repeat(64);
        let subject = format!(r#"{{"digest":{{"sha256":"{hex}"}}}}"#);
        let of = |form: &str, subjects: &str| {
            format!(r#"{{"_type":"{form}","subject":[{subjects}],"predicateType":"x"}}"#)
        };
        for (text, why) in [
            ("[".to_owned(), "no in-toto statement"),
            (
                of("https://in-toto.io/Statement/v9", &subject),
                "unknown form",
            ),
            (of(FORM, ""), "about 0 things"),
            (of(FORM, &format!("{subject},{subject}")), "about 2 things"),
            (of(FORM, r#"{"digest":{"sha512":"00"}}"#), "by its digest"),
        ] {
            let error = Statement::parse(text.as_bytes()).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        }
        assert!(Statement::parse(of(FORM_BEFORE, &subject).as_bytes()).is_ok());
    }
}
