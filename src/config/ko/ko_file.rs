//! The shape of `.ko.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::ko_words::words;

/// What `.ko.yaml` says. Keys that ko does not read either make no difference: builds may be those of `GoReleaser`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct KoFile {
    pub(super) default_base_image: Option<String>,
    pub(super) base_image_overrides: BTreeMap<String, String>,
    pub(super) default_platforms: Words,
    pub(super) default_env: Words,
    pub(super) default_flags: Words,
    pub(super) default_ldflags: Words,
    pub(super) builds: Vec<KoBuild>,
    #[serde(flatten, deserialize_with = "keys")]
    pub(super) others: BTreeSet<String>,
}

impl KoFile {
    /// The keys that are read.
    pub(super) const KEYS: [&str; 7] = [
        "defaultBaseImage",
        "baseImageOverrides",
        "defaultPlatforms",
        "defaultEnv",
        "defaultFlags",
        "defaultLdflags",
        "builds",
    ];
}

/// How one main package is built.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(super) struct KoBuild {
    pub(super) id: String,
    pub(super) dir: String,
    pub(super) main: String,
    pub(super) env: Words,
    pub(super) flags: Words,
    pub(super) ldflags: Words,
    pub(super) linux_capabilities: Words,
    #[serde(flatten, deserialize_with = "keys")]
    pub(super) others: BTreeSet<String>,
}

impl KoBuild {
    /// The keys that are read.
    pub(super) const KEYS: [&str; 7] = [
        "id",
        "dir",
        "main",
        "env",
        "flags",
        "ldflags",
        "linux_capabilities",
    ];
}

/// A list of texts, or one text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum Words {
    /// Nothing is said.
    #[default]
    None,
    /// One text, which may hold several words.
    Text(String),
    /// A list, each entry of which is one argument.
    List(Vec<String>),
}

impl Words {
    /// Returns the texts as they are written.
    pub(super) fn texts(&self) -> &[String] {
        match self {
            Self::None => &[],
            Self::Text(text) => std::slice::from_ref(text),
            Self::List(texts) => texts,
        }
    }

    /// Returns the arguments that `texts` are, which these came to.
    pub(super) fn arguments(&self, texts: &[String]) -> Vec<String> {
        match self {
            Self::None | Self::List(_) => texts.to_vec(),
            Self::Text(_) => texts.iter().flat_map(|text| words(text)).collect(),
        }
    }

    /// Tells whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.texts().is_empty()
    }
}

/// Reads the keys of a map, whatever they are for.
fn keys<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeSet<String>, D::Error> {
    struct Keys;

    impl<'de> Visitor<'de> for Keys {
        type Value = BTreeSet<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut keys = BTreeSet::new();
            while let Some((key, IgnoredAny)) = map.next_entry()? {
                keys.insert(key);
            }
            Ok(keys)
        }
    }

    from.deserialize_map(Keys)
}
