//! What ko's flags, ldflags and env are in coracle's words.

use std::collections::{BTreeMap, BTreeSet};

use super::ko_file::{KoBuild, KoFile, Words};
use super::ko_template::{Variables, template};
use super::ko_words::{one_dash, words};
use super::loss::Loss;
use crate::config::{
    BuildFlag, BuildTag, GoEnvError, GoEnvName, GoEnvValue, LinkerFlag, StampVariable, Template,
};
use crate::model::Environment;

/// How one main package is compiled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct GoSettings {
    pub(super) flags: BTreeSet<String>,
    pub(super) ldflags: BTreeSet<String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) stamps: BTreeMap<String, String>,
    /// Modules that no public service is asked about.
    pub(super) private: BTreeSet<String>,
    /// What has no counterpart.
    pub(super) losses: BTreeSet<Loss>,
}

/// A build of `.ko.yaml`, and its number there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered<'a> {
    pub(super) number: usize,
    pub(super) build: &'a KoBuild,
}

/// Flags of `go build` that change nothing, or that coracle gives anyhow.
const IDLE: [&str; 6] = ["-a", "-buildvcs", "-p", "-trimpath", "-v", "-x"];

/// Flags whose value may be the next word.
const WITH_VALUE: [&str; 9] = [
    "-asmflags",
    "-exec",
    "-gcflags",
    "-ldflags",
    "-mod",
    "-modfile",
    "-overlay",
    "-p",
    "-toolexec",
];

/// The same of the linker.
const LINKER_WITH_VALUE: [&str; 5] = ["-extar", "-extld", "-extldflags", "-linkmode", "-r"];

/// Variables of Go that say where it keeps its files: no program differs for them.
const FOLDERS: [&str; 7] = [
    "GOBIN",
    "GOCACHE",
    "GOENV",
    "GOMODCACHE",
    "GOPATH",
    "GOTMPDIR",
    "GOVCS",
];

impl GoSettings {
    /// Reads how ko would compile what `build` is about; `around` is the environment, where it may
    /// count.
    pub(super) fn of(
        build: Option<Numbered<'_>>,
        file: &KoFile,
        around: Option<&Environment>,
    ) -> Self {
        let mut settings = Self::default();
        let (key, env) = chosen(build, "env", |it| &it.env, &file.default_env);
        let own = env.arguments(env.texts());
        for entry in &own {
            settings.read_env(&key, entry);
        }
        let variables = Variables { own: &own, around };
        let (key, flags) = chosen(build, "flags", |it| &it.flags, &file.default_flags);
        let expanded = settings.expanded(&key, flags, &variables);
        settings.read_flags(&key, &flags.arguments(&expanded));
        let (key, ldflags) = chosen(build, "ldflags", |it| &it.ldflags, &file.default_ldflags);
        let expanded = settings.expanded(&key, ldflags, &variables);
        // The linker gets them as one text.
        let ldflags: Vec<String> = expanded.iter().flat_map(|text| words(text)).collect();
        settings.read_ldflags(&key, &ldflags);
        settings
    }

    /// Returns what both say.
    pub(super) fn common(&self, other: &Self) -> Self {
        let shared = |own: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            let both = own
                .iter()
                .filter(|(name, value)| other.get(*name) == Some(*value));
            both.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        Self {
            flags: &self.flags & &other.flags,
            ldflags: &self.ldflags & &other.ldflags,
            tags: &self.tags & &other.tags,
            env: shared(&self.env, &other.env),
            stamps: shared(&self.stamps, &other.stamps),
            private: &self.private | &other.private,
            losses: &self.losses & &other.losses,
        }
    }

    /// Returns what goes beyond `common`.
    pub(super) fn beyond(&self, common: &Self) -> Self {
        let rest = |own: &BTreeMap<String, String>, common: &BTreeMap<String, String>| {
            let own = own.iter().filter(|(name, _)| !common.contains_key(*name));
            own.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        };
        Self {
            flags: &self.flags - &common.flags,
            ldflags: &self.ldflags - &common.ldflags,
            tags: &self.tags - &common.tags,
            env: rest(&self.env, &common.env),
            stamps: rest(&self.stamps, &common.stamps),
            private: BTreeSet::new(),
            losses: &self.losses - &common.losses,
        }
    }

    fn expanded(&mut self, key: &str, entries: &Words, variables: &Variables<'_>) -> Vec<String> {
        let mut expanded = Vec::new();
        for entry in entries.texts() {
            match variables.expand(entry) {
                Ok(text) => expanded.push(text),
                Err(fault) => self.lose(key, entry, &fault),
            }
        }
        expanded
    }

    fn read_flags(&mut self, key: &str, words: &[String]) {
        let mut words = words.iter().map(|word| one_dash(word)).peekable();
        while let Some(mut word) = words.next() {
            let follows = words.next_if(|next| takes(&WITH_VALUE, &word, next));
            if let Some(value) = follows {
                word = format!("{word}={value}");
            }
            let name = word.split('=').next().unwrap_or(&word);
            let tags = match name {
                idle if IDLE.contains(&idle) => continue,
                "-tags" if word == name => words.next(),
                "-tags" => Some(word[name.len() + 1..].to_owned()),
                _ => None,
            };
            match tags {
                Some(tags) => self.read_tags(key, &tags),
                None => match word.parse::<BuildFlag>() {
                    Ok(_) => drop(self.flags.insert(word)),
                    Err(error) => self.lose(key, &word, error),
                },
            }
        }
    }

    fn read_tags(&mut self, key: &str, tags: &str) {
        for tag in tags.split([',', ' ']).filter(|tag| !tag.is_empty()) {
            match tag.parse::<BuildTag>() {
                Ok(_) => drop(self.tags.insert(tag.to_owned())),
                Err(error) => self.lose(key, &format!("-tags={tag}"), error),
            }
        }
    }

    fn read_ldflags(&mut self, key: &str, words: &[String]) {
        let mut words = words.iter().map(|word| one_dash(word)).peekable();
        while let Some(mut word) = words.next() {
            let follows = words.next_if(|next| takes(&LINKER_WITH_VALUE, &word, next));
            if let Some(value) = follows {
                word = format!("{word}={value}");
            }
            let stamp = match word.as_str() {
                // What is linked without C is static, and no other linker sees its flags.
                "-s" | "-w" | "-extldflags=-static" | "-linkmode=internal" => continue,
                "-X" => words.next(),
                _ => word.strip_prefix("-X=").map(str::to_owned),
            };
            match stamp {
                Some(stamp) => self.read_stamp(key, &stamp),
                None => match word.parse::<LinkerFlag>() {
                    Ok(_) => drop(self.ldflags.insert(word)),
                    Err(error) => self.lose(key, &word, error),
                },
            }
        }
    }

    fn read_stamp(&mut self, key: &str, stamp: &str) {
        let shown = format!("-X {stamp}");
        let stamp = stamp.trim_matches(['\'', '"']);
        let (name, value) = stamp.split_once('=').unwrap_or((stamp, ""));
        let value = match template(value) {
            Ok(value) => value,
            Err(fault) => return self.lose(key, &shown, &fault),
        };
        match (name.parse::<StampVariable>(), value.parse::<Template>()) {
            (Ok(_), Ok(_)) => drop(self.stamps.insert(name.to_owned(), value)),
            (Err(error), _) => self.lose(key, &shown, error),
            (_, Err(error)) => self.lose(key, &shown, error),
        }
    }

    fn read_env(&mut self, key: &str, entry: &str) {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let patterns = || value.split(',').filter(|it| !it.is_empty());
        match name {
            "CGO_ENABLED" if value == "0" => return,
            "GOFLAGS" => return self.read_flags(key, &words(value)),
            "GOPRIVATE" => return self.private.extend(patterns().map(str::to_owned)),
            _ => {}
        }
        let read = name
            .parse::<GoEnvName>()
            .and_then(|_| value.parse::<GoEnvValue>());
        let loss = match read {
            Ok(_) => return drop(self.env.insert(name.to_owned(), value.to_owned())),
            Err(error) if FOLDERS.contains(&name) => Loss::told(key, entry, error),
            // What Go knows nothing of changes no program of its.
            Err(GoEnvError::Unknown { .. }) => Loss::told(
                key,
                entry,
                "Go knows no such variable, and coracle runs nothing else",
            ),
            Err(error) => Loss::refused(key, entry, error),
        };
        self.losses.insert(loss);
    }

    fn lose(&mut self, key: &str, what: &str, why: impl std::fmt::Display) {
        self.losses.insert(Loss::refused(key, what, why));
    }
}

/// Returns what `build` says, else what goes for all, and the key of it.
fn chosen<'a>(
    build: Option<Numbered<'a>>,
    key: &str,
    of_build: impl Fn(&'a KoBuild) -> &'a Words,
    of_all: &'a Words,
) -> (String, &'a Words) {
    let own = build.map(|it| (it.number, of_build(it.build)));
    match own.filter(|(_, words)| !words.is_empty()) {
        Some((number, words)) => (format!("builds[{number}].{key}"), words),
        None => (
            format!("default{}{}", key[..1].to_uppercase(), &key[1..]),
            of_all,
        ),
    }
}

fn takes(known: &[&str], word: &str, next: &str) -> bool {
    known.contains(&word) && !next.starts_with('-') || word == "-extldflags" && next == "-static"
}
