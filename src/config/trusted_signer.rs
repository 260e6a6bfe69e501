//! Who must have signed the images of a registry.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::{IdentityRegex, IdentityRule, KeySource};

/// Who must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedSigner {
    /// Whoever has the private half of this key.
    Key(KeySource),
    /// Whoever shows that they are this.
    Identity {
        /// Who, and who vouches for it.
        rule: IdentityRule,
        /// The certificates and keys of whoever vouches, if not those of Sigstore's public instance.
        trusted_root: Option<PathBuf>,
    },
}

/// The long form: a key, or an identity.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    key: Option<KeySource>,
    identity: Option<String>,
    identity_regexp: Option<IdentityRegex>,
    issuer: Option<String>,
    trusted_root: Option<PathBuf>,
}

impl Table {
    fn into_signer(self) -> Result<TrustedSigner, String> {
        let trusted_root = self.trusted_root;
        let rule = IdentityRule::of_keys(self.identity, self.identity_regexp, self.issuer);
        match (self.key, rule.map_err(|(_, why)| why)?) {
            (Some(key), None) if trusted_root.is_none() => Ok(TrustedSigner::Key(key)),
            (Some(_), _) => Err(
                "a key needs neither identity, issuer nor trusted_root\nkeep the key or these"
                    .to_owned(),
            ),
            (None, Some(rule)) => Ok(TrustedSigner::Identity { rule, trusted_root }),
            (None, None) => {
                Err("nobody is named\nname a key, or an identity and its issuer".to_owned())
            }
        }
    }
}

impl<'de> Deserialize<'de> for TrustedSigner {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SignerVisitor)
    }
}

struct SignerVisitor;

impl<'de> Visitor<'de> for SignerVisitor {
    type Value = TrustedSigner;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a public key, or a table { key = \"…\" } or { identity = \"…\", issuer = \"…\" }",
        )
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TrustedSigner, E> {
        text.parse().map(TrustedSigner::Key).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TrustedSigner, A::Error> {
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        table.into_signer().map_err(A::Error::custom)
    }
}

impl JsonSchema for TrustedSigner {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "TrustedSigner".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = || json_schema!({ "type": "string" });
        let identity = |key: &str| {
            json_schema!({
                "type": "object",
                "properties": { (key): text(), "issuer": text(), "trusted_root": text() },
                "required": [key, "issuer"],
                "additionalProperties": false,
            })
        };
        json_schema!({
            "anyOf": [
                text(),
                {
                    "type": "object",
                    "properties": { "key": text() },
                    "required": ["key"],
                    "additionalProperties": false,
                },
                identity("identity"),
                identity("identity_regexp"),
            ]
        })
    }
}
