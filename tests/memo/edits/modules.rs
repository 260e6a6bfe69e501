//! Edits of what describes modules.

use std::fmt::Write as _;

use super::{below, toggle};
use crate::project::{Node, Package, Project, REPLACEMENTS};
use crate::random::Random;

pub(super) fn go_line(project: &mut Project, random: &mut Random) -> Option<String> {
    let folder = *random.pick(&["app", "app/third/dep", "outside"]);
    let module = project.modules.get_mut(folder)?;
    let versions = ["1.16", "1.21", "1.25", "1.26", "1.26.0", "1.99"];
    // The last one is too new for the Go at hand.
    let known = if folder == "app" { 5 } else { 6 };
    versions[random.below(known)].clone_into(&mut module.go);
    Some(format!("let {folder}/go.mod say go {}", module.go))
}

pub(super) fn replace(project: &mut Project, random: &mut Random) -> Option<String> {
    let folder = if random.chance(3, 4) {
        "app"
    } else {
        "outside"
    };
    let (module, _) = *random.pick(&REPLACEMENTS);
    let replaced = &mut project.modules.get_mut(folder)?.replaced;
    if replaced.remove(module) {
        return Some(format!("take {module} from {folder}/go.mod"));
    }
    replaced.insert(module.to_owned());
    Some(format!("replace {module} in {folder}/go.mod"))
}

const LINES: [&str; 6] = [
    "godebug asynctimerchan=0",
    "ignore ./lib",
    "exclude example.com/x v1.0.0",
    "retract v1.0.0",
    "// A comment.",
    "nonsense",
];

pub(super) fn go_mod_line(project: &mut Project, random: &mut Random) -> Option<String> {
    let folder = *random.pick(&["app", "app", "app/third/dep", "outside"]);
    let line = *random.pick(&LINES);
    let lines = &mut project.modules.get_mut(folder)?.lines;
    if !lines.remove(line) {
        lines.insert(line.to_owned());
    }
    Some(format!("toggle {line:?} in {folder}/go.mod"))
}

pub(super) fn go_sum(project: &mut Project, random: &mut Random) -> Option<String> {
    let path = *random.pick(&["app/go.sum", "app/go.work.sum", "app/third/dep/go.sum"]);
    let hash = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let text = match random.below(3) {
        0 => "nonsense nonsense\n".to_owned(),
        digit => format!("example.com/x v1.{digit}.0 {hash}\n"),
    };
    Some(toggle(project, path, Node::text(text)))
}

/// What is replaced by a folder outside of the tree changes, goes or comes.
pub(super) fn change_outside(project: &mut Project, random: &mut Random) -> Option<String> {
    match random.below(3) {
        0 => {
            let text = random.digits();
            text.clone_into(&mut project.packages.get_mut("outside")?.text);
            Some(format!("let outside say {text}"))
        }
        1 => {
            project.modules.remove("outside")?;
            Some("remove outside/go.mod".to_owned())
        }
        _ => {
            project.modules.remove("outside")?;
            project.packages.remove("outside")?;
            Some("remove outside".to_owned())
        }
    }
}

/// A go.mod takes a folder out of its module.
pub(super) fn nested_module(project: &mut Project, random: &mut Random) -> Option<String> {
    let folders = [
        "app/lib",
        "app/lib/inner",
        "app/third/dep/sub",
        "app/cmd/tool",
        "app/cmd",
    ];
    let path = format!("{}/go.mod", random.pick(&folders));
    Some(toggle(
        project,
        &path,
        Node::text("module example.com/other\n"),
    ))
}

/// A package appears where a dependency has one of the same path, or there is nothing compiled in it.
pub(super) fn shadow(project: &mut Project, random: &mut Random) -> Option<String> {
    let folder = "app/nest";
    if project.packages.remove(folder).is_some() {
        return Some(format!("remove {folder}"));
    }
    if random.chance(1, 2) {
        let path = format!("{folder}/x_test.go");
        return Some(toggle(project, &path, Node::text("package nest\n")));
    }
    let package = Package::new(folder, "example.com/app/nest");
    project.packages.insert(folder.to_owned(), package);
    Some(format!("add {folder}"))
}

const MEMBERS: [&str; 5] = [".", "./third/dep", "./third/nest", "../outside", "./lib"];

pub(super) fn workspace(project: &mut Project, random: &mut Random) -> Option<String> {
    if random.chance(1, 3) && project.workspace.take().is_some() {
        return Some("remove go.work".to_owned());
    }
    let uses = project.workspace.get_or_insert_default();
    if uses.is_empty() {
        uses.insert(".".to_owned());
    }
    // Rarely such as is no module.
    let known = if random.chance(1, 6) { 5 } else { 4 };
    let member = MEMBERS[random.below(known)];
    if uses.len() > 1 && uses.remove(member) {
        return Some(format!("let go.work not use {member}"));
    }
    uses.insert(member.to_owned());
    Some(format!("let go.work use {uses:?}"))
}

/// A go.work comes to lie above the project, and what lay outside of its tree lies in it.
pub(super) fn workspace_above(project: &mut Project, random: &mut Random) -> Option<String> {
    let member = *random.pick(&["./outside", "./app/third/dep", "./app/third/nest"]);
    let text = format!("go 1.26\n\nuse ./app\nuse {member}\n");
    Some(toggle(project, "go.work", Node::text(text)))
}

/// A line of go.work that says more than what is used.
pub(super) fn go_work_line(project: &mut Project, random: &mut Random) -> Option<String> {
    let lines = [
        "replace example.com/dep => ./third/nest",
        "replace example.com/dep => ./third/dep",
        "replace example.com/out => ../outside",
        "replace example.com/out => ./third/dep",
        "godebug asynctimerchan=0",
    ];
    project.workspace.as_ref()?;
    let line = (*random.pick(&lines)).to_owned();
    if !project.workspace_lines.remove(&line) {
        project.workspace_lines.insert(line.clone());
    }
    Some(format!("toggle {line:?} in go.work"))
}

const VENDOR: &str = "app/vendor/";

/// The dependencies are vendored as they are, or no more.
pub(super) fn vendor(project: &mut Project, random: &mut Random) -> Option<String> {
    let vendored = below(project, VENDOR);
    if !vendored.is_empty() {
        for path in vendored {
            project.nodes.remove(&path);
        }
        return Some("remove the vendor folder".to_owned());
    }
    if random.chance(1, 4) {
        let path = format!("{VENDOR}README");
        project.nodes.insert(path, Node::text("Nothing yet.\n"));
        return Some("add a vendor folder without modules.txt".to_owned());
    }
    let mut list = String::new();
    let main = project.modules.get("app")?.clone();
    for (module, replacement) in REPLACEMENTS {
        let below_app = format!("app/{}", replacement.trim_start_matches("./"));
        let folder = if replacement == "../outside" {
            "outside".to_owned()
        } else {
            below_app
        };
        if !main.replaced.contains(module) {
            continue;
        }
        let go = &project.modules.get(&folder)?.go;
        let _ = writeln!(
            list,
            "# {module} v0.0.0 => {replacement}\n## explicit; go {go}"
        );
        let packages = project.packages.clone();
        for (at, package) in &packages {
            let Some(rest) = at
                .strip_prefix(&folder)
                .filter(|it| it.is_empty() || it.starts_with('/'))
            else {
                continue;
            };
            let _ = writeln!(list, "{module}{rest}");
            let path = format!("{VENDOR}{module}{rest}/a.go");
            project.nodes.insert(path, Node::text(package.source()));
        }
    }
    for (module, replacement) in REPLACEMENTS {
        if main.replaced.contains(module) {
            let _ = writeln!(list, "# {module} => {replacement}");
        }
    }
    let path = format!("{VENDOR}modules.txt");
    project.nodes.insert(path, Node::text(list));
    Some("vendor all dependencies".to_owned())
}

pub(super) fn change_vendored(project: &mut Project, random: &mut Random) -> Option<String> {
    let paths = below(project, VENDOR);
    if paths.is_empty() {
        return None;
    }
    let path = random.pick(&paths).clone();
    let text = random.digits();
    match project.nodes.get_mut(&path) {
        Some(Node::File(bytes, _)) if path.ends_with("/a.go") => {
            let source = format!("\nfunc init() {{ println(\"{text}\") }}\n");
            bytes.extend_from_slice(source.as_bytes());
        }
        _ => {
            project.nodes.remove(&path);
        }
    }
    Some(format!("change {path}"))
}
