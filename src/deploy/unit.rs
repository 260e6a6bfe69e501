//! What runs somewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Reference;

/// Something that runs images: a workload of a cluster, a container, or what a program calls an image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// What it is called, as in `deployment/shop`.
    pub name: String,
    /// Its images by the names of its containers, as they are written there: best by digest.
    pub images: BTreeMap<String, String>,
    /// All that is needed to bring it back; whoever runs it knows what that means.
    #[serde(default)]
    pub state: Value,
}

/// What runs, in the order of its names.
pub type Running = Vec<Unit>;

/// Says where `found` runs other images than `wanted`; nothing where it runs the same. What `wanted` does not name
/// is nobody's business.
pub fn differences(wanted: &[Unit], found: &[Unit]) -> Vec<String> {
    let mut told = Vec::new();
    for unit in wanted {
        let there = found.iter().find(|it| it.is_that_of(unit));
        for (container, image) in &unit.images {
            let name = unit.container(container);
            match there.and_then(|it| it.images.get(container)) {
                Some(other) if is_same(image, other) => {}
                Some(other) => told.push(format!("{name} runs {other}, not {image}")),
                None => told.push(format!("{name} does not run, expected {image}")),
            }
        }
    }
    told
}

/// References with digests are the same where these are.
fn is_same(wanted: &str, found: &str) -> bool {
    let digest = |text: &str| text.parse::<Reference>().ok().and_then(|it| it.digest());
    match (digest(wanted), digest(found)) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => wanted == found,
    }
}

impl Unit {
    /// Tells whether both are the same thing, whatever it runs: workloads of one name may lie in two namespaces.
    pub fn is_that_of(&self, other: &Self) -> bool {
        self.name == other.name && self.state["namespace"] == other.state["namespace"]
    }

    /// Names one of its containers; the only one is named as the unit.
    pub fn container(&self, container: &str) -> String {
        if self.images.len() == 1 {
            return self.name.clone();
        }
        format!("{} {container}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn unit(image: &str) -> Unit {
        Unit {
            name: "deployment/shop".to_owned(),
            images: [("app".to_owned(), image.to_owned())].into(),
            state: Value::Null,
        }
    }

    #[test]
    fn images_are_compared_by_their_digests() {
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let wanted = [unit(&format!("r.example/shop@{one}"))];
        let same = [unit(&format!("r.example/shop:v1@{one}"))];
        assert_eq!(differences(&wanted, &same), Vec::<String>::new());
        let other = [unit(&format!("r.example/shop@{two}"))];
        assert_eq!(
            differences(&wanted, &other),
            [format!(
                "deployment/shop runs r.example/shop@{two}, not r.example/shop@{one}"
            )]
        );
        assert_eq!(differences(&wanted, &[]).len(), 1);
        assert_eq!(differences(&[unit("nginx:1")], &[unit("nginx:2")]).len(), 1);
    }

    #[test]
    fn workloads_of_one_name_in_two_namespaces_are_two() {
        let within = |namespace: &str, image: &str| Unit {
            state: serde_json::json!({ "namespace": namespace }),
            ..unit(image)
        };
        let wanted = [within("a", "shop:1"), within("b", "other:1")];
        let found = [within("b", "other:1"), within("a", "shop:1")];
        assert_eq!(differences(&wanted, &found), Vec::<String>::new());
        let found = [within("b", "shop:1"), within("a", "shop:1")];
        assert_eq!(differences(&wanted, &found).len(), 1);
    }
}
