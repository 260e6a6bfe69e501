//! What `load` takes, what it refuses and in which words, and which layer wins.

use std::ffi::OsString;

use proptest::prelude::*;

use super::*;
use crate::model::{Compression, Platform};

/// Everything that the file may hold.
const WHOLE: &str = include_str!("tests/whole.toml");

fn load_file(text: &str) -> Result<Config, Vec<ConfigError>> {
    let file = FileText {
        name: "coracle.toml",
        text,
    };
    load(Some(file), &Environment::default(), &Overrides::default())
}

fn load_sets(sets: &[&str]) -> Result<Config, Vec<ConfigError>> {
    let sets = sets.iter().map(ToString::to_string).collect();
    let overrides = Overrides {
        sets,
        ..Overrides::default()
    };
    load(None, &Environment::default(), &overrides)
}

/// Shows errors as the terminal does, without `error: [config]`.
fn shown<T>(result: Result<T, Vec<ConfigError>>) -> String {
    let shown = |error: &ConfigError| {
        let hint = error.hint.iter().map(|hint| format!("\nhint: {hint}"));
        format!("{error}{}", hint.collect::<String>())
    };
    match result {
        Ok(_) => "taken".to_owned(),
        Err(errors) => errors.iter().map(shown).collect::<Vec<_>>().join("\n"),
    }
}

/// Holds each text against what is said about it.
fn check(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(shown(load_file(text)), *message, "{text}");
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    let variables = variables.iter();
    Environment::new(variables.map(|(name, value)| (OsString::from(name), OsString::from(value))))
}

fn image<'a>(config: &'a Config, name: &str) -> &'a ImageConfig {
    &config.images[&name.parse().unwrap()]
}

fn platforms(image: &ImageConfig) -> String {
    match &image.platforms {
        PlatformChoice::All => "all".to_owned(),
        PlatformChoice::Listed(list) => {
            let list: Vec<String> = list.iter().map(ToString::to_string).collect();
            list.join(" ")
        }
    }
}

const VALUES: TemplateValues<'static> = TemplateValues {
    name: "api",
    import_path: "example.com/shop/cmd/api",
    import_base: "api",
    import_md5: "3fe1",
    version: "v1",
    commit: "abc",
    short: "a",
    branch: "main",
    date: "2026-01-31T12:00:00Z",
};

fn tags(image: &ImageConfig) -> Vec<String> {
    let tags = image.tags.iter();
    tags.map(|tag| tag.render(&VALUES).unwrap().to_string())
        .collect()
}

fn repository(image: &ImageConfig) -> String {
    let repository = image.repository.as_ref().unwrap();
    repository.render(&VALUES).unwrap().to_string()
}

mod precedence;
mod recorded;
mod refusals;
mod robustness;
mod values;
mod wrong_values;
