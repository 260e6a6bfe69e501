//! What ko's flags, ldflags and env are in coracle's words.

use std::collections::{BTreeMap, BTreeSet};

use super::ko_file::{KoBuild, KoFile};
use crate::config::{
    BuildFlag, BuildTag, GoEnvName, GoEnvValue, LinkerFlag, StampVariable, Template,
};

/// How one main package is compiled: lines of coracle.toml, and what none of them says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct GoSettings {
    pub(super) flags: BTreeSet<String>,
    pub(super) ldflags: BTreeSet<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) env: BTreeSet<(String, String)>,
    pub(super) stamps: BTreeSet<(String, String)>,
    /// What has no counterpart, each with the reason.
    pub(super) lost: BTreeSet<String>,
}

/// ko's fields, and ours.
const FIELDS: [(&str, &str); 5] = [
    (".Git.Tag", "{version}"),
    (".Git.FullCommit", "{commit}"),
    (".Git.ShortCommit", "{short}"),
    (".Git.Branch", "{branch}"),
    (".Date", "{date}"),
];

impl GoSettings {
    /// Reads how ko would compile `build`.
    pub(super) fn of(build: &KoBuild, file: &KoFile) -> Self {
        let mut settings = Self::default();
        settings.read_flags(&build.flags.or(&file.default_flags).split());
        settings.read_ldflags(&build.ldflags.or(&file.default_ldflags).split());
        for entry in build.env.or(&file.default_env).split() {
            settings.read_env(&entry);
        }
        let capabilities = build.linux_capabilities.split().join(", ");
        if !capabilities.is_empty() {
            settings.lose(
                &format!("linux_capabilities {capabilities}"),
                "give the container the capabilities where it is run",
            );
        }
        settings
    }

    /// Returns what both say.
    pub(super) fn common(&self, other: &Self) -> Self {
        Self {
            flags: &self.flags & &other.flags,
            ldflags: &self.ldflags & &other.ldflags,
            tags: &self.tags & &other.tags,
            env: &self.env & &other.env,
            stamps: &self.stamps & &other.stamps,
            lost: &self.lost & &other.lost,
        }
    }

    /// Returns what goes beyond `common`, a line for each.
    pub(super) fn beyond(&self, common: &Self) -> Vec<String> {
        const ALL: &str = "[go] and [stamp] go for all images";
        let words = |own: &BTreeSet<String>, all: &BTreeSet<String>, what: &str| -> Vec<String> {
            let beyond = own.difference(all);
            beyond
                .map(|word| line(&format!("{what}{word}"), ALL))
                .collect()
        };
        let pairs = |own: &BTreeSet<(String, String)>, all, what: &str| -> Vec<String> {
            let beyond = own.difference(all);
            beyond
                .map(|(name, value)| line(&format!("{what}{name}={value}"), ALL))
                .collect()
        };
        [
            words(&self.flags, &common.flags, ""),
            words(&self.ldflags, &common.ldflags, "-ldflags="),
            words(&self.tags, &common.tags, "-tags="),
            pairs(&self.env, &common.env, ""),
            pairs(&self.stamps, &common.stamps, "-X "),
            self.lost.difference(&common.lost).cloned().collect(),
        ]
        .concat()
    }

    fn read_flags(&mut self, words: &[String]) {
        let mut words = words.iter().map(|word| one_dash(word));
        while let Some(word) = words.next() {
            let tags = match word.as_str() {
                // What coracle does anyhow, and talk.
                "-trimpath" | "-v" | "-x" => continue,
                "-tags" => words.next(),
                _ => word.strip_prefix("-tags=").map(str::to_owned),
            };
            match tags {
                Some(tags) => self.read_tags(&tags),
                None => match word.parse::<BuildFlag>() {
                    Ok(_) => drop(self.flags.insert(word)),
                    Err(error) => self.lose(&word, &error.to_string()),
                },
            }
        }
    }

    fn read_tags(&mut self, tags: &str) {
        for tag in tags.split([',', ' ']).filter(|tag| !tag.is_empty()) {
            match tag.parse::<BuildTag>() {
                Ok(_) => drop(self.tags.insert(tag.to_owned())),
                Err(error) => self.lose(&format!("-tags={tag}"), &error.to_string()),
            }
        }
    }

    fn read_ldflags(&mut self, words: &[String]) {
        let mut words = words.iter().map(|word| one_dash(word));
        while let Some(word) = words.next() {
            let stamp = match word.as_str() {
                "-s" | "-w" => continue,
                "-X" => words.next(),
                _ => word.strip_prefix("-X=").map(str::to_owned),
            };
            match stamp {
                Some(stamp) => self.read_stamp(&stamp),
                None => match word.parse::<LinkerFlag>() {
                    Ok(_) => drop(self.ldflags.insert(word)),
                    Err(error) => self.lose(&format!("-ldflags={word}"), &error.to_string()),
                },
            }
        }
    }

    fn read_stamp(&mut self, stamp: &str) {
        let stamp = stamp.trim_matches(['\'', '"']);
        let (name, value) = stamp.split_once('=').unwrap_or((stamp, ""));
        let Some(value) = template(value) else {
            return self.lose(
                &format!("-X {stamp}"),
                "{name}, {version}, {commit}, {short}, {branch} and {date} are what there is",
            );
        };
        match (name.parse::<StampVariable>(), value.parse::<Template>()) {
            (Ok(_), Ok(_)) => drop(self.stamps.insert((name.to_owned(), value))),
            (Err(error), _) => self.lose(&format!("-X {stamp}"), &error.to_string()),
            (_, Err(error)) => self.lose(&format!("-X {stamp}"), &error.to_string()),
        }
    }

    fn read_env(&mut self, entry: &str) {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        if name == "CGO_ENABLED" && value == "0" {
            return;
        }
        let read = name
            .parse::<GoEnvName>()
            .and_then(|_| value.parse::<GoEnvValue>());
        match read {
            Ok(_) => drop(self.env.insert((name.to_owned(), value.to_owned()))),
            Err(error) => self.lose(entry, &error.to_string()),
        }
    }

    fn lose(&mut self, what: &str, why: &str) {
        self.lost.insert(line(what, why));
    }
}

/// One line of a comment: whatever stands in a file of ko's, it ends nowhere.
fn line(what: &str, why: &str) -> String {
    let why = why.lines().collect::<Vec<_>>().join("; ");
    format!("{what}: {why}")
        .escape_debug()
        .to_string()
        .replace("\\\"", "\"")
        .replace("\\'", "'")
}

fn one_dash(word: &str) -> String {
    word.strip_prefix("--")
        .map_or_else(|| word.to_owned(), |word| format!("-{word}"))
}

/// Writes a template of ko's as one of ours, where it has a counterpart.
fn template(text: &str) -> Option<String> {
    let fields: BTreeMap<&str, &str> = FIELDS.into();
    let mut ours = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (field, after) = after.split_once("}}")?;
        let field = field.trim_matches('-').trim();
        ours += &braces(before);
        ours += fields.get(field)?;
        rest = after;
    }
    Some(ours + &braces(rest))
}

fn braces(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}
