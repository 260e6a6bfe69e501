//! The shape of `.ko.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;

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
#[serde(from = "OneOrMany")]
pub(super) struct Words(Vec<String>);

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    None(()),
    One(String),
    Many(Vec<String>),
}

impl From<OneOrMany> for Words {
    fn from(words: OneOrMany) -> Self {
        Self(match words {
            OneOrMany::None(()) => Vec::new(),
            OneOrMany::One(word) => vec![word],
            OneOrMany::Many(words) => words,
        })
    }
}

impl From<Vec<String>> for Words {
    fn from(words: Vec<String>) -> Self {
        Self(words)
    }
}

impl Words {
    /// Returns the words, apart at spaces that are outside of a template's braces.
    pub(super) fn split(&self) -> Vec<String> {
        self.0.iter().flat_map(|text| split(text)).collect()
    }

    /// Returns them unless there are none, else `other`.
    pub(super) fn or<'a>(&'a self, other: &'a Self) -> &'a Self {
        if self.0.is_empty() { other } else { self }
    }
}

fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match words.last_mut() {
            Some(word) if depth > 0 || !c.is_whitespace() => word.push(c),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
