//! The keys of coracle.toml, from the schema of the types that read it, in Markdown.

use serde_json::Value;

use crate::table::{code, table};

/// Every key that may be left out says so, last in its description.
const DEFAULT: &str = "The default is ";

/// The schema of coracle.toml.
struct Schema(Value);

/// A table of the file: the headings under which it is written, and its schema.
struct Table<'a> {
    title: String,
    schema: &'a Value,
}

/// Returns a section for each table.
pub(crate) fn keys() -> String {
    let schema = Schema(coracle::config::json_schema());
    let tables = schema.tables();
    let sections = tables.iter().map(|table| schema.section(table));
    sections.collect()
}

/// Returns the examples of all tables, each a coracle.toml.
pub(crate) fn examples() -> Vec<String> {
    let schema = Schema(coracle::config::json_schema());
    let tables = schema.tables();
    let examples = tables.iter().map(|table| {
        let (_, example) = description(table.schema);
        let code = example.trim_start_matches("```toml").trim_end();
        code.trim_end_matches("```").to_owned()
    });
    examples.collect()
}

impl Schema {
    /// Returns the tables in the order of their keys; one that two keys share is there once, and the table that
    /// entries of a list are made of follows the one that holds the list.
    fn tables(&self) -> Vec<Table<'_>> {
        let mut tables: Vec<Table<'_>> = Vec::new();
        for (key, property) in properties(&self.0) {
            let (title, schema) = match property.get("additionalProperties") {
                Some(each) => (
                    format!("`[{key}.{}]`", placeholder(key)),
                    self.resolve(each),
                ),
                None => (format!("`[{key}]`"), self.resolve(property)),
            };
            let known = |table: &&mut Table<'_>| std::ptr::eq(table.schema, schema);
            if let Some(table) = tables.iter_mut().find(known) {
                table.title = format!("{} and {title}", table.title);
            } else {
                tables.push(Table { title, schema });
                tables.extend(self.entries(schema));
                tables.extend(self.below(key, schema));
            }
        }
        tables
    }

    /// Returns the tables that the lists in `schema` are made of.
    fn entries<'a>(&'a self, schema: &'a Value) -> impl Iterator<Item = Table<'a>> {
        properties(schema).filter_map(|(key, property)| {
            let schema = self.resolve(property.get("items")?);
            let title = format!("Entries of `{key}`");
            schema.get("properties").map(|_| Table { title, schema })
        })
    }

    /// Returns the tables that are keys of the table `parent`.
    fn below<'a>(&'a self, parent: &str, schema: &'a Value) -> impl Iterator<Item = Table<'a>> {
        properties(schema).filter_map(move |(key, property)| {
            let (schema, title) = match property.get("additionalProperties") {
                Some(each) => {
                    let title = format!("`[{parent}.{key}.{}]`", placeholder(key));
                    (self.resolve(each), title)
                }
                None => (self.resolve(property), format!("`[{parent}.{key}]`")),
            };
            schema.get("properties").map(|_| Table { title, schema })
        })
    }

    fn section(&self, table_of: &Table<'_>) -> String {
        let (text, example) = description(table_of.schema);
        let required = |key: &str| {
            let keys = table_of.schema["required"].as_array();
            keys.is_some_and(|keys| keys.iter().any(|required| required == key))
        };
        let rows = properties(table_of.schema).map(|(key, property)| {
            let (meaning, default) = match description(property).0 {
                meaning if required(key) => (meaning, "required".to_owned()),
                meaning => split_default(key, &meaning),
            };
            let meaning = meaning + &self.values(property);
            [code(key), self.kind(property), default, meaning]
        });
        let rows = table(["key", "type", "default", "meaning"], rows);
        format!("### {}\n\n{text}\n\n{example}\n\n{rows}\n", table_of.title)
    }

    /// Returns what a key holds, in words.
    fn kind(&self, schema: &Value) -> String {
        let schema = self.resolve(schema);
        if let Some(value) = schema.get("const") {
            return code(&value.to_string());
        }
        if let Some(choices) = choices(schema) {
            let mut kinds: Vec<String> = choices.iter().map(|choice| self.kind(choice)).collect();
            kinds.dedup();
            return kinds.join(" or ");
        }
        match &schema["type"] {
            Value::Array(names) => {
                let names = names.iter().filter_map(Value::as_str);
                names.map(plain).collect::<Vec<_>>().join(" or ")
            }
            Value::String(name) if name == "array" => {
                format!("list of {}", self.several(&schema["items"]))
            }
            Value::String(name) if name == "object" => match schema.get("additionalProperties") {
                Some(each @ Value::Object(_)) => format!("table of {}", self.several(each)),
                _ => "table".to_owned(),
            },
            Value::String(name) => plain(name).to_owned(),
            other => panic!("a type that this reference has no word for: {other}"),
        }
    }

    fn several(&self, schema: &Value) -> String {
        let kinds = self.kind(schema);
        let kinds = kinds.split(" or ").map(|kind| format!("{kind}s"));
        kinds.collect::<Vec<_>>().join(" or ")
    }

    /// Returns what the values mean that a key has a choice of.
    fn values(&self, schema: &Value) -> String {
        let choices = choices(self.resolve(schema)).into_iter().flatten();
        let described = choices.filter_map(|choice| {
            let meaning = choice.get("description")?.as_str()?;
            Some(format!(" {}: {meaning}", self.kind(choice)))
        });
        described.collect()
    }

    /// Follows a reference to a definition.
    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let schema = schema.pointer("/allOf/0").unwrap_or(schema);
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                let pointer = reference.trim_start_matches('#');
                self.0.pointer(pointer).expect("a definition of the schema")
            }
            None => schema,
        }
    }
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema["properties"].as_object().into_iter().flatten()
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    let choices = schema.get("oneOf").or(schema.get("anyOf"))?;
    choices.as_array()
}

/// Returns what a schema says of itself, and its example.
fn description(schema: &Value) -> (String, String) {
    let text = schema["description"].as_str().expect("a description");
    let (text, example) = text.split_at(text.find("```").unwrap_or(text.len()));
    (text.trim().replace('\n', " "), example.to_owned())
}

/// Takes the default from the end of a description.
fn split_default(key: &str, description: &str) -> (String, String) {
    let (meaning, default) = description.rsplit_once(DEFAULT).unwrap_or_else(|| {
        panic!("the description of {key} does not end in {DEFAULT:?}: {description}")
    });
    (
        meaning.trim().to_owned(),
        default.trim_end_matches('.').to_owned(),
    )
}

/// Returns what stands for the user's own key.
fn placeholder(table: &str) -> &'static str {
    match table {
        "registries" => "\"HOST\"",
        _ => "NAME",
    }
}

fn plain(kind: &str) -> &str {
    match kind {
        "boolean" => "true or false",
        "integer" => "whole number",
        other => other,
    }
}
