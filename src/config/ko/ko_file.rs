//! The shape of `.ko.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ko_words::words;

/// What `.ko.yaml` says. Keys that ko does not read either are passed over: builds may be those
/// of `GoReleaser`.
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
