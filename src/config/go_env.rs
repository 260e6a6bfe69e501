//! Environment settings of the Go toolchain that a configuration may hold.

use std::fmt;
use std::str::FromStr;

use super::nearest::nearest;
use super::text_value::written_as_text;

/// The name of a `GO*` setting that changes what is compiled, and nothing else.
///
/// ```
/// # use coracle::config::GoEnvName;
/// assert!("GOAMD64".parse::<GoEnvName>().is_ok());
/// assert!("GOFLAGS".parse::<GoEnvName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoEnvName(&'static str);

/// The value of such a setting: letters, digits and a little between them.
///
/// ```
/// # use coracle::config::GoEnvValue;
/// assert!("v8.2,lse,crypto".parse::<GoEnvValue>().is_ok());
/// assert!("/etc/passwd".parse::<GoEnvValue>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoEnvValue(String);

/// Why a text names no setting that a configuration may hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GoEnvError {
    /// Go knows it, and it is not for a configuration to set.
    #[error("{name} is refused in [go] env: {reason}")]
    Refused {
        /// The variable.
        name: &'static str,
        /// Why it is refused.
        reason: &'static str,
    },
    /// Nothing is known of it.
    #[error("{name:?} is not among the settings that [go] env may hold\n{hint}")]
    Unknown {
        /// The variable.
        name: String,
        /// What may be meant, or what there is.
        hint: String,
    },
    /// The value is none that a setting has.
    #[error("{0:?} is not a value of a setting of Go, expected one like \"v2\"")]
    Value(String),
}

const ALLOWED: [&str; 11] = [
    "GO386",
    "GOAMD64",
    "GOARM",
    "GOARM64",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOMIPS",
    "GOMIPS64",
    "GOPPC64",
    "GORISCV64",
    "GOWASM",
];

const MODULES: &str = "it says where modules come from\nset it in [modules] or in the environment";
const CGO: &str = "coracle builds without cgo\nuse a package in pure Go, or build tags that choose one: [go] tags";
const FOLDERS: &str = "it says where Go keeps its files\nset it in the environment";

const PLATFORM: &str = "the platform says it\nwrite platforms = [\"linux/arm64\"] under [defaults], or --platform linux/arm64";

const REFUSED: [(&str, &str); 29] = [
    ("CC", CGO),
    ("CGO_CFLAGS", CGO),
    (
        "CGO_ENABLED",
        "it is always 0, programs are static\nuse a package in pure Go, or build tags that choose one: [go] tags",
    ),
    ("CGO_LDFLAGS", CGO),
    ("CXX", CGO),
    (
        "GO111MODULE",
        "coracle builds modules only\nmake the folder one: go mod init example.com/name",
    ),
    ("GOARCH", PLATFORM),
    ("GOAUTH", "it runs programs\nset it in the environment"),
    (
        "GOBIN",
        "coracle installs nothing\nname a folder for plain programs: coracle dist -o DIR",
    ),
    ("GOCACHE", FOLDERS),
    (
        "GOCACHEPROG",
        "it runs a program\nkeep the folder that GOCACHE names between builds instead",
    ),
    (
        "GODEBUG",
        "it is for running programs\nwrite a godebug line in go.mod, or set it in the image's env",
    ),
    (
        "GOENV",
        "coracle reads that file itself\nset GOENV in the environment",
    ),
    (
        "GOFLAGS",
        "flags have a key of their own\nwrite [go] flags = [\"-pgo=off\"]",
    ),
    ("GOINSECURE", MODULES),
    ("GOMODCACHE", FOLDERS),
    ("GONOPROXY", MODULES),
    ("GONOSUMDB", MODULES),
    ("GOOS", PLATFORM),
    ("GOPATH", FOLDERS),
    ("GOPRIVATE", MODULES),
    ("GOPROXY", MODULES),
    (
        "GOROOT",
        "coracle decides which Go compiles\nwrite [go] version = \"1.26.8\"",
    ),
    ("GOSUMDB", MODULES),
    (
        "GOTMPDIR",
        "coracle decides where temporary files are\nname another disk in the environment: CORACLE_CACHE=/var/tmp/coracle",
    ),
    (
        "GOTOOLCHAIN",
        "coracle decides which Go compiles\nwrite [go] version = \"1.26.8\"",
    ),
    (
        "GOVCS",
        "it decides which programs are run\nset it in the environment",
    ),
    (
        "GOWORK",
        "coracle finds go.work itself\nset GOWORK in the environment to name another, or off",
    ),
    ("PKG_CONFIG", CGO),
];

impl fmt::Display for GoEnvName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for GoEnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for GoEnvName {
    type Err = GoEnvError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(&(name, reason)) = REFUSED.iter().find(|(name, _)| *name == text) {
            return Err(GoEnvError::Refused { name, reason });
        }
        let known = ALLOWED.into_iter().find(|&known| known == text);
        known.map(Self).ok_or_else(|| GoEnvError::Unknown {
            name: text.to_owned(),
            hint: match nearest(text, ALLOWED) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("known are {}", ALLOWED.join(", ")),
            },
        })
    }
}

impl FromStr for GoEnvValue {
    type Err = GoEnvError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b',' | b'_' | b'-');
        if text.is_empty() || !text.bytes().all(allowed) {
            return Err(GoEnvError::Value(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(GoEnvName, GoEnvValue);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_why_and_where_it_belongs() {
        let error = |text: &str| text.parse::<GoEnvName>().unwrap_err().to_string();
        for (name, message) in [
            (
                "GOFLAGS",
                "GOFLAGS is refused in [go] env: flags have a key of their own\nwrite [go] flags = [\"-pgo=off\"]",
            ),
            (
                "GOPROXY",
                "GOPROXY is refused in [go] env: it says where modules come from\nset it in [modules] or in the environment",
            ),
            (
                "GOSUMDB",
                "GOSUMDB is refused in [go] env: it says where modules come from\nset it in [modules] or in the environment",
            ),
            (
                "GOCACHEPROG",
                "GOCACHEPROG is refused in [go] env: it runs a program\nkeep the folder that GOCACHE names between builds instead",
            ),
            (
                "CGO_ENABLED",
                "CGO_ENABLED is refused in [go] env: it is always 0, programs are static\nuse a package in pure Go, or build tags that choose one: [go] tags",
            ),
            (
                "GOAMD46",
                "\"GOAMD46\" is not among the settings that [go] env may hold\ndid you mean GOAMD64?",
            ),
            (
                "PATH",
                "\"PATH\" is not among the settings that [go] env may hold\nknown are GO386, GOAMD64, GOARM, GOARM64, GOEXPERIMENT, GOFIPS140, GOMIPS, GOMIPS64, GOPPC64, GORISCV64, GOWASM",
            ),
        ] {
            assert_eq!(error(name), message);
        }
    }

    #[test]
    fn a_value_is_no_path_and_no_second_setting() {
        for right in [
            "v2",
            "softfloat",
            "7,hardfloat",
            "v8.0,lse",
            "rva22u64",
            "v1.0.0",
            "noregabi,arenas",
        ] {
            assert!(right.parse::<GoEnvValue>().is_ok(), "{right:?}");
        }
        for wrong in ["", "a b", "../x", "/etc/passwd", "a=b", "a\n", "é"] {
            assert!(wrong.parse::<GoEnvValue>().is_err(), "{wrong:?}");
        }
    }
}
