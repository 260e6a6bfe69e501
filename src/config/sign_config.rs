//! With what images are signed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::keyless_config::KeylessTable;
use super::text_value::written_as_text;
use super::tree::Node;
use super::{ConfigError, EnvName, EnvNameError, KeylessConfig, Place};
use crate::model::Environment;

/// Whether and with what images are signed when they are pushed; without this table, and without
/// `CORACLE_KEY` in the environment, they are not. Exactly one of `key`, `command` and `keyless` says
/// with what.
///
/// ```toml
/// [sign]
/// key         = "cosign.key"
/// format      = ["bundle", "classic"]
/// annotations = { stage = "production" }
/// ```
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct SignTable {
    /// A private key, ECDSA over P-256: a file of PEM from the folder of coracle.toml, encrypted by
    /// cosign or `coracle keys generate`, or plain PKCS#8; or `"env://NAME"` for a variable of the
    /// environment that holds such a text. `CORACLE_KEY` wins over it. The default is none.
    pub(super) key: Option<KeySource>,
    /// A file that holds the key's password, from the folder of coracle.toml. Without it, the
    /// environment's `CORACLE_KEY_PASSWORD` or `COSIGN_PASSWORD` counts, and last the terminal is
    /// asked. The default is none.
    pub(super) password_file: Option<PathBuf>,
    /// A program that signs, and its arguments, for keys that never leave a device or a service;
    /// docs/signing.md says how it is spoken to. The default is none.
    pub(super) command: Option<Vec<String>>,
    /// With what identity images are signed in place of a key; its keys are below. The default is none.
    pub(super) keyless: Option<KeylessTable>,
    /// How signatures are written: `"bundle"`, a Sigstore bundle that refers to the image, and
    /// `"classic"`, the tag ending in `.sig` of older cosign. The default is `["bundle"]`.
    pub(super) format: Option<BTreeSet<SignatureFormat>>,
    /// What the signature says beside the image's digest. The default is nothing.
    pub(super) annotations: BTreeMap<String, String>,
}

/// The keys that lead to what is wrong, and why it is.
pub(super) struct Wrong {
    pub(super) path: Vec<&'static str>,
    pub(super) message: String,
}

impl Wrong {
    fn new<const N: usize>(path: [&'static str; N], message: impl fmt::Display) -> Self {
        Self {
            path: path.into(),
            message: message.to_string(),
        }
    }
}

/// Why signatures cannot be written as they are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// In no form at all.
    #[error("format is empty, expected \"bundle\", \"classic\" or both")]
    None,
    /// In a form that holds no certificate of ours.
    #[error("without a key, signatures are written as bundles alone")]
    Keyless,
}

/// With what images are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignConfig {
    /// Who signs.
    pub signer: SignerChoice,
    /// How signatures are written, at least one.
    pub formats: BTreeSet<SignatureFormat>,
    /// What the signature says beside the image's digest.
    pub annotations: BTreeMap<String, String>,
}

impl SignConfig {
    /// Signs with the key at `source`, else as `otherwise` says.
    pub fn of_key(source: KeySource, otherwise: Option<Self>) -> Self {
        let (password_file, formats, annotations) = match otherwise {
            None => (None, [SignatureFormat::Bundle].into(), BTreeMap::new()),
            Some(sign) => {
                let file = match sign.signer {
                    SignerChoice::Key { password_file, .. } => password_file,
                    SignerChoice::Command(_) | SignerChoice::Keyless(_) => None,
                };
                (file, sign.formats, sign.annotations)
            }
        };
        Self {
            signer: SignerChoice::Key {
                source,
                password_file,
            },
            formats,
            annotations,
        }
    }
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerChoice {
    /// A private key at hand.
    Key {
        /// Where it is.
        source: KeySource,
        /// Where its password is, if in a file.
        password_file: Option<PathBuf>,
    },
    /// A program that has one, and its arguments; never empty.
    Command(Vec<String>),
    /// Whoever this run is, with a key of some minutes.
    Keyless(Box<KeylessConfig>),
}

/// Where a private key is.
///
/// ```
/// # use coracle::config::KeySource;
/// assert!(matches!("env://KEY".parse(), Ok(KeySource::Variable(_))));
/// assert!(matches!("keys/cosign.key".parse(), Ok(KeySource::File(_))));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file, from the folder of coracle.toml.
    File(PathBuf),
    /// In a file, from the folder that the user stands in.
    FileHere(PathBuf),
    /// In a variable of the environment.
    Variable(EnvName),
}

impl KeySource {
    /// Returns the variable that holds it, if one does.
    pub fn variable(&self) -> Option<&str> {
        match self {
            Self::Variable(name) => Some(name.as_str()),
            Self::File(_) | Self::FileHere(_) => None,
        }
    }
}

impl FromStr for SignatureFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "bundle" => Ok(Self::Bundle),
            "classic" => Ok(Self::Classic),
            other => Err(format!("expected bundle or classic, found {other:?}")),
        }
    }
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignatureFormat {
    /// A Sigstore bundle in an artifact that refers to the image.
    Bundle,
    /// A tag beside the image, as cosign before version 3 has it.
    Classic,
}

impl KeySource {
    /// The variable that names a key, or holds one.
    const VARIABLE: &'static str = "CORACLE_KEY";

    /// Returns where `CORACLE_KEY` says that the key is; it may also hold the key's text itself.
    ///
    /// # Errors
    /// When it is neither.
    fn of_environment(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let Some(value) = environment.get(Self::VARIABLE) else {
            return Ok(None);
        };
        let wrong = |message| ConfigError::new(Place::Variable(Self::VARIABLE), message);
        let text = value
            .to_str()
            .ok_or_else(|| wrong("the value is not UTF-8".to_owned()))?;
        let is_key = text.trim_start().starts_with("-----BEGIN");
        let text = if is_key { "env://CORACLE_KEY" } else { text };
        let source = text
            .parse()
            .map_err(|error: EnvNameError| wrong(error.to_string()))?;
        Ok(Some(match source {
            Self::File(path) => Self::FileHere(path),
            source => source,
        }))
    }
}

impl SignTable {
    /// Lets `CORACLE_KEY` say who signs, where no flag does.
    ///
    /// # Errors
    /// When it names no key.
    pub(super) fn with_environment(
        mut self,
        environment: &Environment,
        flags: Option<&Node>,
    ) -> Result<Self, ConfigError> {
        let is_said = |key| flags.is_some_and(|flags| flags.get(key).is_some());
        if ["key", "command", "keyless"].into_iter().any(is_said) {
            return Ok(self);
        }
        if let Some(source) = KeySource::of_environment(environment)? {
            self.key = Some(source);
            self.command = None;
            self.keyless = None;
        }
        Ok(self)
    }
}

impl FromStr for KeySource {
    type Err = EnvNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.strip_prefix("env://") {
            Some(name) => Ok(Self::Variable(name.parse()?)),
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::FileHere(path) => path.display().fmt(f),
            Self::Variable(name) => write!(f, "env://{name}"),
        }
    }
}

written_as_text!(KeySource);

impl SignTable {
    /// Returns what it means; `None` where nothing is signed.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub(super) fn into_config(self) -> Result<Option<SignConfig>, Wrong> {
        let Some(signer) = signer(self.key, self.password_file, self.command, self.keyless)? else {
            return Ok(None);
        };
        let bundle = || [SignatureFormat::Bundle].into();
        let sign = SignConfig {
            signer,
            formats: self.format.unwrap_or_else(bundle),
            annotations: self.annotations,
        };
        sign.check_formats().map_err(|error| {
            let hint = match error {
                FormatError::None => "",
                FormatError::Keyless => "\ntake \"classic\" out of format",
            };
            Wrong::new(["format"], format_args!("{error}{hint}"))
        })?;
        Ok(Some(sign))
    }
}

impl SignConfig {
    /// Sees to it that signatures can be written as they are wanted.
    ///
    /// # Errors
    /// When they cannot.
    pub fn check_formats(&self) -> Result<(), FormatError> {
        if self.formats.is_empty() {
            return Err(FormatError::None);
        }
        let is_keyless = matches!(self.signer, SignerChoice::Keyless(_));
        if is_keyless && self.formats.contains(&SignatureFormat::Classic) {
            return Err(FormatError::Keyless);
        }
        Ok(())
    }
}

/// Who signs: one of the three at most is there.
fn signer(
    key: Option<KeySource>,
    password_file: Option<PathBuf>,
    command: Option<Vec<String>>,
    keyless: Option<KeylessTable>,
) -> Result<Option<SignerChoice>, Wrong> {
    let exclusive = |one: &str, other| {
        let message = format!("{one} and {other} exclude each other\nkeep the one that signs");
        Err(Wrong::new([other], message))
    };
    match (key, command, keyless) {
        (None, None, None) => Ok(None),
        (Some(_), Some(_), _) => exclusive("key", "command"),
        (Some(_), _, Some(_)) => exclusive("key", "keyless"),
        (_, Some(_), Some(_)) => exclusive("command", "keyless"),
        (Some(source), None, None) => Ok(Some(SignerChoice::Key {
            source,
            password_file,
        })),
        (None, Some(words), None) if words.iter().all(String::is_empty) => Err(Wrong::new(
            ["command"],
            "command is empty, expected a program that signs",
        )),
        (None, Some(words), None) => Ok(Some(SignerChoice::Command(words))),
        (None, None, Some(table)) => match table.into_config() {
            Ok(config) => Ok(Some(SignerChoice::Keyless(Box::new(config)))),
            Err((key, message)) => Err(Wrong::new(["keyless", key], message)),
        },
    }
}
