//! What ko reads → a coracle.toml that does the same.
//!
//! In: the text of `.ko.yaml`, ko's variables, the main packages. Out: the text of a coracle.toml,
//! in which a comment stands for each thing that has no counterpart; or what that text says, read.
//! The invariant: whatever `.ko.yaml` says, the text can be read by [`super::load`]. It never guesses
//! at what a template of ko's comes to.

mod go_settings;
mod ko_file;
mod ko_template;
mod ko_text;
mod ko_words;
mod loss;
mod other_keys;
mod repository;

use std::collections::BTreeSet;

use super::{Config, ConfigError, FileText, InitMain, Overrides, Place, file_text};
use crate::model::Environment;
use ko_file::KoFile;
use ko_text::Written;
use loss::Loss;

/// What is known of a project that ko builds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KoFacts<'a> {
    /// Its main packages, in order.
    pub mains: Vec<KoMain>,
    /// What `KO_DOCKER_REPO` says.
    pub repository: Option<&'a str>,
    /// What `KO_DEFAULTBASEIMAGE` says.
    pub base: Option<&'a str>,
    /// What `KO_DEFAULTPLATFORMS` says.
    pub platforms: Option<&'a str>,
}

/// A main package that ko makes an image of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KoMain {
    /// The package.
    pub main: InitMain,
    /// Whether it has files for the running program.
    pub data: KoData,
}

/// Whether a main package has a folder `kodata`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KoData {
    /// There is one.
    Folder,
    /// There is none.
    None,
}

/// What ko is told, in coracle's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KoConfig {
    /// The settings. What an image cannot be made for is among its refusals.
    pub config: Config,
    /// What has no counterpart, and makes no other image.
    pub notes: Vec<String>,
}

/// A coracle.toml that does what ko does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KoText {
    /// The file.
    pub text: String,
    /// What has no counterpart in it: a comment there stands for each.
    pub losses: Vec<String>,
}

/// Writes a coracle.toml that does what ko does with `file`, or without one, on every machine.
///
/// # Errors
/// When the file is no YAML, or holds something else than ko expects where ko reads; or a variable
/// names no repository.
pub fn ko_text(file: Option<FileText<'_>>, facts: &KoFacts<'_>) -> Result<KoText, ConfigError> {
    let Written {
        text,
        refused,
        told,
    } = ko_text::write(&parse(file)?, facts, None)?;
    let losses: BTreeSet<Loss> = refused.into_values().flatten().chain(told).collect();
    Ok(KoText {
        text,
        losses: losses.iter().map(Loss::to_string).collect(),
    })
}

/// Reads what [`ko_text`] writes, and takes the values of `{{.Env.NAME}}` from `environment`.
///
/// # Errors
/// As for [`ko_text`], and when a variable or a flag of coracle's is wrong.
pub fn load_ko(
    file: Option<FileText<'_>>,
    facts: &KoFacts<'_>,
    environment: &Environment,
    overrides: &Overrides,
) -> Result<KoConfig, Vec<ConfigError>> {
    let one = |error| vec![error];
    let name = file.map_or("KO_DOCKER_REPO", |file| file.name);
    let read = parse(file).map_err(one)?;
    let written = ko_text::write(&read, facts, Some(environment)).map_err(one)?;
    let made = FileText {
        name,
        text: &written.text,
    };
    let node = file_text::parse_made(made).map_err(one)?;
    let mut config = super::read(&node, environment, overrides)?;
    for (image, refused) in &written.refused {
        if let Some(image) = config.images.get_mut(image) {
            let errors = refused.iter().map(|loss| loss.to_error(name));
            image.refusals = errors.collect();
        }
    }
    let notes = written.told.iter().map(|loss| format!("{name}: {loss}"));
    Ok(KoConfig {
        config,
        notes: notes.collect(),
    })
}

fn parse(file: Option<FileText<'_>>) -> Result<KoFile, ConfigError> {
    let Some(file) = file else {
        return Ok(KoFile::default());
    };
    // A file of comments says nothing, and YAML calls that null.
    let read = serde_saphyr::from_str::<Option<KoFile>>(file.text);
    read.map(Option::unwrap_or_default)
        .map_err(|error| refusal(file.name, &error))
}

fn refusal(name: &str, error: &serde_saphyr::Error) -> ConfigError {
    let position = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let (line, column) = error.location().map_or((1, 1), |place| {
        (position(place.line()), position(place.column()))
    });
    let message = error.without_snippet().to_string();
    let message = message.lines().next().unwrap_or("it is no YAML");
    let place = Place::File {
        name: name.into(),
        line,
        column,
    };
    ConfigError::new(place, message)
}

#[cfg(test)]
mod tests;
