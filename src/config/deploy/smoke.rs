//! What must work once something is deployed.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::config::text_value::{deserialize_time, written_as_text};

/// What must work once something is deployed: an HTTP request that is answered as it should be, or a program that
/// ends with 0. It is tried again until it has passed several times in a row, so that luck does not count.
///
/// ```toml
/// [deploy]
/// how   = { kubernetes = { manifests = ["deploy/"] } }
/// smoke = [
///   { url = "https://shop.example.com/healthz", status = 200, contains = "ok", latency = "500ms" },
///   { command = ["./smoke.sh"], passes = 1 },
/// ]
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct SmokeTable {
    /// What is asked for, by GET; redirects are answers. The default is none: one of `url` and `command` is named.
    url: Option<SmokeUrl>,
    /// The status that must come. The default is `200`.
    #[schemars(range(min = 100, max = 599))]
    status: Option<u32>,
    /// What the body must hold. The default is nothing.
    contains: Option<String>,
    /// How long an answer may take, its body with it. The default is no limit but `timeout`.
    #[serde(deserialize_with = "deserialize_some_time")]
    #[schemars(with = "Option<String>")]
    latency: Option<Duration>,
    /// A program that must end with 0, and its arguments. The default is none.
    command: Vec<String>,
    /// How many times in a row it must pass. The default is `3`, of a command `1`.
    #[schemars(range(min = 1, max = 1000))]
    passes: Option<u32>,
    /// How long to wait between two tries. The default is `"1s"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    interval: Duration,
    /// After what time the test has failed. The default is `"1m"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    timeout: Duration,
}

fn deserialize_some_time<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    deserialize_time(deserializer).map(Some)
}

impl Default for SmokeTable {
    fn default() -> Self {
        Self {
            url: None,
            status: None,
            contains: None,
            latency: None,
            command: Vec::new(),
            passes: None,
            interval: Duration::from_secs(1),
            timeout: Duration::from_mins(1),
        }
    }
}

/// What must work once something is deployed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "SmokeTable")]
pub struct SmokeConfig {
    /// What is tried.
    pub kind: SmokeKind,
    /// How many times in a row it must pass, at least once.
    pub passes: u32,
    /// How long to wait between two tries.
    pub interval: Duration,
    /// After what time it has failed.
    pub timeout: Duration,
}

/// What is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SmokeKind {
    /// A GET request.
    Http {
        /// What is asked for.
        url: SmokeUrl,
        /// The status that must come.
        status: u16,
        /// What the body must hold.
        contains: Option<String>,
        /// How long the answer may take.
        latency: Option<Duration>,
    },
    /// A program that ends with 0.
    Command(Vec<String>),
}

impl fmt::Display for SmokeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http { url, .. } => url.fmt(f),
            Self::Command(words) => f.write_str(&words.join(" ")),
        }
    }
}

impl TryFrom<SmokeTable> for SmokeConfig {
    type Error = &'static str;

    fn try_from(table: SmokeTable) -> Result<Self, Self::Error> {
        let of_http = table.status.is_some() || table.contains.is_some() || table.latency.is_some();
        let (kind, usual) = match (table.url, table.command.is_empty()) {
            (Some(url), true) => (
                SmokeKind::Http {
                    url,
                    status: u16::try_from(table.status.unwrap_or(200))
                        .ok()
                        .filter(|status| (100..600).contains(status))
                        .ok_or("status is none of HTTP, expected 100 to 599")?,
                    contains: table.contains,
                    latency: table.latency,
                },
                3,
            ),
            (None, false) if of_http => {
                return Err(
                    "status, contains and latency are of a url\ntake them out, or name a url",
                );
            }
            (None, false) => (SmokeKind::Command(table.command), 1),
            (Some(_), false) => {
                return Err("url and command exclude each other\nmake two tests of it");
            }
            (None, true) => return Err("a smoke test tries nothing\nname a url or a command"),
        };
        let passes = table.passes.unwrap_or(usual);
        if !(1..=1000).contains(&passes) {
            return Err("passes is out of range, expected 1 to 1000");
        }
        Ok(Self {
            kind,
            passes,
            interval: table.interval,
            timeout: table.timeout,
        })
    }
}

/// What a smoke test asks for: an address of http or https, without a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmokeUrl(Url);

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmokeUrlError {
    /// It is no URL, or one of something else.
    #[error("{0:?} is no address of HTTP, expected one like \"https://shop.example.com/healthz\"")]
    NoUrl(String),
    /// It holds a password.
    #[error("the address of a smoke test holds credentials\ntake them out")]
    Credentials,
}

impl SmokeUrl {
    /// Returns the address.
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for SmokeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl FromStr for SmokeUrl {
    type Err = SmokeUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err(SmokeUrlError::Credentials);
        }
        match Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self(url)),
            _ => Err(SmokeUrlError::NoUrl(text.to_owned())),
        }
    }
}

written_as_text!(SmokeUrl);
