//! docs/from-ko.md has a counterpart of every verb and flag of ko's.

use std::collections::BTreeSet;

use crate::support::tools::{self, Tool};
use crate::support::{TestEnvironment, folders};

/// Returns the words of a help page's lines that `pattern` finds.
fn listed(environment: &TestEnvironment, args: &[&str], pattern: &str) -> BTreeSet<String> {
    let mut command = environment.command(tools::get(Tool::Ko));
    let output = environment.run_command(command.args(args));
    let pattern = regex::Regex::new(pattern).expect("a pattern");
    let help = output.success().stdout;
    let found = pattern.captures_iter(&help);
    found.map(|found| found[1].to_owned()).collect()
}

#[test]
fn every_verb_and_flag_of_ko_has_its_counterpart() {
    let environment = TestEnvironment::without_go();
    let page = folders::project().join("docs/from-ko.md");
    let page = std::fs::read_to_string(page).expect("docs/from-ko.md");
    let rows: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next())
        .collect();
    let has = |word: &str| {
        let quoted = format!("`{word}`");
        rows.iter().any(|row| row.contains(&quoted))
    };
    let verbs = listed(&environment, &["--help"], r"(?m)^  ([a-z]+)   +[A-Z]");
    assert!(verbs.len() > 8, "{verbs:?}");
    let mut missing = BTreeSet::new();
    for verb in &verbs {
        if !has(&format!("ko {verb}")) {
            missing.insert(format!("ko {verb}"));
        }
        // Help's own words are those of a library, and so are those of completion.
        if matches!(verb.as_str(), "help" | "completion") {
            continue;
        }
        let flags = listed(
            &environment,
            &[verb, "--help"],
            r"(?m)^ +(?:-\w, )?(--[a-z-]+)",
        );
        assert!(!flags.is_empty(), "{verb}");
        missing.extend(flags.into_iter().filter(|flag| !has(flag)));
    }
    assert!(missing.is_empty(), "docs/from-ko.md lacks {missing:?}");
}
