//! Values that the file writes as strings.

use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error};

/// Reads a positive time with its unit.
pub(super) fn deserialize_time<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let positive = |time: &Duration| !time.is_zero();
    text.parse::<jiff::SignedDuration>()
        .ok()
        .and_then(|time| Duration::try_from(time).ok())
        .filter(positive)
        .ok_or_else(|| {
            D::Error::custom(format_args!(
                "{text:?} is not a time limit, expected a positive time with its unit, as in \"30s\" or \"2m\""
            ))
        })
}

/// Lets types that are parsed from text stand in the file as strings, and in its JSON schema too.
macro_rules! written_as_text {
    ($($name:ty),+ $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    )+};
}

pub(super) use written_as_text;
