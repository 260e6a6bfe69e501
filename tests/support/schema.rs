//! JSON held against its schema, as far as schemas of Rust types go: types, properties, references, choices.

use serde_json::{Value, json};

use super::image::array;

/// Asserts that a document is what its schema says, and that the schema knows each of its keys.
#[track_caller]
pub(crate) fn assert_valid(document: &Value, schema: &Value) {
    let mut faults = Vec::new();
    check("$", document, schema, schema, &mut faults);
    assert!(faults.is_empty(), "{faults:#?}");
}

fn check(place: &str, value: &Value, schema: &Value, root: &Value, faults: &mut Vec<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#'));
        let target = target.unwrap_or_else(|| panic!("{reference} leads nowhere"));
        return check(place, value, target, root, faults);
    }
    check_type(place, value, schema, faults);
    check_choice(place, value, schema, root, faults);
    for (index, item) in array(value).iter().enumerate() {
        check(
            &format!("{place}[{index}]"),
            item,
            &schema["items"],
            root,
            faults,
        );
    }
    if let Some(fields) = value.as_object() {
        check_fields(place, fields, schema, root, faults);
    }
}

fn check_type(place: &str, value: &Value, schema: &Value, faults: &mut Vec<String>) {
    let is = |name: &Value| match name.as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("null") => value.is_null(),
        _ => false,
    };
    let right = match &schema["type"] {
        Value::Null => true,
        Value::Array(names) => names.iter().any(is),
        name => is(name),
    };
    if !right {
        faults.push(format!(
            "{place}: {value} is not of type {}",
            schema["type"]
        ));
    }
}

fn check_choice(
    place: &str,
    value: &Value,
    schema: &Value,
    root: &Value,
    faults: &mut Vec<String>,
) {
    let constant = schema.get("const").is_none_or(|wanted| wanted == value);
    let listed = schema
        .get("enum")
        .is_none_or(|values| array(values).contains(value));
    if !constant || !listed {
        faults.push(format!("{place}: {value} is none of {schema}"));
    }
    for choice in ["oneOf", "anyOf"] {
        let fits = |option: &Value| {
            let mut faults = Vec::new();
            check(place, value, option, root, &mut faults);
            faults.is_empty()
        };
        let options = array(&schema[choice]);
        if !options.is_empty() && !options.iter().any(fits) {
            faults.push(format!("{place}: {value} is none of {}", schema[choice]));
        }
    }
}

fn check_fields(
    place: &str,
    fields: &serde_json::Map<String, Value>,
    schema: &Value,
    root: &Value,
    faults: &mut Vec<String>,
) {
    for name in array(&schema["required"]).iter().filter_map(Value::as_str) {
        if !fields.contains_key(name) {
            faults.push(format!("{place}: {name} is missing"));
        }
    }
    // A choice between schemas names no field of its own; the one that fits was looked at.
    let is_choice = schema.get("anyOf").or(schema.get("oneOf")).is_some();
    for (name, value) in fields.iter().filter(|_| !is_choice) {
        let others = schema
            .get("additionalProperties")
            .filter(|others| others.is_object());
        match schema["properties"].get(name).or(others) {
            Some(schema) => check(&format!("{place}.{name}"), value, schema, root, faults),
            None => faults.push(format!("{place}: the schema has no {name}")),
        }
    }
}

#[test]
fn a_document_that_differs_from_its_schema_is_noticed() {
    let schema = json!({
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": { "type": "string" },
            "kind": { "$ref": "#/$defs/Kind" },
            "sizes": { "type": "array", "items": { "type": "integer" } },
        },
        "$defs": { "Kind": { "oneOf": [{ "const": "a" }, { "const": "b" }] } },
    });
    let faults = |document: Value| {
        let mut faults = Vec::new();
        check("$", &document, &schema, &schema, &mut faults);
        faults.len()
    };
    assert_eq!(
        faults(json!({ "name": "x", "kind": "b", "sizes": [1, 2] })),
        0
    );
    assert_eq!(faults(json!({ "kind": "a" })), 1);
    assert_eq!(faults(json!({ "name": 1 })), 1);
    assert_eq!(faults(json!({ "name": "x", "kind": "c" })), 1);
    assert_eq!(faults(json!({ "name": "x", "sizes": [1.5, "2"] })), 2);
    assert_eq!(faults(json!({ "name": "x", "unknown": 1 })), 1);
}
