//! Files that name different versions of Go.

use super::{Finding, FindingPlace, Rule, Severity};
use crate::facts::NamedGo;
use crate::model::GoVersion;

/// Names every place that says something else than the version which is built with.
pub fn judge_go_versions(chosen: &GoVersion, named: &[NamedGo]) -> Vec<Finding> {
    let differing = named.iter().filter(|it| !agrees(&it.version, chosen));
    differing
        .map(|named| {
            let message = format!("it names Go {}, and Go {chosen} builds", named.version);
            let place = FindingPlace {
                path: named.path.to_string(),
                line: Some(named.line),
            };
            Finding::new(Severity::Warning, Rule::GoVersion, &named.path, message)
                .at(Some(place))
                .hint(
                    "let one place name the version, and the others read it: coracle toolchain pin",
                )
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
            path: path.parse().unwrap(),
            line: 1,
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
