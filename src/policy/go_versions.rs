//! Files that name different versions of Go.

use super::{Finding, FindingPlace, Rule, Severity};
use crate::model::GoVersion;

/// A place that names a version of Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedGo {
    /// Where.
    pub place: FindingPlace,
    /// The version as it is written, as far as it is one: `1.26` is any release of that.
    pub version: GoVersion,
}

/// Names every place that says something else than the version which is built with.
pub fn judge_go_versions(chosen: &GoVersion, named: &[NamedGo]) -> Vec<Finding> {
    let differing = named.iter().filter(|it| !agrees(&it.version, chosen));
    differing
        .map(|named| {
            let message = format!("it names Go {}, and Go {chosen} builds", named.version);
            Finding::new(
                Severity::Warning,
                Rule::GoVersion,
                &named.place.path,
                message,
            )
            .at(Some(named.place.clone()))
            .hint("let one place name the version, and the others read it: coracle toolchain pin")
        })
        .collect()
}

/// Files beside Go's own may leave the last number open.
fn agrees(named: &GoVersion, chosen: &GoVersion) -> bool {
    let (named, chosen) = (named.to_string(), chosen.to_string());
    chosen == named || chosen.starts_with(&format!("{named}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_say_something_else_are_named() {
        let named = |path: &str, version: &str| NamedGo {
            place: FindingPlace {
                path: path.to_owned(),
                line: Some(1),
            },
            version: version.parse().unwrap(),
        };
        let all = [
            named(".go-version", "1.26.8"),
            named("Dockerfile", "1.26"),
            named(".tool-versions", "1.2"),
            named("ci.yml", "1.25.1"),
        ];
        let found = judge_go_versions(&"1.26.8".parse().unwrap(), &all);
        let places: Vec<&str> = found.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(places, [".tool-versions", "ci.yml"]);
    }
}
