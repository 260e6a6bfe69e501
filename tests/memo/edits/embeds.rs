//! Edits of embedded files.

use super::{below, toggle};
use crate::project::{Node, Project};
use crate::random::Random;

/// What packages embed.
pub(crate) const PATTERNS: [&str; 8] = [
    "static",
    "all:static",
    "static/*",
    "all:static/*",
    "static/*.txt",
    "static/sub/c.txt",
    "static/sub static/[a-c].txt",
    "`static/a.txt` static/?.txt",
];

const FOLDER: &str = "app/assets/static/";

const NAMES: [&str; 9] = [
    "a.txt",
    "b.txt",
    "sub/c.txt",
    "sub/d.txt",
    ".hidden",
    "_hidden/e.txt",
    "sub/.hidden/f",
    "more/g.txt",
    "x.go",
];

pub(super) fn change_file(project: &mut Project, random: &mut Random) -> Option<String> {
    let path = format!("{FOLDER}{}", random.pick(&NAMES));
    let text = random.digits();
    let done = format!("write {text} into {path}");
    project.nodes.insert(path, Node::text(text));
    Some(done)
}

/// Returns the path of an embedded file, or something like it.
fn existing(project: &Project, random: &mut Random) -> Option<String> {
    let paths = below(project, FOLDER);
    (!paths.is_empty()).then(|| random.pick(&paths).clone())
}

pub(super) fn remove_file(project: &mut Project, random: &mut Random) -> Option<String> {
    let path = existing(project, random)?;
    project.nodes.remove(&path);
    Some(format!("remove {path}"))
}

pub(super) fn rename_file(project: &mut Project, random: &mut Random) -> Option<String> {
    let from = existing(project, random)?;
    let to = format!("{FOLDER}{}", random.pick(&NAMES));
    let node = project.nodes.remove(&from)?;
    project.nodes.insert(to.clone(), node);
    Some(format!("rename {from} to {to}"))
}

pub(super) fn change_patterns(project: &mut Project, random: &mut Random) -> Option<String> {
    let assets = project.packages.get_mut("app/assets")?;
    let pattern = *random.pick(&PATTERNS);
    if random.chance(1, 5) {
        assets.embeds.clear();
    } else {
        assets.embeds = vec![pattern.to_owned()];
    }
    let done = format!("let app/assets embed {:?}", assets.embeds);
    project.import("app", "example.com/app/assets");
    Some(done)
}

/// A file becomes something else, or something else a file.
pub(super) fn change_kind(project: &mut Project, random: &mut Random) -> Option<String> {
    let names = ["a.txt", "b.txt", "sub/c.txt", "more"];
    let path = format!("{FOLDER}{}", random.pick(&names));
    let depth = path.split('/').count() - 4;
    let node = match random.below(6) {
        0 => Node::text("same"),
        1 => Node::Link(format!("{}b.txt", "../".repeat(depth))),
        2 => Node::Link("nowhere".to_owned()),
        3 => Node::Folder,
        4 => Node::Socket,
        _ => Node::File(b"same".to_vec(), 0o755),
    };
    let done = format!("let {path} be {node:?}");
    project.nodes.insert(path, node);
    Some(done)
}

pub(super) fn nested_module(project: &mut Project, random: &mut Random) -> Option<String> {
    let folder = *random.pick(&["", "sub/", "more/"]);
    let path = format!("{FOLDER}{folder}go.mod");
    Some(toggle(
        project,
        &path,
        Node::text("module example.com/other\n"),
    ))
}
