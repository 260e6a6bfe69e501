//! What ko reads → a coracle.toml that does the same.
//!
//! In: the text of `.ko.yaml`, ko's variables, the main packages. Out: the text of a coracle.toml,
//! in which a comment stands for each thing that has no counterpart. The invariant: whatever
//! `.ko.yaml` says, the text can be read by [`super::load`]. It never guesses at what a template
//! of ko's comes to.

mod go_settings;
mod ko_file;
mod ko_text;

use super::{ConfigError, FileText, InitMain, Place};
use ko_file::KoFile;

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

/// Writes a coracle.toml that does what ko does with `file`, or without one.
///
/// # Errors
/// When the file is no YAML, or holds something else than ko expects where ko reads.
pub fn ko_text(file: Option<FileText<'_>>, facts: &KoFacts<'_>) -> Result<String, ConfigError> {
    let read = match file {
        // A file of comments says nothing, and YAML calls that null.
        Some(file) => serde_saphyr::from_str::<Option<KoFile>>(file.text)
            .map_err(|error| refusal(file.name, &error))?
            .unwrap_or_default(),
        None => KoFile::default(),
    };
    Ok(ko_text::write(read, facts))
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
