//! Ports that an image says it listens on.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A port and its protocol, shown as image-spec v1.1, `config.md`, wants it in `ExposedPorts`.
///
/// ```
/// # use coracle::config::ExposedPort;
/// assert_eq!("8080".parse::<ExposedPort>().unwrap().to_string(), "8080/tcp");
/// assert_eq!("53/udp".parse::<ExposedPort>().unwrap().to_string(), "53/udp");
/// assert!("0".parse::<ExposedPort>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExposedPort {
    /// The number.
    pub number: NonZeroU16,
    /// What is spoken there.
    pub protocol: Protocol,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP, where nothing is said.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// Why a text or number is no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0} is not a port, expected 1 to 65535, with its protocol where it is not tcp: 8080 or \"53/udp\""
)]
pub struct ExposedPortError(String);

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        })
    }
}

impl fmt::Display for ExposedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol)
    }
}

impl FromStr for ExposedPort {
    type Err = ExposedPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ExposedPortError(format!("{text:?}"));
        let (number, protocol) = match text.split_once('/') {
            None => (text, Protocol::Tcp),
            Some((number, "tcp")) => (number, Protocol::Tcp),
            Some((number, "udp")) => (number, Protocol::Udp),
            Some((number, "sctp")) => (number, Protocol::Sctp),
            Some(_) => return Err(wrong()),
        };
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        let number = number.parse().map_err(|_| wrong())?;
        Ok(Self { number, protocol })
    }
}

impl<'de> Deserialize<'de> for ExposedPort {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PortVisitor)
    }
}

struct PortVisitor;

impl Visitor<'_> for PortVisitor {
    type Value = ExposedPort;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a port, as in 8080 or \"53/udp\"")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ExposedPort, E> {
        u16::try_from(number)
            .ok()
            .and_then(NonZeroU16::new)
            .map(|number| ExposedPort {
                number,
                protocol: Protocol::Tcp,
            })
            .ok_or_else(|| E::custom(ExposedPortError(number.to_string())))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ExposedPort, E> {
        text.parse().map_err(E::custom)
    }
}

impl JsonSchema for ExposedPort {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ExposedPort".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": "integer", "minimum": 1, "maximum": 65535 },
                { "type": "string", "pattern": "^[0-9]{1,5}(/(tcp|udp|sctp))?$" },
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_one_can_listen_on_is_no_port() {
        for wrong in [
            "", "0", "65536", "-1", "+80", "80/", "80/icmp", "80-90", "/tcp", "80/TCP",
        ] {
            assert!(wrong.parse::<ExposedPort>().is_err(), "{wrong:?}");
        }
    }
}
