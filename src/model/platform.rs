//! What an image runs on, image-spec v1.1, `image-index.md`, "platform".

use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// An operating system and an architecture in Go's words, with a variant where one is meant.
///
/// The text form is `OS/ARCH` or `OS/ARCH/VARIANT`. A variant that says what the architecture
/// means anyhow (`arm64/v8`, `arm/v7`) is kept as it was typed and compared by [`Platform::covers`].
///
/// ```
/// # use coracle::model::Platform;
/// let platform: Platform = "linux/arm/v6".parse().unwrap();
/// assert_eq!((platform.os(), platform.arch(), platform.variant()), ("linux", "arm", Some("v6")));
/// assert!("linux".parse::<Platform>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Platform {
    os: String,
    arch: String,
    variant: Option<String>,
}

/// Why a text is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a platform, expected OS/ARCH or OS/ARCH/VARIANT, as in linux/amd64 or linux/arm/v7"
)]
pub struct PlatformError(String);

impl Platform {
    /// Returns linux/amd64, what images are for that name no platform.
    pub fn linux_amd64() -> Self {
        Self {
            os: "linux".to_owned(),
            arch: "amd64".to_owned(),
            variant: None,
        }
    }

    /// Returns the operating system, a GOOS.
    pub fn os(&self) -> &str {
        &self.os
    }

    /// Returns the architecture, a GOARCH.
    pub fn arch(&self) -> &str {
        &self.arch
    }

    /// Returns the variant as it was written.
    pub fn variant(&self) -> Option<&str> {
        self.variant.as_deref()
    }

    /// Tells whether a base for `self` serves a build for `wanted`: same system and architecture,
    /// and the same variant once each architecture's default is filled in.
    pub fn covers(&self, wanted: &Self) -> bool {
        self.os == wanted.os
            && self.arch == wanted.arch
            && self.variant_or_default() == wanted.variant_or_default()
    }

    /// Returns the name with `-` in place of `/`, for file names and tags.
    pub fn to_dashed(&self) -> String {
        self.to_string().replace('/', "-")
    }

    fn variant_or_default(&self) -> Option<&str> {
        self.variant.as_deref().or(match self.arch.as_str() {
            "arm" => Some("v7"),
            "arm64" => Some("v8"),
            "amd64" => Some("v1"),
            _ => None,
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)?;
        self.variant
            .iter()
            .try_for_each(|variant| write!(f, "/{variant}"))
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.split('/').collect();
        let word = |part: &&str| {
            part.starts_with(|c: char| c.is_ascii_alphanumeric())
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.')
        };
        if !(2..=3).contains(&parts.len()) || !parts.iter().all(word) {
            return Err(PlatformError(text.to_owned()));
        }
        Ok(Self {
            os: parts[0].to_owned(),
            arch: parts[1].to_owned(),
            variant: parts.get(2).map(|&variant| variant.to_owned()),
        })
    }
}

impl TryFrom<String> for Platform {
    type Error = PlatformError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_variant_covers_the_bare_name() {
        let platform = |text: &str| text.parse::<Platform>().unwrap();
        assert!(platform("linux/arm64/v8").covers(&platform("linux/arm64")));
        assert!(platform("linux/arm").covers(&platform("linux/arm/v7")));
        assert!(!platform("linux/arm/v6").covers(&platform("linux/arm")));
        assert!(!platform("linux/amd64").covers(&platform("linux/arm64")));
    }

    #[test]
    fn every_platform_of_go_can_be_named() {
        for right in ["linux/386", "linux/amd64/v3", "plan9/arm", "wasip1/wasm"] {
            assert_eq!(right.parse::<Platform>().unwrap().to_string(), right);
        }
    }

    #[test]
    fn text_that_is_no_platform_is_refused() {
        for wrong in [
            "",
            "linux",
            "linux/",
            "/amd64",
            "linux/amd64/v1/x",
            "Linux/amd64",
            "linux/amd 64",
            "a/../b",
        ] {
            assert!(wrong.parse::<Platform>().is_err(), "{wrong:?}");
        }
    }
}
