//! The coracle.toml itself.

use std::collections::{BTreeMap, BTreeSet};

use super::go_settings::GoSettings;
use super::ko_file::{KoBuild, KoFile};
use super::{KoData, KoFacts, KoMain};
use crate::config::BaseChoice;
use crate::config::init::{free_name, quoted};
use crate::model::{Platform, SourcePath};

/// What ko takes where nothing else is said.
const BASE: &str = "cgr.dev/chainguard/static:latest";
const DATA: &str = "/var/run/ko";

/// Writes what `file` says of the main packages of `facts`.
pub(super) fn write(mut file: KoFile, facts: &KoFacts<'_>) -> String {
    if let Some(platforms) = facts.platforms {
        file.default_platforms = vec![platforms.to_owned()].into();
    }
    let builds: Vec<KoBuild> = facts
        .mains
        .iter()
        .map(|main| build_of(main, &file).cloned().unwrap_or_default())
        .collect();
    let settings: Vec<GoSettings> = builds
        .iter()
        .map(|build| GoSettings::of(build, &file))
        .collect();
    let common = settings
        .iter()
        .cloned()
        .reduce(|all, next| all.common(&next))
        .unwrap_or_default();
    let mut text = defaults(&file, facts);
    let mut taken = BTreeSet::new();
    for (main, own) in facts.mains.iter().zip(&settings) {
        let name = free_name(&main.main, &taken);
        text += &image(name.as_str(), main, &file);
        text += &comments(own.beyond(&common));
        taken.insert(name);
    }
    text += &unmatched(&file, facts);
    text + &go(&common)
}

fn defaults(file: &KoFile, facts: &KoFacts<'_>) -> String {
    let repository = match facts.repository.map(|text| text.trim_end_matches('/')) {
        Some(text) if text.contains('/') && !text.contains(['{', '}']) => {
            format!("repository = {}", quoted(&format!("{text}/{{name}}")))
        }
        _ => "# repository = \"registry.example.com/team/{name}\"".to_owned(),
    };
    let base = facts.base.or(file.default_base_image.as_deref());
    let mut text = format!(
        "# What ko does here, for coracle.\n\n[defaults]\n{repository}\n{}tags = [\"latest\"]\n{}",
        platforms(&file.default_platforms.split()),
        base_line(base.unwrap_or(BASE)),
    );
    text +=
        "# ko keeps the user of the base; without this line it is 65532, that of ko's own base:\n";
    text += "# user = \"0\"\n";
    text + &format!("env = {{ KO_DATA_PATH = \"{DATA}\" }}\n")
}

fn platforms(words: &[String]) -> String {
    let words: Vec<&str> = words.iter().flat_map(|word| word.split(',')).collect();
    if words.contains(&"all") {
        return "platforms = \"all\"\n".to_owned();
    }
    let mut listed: Vec<Platform> = Vec::new();
    let mut lost = Vec::new();
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        match word.parse::<Platform>() {
            Ok(platform) if listed.iter().all(|twin| !twin.covers(&platform)) => {
                listed.push(platform);
            }
            Ok(_) => {}
            Err(error) => lost.push(one_line(&format!("{word}: {error}"))),
        }
    }
    let listed: Vec<String> = listed.iter().map(|it| quoted(&it.to_string())).collect();
    let line = match listed.as_slice() {
        [] => String::new(),
        listed => format!("platforms = [{}]\n", listed.join(", ")),
    };
    line + &comments(lost)
}

/// Says the base with its registry's host, which ko leaves to Docker Hub.
fn base_line(base: &str) -> String {
    let full = match base.split_once('/') {
        None if base == "scratch" => base.to_owned(),
        None => format!("docker.io/library/{base}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => base.to_owned(),
        Some(_) => format!("docker.io/{base}"),
    };
    match full.parse::<BaseChoice>() {
        Ok(_) => format!("base = {}\n", quoted(&full)),
        Err(error) => comments(vec![one_line(&format!("base {base}: {error}"))]),
    }
}

fn image(name: &str, main: &KoMain, file: &KoFile) -> String {
    let import_path = main.main.import_path.as_str();
    let program = import_path.rsplit('/').next().unwrap_or(import_path);
    let folder = main.main.folder.as_str();
    let shown = match folder {
        "" => ".".to_owned(),
        folder => format!("./{folder}"),
    };
    let mut text = format!(
        "\n# ko://{}\n[images.{name}]\nmain = {}\npath = {}\n",
        import_path.escape_debug(),
        quoted(&shown),
        quoted(&format!("/ko-app/{program}")),
    );
    // ko's own reader does not tell capitals from small letters in keys.
    let overrides = file.base_image_overrides.iter();
    let mut overrides = overrides.filter(|(path, _)| path.eq_ignore_ascii_case(import_path));
    if let Some((_, base)) = overrides.next() {
        text += &base_line(base);
    }
    if main.data == KoData::Folder {
        let from = main.main.folder.join("kodata").unwrap_or_default();
        let from = quoted(from.as_str());
        text += &["files = [{ from = ", &from, ", to = \"", DATA, "\" }]\n"].concat();
    }
    text
}

fn build_of<'a>(main: &KoMain, file: &'a KoFile) -> Option<&'a KoBuild> {
    let folder = &main.main.folder;
    // The last one of a package counts.
    let mut builds = file.builds.iter().rev();
    builds.find(|build| folder_of(build).as_ref() == Some(folder))
}

/// Returns the folder of the main package that `build` names, which may be given by a file in it.
fn folder_of(build: &KoBuild) -> Option<SourcePath> {
    let main = match build.main.strip_suffix(".go") {
        Some(file) => file.rsplit_once('/').map_or("", |(folder, _)| folder),
        None => &build.main,
    };
    let folder = SourcePath::root().join(&build.dir).ok()?;
    folder.join(main).ok()
}

fn unmatched(file: &KoFile, facts: &KoFacts<'_>) -> String {
    let mains: Vec<&SourcePath> = facts.mains.iter().map(|it| &it.main.folder).collect();
    let known = |build: &&KoBuild| folder_of(build).is_some_and(|it| mains.contains(&&it));
    let builds = file.builds.iter().filter(|build| !known(build));
    let lines = builds.map(|build| {
        let folder = format!("{}/{}", build.dir, build.main);
        one_line(&format!(
            "build {} of {folder}: no main package is there",
            build.id
        ))
    });
    match comments(lines.collect()) {
        text if text.is_empty() => text,
        text => format!("\n{text}"),
    }
}

fn go(settings: &GoSettings) -> String {
    let list = |key: &str, words: &BTreeSet<String>| {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        said(&words, format!("{key} = [{}]\n", words.join(", ")))
    };
    let table = |key: &str, pairs: &BTreeSet<(String, String)>| {
        let last: BTreeMap<_, _> = pairs.iter().cloned().collect();
        let pairs: Vec<String> = last
            .iter()
            .map(|(name, value)| format!("{} = {}", quoted(name), quoted(value)))
            .collect();
        said(&pairs, format!("{key} = {{ {} }}\n", pairs.join(", ")))
    };
    let go = [
        list("flags", &settings.flags),
        list("ldflags", &settings.ldflags),
        list("tags", &settings.tags),
        table("env", &settings.env),
        comments(settings.lost.iter().cloned().collect()),
    ]
    .concat();
    let stamps = table("vars", &settings.stamps);
    let headed = |head: &str, text: String| {
        if text.is_empty() {
            text
        } else {
            format!("\n{head}\n{text}")
        }
    };
    headed("[go]", go) + &headed("[stamp]", stamps)
}

/// Returns the line unless it says nothing.
fn said(words: &[String], line: String) -> String {
    if words.is_empty() {
        String::new()
    } else {
        line
    }
}

fn comments(lines: Vec<String>) -> String {
    lines.into_iter().fold(String::new(), |text, line| {
        text + "# not taken over: " + &line + "\n"
    })
}

fn one_line(text: &str) -> String {
    text.lines()
        .collect::<Vec<_>>()
        .join("; ")
        .escape_debug()
        .to_string()
}
