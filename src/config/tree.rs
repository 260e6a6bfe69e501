//! Keys and values with their places, from whatever they were read.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{ConfigError, Place};

/// A value, and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) value: Value,
}

/// A value as TOML knows them.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Boolean(bool),
    Integer { number: i64, text: String },
    Float(String),
    Time(String),
    List(Vec<Node>),
    Table(Table),
}

/// What stands below a key, by key.
pub(super) type Table = BTreeMap<String, Entry>;

/// A key's place, and its value.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key_place: Place,
    pub(super) node: Node,
}

impl Value {
    /// Returns which of two ways somebody means who wrote a switch in other words.
    pub(super) fn as_switch(&self) -> Option<bool> {
        let text = match self {
            Self::Text(text) => text,
            other => other.as_typed()?,
        };
        match text.to_lowercase().as_str() {
            "1" | "true" | "yes" | "on" => Some(true),
            "0" | "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// Returns a scalar that is no string as it was typed.
    pub(super) fn as_typed(&self) -> Option<&str> {
        match self {
            Self::Integer { text, .. } | Self::Float(text) | Self::Time(text) => Some(text),
            Self::Boolean(true) => Some("true"),
            Self::Boolean(false) => Some("false"),
            Self::Text(_) | Self::List(_) | Self::Table(_) => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Boolean(value) => value.fmt(f),
            Self::Integer { text, .. } | Self::Float(text) => write!(f, "the number {text}"),
            Self::Time(text) => write!(f, "the time {text}"),
            Self::List(_) => f.write_str("a list"),
            Self::Table(_) => f.write_str("a table"),
        }
    }
}

impl Node {
    /// Makes a table of entries that were all written at `place`.
    pub(super) fn table(place: Place, entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let entry = |(key, node): (String, Self)| {
            let key_place = node.place.clone();
            (key, Entry { key_place, node })
        };
        Self {
            place,
            value: Value::Table(entries.into_iter().map(entry).collect()),
        }
    }

    /// Makes a string.
    pub(super) fn text(place: Place, text: &str) -> Self {
        Self {
            place,
            value: Value::Text(text.to_owned()),
        }
    }

    /// Makes a list of strings.
    pub(super) fn texts<'a>(place: &Place, texts: impl IntoIterator<Item = &'a str>) -> Self {
        let node = |text| Self::text(place.clone(), text);
        Self {
            place: place.clone(),
            value: Value::List(texts.into_iter().map(node).collect()),
        }
    }

    /// Returns the entry below `key`.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// Returns the value below `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// Returns where `key` was written, or else this value.
    pub(super) fn place_of(&self, key: &str) -> Place {
        let place = self
            .entry(key)
            .map_or(&self.place, |entry| &entry.key_place);
        place.clone()
    }
}

impl Node {
    /// Returns where the last of the keys `path` was written that is there, each below the one before.
    pub(super) fn place_at(&self, path: &[&str]) -> Place {
        let Some((first, rest)) = path.split_first() else {
            return self.place.clone();
        };
        match self.entry(first) {
            None => self.place.clone(),
            Some(entry) if rest.is_empty() => entry.key_place.clone(),
            Some(entry) => entry.node.place_at(rest),
        }
    }
}

/// Takes over what the TOML parser read; `place` finds the place of a span.
pub(super) struct Grafter<'a> {
    place: &'a dyn Fn(Range<usize>) -> Place,
}

impl<'a> Grafter<'a> {
    /// Uses `place` to find places.
    pub(super) fn new(place: &'a dyn Fn(Range<usize>) -> Place) -> Self {
        Self { place }
    }

    /// Takes over a value.
    pub(super) fn value(&self, found: &Spanned<DeValue<'_>>) -> Result<Node, ConfigError> {
        let place = (self.place)(found.span());
        let value = match found.get_ref() {
            DeValue::String(text) => Value::Text(without_nul(text, &place)?),
            DeValue::Boolean(value) => Value::Boolean(*value),
            DeValue::Float(number) => Value::Float(number.to_string()),
            DeValue::Datetime(time) => Value::Time(time.to_string()),
            DeValue::Integer(number) => {
                let text = number.to_string();
                match i64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) => Value::Integer { number, text },
                    Err(_) => {
                        return Err(ConfigError::new(
                            place,
                            format_args!("the number {text} is too large"),
                        ));
                    }
                }
            }
            DeValue::Array(list) => Value::List(
                list.iter()
                    .map(|item| self.value(item))
                    .collect::<Result<_, _>>()?,
            ),
            DeValue::Table(table) => self.table(table)?,
        };
        Ok(Node { place, value })
    }

    /// Takes over a table.
    pub(super) fn table(&self, found: &DeTable<'_>) -> Result<Value, ConfigError> {
        let entry = |(key, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
            let key_place = (self.place)(key.span());
            let key = without_nul(key.get_ref(), &key_place)?;
            let node = self.value(value)?;
            Ok((key, Entry { key_place, node }))
        };
        Ok(Value::Table(
            found.iter().map(entry).collect::<Result<_, _>>()?,
        ))
    }
}

/// No file name, variable, label or argument can hold a NUL.
fn without_nul(text: &str, place: &Place) -> Result<String, ConfigError> {
    if text.contains('\0') {
        return Err(ConfigError::new(
            place.clone(),
            "a string holds a NUL character",
        ));
    }
    Ok(text.to_owned())
}
