//! Which platforms an image is for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::model::Platform;

/// The platforms to build for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformChoice {
    /// Every platform of the base that Go can build for.
    All,
    /// These, in this order: at least one, and none of them twice.
    Listed(Vec<Platform>),
}

impl<'de> Deserialize<'de> for PlatformChoice {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ChoiceVisitor)
    }
}

struct ChoiceVisitor;

impl<'de> Visitor<'de> for ChoiceVisitor {
    type Value = PlatformChoice;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of platforms or \"all\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PlatformChoice, E> {
        match text {
            "all" => Ok(PlatformChoice::All),
            _ => Err(E::custom(format_args!(
                "expected a list of platforms or \"all\", found {text:?}\nwrite [\"linux/amd64\"], also for a single one"
            ))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<PlatformChoice, A::Error> {
        let mut platforms: Vec<Platform> = Vec::new();
        while let Some(platform) = list.next_element()? {
            if let Some(twin) = platforms.iter().find(|twin| twin.covers(&platform)) {
                return Err(A::Error::custom(twice(twin, &platform)));
            }
            platforms.push(platform);
        }
        if platforms.is_empty() {
            return Err(A::Error::custom("expected at least one platform"));
        }
        Ok(PlatformChoice::Listed(platforms))
    }
}

fn twice(first: &Platform, second: &Platform) -> String {
    if first == second {
        format!("{second} is listed twice")
    } else {
        format!("{second} is the same as {first}, which is listed too")
    }
}

impl JsonSchema for PlatformChoice {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PlatformChoice".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "const": "all" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1, "uniqueItems": true },
            ]
        })
    }
}
