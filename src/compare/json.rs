//! JSON against JSON, by the paths of its keys.

use serde_json::{Map, Value};

/// A key whose value is not the same on both sides, or is on one side only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyDifference {
    /// `config.Env[2]`, `config.Labels["com.example.team"]`.
    pub(super) path: String,
    pub(super) a: Option<String>,
    pub(super) b: Option<String>,
}

/// Returns the keys in which `a` and `b` differ, in their order in the documents.
pub(super) fn key_differences(a: &Value, b: &Value) -> Vec<KeyDifference> {
    let mut found = Vec::new();
    compare("", Some(a), Some(b), &mut found);
    found
}

fn compare(path: &str, a: Option<&Value>, b: Option<&Value>, found: &mut Vec<KeyDifference>) {
    match (a, b) {
        (Some(a), Some(b)) if a == b => {}
        (Some(Value::Object(a)), Some(Value::Object(b))) => members(path, a, b, found),
        (Some(Value::Array(a)), Some(Value::Array(b))) => items(path, a, b, found),
        (a, b) => found.push(KeyDifference {
            path: path.to_owned(),
            a: a.map(Value::to_string),
            b: b.map(Value::to_string),
        }),
    }
}

fn members(
    path: &str,
    a: &Map<String, Value>,
    b: &Map<String, Value>,
    found: &mut Vec<KeyDifference>,
) {
    for (key, value) in a {
        compare(&joined(path, key), Some(value), b.get(key), found);
    }
    for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
        compare(&joined(path, key), None, Some(value), found);
    }
}

/// What both lists begin and end with is the same: one more item is one difference, wherever it
/// stands.
fn items(path: &str, a: &[Value], b: &[Value], found: &mut Vec<KeyDifference>) {
    let begin = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (rest_a, rest_b) = (&a[begin..], &b[begin..]);
    let end = rest_a
        .iter()
        .rev()
        .zip(rest_b.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let (middle_a, middle_b) = (&rest_a[..rest_a.len() - end], &rest_b[..rest_b.len() - end]);
    for offset in 0..middle_a.len().max(middle_b.len()) {
        let place = format!("{path}[{}]", begin + offset);
        compare(&place, middle_a.get(offset), middle_b.get(offset), found);
    }
}

/// Keys that hold what paths are made of are quoted.
fn joined(path: &str, key: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if key.is_empty() || !key.chars().all(is_plain) {
        format!("{path}[{}]", Value::from(key))
    } else if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(a: &Value, b: &Value) -> Vec<String> {
        key_differences(a, b)
            .into_iter()
            .map(|one| {
                let side = |text: Option<String>| text.unwrap_or("-".to_owned());
                format!("{} {} {}", one.path, side(one.a), side(one.b))
            })
            .collect()
    }

    #[test]
    fn keys_are_named_by_their_paths() {
        let a = json!({"config": {"User": "1", "Labels": {"a.b": "x"}}, "os": "linux"});
        let b = json!({"config": {"User": "2", "Labels": {"a.b": "y"}}, "created": null});
        assert_eq!(
            shown(&a, &b),
            [
                r#"config.Labels["a.b"] "x" "y""#,
                r#"config.User "1" "2""#,
                r#"os "linux" -"#,
                "created - null",
            ]
        );
        assert!(shown(&a, &a).is_empty());
    }

    #[test]
    fn one_more_item_is_one_difference() {
        let (a, b) = (json!({"Env": ["A", "B"]}), json!({"Env": ["A", "X", "B"]}));
        assert_eq!(shown(&a, &b), [r#"Env[1] - "X""#]);
        assert_eq!(shown(&b, &a), [r#"Env[1] "X" -"#]);
        let (a, b) = (json!([1, 1]), json!([1, 1, 1]));
        assert_eq!(shown(&a, &b), ["[2] - 1"]);
        let (a, b) = (json!([{"x": 1}, 2]), json!([{"x": 3}, 4]));
        assert_eq!(shown(&a, &b), ["[0].x 1 3", "[1] 2 4"]);
    }
}
