//! The one writer of JSON whose bytes have a digest.

use serde_json::Value;

/// Writes `value` without white space, the keys of objects sorted bytewise. A key whose value is
/// null is left out: absent means the same, image-spec v1.1, `config.md`.
///
/// The bytes are stable.
///
/// ```
/// # use coracle::model::canonical_json;
/// let value = serde_json::json!({ "b": ["ä", "\n"], "a": { "d": null, "c": 1 } });
/// assert_eq!(canonical_json(&value), r#"{"a":{"c":1},"b":["ä","\n"]}"#.as_bytes());
/// ```
pub fn canonical_json(value: &Value) -> Vec<u8> {
    let mut text = String::new();
    write(value, &mut text);
    text.into_bytes()
}

/// Returns `value` as it is once it was written and read again: without keys whose value is null.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.into_iter().filter(|(_, value)| !value.is_null());
            said.map(|(key, value)| (key, without_nulls(value)))
                .collect()
        }
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        scalar => scalar,
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            // Sorted here and not by the map: the order of serde_json's is a feature that any
            // dependency can change.
            let mut members: Vec<_> = members
                .iter()
                .filter(|(_, value)| !value.is_null())
                .collect();
            members.sort_by_key(|(key, _)| *key);
            write_list(['{', '}'], members, text, |(key, value), text| {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write(value, text);
            });
        }
        Value::Array(items) => write_list(['[', ']'], items, text, write),
        scalar => text.push_str(&scalar.to_string()),
    }
}

fn write_list<T>(
    [open, close]: [char; 2],
    items: impl IntoIterator<Item = T>,
    text: &mut String,
    write: impl Fn(T, &mut String),
) {
    text.push(open);
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            text.push(',');
        }
        write(item, text);
    }
    text.push(close);
}
