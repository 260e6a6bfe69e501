//! Variables of the environment: those that docs/environment.md lists, and those of the sources.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use crate::document;

/// Returns the variables that the reference has a row for.
pub(crate) fn documented() -> BTreeSet<String> {
    let text = document::read("docs/environment.md");
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    cells
        .flat_map(|cell| matches("`([A-Z0-9_]+)`", cell))
        .collect()
}

/// Returns the variables that the program asks its environment for by name.
pub(crate) fn read() -> BTreeSet<String> {
    let asked = r#"\b(?:get|get_str|get_path|named|variable)\((?:environment, )?"([A-Z0-9_]+)"\)"#;
    let own = r#""(CORACLE_[A-Z]+)""#;
    let code = code();
    matches(asked, &code).chain(matches(own, &code)).collect()
}

/// Returns everything in the sources that could be the name of a variable.
pub(crate) fn named() -> BTreeSet<String> {
    matches(r#""([A-Z0-9_]+)""#, &code()).collect()
}

fn matches(pattern: &str, text: &str) -> impl Iterator<Item = String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let found = pattern.captures_iter(text).map(|found| found[1].to_owned());
    found.collect::<Vec<_>>().into_iter()
}

/// Returns the code of the program, without its tests.
fn code() -> String {
    let mut code = String::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(path).expect("a source file");
                code += text.split("#[cfg(test)]").next().unwrap_or_default();
            }
        }
    }
    code
}
