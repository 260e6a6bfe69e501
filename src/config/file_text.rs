//! The file as it was read.

use toml::de::DeTable;

use super::place::Places;
use super::tree::{Grafter, Node};
use super::{ConfigError, Place};

/// A configuration file, not looked into yet.
#[derive(Debug, Clone, Copy)]
pub struct FileText<'a> {
    /// Its name, as errors show it.
    pub name: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// Takes the file apart.
pub(super) fn parse(file: FileText<'_>) -> Result<Node, ConfigError> {
    let places = Places::new(file.name, file.text);
    let table = DeTable::parse(file.text).map_err(|error| {
        let place = places.place(error.span());
        ConfigError::new(place, error.message())
    })?;
    let place = |span| places.place(Some(span));
    Ok(Node {
        place: place(0..0),
        value: Grafter::new(&place).table(table.get_ref())?,
    })
}

/// Takes a file apart that nobody wrote: its places are not told.
pub(super) fn parse_made(file: FileText<'_>) -> Result<Node, ConfigError> {
    let place = Place::Whole(file.name.into());
    let table = DeTable::parse(file.text)
        .map_err(|error| ConfigError::new(place.clone(), error.message()))?;
    let value = Grafter::new(&|_| place.clone()).table(table.get_ref())?;
    Ok(Node { place, value })
}

/// Returns what a project without a file has.
pub(super) fn none() -> Node {
    Node::table(Place::Flag("--config".into()), [])
}
