//! All that is wrong with a file, not only the first of it.

use super::tree::{Node, Table, Value};
use super::{ConfigError, Place, raw, reader};

/// The most errors that are told at once.
const MOST: usize = 20;

/// Returns what is wrong with `layer`, in the order of its lines: what was found is taken out, and
/// the rest is read again.
pub(super) fn all(layer: &Node) -> Vec<ConfigError> {
    let mut rest = layer.clone();
    let mut errors = Vec::new();
    while errors.len() < MOST
        && let Err(error) = check(&rest)
    {
        let was_there = match &mut rest.value {
            Value::Table(table) => take_out(table, &error.place),
            _ => false,
        };
        errors.push(error);
        if !was_there {
            break;
        }
    }
    errors.sort_by_key(|error| error.place.position());
    errors
}

fn check(layer: &Node) -> Result<(), ConfigError> {
    reader::read::<raw::File>(layer).map(drop)
}

/// Takes out the innermost entry that `place` is in, and tables that have nothing else. A list goes
/// as a whole: without one of its items it could be wrong in another way.
fn take_out(table: &mut Table, place: &Place) -> bool {
    let mut key = None;
    for (name, entry) in table.iter_mut() {
        if let Value::Table(below) = &mut entry.node.value
            && take_out(below, place)
        {
            if !below.is_empty() {
                return true;
            }
            key = Some(name.clone());
            break;
        }
        if entry.key_place == *place || holds(&entry.node, place) {
            key = Some(name.clone());
            break;
        }
    }
    key.is_some_and(|key| table.remove(&key).is_some())
}

fn holds(node: &Node, place: &Place) -> bool {
    node.place == *place
        || match &node.value {
            Value::Table(table) => table
                .values()
                .any(|entry| entry.key_place == *place || holds(&entry.node, place)),
            Value::List(items) => items.iter().any(|item| holds(item, place)),
            _ => false,
        }
}
