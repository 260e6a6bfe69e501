//! Keys that have a meaning, but none that this version of coracle can give them.

use super::ConfigError;
use super::tree::{Entry, Node};

const TABLES: [&str; 1] = ["deploy"];

/// Refuses them: to pass over `[deploy]` in silence would be worse than not to know it.
pub(super) fn refuse(file: &Node) -> Result<(), ConfigError> {
    for table in TABLES {
        refuse_entry(file.entry(table), format_args!("[{table}]"))?;
    }
    Ok(())
}

fn refuse_entry(entry: Option<&Entry>, name: std::fmt::Arguments<'_>) -> Result<(), ConfigError> {
    match entry {
        None => Ok(()),
        Some(entry) => Err(ConfigError::new(
            entry.key_place.clone(),
            format_args!("{name} is not there yet\nleave it out for now"),
        )),
    }
}
