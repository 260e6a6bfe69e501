//! What people do to projects, each thing at random.
#![expect(
    clippy::unnecessary_wraps,
    reason = "all edits are functions of one form"
)]

mod embeds;
mod images;
mod modules;
mod sources;

pub(crate) use embeds::PATTERNS;

use crate::project::{Node, Project};
use crate::random::Random;

/// Changes a project and returns what was done, in words; nothing where it could not be done.
type Edit = fn(&mut Project, &mut Random) -> Option<String>;

/// All edits, each as often as its number says.
const EDITS: [(usize, Edit); 36] = [
    (6, sources::change_text),
    (3, sources::change_functions),
    (4, sources::change_imports),
    (5, sources::constrained_file),
    (2, sources::odd_file),
    (2, sources::link_source),
    (1, sources::link_package),
    (2, sources::rename_file),
    (2, sources::rename_package),
    (2, sources::remove_package),
    (2, sources::profile),
    (6, embeds::change_file),
    (3, embeds::remove_file),
    (2, embeds::rename_file),
    (3, embeds::change_patterns),
    (3, embeds::change_kind),
    (2, embeds::nested_module),
    (2, modules::go_line),
    (3, modules::replace),
    (2, modules::go_mod_line),
    (2, modules::go_sum),
    (3, modules::change_outside),
    (2, modules::nested_module),
    (3, modules::shadow),
    (4, modules::workspace),
    (1, modules::workspace_above),
    (3, modules::go_work_line),
    (4, modules::vendor),
    (2, modules::change_vendored),
    (6, images::files),
    (4, images::image_key),
    (6, images::table_key),
    (2, images::second),
    (1, images::twin),
    (4, images::variable),
    (4, images::git),
];

/// Makes one edit, and tells what it was.
pub(crate) fn edit(project: &mut Project, random: &mut Random) -> String {
    let total = EDITS.iter().map(|(weight, _)| weight).sum();
    loop {
        let mut left = random.below(total);
        let chosen = EDITS.iter().find(|(weight, _)| {
            let is_it = left < *weight;
            left = left.saturating_sub(*weight);
            is_it
        });
        let (_, edit) = chosen.expect("a number below the sum of all");
        let before = project.clone();
        if let Some(done) = edit(project, random).filter(|_| *project != before) {
            return done;
        }
        *project = before;
    }
}

/// Puts a node at a path, or takes away what is there.
fn toggle(project: &mut Project, path: &str, node: Node) -> String {
    if project.nodes.remove(path).is_some() {
        return format!("remove {path}");
    }
    let done = format!("add {path}: {node:?}");
    project.nodes.insert(path.to_owned(), node);
    done
}

/// Returns the paths of nodes below a folder.
fn below(project: &Project, folder: &str) -> Vec<String> {
    let paths = project.nodes.keys();
    let paths = paths.filter(|path| path.starts_with(folder));
    paths.cloned().collect()
}
