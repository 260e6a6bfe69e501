//! Edits of images, their files, and what surrounds a build.

use super::below;
use crate::project::{GitAct, Node, Project};
use crate::random::Random;

const FOLDER: &str = "app/conf/";

/// Something happens to a file that the image copies.
pub(super) fn files(project: &mut Project, random: &mut Random) -> Option<String> {
    let names = ["a.yaml", "b.yaml", "deep/c.yaml", "run.sh", "link"];
    let path = format!("{FOLDER}{}", random.pick(&names));
    if random.chance(1, 8) {
        project.config.files = !project.config.files;
        return Some(format!("copy files: {}", project.config.files));
    }
    project.config.files = true;
    let old = project.nodes.get(&path).cloned();
    let text = random.digits();
    let node = match (random.below(6), old) {
        (0, Some(Node::File(bytes, mode))) => Some(Node::File(bytes, mode ^ 0o111)),
        (1, Some(Node::File(bytes, mode))) => Some(Node::File(bytes, mode ^ 0o044)),
        (2, _) => Some(Node::Link(
            (*random.pick(&["a.yaml", "deep", "b.yaml"])).to_owned(),
        )),
        (3, Some(_)) => None,
        (4, Some(node)) => {
            let to = format!("{FOLDER}{}", random.pick(&names));
            project.nodes.insert(to, node);
            None
        }
        _ => Some(Node::text(text)),
    };
    let done = format!("let {path} be {node:?}");
    match node {
        Some(node) => project.nodes.insert(path, node),
        None => project.nodes.remove(&path),
    };
    if below(project, FOLDER).is_empty() {
        project.config.files = false;
    }
    Some(done)
}

const IMAGE_KEYS: [(&str, &[&str]); 8] = [
    ("env", &["{ A = \"1\" }", "{ A = \"2\" }"]),
    ("labels", &["{ team = \"edge\" }", "{ team = \"core\" }"]),
    ("ports", &["[8080]", "[\"53/udp\"]"]),
    ("path", &["\"/bin/app\"", "\"/app2\""]),
    ("user", &["\"root\"", "\"1000:1000\""]),
    ("args", &["[\"-v\"]"]),
    ("tags", &["[\"v1\"]", "[\"{version}\", \"latest\"]"]),
    (
        "platforms",
        &["[\"linux/arm64\"]", "[\"linux/amd64\", \"linux/arm64\"]"],
    ),
];

pub(super) fn image_key(project: &mut Project, random: &mut Random) -> Option<String> {
    let (key, values) = *random.pick(&IMAGE_KEYS);
    let value = *random.pick(values);
    if project.config.image.remove(key).is_some() {
        return Some(format!("take {key} from the image"));
    }
    project
        .config
        .image
        .insert(key.to_owned(), value.to_owned());
    Some(format!("let the image have {key} = {value}"))
}

const TABLE_KEYS: [(&str, &str, &[&str]); 13] = [
    ("go", "tags", &["[\"custom\"]", "[\"custom\", \"more\"]"]),
    (
        "go",
        "flags",
        &["[\"-gcflags=all=-N -l\"]", "[\"-pgo=off\"]", "[\"-cover\"]"],
    ),
    ("go", "ldflags", &["[\"-w=false\"]", "[\"-s=false\"]"]),
    ("go", "debug", &["true"]),
    (
        "go",
        "env",
        &[
            "{ GOAMD64 = \"v2\" }",
            "{ GOAMD64 = \"v3\" }",
            "{ GOEXPERIMENT = \"jsonv2\" }",
        ],
    ),
    ("go", "symbols", &["\"keep\""]),
    ("stamp", "version", &["\"v1\"", "\"v2\""]),
    (
        "stamp",
        "vars",
        &[
            "{ \"main.version\" = \"{version}\" }",
            "{ \"main.version\" = \"{commit}{date}\" }",
        ],
    ),
    ("stamp", "commit", &["\"abc\""]),
    ("layers", "compression", &["\"zstd\"", "\"gzip\""]),
    ("layers", "level", &["1", "3"]),
    ("defaults", "base", &["\"scratch\""]),
    ("secrets", "allow", &["[\"x\"]"]),
];

pub(super) fn table_key(project: &mut Project, random: &mut Random) -> Option<String> {
    let (table, key, values) = *random.pick(&TABLE_KEYS);
    let value = *random.pick(values);
    let place = (table.to_owned(), key.to_owned());
    if project.config.tables.remove(&place).is_some() && random.chance(1, 2) {
        return Some(format!("take {table}.{key} away"));
    }
    project.config.tables.insert(place, value.to_owned());
    Some(format!("let {table}.{key} be {value}"))
}

pub(super) fn second(project: &mut Project, _: &mut Random) -> Option<String> {
    project.config.second = !project.config.second;
    Some(format!("build the second image: {}", project.config.second))
}

/// An image of the same program as the first.
pub(super) fn twin(project: &mut Project, random: &mut Random) -> Option<String> {
    project.config.twin = match &project.config.twin {
        Some(_) => None,
        None => Some((*random.pick(&["/app", "/twin"])).to_owned()),
    };
    Some(format!("build a twin: {:?}", project.config.twin))
}

const VARIABLES: [(&str, &[&str]); 12] = [
    ("GOFLAGS", &["-tags=custom", "-mod=mod"]),
    ("SOURCE_DATE_EPOCH", &["0", "1700000000"]),
    ("HOME", &["/nonexistent", "/tmp"]),
    ("GOWORK", &["off"]),
    ("GODEBUG", &["gotypesalias=0"]),
    ("GOOS", &["windows"]),
    ("GOAMD64", &["v3"]),
    ("CGO_ENABLED", &["1"]),
    ("GOEXPERIMENT", &["jsonv2"]),
    ("GO111MODULE", &["off"]),
    ("LC_ALL", &["de_DE.UTF-8"]),
    ("CORACLE_PLATFORM", &["linux/arm64"]),
];

pub(super) fn variable(project: &mut Project, random: &mut Random) -> Option<String> {
    let (name, values) = *random.pick(&VARIABLES);
    if project.variables.remove(name).is_some() {
        return Some(format!("unset {name}"));
    }
    let value = *random.pick(values);
    project.variables.insert(name.to_owned(), value.to_owned());
    Some(format!("set {name}={value}"))
}

pub(super) fn git(project: &mut Project, random: &mut Random) -> Option<String> {
    let act = if random.chance(1, 2) {
        GitAct::Commit
    } else {
        GitAct::Tag(format!("v{}.{}.0", random.below(9), random.digits()))
    };
    let done = format!("git: {act:?}");
    project.git.push(act);
    Some(done)
}
