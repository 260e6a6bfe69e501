//! Holds the references for users to what the program itself says: its verbs, flags, keys, templates, exit codes
//! and variables.
//!
//! Each document is written by hand but for the blocks between `<!-- generated: NAME -->` and `<!-- end -->`, which
//! `just references` renews.
#![allow(
    clippy::disallowed_methods,
    reason = "this test reads and renews the project's documents"
)]

mod cli;
mod configuration;
mod document;
mod environment;
mod table;

use coracle::config::Overrides;
use coracle::model::Environment;

use document::Document;

#[test]
fn the_reference_of_the_command_line_is_what_the_program_takes() {
    Document::open("docs/cli.md")
        .with("verbs", &cli::verbs())
        .with("flags of every verb", &cli::global_flags())
        .with("exit codes", &cli::exit_codes())
        .assert_up_to_date();
}

#[test]
fn the_reference_of_the_configuration_is_what_the_program_reads() {
    Document::open("docs/configuration.md")
        .with("keys", &configuration::keys())
        .assert_up_to_date();
}

#[test]
fn the_readme_lists_the_exit_codes_of_the_program() {
    Document::open("README.md")
        .with("exit codes", &cli::exit_codes())
        .assert_up_to_date();
}

#[test]
fn every_example_of_a_table_is_a_configuration() {
    for example in configuration::examples() {
        let file = coracle::config::FileText {
            name: "coracle.toml",
            text: &example,
        };
        let read =
            coracle::config::load(Some(file), &Environment::default(), &Overrides::default());
        assert!(
            !example.trim().is_empty() && read.is_ok(),
            "{example}\n{read:?}"
        );
    }
}

#[test]
fn every_example_of_a_verb_is_a_command_line() {
    for example in cli::all_examples() {
        let typed = example
            .split_once(" #")
            .map_or(example.as_str(), |(typed, _)| typed);
        let words = typed
            .split_whitespace()
            .take_while(|word| !["|", ">"].contains(word));
        let taken = coracle::cli::command().try_get_matches_from(words);
        assert!(taken.is_ok(), "{example}\n{taken:?}");
    }
}

#[test]
fn the_reference_knows_the_templates_that_there_are() {
    let unknown = "{}"
        .parse::<coracle::config::Template>()
        .expect_err("no template");
    let unknown = unknown.to_string();
    let (_, known) = unknown.split_once("known are ").expect("a list of all");
    let rows = document::read("docs/configuration.md");
    let rows = rows.lines().filter_map(|line| line.strip_prefix("| `{"));
    let listed: Vec<String> = rows
        .filter_map(|row| Some(format!("{{{}}}", row.split_once('}')?.0)))
        .collect();
    assert_eq!(listed.join(" "), known);
}

#[test]
fn the_reference_names_the_variables_that_the_program_reads() {
    let documented = environment::documented();
    let missing: Vec<_> = environment::read()
        .difference(&documented)
        .cloned()
        .collect();
    assert!(
        missing.is_empty(),
        "not in docs/environment.md: {missing:?}"
    );
    let unknown: Vec<_> = documented
        .difference(&environment::named())
        .cloned()
        .collect();
    assert!(unknown.is_empty(), "named nowhere in src/: {unknown:?}");
}
