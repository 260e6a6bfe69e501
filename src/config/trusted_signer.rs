//! Who must have signed the images of a registry.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::KeySource;

/// Who must have signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrustedSigner {
    /// Whoever has the private half of this key.
    Key(KeySource),
}

/// The long form.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    key: KeySource,
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
        f.write_str("a public key, or a table { key = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<TrustedSigner, E> {
        text.parse().map(TrustedSigner::Key).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TrustedSigner, A::Error> {
        let Table { key } = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(TrustedSigner::Key(key))
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
        json_schema!({
            "anyOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "key": { "type": "string" } },
                    "required": ["key"],
                    "additionalProperties": false,
                },
            ]
        })
    }
}
