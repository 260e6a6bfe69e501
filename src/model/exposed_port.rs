//! A port that an image says it listens on, image-spec v1.1, `config.md`, "`ExposedPorts`".

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A port from 1 to 65535 and its protocol: `8080`, `53/udp`.
///
/// ```
/// # use coracle::model::ExposedPort;
/// assert_eq!("8080".parse::<ExposedPort>().unwrap().to_string(), "8080/tcp");
/// assert!("0/tcp".parse::<ExposedPort>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExposedPort {
    number: u16,
    protocol: Protocol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Protocol {
    Tcp,
    Udp,
    Sctp,
}

/// Why a text is no port.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a port, expected 1 to 65535, with /udp or /sctp where it is not tcp, as in 8080 or 53/udp"
)]
pub struct ExposedPortError(String);

impl fmt::Display for ExposedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
            Protocol::Sctp => "sctp",
        };
        write!(f, "{}/{protocol}", self.number)
    }
}

impl FromStr for ExposedPort {
    type Err = ExposedPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ExposedPortError(text.to_owned());
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => return Err(error()),
        };
        let digits = number.bytes().all(|b| b.is_ascii_digit());
        match number.parse() {
            Ok(number) if digits && number > 0 => Ok(Self { number, protocol }),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for ExposedPort {
    type Error = ExposedPortError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ExposedPort> for String {
    fn from(port: ExposedPort) -> Self {
        port.to_string()
    }
}
