//! The packages that tests are about, as `go list` tells them, and those of them that a change touches.

use std::collections::{BTreeMap, BTreeSet};

use crate::stages::{CommandLine, Stage};

/// How each line begins that is the list's own, and nothing that go says beside it.
const MARK: &str = "coracle-package";
/// What stands between the parts of a line: no import path has it.
const BETWEEN: &str = "|";

/// What `go list` writes of each package.
const FORMAT: &str = concat!(
    "{{if not .Standard}}coracle-package|{{.ImportPath}}|{{.ForTest}}|{{.DepOnly}}|",
    "{{join .Imports \",\"}}|{{join .TestImports \",\"}},{{join .XTestImports \",\"}}{{end}}"
);

/// Flags of `go test` that decide which packages there are, and what they import.
const LOADING: [&str; 7] = ["tags", "mod", "modfile", "overlay", "race", "msan", "asan"];
/// Those of them that are given a value.
const VALUED: [&str; 4] = ["tags", "mod", "modfile", "overlay"];

/// Returns the command that lists the packages which the command of `stage` tests, and all that they depend on;
/// nothing where its command is another than `go test`.
pub fn package_list(stage: &Stage) -> Option<Vec<String>> {
    let packages = &stage.tests.as_ref()?.packages;
    let mut commands = stage.commands.iter().map(CommandLine::words);
    let flags = commands.find_map(|words| {
        let words = words.strip_suffix(packages.as_slice())?;
        words.strip_prefix(["go".to_owned(), "test".to_owned()].as_slice())
    })?;
    let mut words = ["go", "list", "-deps", "-test", "-f", FORMAT]
        .map(str::to_owned)
        .to_vec();
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        let name = flag.trim_start_matches('-');
        let (name, value) = name
            .split_once('=')
            .map_or((name, None), |(name, value)| (name, Some(value)));
        if LOADING.contains(&name) {
            words.push(flag.clone());
            let follows = value.is_none() && VALUED.contains(&name);
            words.extend(follows.then(|| flags.next()).flatten().cloned());
        }
    }
    words.extend(packages.iter().cloned());
    Some(words)
}

/// All packages that tests are made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestedPackages {
    /// Who imports a package, apart from tests.
    importers: BTreeMap<String, BTreeSet<String>>,
    /// What is tested, and what its tests import beside it.
    tested: BTreeMap<String, BTreeSet<String>>,
}

impl TestedPackages {
    /// Reads a line; those of another form are none of the list.
    pub fn read(&mut self, line: &str) {
        let parts: Vec<&str> = line.trim_end().split(BETWEEN).collect();
        let [MARK, variant, of_test, dependency, imports, tests] = parts.as_slice() else {
            return;
        };
        let package = plain(variant);
        let is_test = !of_test.is_empty()
            && (package == *of_test || package.strip_suffix("_test") == Some(of_test));
        // What is compiled for a test imports what the test does; of others a variant says no more than they do.
        if is_test {
            return;
        }
        for import in list(imports) {
            let importers = self.importers.entry(plain(import).to_owned()).or_default();
            importers.insert(package.to_owned());
        }
        if *dependency == "false" {
            let tests = list(tests).map(|path| plain(path).to_owned()).collect();
            self.tested.insert(package.to_owned(), tests);
        }
    }

    /// Returns what is to be tested when `sources` are other packages now, and of `tests` only tests are others:
    /// they, and all that depends on the former; nothing else of the list.
    pub fn touched<'a>(
        &'a self,
        sources: impl IntoIterator<Item = &'a str>,
        tests: impl IntoIterator<Item = &'a str>,
    ) -> Vec<String> {
        let reached = self.dependents(sources);
        let own: BTreeSet<&str> = tests.into_iter().collect();
        let mut touched = Vec::new();
        for (package, imports) in &self.tested {
            let is_touched = own.contains(&**package)
                || reached.contains(&**package)
                || imports.iter().any(|import| reached.contains(&**import));
            if is_touched && !self.is_test_program(package) {
                touched.push(package.clone());
            }
        }
        touched
    }

    /// Tells whether all that is tested is in `packages`.
    pub fn is_all(&self, packages: &[String]) -> bool {
        let mut tested = self.tested.keys();
        tested.all(|it| self.is_test_program(it) || packages.contains(it))
    }

    /// Returns `packages` and all that import them, or what imports those; tests do not count.
    pub fn dependents<'a>(
        &'a self,
        packages: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<&'a str> {
        let mut ahead: Vec<&str> = packages.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(package) = ahead.pop() {
            if reached.insert(package) {
                let importers = self.importers.get(package).into_iter().flatten();
                ahead.extend(importers.map(String::as_str));
            }
        }
        reached
    }

    /// The program that runs the tests of a package is listed beside it.
    fn is_test_program(&self, package: &str) -> bool {
        let of = package.strip_suffix(".test");
        of.is_some_and(|of| self.tested.contains_key(of))
    }
}

/// Returns the path of a package without the test that it is compiled for, as in `a [b.test]`.
fn plain(path: &str) -> &str {
    path.split_once(' ').map_or(path, |(path, _)| path)
}

fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').filter(|path| !path.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of packages, as in `a: b c / d`: what is tested, what it imports, and what its tests import.
    fn packages(lines: &[&str]) -> TestedPackages {
        let mut packages = TestedPackages::default();
        for line in lines {
            let (path, rest) = line.split_once(':').unwrap();
            let (imports, tests) = rest.split_once(" / ").unwrap_or((rest, ""));
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(",");
            let (path, dependency) = match path.strip_prefix('-') {
                Some(path) => (path, "true"),
                None => (path, "false"),
            };
            packages.read(&format!(
                "{MARK}|{path}||{dependency}|{}|{},",
                words(imports),
                words(tests)
            ));
        }
        packages
    }

    #[test]
    fn what_depends_on_a_package_is_touched_with_it_on_every_way() {
        let packages = packages(&[
            "api: serve",
            "worker: greet",
            "serve: greet log",
            "greet:",
            "log:",
            "e2e: / api",
            "tool: x.org/mod",
            "-x.org/mod: log",
        ]);
        let touched = |sources: &[&str], tests: &[&str]| {
            let touched = packages.touched(sources.iter().copied(), tests.iter().copied());
            touched.join(" ")
        };
        assert_eq!(touched(&["api"], &[]), "api e2e");
        assert_eq!(touched(&["greet"], &[]), "api e2e greet serve worker");
        // By way of a module of others.
        assert_eq!(touched(&["log"], &[]), "api e2e log serve tool");
        assert_eq!(touched(&[], &["greet"]), "greet");
        assert_eq!(touched(&["gone"], &[]), "");
        assert_eq!(touched(&[], &[]), "");
    }

    #[test]
    fn what_tests_of_a_package_import_does_not_touch_who_imports_the_package() {
        let packages = packages(&["api: lib", "lib: / helper", "helper:"]);
        assert_eq!(packages.touched(["helper"], []), ["helper", "lib"]);
    }

    #[test]
    fn packages_that_import_each_other_in_tests_come_to_an_end() {
        let packages = packages(&["a: b", "b: / a", "c: a"]);
        assert_eq!(packages.touched(["b"], []), ["a", "b", "c"]);
    }

    #[test]
    fn variants_for_tests_are_read_as_what_they_are() {
        let mut packages = TestedPackages::default();
        for line in [
            "go: downloading x.org/mod v1.0.0",
            "coracle-package|m/a||false|m/b|m/t,m/a,m/u",
            "coracle-package|m/a [m/a.test]|m/a|false|m/b,m/t|,",
            "coracle-package|m/a_test [m/a.test]|m/a|false|m/a [m/a.test],m/u [m/a.test]|,",
            "coracle-package|m/u [m/a.test]|m/a|true|m/a [m/a.test]|,",
            "coracle-package|m/a.test||false|m/a [m/a.test],m/a_test [m/a.test]|,",
            "coracle-package|m/b||true||,",
            "",
        ] {
            packages.read(line);
        }
        assert_eq!(packages.touched(["m/b"], []), ["m/a"]);
        assert_eq!(packages.touched(["m/u"], []), ["m/a"]);
        assert_eq!(packages.touched(["m/t"], []), ["m/a"]);
        assert!(packages.is_all(&["m/a".to_owned()]));
        assert!(!packages.is_all(&[]));
    }
}
