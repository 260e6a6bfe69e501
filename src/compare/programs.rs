//! What two Go programs say of how they were built.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Difference};
use crate::compile::{BuildInfo, LinkedModule};

/// Returns in what the builds of the program at `path` differ.
pub(super) fn build_differences(path: &str, a: &BuildInfo, b: &BuildInfo) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut note = |cause, what: &str, a: Option<String>, b: Option<String>| {
        if a != b {
            found.push(Difference::new(cause, path, what).sides(a, b));
        }
    };
    let version = |info: &BuildInfo| Some(info.go_version.clone());
    note(Cause::Toolchain, "Go", version(a), version(b));
    let package = |info: &BuildInfo| Some(info.path.clone());
    note(Cause::Module, "main package", package(a), package(b));
    let (modules_a, modules_b) = (modules(a), modules(b));
    for name in names(&modules_a, &modules_b) {
        let (a, b) = told(modules_a.get(name).copied(), modules_b.get(name).copied());
        note(Cause::Module, name, a, b);
    }
    let (settings_a, settings_b) = (settings(a), settings(b));
    for name in names(&settings_a, &settings_b) {
        let side = |of: &BTreeMap<&str, &str>| of.get(name).map(|value| (*value).to_owned());
        note(Cause::Setting, name, side(&settings_a), side(&settings_b));
    }
    found
}

fn names<'a, T>(a: &BTreeMap<&'a str, T>, b: &BTreeMap<&'a str, T>) -> BTreeSet<&'a str> {
    a.keys().chain(b.keys()).copied().collect()
}

fn modules(info: &BuildInfo) -> BTreeMap<&str, &LinkedModule> {
    let all = info.main.iter().chain(&info.modules);
    all.map(|module| (module.path.as_str(), module)).collect()
}

fn settings(info: &BuildInfo) -> BTreeMap<&str, &str> {
    let pairs = info.settings.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

/// Sums are told where nothing else tells two modules apart.
fn told(a: Option<&LinkedModule>, b: Option<&LinkedModule>) -> (Option<String>, Option<String>) {
    let (short_a, short_b) = (a.map(without_sums), b.map(without_sums));
    match (a, b) {
        (Some(a), Some(b)) if short_a == short_b && a != b => {
            (Some(with_sums(a)), Some(with_sums(b)))
        }
        _ => (short_a, short_b),
    }
}

fn without_sums(module: &LinkedModule) -> String {
    match &module.replacement {
        None => module.version.clone(),
        Some(other) => format!("{} => {} {}", module.version, other.path, other.version),
    }
}

fn with_sums(module: &LinkedModule) -> String {
    let sum = |module: &LinkedModule| module.sum.clone().unwrap_or("no sum".to_owned());
    let own = format!("{} {}", module.version, sum(module));
    match &module.replacement {
        None => own,
        Some(other) => format!("{own} => {} {} {}", other.path, other.version, sum(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(path: &str, version: &str, sum: &str) -> LinkedModule {
        LinkedModule {
            path: path.to_owned(),
            version: version.to_owned(),
            sum: Some(sum.to_owned()),
            replacement: None,
        }
    }

    fn info() -> BuildInfo {
        let settings = [("GOAMD64", "v1"), ("-tags", "a")];
        BuildInfo {
            go_version: "go1.26.8".to_owned(),
            path: "example.com/app".to_owned(),
            main: Some(module("example.com/app", "(devel)", "")),
            modules: vec![module("example.com/m", "v1.0.0", "h1:a")],
            settings: settings
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        }
    }

    #[track_caller]
    fn differ(change: impl FnOnce(&mut BuildInfo), cause: Cause, expected: &str) {
        let mut other = info();
        change(&mut other);
        let found = build_differences("/app", &info(), &other);
        let [one] = found.as_slice() else {
            panic!("{found:?}");
        };
        let side = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
        let shown = format!("{}: {}, {}", one.what, side(&one.a), side(&one.b));
        assert_eq!((one.cause, shown.as_str()), (cause, expected));
    }

    #[test]
    fn each_part_of_a_build_has_its_cause() {
        differ(
            |info| info.go_version = "go1.27".to_owned(),
            Cause::Toolchain,
            "Go: go1.26.8, go1.27",
        );
        differ(
            |info| info.settings[0].1 = "v3".to_owned(),
            Cause::Setting,
            "GOAMD64: v1, v3",
        );
        differ(
            |info| drop(info.settings.pop()),
            Cause::Setting,
            "-tags: a, -",
        );
        differ(
            |info| info.path = "example.com/app/cmd".to_owned(),
            Cause::Module,
            "main package: example.com/app, example.com/app/cmd",
        );
    }

    #[test]
    fn modules_are_told_apart_by_version_replacement_and_sum() {
        differ(
            |info| info.modules[0] = module("example.com/m", "v1.1.0", "h1:b"),
            Cause::Module,
            "example.com/m: v1.0.0, v1.1.0",
        );
        differ(
            |info| info.modules[0].sum = Some("h1:b".to_owned()),
            Cause::Module,
            "example.com/m: v1.0.0 h1:a, v1.0.0 h1:b",
        );
        differ(
            |info| {
                let local = LinkedModule {
                    sum: None,
                    ..module("../m", "(devel)", "")
                };
                info.modules[0].replacement = Some(Box::new(local));
            },
            Cause::Module,
            "example.com/m: v1.0.0, v1.0.0 => ../m (devel)",
        );
        differ(
            |info| info.modules.clear(),
            Cause::Module,
            "example.com/m: v1.0.0, -",
        );
    }
}
