//! The JSON schema of coracle.toml, for editors.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use serde_json::{Value, json};

use super::raw::File;

/// Returns the JSON schema of coracle.toml, draft 7, which editors know best. It comes from the
/// types that read the file.
pub fn json_schema() -> Value {
    SchemaSettings::draft07()
        .for_deserialize()
        .with_transform(speak_toml)
        .into_generator()
        .into_root_schema_for::<File>()
        .to_value()
}

/// Takes away what TOML does not have: null, formats of numbers, and defaults of a machine's.
fn speak_toml(schema: &mut Schema) {
    schema.remove("default");
    schema.remove("format");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
        if let [single] = types.as_slice() {
            let single = single.clone();
            schema.insert("type".to_owned(), single);
        }
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| *choice != json!({ "type": "null" }));
        if let [Value::Object(single)] = choices.as_slice() {
            let single = single.clone();
            schema.remove("anyOf");
            schema.ensure_object().extend(single);
        }
    }
    transform_subschemas(&mut speak_toml, schema);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_tells_an_editor_what_it_is() {
        fn check(path: &str, schema: &Value) {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (key, property) in properties.into_iter().flatten() {
                assert!(
                    property["description"].is_string(),
                    "{path}.{key} has no description"
                );
            }
            let definitions = schema.get("definitions").and_then(Value::as_object);
            for (name, definition) in definitions.into_iter().flatten() {
                check(name, definition);
            }
        }
        check("", &json_schema());
    }

    #[test]
    fn an_image_is_described_as_the_file_writes_it() {
        let schema = json_schema();
        let image = &schema["definitions"]["Image"]["properties"];
        assert_eq!(image["main"]["type"], "string");
        assert_eq!(
            image["platforms"]["anyOf"],
            json!([
                { "const": "all" },
                { "type": "array", "items": { "type": "string" }, "minItems": 1, "uniqueItems": true },
            ])
        );
        assert_eq!(image["user"]["type"], json!(["string", "integer"]));
        assert_eq!(schema["title"], "coracle.toml");
        assert!(!schema.to_string().contains("null"));
    }
}
