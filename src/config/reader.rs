//! From keys and values to types, with the place of whatever is wrong.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
};
use serde::{Deserialize, forward_to_deserialize_any};

use super::advice::advice;
use super::error::Fault;
use super::nearest::nearest;
use super::tree::{Entry, Node, Table, Value};
use super::{ConfigError, Place};

/// Reads `T` from what is in `node`.
pub(super) fn read<'a, T: Deserialize<'a>>(node: &'a Node) -> Result<T, ConfigError> {
    let table_name = String::new();
    T::deserialize(Reader { node, table_name }).map_err(|fault| fault.at(node.place.clone()))
}

/// Reads one value. Faults get their place from the list or table that holds the value, because
/// types find fault with a string after it was handed to them.
struct Reader<'a> {
    node: &'a Node,
    /// The dotted name of the nearest table, empty for the file itself.
    table_name: String,
}

impl<'a> Reader<'a> {
    fn mismatch(&self, expected: &str) -> Fault {
        let found = &self.node.value;
        let hint = match (expected, found) {
            ("a string", _) => found
                .as_typed()
                .map(|typed| format!("\nwrite it in quotes: \"{typed}\"")),
            ("a list", Value::Text(text)) => Some(format!("\nwrite it in brackets: [{text:?}]")),
            ("a list", _) => found
                .as_typed()
                .map(|typed| format!("\nwrite it in brackets: [{typed}]")),
            ("true or false", _) => found.as_switch().map(|value| format!("\nwrite {value}")),
            ("a whole number", Value::Text(text)) if text.parse::<u32>().is_ok() => {
                Some(format!("\nwrite it without quotes: {text}"))
            }
            ("a table", _) if !self.table_name.is_empty() => {
                Some(format!("\nwrite its keys below [{}]", self.table_name))
            }
            _ => None,
        };
        let hint = hint.unwrap_or_default();
        Fault::custom(format_args!("expected {expected}, found {found}{hint}"))
    }

    fn table(&self) -> Result<&'a Table, Fault> {
        match &self.node.value {
            Value::Table(table) => Ok(table),
            _ => Err(self.mismatch("a table")),
        }
    }

    fn check_keys(&self, table: &Table, known: &[&'static str]) -> Result<(), Fault> {
        let is_unknown = |(key, _): &(&String, &Entry)| !known.contains(&key.as_str());
        let Some((key, entry)) = table.iter().find(is_unknown) else {
            return Ok(());
        };
        let place_in_words = match self.table_name.as_str() {
            "" => String::new(),
            name => format!(" in [{name}]"),
        };
        let hint = match (nearest(key, known.iter().copied()), &entry.node.value) {
            (Some(near), _) => format!("did you mean {near:?}?"),
            // TOML takes [registries.registry.example.com] for four tables.
            (None, Value::Table(_)) if !self.table_name.is_empty() => {
                let parent = self.table_name.rsplit('.').next().unwrap_or_default();
                format!("a name with a dot is written in quotes, as in \"{parent}.{key}\"")
            }
            (None, _) => format!("known keys are {}", known.join(", ")),
        };
        let fault = Fault::custom(format_args!("unknown key {key:?}{place_in_words}\n{hint}"));
        Err(fault.within(&entry.key_place))
    }

    fn read_number(&self) -> Result<u32, Fault> {
        match self.node.value {
            Value::Integer { number, .. } => number.try_into().map_err(|_| {
                let highest = u32::MAX;
                Fault::custom(format_args!("expected 0 to {highest}, found {number}"))
            }),
            _ => Err(self.mismatch("a whole number")),
        }
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) | Value::Time(text) => visitor.visit_borrowed_str(text),
            Value::Boolean(value) => visitor.visit_bool(*value),
            Value::Integer { number, .. } => visitor.visit_i64(*number),
            Value::Float(text) => match text.parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => visitor.visit_borrowed_str(text),
            },
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        // A shell has no quotes to spare: `--set stamp.commit=1234567` is a commit, no number.
        let typed = match (&self.node.place, self.node.value.as_typed()) {
            (Place::Flag(_), Some(typed)) => Some(typed),
            _ => None,
        };
        match (&self.node.value, typed) {
            (Value::Text(text), _) => visitor.visit_borrowed_str(text),
            (_, Some(typed)) => visitor.visit_borrowed_str(typed),
            _ => Err(self.mismatch("a string")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_string(visitor)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.value {
            Value::Boolean(value) => visitor.visit_bool(value),
            _ => Err(self.mismatch("true or false")),
        }
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_u32(self.read_number()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::List(items) => visitor.visit_seq(ListReader {
                items: items.iter(),
                table_name: self.table_name,
            }),
            _ => Err(self.mismatch("a list")),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let table = self.table()?;
        visitor.visit_map(TableReader {
            entries: table.iter(),
            current: None,
            table_name: self.table_name,
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.check_keys(self.table()?, fields)?;
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match &self.node.value {
            Value::Text(text) => visitor.visit_enum(text.as_str().into_deserializer()),
            _ => Err(self.mismatch("a string")),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u64 u128 f32 f64 char bytes byte_buf unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}

/// Reads the items of a list.
struct ListReader<'a> {
    items: std::slice::Iter<'a, Node>,
    table_name: String,
}

impl<'de> SeqAccess<'de> for ListReader<'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.next() else {
            return Ok(None);
        };
        let table_name = self.table_name.clone();
        seed.deserialize(Reader { node, table_name })
            .map(Some)
            .map_err(|fault| {
                fault
                    .or_hint(|| advice(&self.table_name, node))
                    .within(&node.place)
            })
    }
}

/// Reads the keys and values of a table.
struct TableReader<'a> {
    entries: std::collections::btree_map::Iter<'a, String, Entry>,
    current: Option<(&'a String, &'a Entry)>,
    table_name: String,
}

impl TableReader<'_> {
    fn name_below(&self, key: &str) -> String {
        let is_bare = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        let key = if !key.is_empty() && key.bytes().all(is_bare) {
            key.to_owned()
        } else {
            format!("{key:?}")
        };
        match self.table_name.as_str() {
            "" => key,
            name => format!("{name}.{key}"),
        }
    }
}

impl<'de> MapAccess<'de> for TableReader<'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        self.current = self.entries.next();
        let Some((key, entry)) = self.current else {
            return Ok(None);
        };
        let key: StrDeserializer<'_, Fault> = key.as_str().into_deserializer();
        seed.deserialize(key)
            .map(Some)
            .map_err(|fault| fault.within(&entry.key_place))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let Some((key, entry)) = self.current.take() else {
            return Err(Fault::custom("a value was asked for before its key"));
        };
        let table_name = self.name_below(key);
        let node = &entry.node;
        let name = table_name.clone();
        seed.deserialize(Reader { node, table_name })
            .map_err(|fault| fault.or_hint(|| advice(&name, node)).within(&node.place))
    }
}
