//! What two images say of themselves: configuration, manifest and index, key by key.
//!
//! What follows from something else is left out: the digest and size of what is compared itself.

use serde_json::Value;

use super::json::key_differences;
use super::{Cause, Difference};
use crate::model::Digest;

/// A configuration, a manifest or an index as it was stored.
#[derive(Debug, Clone, Copy)]
pub struct StoredJson<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// What they say.
    pub json: &'a Value,
}

/// Returns in what two configurations differ; their layers are compared elsewhere.
pub fn config_differences(a: StoredJson<'_>, b: StoredJson<'_>) -> Vec<Difference> {
    let without_layers = |json: &Value| {
        let mut json = json.clone();
        remove(&mut json, "/rootfs", &["diff_ids"]);
        json
    };
    let mut found = keys("config", &without_layers(a.json), &without_layers(b.json));
    found.extend(written_otherwise("config", a, b));
    found
}

/// Returns in what two manifests differ. `pairs` are the places of layers that stand for each
/// other.
pub fn manifest_differences(
    a: StoredJson<'_>,
    b: StoredJson<'_>,
    pairs: &[(usize, usize)],
) -> Vec<Difference> {
    let alone = |json: &Value| {
        let mut json = json.clone();
        remove(&mut json, "/config", &["digest", "size"]);
        remove(&mut json, "", &["layers"]);
        json
    };
    let mut found = keys("manifest", &alone(a.json), &alone(b.json));
    for (left, right) in pairs {
        let layer = |json: &Value, at: usize| {
            let mut layer = json["layers"][at].clone();
            remove(&mut layer, "", &["digest", "size", "mediaType"]);
            layer
        };
        found.extend(below(
            "manifest",
            &format!("layers[{left}]"),
            &layer(a.json, *left),
            &layer(b.json, *right),
        ));
    }
    found.extend(written_otherwise("manifest", a, b));
    found
}

/// Returns in what two indexes differ, or an index and a manifest. `pairs` are the places of the
/// images for the same platform, with its name.
pub fn index_differences(
    a: StoredJson<'_>,
    b: StoredJson<'_>,
    pairs: &[(usize, usize, String)],
) -> Vec<Difference> {
    let alone = |json: &Value| {
        let mut json = json.clone();
        remove(&mut json, "", &["manifests"]);
        json
    };
    let mut found = keys("index", &alone(a.json), &alone(b.json));
    for (left, right, platform) in pairs {
        let entry = |json: &Value, at: usize| {
            let mut entry = json["manifests"][at].clone();
            remove(&mut entry, "", &["digest", "size"]);
            entry
        };
        let place = format!("manifests[{platform}]");
        found.extend(below(
            "index",
            &place,
            &entry(a.json, *left),
            &entry(b.json, *right),
        ));
    }
    if !pairs.is_sorted_by_key(|(_, right, _)| right) {
        let mut order: Vec<_> = pairs.iter().collect();
        let listed = |pairs: &[&(usize, usize, String)]| {
            let names: Vec<&str> = pairs
                .iter()
                .map(|(.., platform)| platform.as_str())
                .collect();
            names.join(", ")
        };
        let of_a = listed(&order);
        order.sort_by_key(|(_, right, _)| right);
        found
            .push(Difference::new(Cause::Json, "index", "manifests").between(of_a, listed(&order)));
    }
    found.extend(written_otherwise("index", a, b));
    found
}

fn keys(place: &str, a: &Value, b: &Value) -> Vec<Difference> {
    below(place, "", a, b)
}

fn below(place: &str, path: &str, a: &Value, b: &Value) -> Vec<Difference> {
    key_differences(a, b)
        .into_iter()
        .map(|key| {
            let separator = match (path, key.path.as_str()) {
                ("", _) | (_, "") => "",
                (_, key) if key.starts_with('[') => "",
                _ => ".",
            };
            let what = format!("{path}{separator}{}", key.path);
            Difference::new(Cause::Json, place, what).sides(key.a, key.b)
        })
        .collect()
}

/// The same keys and values can be written in many ways, each with a digest of its own.
fn written_otherwise(place: &str, a: StoredJson<'_>, b: StoredJson<'_>) -> Option<Difference> {
    if a.bytes == b.bytes || a.json != b.json {
        return None;
    }
    let difference = Difference::new(Cause::Json, place, "")
        .between(Digest::of(a.bytes), Digest::of(b.bytes))
        .hint("the same keys and values are written in another way: spaces, escapes, the order of keys, or one of them twice");
    Some(difference)
}

fn remove(json: &mut Value, pointer: &str, keys: &[&str]) {
    if let Some(Value::Object(members)) = json.pointer_mut(pointer) {
        members.retain(|key, _| !keys.contains(&key.as_str()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Compare = dyn Fn(StoredJson<'_>, StoredJson<'_>) -> Vec<Difference>;

    fn told(compare: &Compare, a: &Value, b: &Value) -> Vec<String> {
        let (bytes_a, bytes_b) = (a.to_string(), b.to_string());
        let of = |bytes: &'static str, json| StoredJson {
            bytes: bytes.as_bytes(),
            json,
        };
        let found = compare(of(bytes_a.leak(), a), of(bytes_b.leak(), b));
        found.into_iter().map(|one| one.what).collect()
    }

    #[test]
    fn what_follows_from_something_else_is_left_out() {
        let config = |digest: &str| json!({"rootfs": {"type": "layers", "diff_ids": [digest]}});
        assert!(told(&config_differences, &config("a"), &config("b")).is_empty());
        let manifest = |digest: &str| {
            json!({
                "config": {"digest": digest, "size": digest.len()},
                "layers": [{"digest": digest, "size": 1, "mediaType": digest}],
            })
        };
        let compare = |a: StoredJson<'_>, b: StoredJson<'_>| manifest_differences(a, b, &[(0, 0)]);
        assert!(told(&compare, &manifest("a"), &manifest("bc")).is_empty());
    }

    #[test]
    fn annotations_are_named_wherever_they_are() {
        let manifest = |text: &str| json!({"annotations": {"a": text}, "layers": [{"annotations": {"b.c": text}}]});
        let compare = |a: StoredJson<'_>, b: StoredJson<'_>| manifest_differences(a, b, &[(0, 0)]);
        assert_eq!(
            told(&compare, &manifest("x"), &manifest("y")),
            ["annotations.a", r#"layers[0].annotations["b.c"]"#]
        );
    }

    #[test]
    fn the_order_of_an_index_is_compared_too() {
        let index = |first: &str, second: &str| json!({"manifests": [{"digest": first, "x": 1}, {"digest": second, "x": 1}]});
        let compare = |a: StoredJson<'_>, b: StoredJson<'_>| {
            let pair = |left, right, name: &str| (left, right, name.to_owned());
            index_differences(
                a,
                b,
                &[pair(0, 1, "linux/amd64"), pair(1, 0, "linux/arm64")],
            )
        };
        assert_eq!(
            told(&compare, &index("a", "b"), &index("b", "a")),
            ["manifests"]
        );
    }

    #[test]
    fn the_same_json_in_other_bytes_is_told() {
        let json = json!({"a": 1});
        let of = |bytes| StoredJson { bytes, json: &json };
        let found = config_differences(of(b"{\"a\":1}"), of(b"{ \"a\":1}"));
        assert_eq!((found.len(), found[0].what.as_str()), (1, ""));
        assert!(config_differences(of(b"{\"a\":1}"), of(b"{\"a\":1}")).is_empty());
    }
}
