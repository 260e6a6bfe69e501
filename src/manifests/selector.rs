//! Which objects are meant, in the words of kubectl's `--selector`.

use std::collections::BTreeMap;
use std::str::FromStr;

/// Labels that objects have to have: `app=web,tier in (a, b),!canary`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Requirement {
    Exists(String),
    Lacks(String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a selector, expected one like app=web,tier in (front, back),!canary")]
pub struct SelectorError(String);

impl Selector {
    /// Tells whether an object with these labels is meant.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|requirement| match requirement {
            Requirement::Exists(key) => labels.contains_key(key),
            Requirement::Lacks(key) => !labels.contains_key(key),
            Requirement::In(key, values) => labels.get(key).is_some_and(|it| values.contains(it)),
            Requirement::NotIn(key, values) => {
                labels.get(key).is_none_or(|it| !values.contains(it))
            }
        })
    }
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let requirements = requirements(text).into_iter().map(requirement);
        let requirements: Option<Vec<_>> = requirements.collect();
        let requirements = requirements.filter(|_| !text.trim().is_empty());
        requirements
            .map(Self)
            .ok_or_else(|| SelectorError(text.to_owned()))
    }
}

/// Cuts at the commas that stand in no parentheses.
fn requirements(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

fn requirement(text: &str) -> Option<Requirement> {
    let text = text.trim();
    if let Some(key) = text.strip_prefix('!') {
        return Some(Requirement::Lacks(word(key)?));
    }
    if let Some((key, list)) = text.strip_suffix(')').and_then(|it| it.split_once('(')) {
        let values: Option<Vec<String>> = list.split(',').map(value).collect();
        let (key, operator) = key.trim().split_once(char::is_whitespace)?;
        return match operator.trim() {
            "in" => Some(Requirement::In(word(key)?, values?)),
            "notin" => Some(Requirement::NotIn(word(key)?, values?)),
            _ => None,
        };
    }
    if let Some((key, other)) = text.split_once("!=") {
        return Some(Requirement::NotIn(word(key)?, vec![value(other)?]));
    }
    if let Some((key, same)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(Requirement::In(word(key)?, vec![value(same)?]));
    }
    word(text).map(Requirement::Exists)
}

fn word(text: &str) -> Option<String> {
    value(text).filter(|word| !word.is_empty())
}

/// A label's value may be empty.
fn value(text: &str) -> Option<String> {
    let text = text.trim();
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || b"-._/".contains(&b);
    text.bytes().all(is_fit).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_means_what_it_means_to_kubectl() {
        let labels = [("app", "web"), ("tier", "front")];
        let labels = labels
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        for (text, is_meant) in [
            ("app=web", true),
            ("app == web, tier in (front, back)", true),
            ("app!=web", false),
            ("other!=web", true),
            ("tier notin (front)", false),
            ("other notin (front)", true),
            ("app", true),
            ("!app", false),
            ("!other,app", true),
            ("other", false),
            ("app=", false),
        ] {
            let selector: Selector = text.parse().unwrap();
            assert_eq!(selector.matches(&labels), is_meant, "{text}");
        }
        for wrong in [
            "", " ", "=a", "a in b", "a of (b)", "a=b c", "a,,b", "a in (b",
        ] {
            assert!(wrong.parse::<Selector>().is_err(), "{wrong:?}");
        }
    }
}
