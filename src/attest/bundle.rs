//! A signed statement with what is needed to check it: the Sigstore bundle v0.3.
//!
//! protobuf-specs, `sigstore_bundle.proto`. Keys that are not known are refused when one is read:
//! what is not understood is not believed.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::envelope::EnvelopeError;
use super::{Envelope, PublicKey, Statement, StatementError, pre_authentication};
use crate::model::{ByteSize, canonical_json, limits};

/// The media type of a bundle, and the artifact type of what holds one.
pub const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
/// How the media types of all bundles begin.
pub const BUNDLE_TYPE_PREFIX: &str = "application/vnd.dev.sigstore.bundle";
/// The media types that are read: from 0.3 on, the version may stand in the middle or at the end.
const READ: [&str; 2] = [
    BUNDLE_TYPE,
    "application/vnd.dev.sigstore.bundle+json;version=0.3",
];

/// A signed statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// The statement and the signature.
    pub envelope: Envelope,
    /// What it is checked with.
    pub material: Material,
}

/// What a signature is checked with.
#[derive(Debug, Clone, PartialEq)]
pub enum Material {
    /// A key that whoever checks has already.
    Key {
        /// A name of it, on which nobody relies.
        hint: String,
    },
    /// A certificate, and entries of logs and clocks that show when it was used: the bundle's
    /// `verificationMaterial` as it is.
    Keyless(Value),
}

/// Why some bytes are no bundle, or not the wanted one.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// It is not JSON of the right form.
    #[error("it is no Sigstore bundle of version 0.3")]
    Form(#[from] serde_json::Error),
    /// It is of another version.
    #[error("it is a bundle of the unknown version {0:?}")]
    Version(String),
    /// It holds a signature of bytes, and no statement.
    #[error("it holds no statement")]
    NoStatement,
    /// It does not say what it is checked with.
    #[error("it says not what it is checked with, or too much")]
    Material,
    /// What it is checked with is longer than any that is of use.
    #[error(
        "what it is checked with is longer than {}",
        ByteSize(limits::VERIFICATION_MATERIAL_BYTES)
    )]
    LongMaterial,
    /// Its envelope cannot be opened.
    #[error("its envelope is wrong")]
    Envelope(#[from] EnvelopeError),
    /// What is signed is no statement about an image.
    #[error("what it signs is wrong")]
    Statement(#[from] StatementError),
    /// It was signed by another key.
    #[error("it was not signed by this key")]
    OtherKey,
    /// It was signed by an identity, and a key was asked for.
    #[error("it was signed without a key, by an identity")]
    NoKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Read<'a> {
    media_type: String,
    #[serde(borrow)]
    verification_material: &'a RawValue,
    dsse_envelope: Option<Envelope>,
    #[serde(default)]
    #[allow(dead_code, reason = "known, and refused")]
    message_signature: Option<IgnoredAny>,
}

impl Bundle {
    /// Wraps `statement`, signed by the key whose public half is `key`.
    pub fn of_key(statement: &[u8], signature: &[u8], key: &PublicKey) -> Self {
        Self::of_envelope(Envelope::new(statement, signature), key)
    }

    /// Wraps `envelope`, which is checked with `key`.
    pub fn of_envelope(envelope: Envelope, key: &PublicKey) -> Self {
        let material = Material::Key { hint: key.hint() };
        Self { envelope, material }
    }

    /// Wraps `statement`, signed by an identity that `material` proves.
    pub fn of_identity(statement: &[u8], signature: &[u8], material: Value) -> Self {
        Self {
            envelope: Envelope::new(statement, signature),
            material: Material::Keyless(material),
        }
    }

    /// Returns its bytes, the same each time.
    pub fn to_bytes(&self) -> Vec<u8> {
        let material = match &self.material {
            Material::Key { hint } => json!({ "publicKey": { "hint": hint } }),
            Material::Keyless(material) => material.clone(),
        };
        canonical_json(&json!({
            "mediaType": BUNDLE_TYPE,
            "verificationMaterial": material,
            "dsseEnvelope": self.envelope,
        }))
    }

    /// Reads a bundle that holds a statement.
    ///
    /// # Errors
    /// When it is of another version, or holds anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let read: Read<'_> = serde_json::from_slice(bytes)?;
        if !READ.contains(&read.media_type.as_str()) {
            return Err(BundleError::Version(read.media_type));
        }
        Ok(Self {
            envelope: read.dsse_envelope.ok_or(BundleError::NoStatement)?,
            material: material(read.verification_material)?,
        })
    }

    /// Returns the statement, which nobody has checked.
    ///
    /// # Errors
    /// When there is none.
    pub fn unchecked_statement(&self) -> Result<Statement, BundleError> {
        let (payload, _) = self.envelope.open()?;
        Ok(Statement::parse(&payload)?)
    }

    /// Returns whom the statement is about and what kind it is, which nobody has checked.
    ///
    /// # Errors
    /// When there is none.
    pub fn unchecked_head(&self) -> Result<Statement, BundleError> {
        let (payload, _) = self.envelope.open()?;
        Ok(Statement::parse_head(&payload)?)
    }

    /// Returns the statement, if `key` has signed it.
    ///
    /// # Errors
    /// When it has not, or it is no statement.
    pub fn statement(&self, key: &PublicKey) -> Result<Statement, BundleError> {
        if let Material::Keyless(_) = self.material {
            return Err(BundleError::NoKey);
        }
        let (payload, signature) = self.envelope.open()?;
        if !key.verifies(&pre_authentication(&payload), &signature) {
            return Err(BundleError::OtherKey);
        }
        Ok(Statement::parse(&payload)?)
    }
}

/// One of the ways to check is named, and only one.
fn material(read: &RawValue) -> Result<Material, BundleError> {
    const WAYS: [&str; 3] = ["publicKey", "certificate", "x509CertificateChain"];
    const BESIDE: [&str; 2] = ["tlogEntries", "timestampVerificationData"];
    if read.get().len() as u64 > limits::VERIFICATION_MATERIAL_BYTES {
        return Err(BundleError::LongMaterial);
    }
    let read: Value = serde_json::from_str(read.get())?;
    let Value::Object(members) = &read else {
        return Err(BundleError::Material);
    };
    let ways: Vec<&String> = members
        .keys()
        .filter(|key| !BESIDE.contains(&key.as_str()))
        .collect();
    match ways.as_slice() {
        [way] if *way == "publicKey" => {
            let hint = read["publicKey"]["hint"].as_str().unwrap_or_default();
            Ok(Material::Key {
                hint: hint.to_owned(),
            })
        }
        [way] if WAYS.contains(&way.as_str()) => Ok(Material::Keyless(read)),
        _ => Err(BundleError::Material),
    }
}
