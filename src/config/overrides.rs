//! What was asked for beside the file.

use toml::de::{DeTable, DeValue};

use super::merge::over;
use super::tree::{Grafter, Node, Value};
use super::{ConfigError, Place};
use crate::model::Environment;

const QUOTES: &str = "write a part with other characters in quotes: --set 'registries.\"localhost:5000\".insecure=true'";

/// The flags of a build verb that stand for keys of the file, as they were typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overrides {
    /// `--platform`: platforms with commas between them, or `all`.
    pub platform: Option<String>,
    /// `--base`.
    pub base: Option<String>,
    /// `--repo`.
    pub repo: Option<String>,
    /// `--tag`, each one.
    pub tags: Vec<String>,
    /// `--set`, each one: `KEY=VALUE`.
    pub sets: Vec<String>,
}

impl Overrides {
    /// Returns what the flags say of every image.
    pub(super) fn image(&self) -> Node {
        let flag = |name: &str| Place::Flag(name.into());
        let text = |key: &str, name: &str, value: &Option<String>| {
            let value = value.as_deref()?;
            Some((key.to_owned(), Node::text(flag(name), value)))
        };
        let platforms = self
            .platform
            .as_deref()
            .map(|list| ("platforms".to_owned(), platforms(&flag("--platform"), list)));
        let tags = (!self.tags.is_empty()).then(|| {
            let tags = self.tags.iter().map(String::as_str);
            ("tags".to_owned(), Node::texts(&flag("--tag"), tags))
        });
        let base = text("base", "--base", &self.base);
        let repository = text("repository", "--repo", &self.repo);
        let entries = [platforms, tags, base, repository].into_iter().flatten();
        Node::table(flag("the command line"), entries)
    }

    /// Returns what `--set` says, in the shape of the file; the last one wins.
    pub(super) fn file(&self) -> Result<Node, ConfigError> {
        let nothing = Node::table(Place::Flag("--set".into()), []);
        self.sets
            .iter()
            .try_fold(nothing, |all, set| Ok(over(&all, &parse_set(set)?)))
    }
}

/// Returns what the environment says of every image.
pub(super) fn environment_image(environment: &Environment) -> Result<Node, ConfigError> {
    let variable = |name: &'static str| match environment.get(name) {
        None => Ok(None),
        Some(value) => match value.to_str() {
            Some(text) => Ok(Some((Place::Variable(name), text.to_owned()))),
            None => Err(ConfigError::new(
                Place::Variable(name),
                "the value is not UTF-8",
            )),
        },
    };
    let repository = variable("CORACLE_REPO")?
        .map(|(place, text)| ("repository".to_owned(), Node::text(place, &text)));
    let platforms = variable("CORACLE_PLATFORM")?
        .map(|(place, list)| ("platforms".to_owned(), platforms(&place, &list)));
    Ok(Node::table(
        Place::Variable("CORACLE_REPO"),
        [repository, platforms].into_iter().flatten(),
    ))
}

fn platforms(place: &Place, list: &str) -> Node {
    match list.trim() {
        "all" => Node::text(place.clone(), "all"),
        list => Node::texts(place, list.split(',').map(str::trim)),
    }
}

/// Makes of `KEY=VALUE` the tables that lead to KEY.
fn parse_set(set: &str) -> Result<Node, ConfigError> {
    let wrong = |message: String| ConfigError::new(Place::Flag("--set".into()), message);
    let (key, value) = set.split_once('=').ok_or_else(|| {
        wrong(format!(
            "expected KEY=VALUE, as in go.version=1.26.8, found {set:?}"
        ))
    })?;
    let (key, value) = (key.trim(), value.trim());
    let path = parse_key(key).ok_or_else(|| {
        wrong(format!(
            "{key:?} is not a key, expected one like go.version or images.server.tags\n{QUOTES}"
        ))
    })?;
    let place = Place::Flag(format!("--set {key}").into());
    let leaf = parse_value(&place, value)?;
    Ok(path
        .into_iter()
        .rev()
        .fold(leaf, |node, key| Node::table(place.clone(), [(key, node)])))
}

/// Takes a dotted key apart, by TOML's rules.
fn parse_key(key: &str) -> Option<Vec<String>> {
    if key.contains(['\n', '\r']) {
        return None;
    }
    let line = format!("{key} = 0");
    let table = DeTable::parse(&line).ok()?.into_inner();
    let mut path = Vec::new();
    let mut table = Some(&table);
    while let Some((key, value)) = table.and_then(|table| table.iter().next()) {
        path.push(key.get_ref().clone().into_owned());
        table = value.get_ref().as_table();
    }
    Some(path)
}

/// Reads a value of TOML; a bare word is a string.
fn parse_value(place: &Place, value: &str) -> Result<Node, ConfigError> {
    match DeValue::parse(value) {
        Ok(found) => Grafter::new(&|_| place.clone()).value(&found),
        Err(error) if value.trim_start().starts_with(['"', '\'', '[', '{']) => {
            Err(ConfigError::new(place.clone(), error.message()))
        }
        Err(_) => Ok(Node {
            place: place.clone(),
            value: Value::Text(value.to_owned()),
        }),
    }
}
