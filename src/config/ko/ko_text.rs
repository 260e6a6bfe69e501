//! The coracle.toml itself.

use std::collections::{BTreeMap, BTreeSet};

use super::go_settings::{GoSettings, Numbered};
use super::ko_file::{KoBuild, KoFile, Words};
use super::loss::{Loss, Weight};
use super::other_keys::other_keys;
use super::repository::{self, Repository};
use super::{KoData, KoFacts, KoMain};
use crate::config::ConfigError;
use crate::config::init::{free_name, quoted};
use crate::model::{Environment, FileCapabilities, ImageName, Platform, SourcePath};

/// What ko takes where nothing else is said.
const BASE: &str = "cgr.dev/chainguard/static:latest";
const DATA: &str = "/var/run/ko";

/// A coracle.toml, and what is missing in it.
pub(super) struct Written {
    pub(super) text: String,
    /// What makes another image of each, or none.
    pub(super) refused: BTreeMap<ImageName, BTreeSet<Loss>>,
    /// What makes none.
    pub(super) told: BTreeSet<Loss>,
}

/// An image, with what is said of it alone.
struct Image<'a> {
    name: ImageName,
    main: &'a KoMain,
    /// What it stands on, where that is its own.
    base: Option<Setting>,
    capabilities: Setting,
    go: GoSettings,
}

/// Lines of the file, and what has no counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Setting {
    lines: String,
    losses: BTreeSet<Loss>,
}

/// Writes what `file` says of the main packages of `facts`; `around` is the environment, where it may
/// count.
pub(super) fn write(
    file: &KoFile,
    facts: &KoFacts<'_>,
    around: Option<&Environment>,
) -> Result<Written, ConfigError> {
    let of_all = default_base(file, facts);
    let defaults = defaults(facts, &of_all, file)?;
    let images = images(file, facts, around);
    let common = images
        .iter()
        .map(|image| image.go.clone())
        .reduce(|all, next| all.common(&next))
        .unwrap_or_default();
    let unmatched = unmatched(file, facts);
    let mut text = format!(
        "{HEAD}{}{}{}",
        defaults.lines,
        comments(&of_all.losses),
        comments(&defaults.losses)
    );
    for image in &images {
        text += &image.text(&common);
    }
    if !unmatched.is_empty() {
        text += "\n";
        text += &comments(&unmatched);
    }
    text += &for_all(&common);
    let mut told = unmatched;
    let mut refused = BTreeMap::new();
    for image in images {
        let of_base = image.base.as_ref().unwrap_or(&of_all).losses.clone();
        let losses = image.go.losses.into_iter().chain(of_base);
        let losses = losses.chain(image.capabilities.losses);
        let losses = losses.chain(defaults.losses.iter().cloned());
        let (severe, light): (BTreeSet<Loss>, BTreeSet<Loss>) =
            losses.partition(|loss| loss.weight == Weight::Refused);
        told.extend(light);
        refused.insert(image.name, severe);
    }
    Ok(Written {
        text,
        refused,
        told,
    })
}

const HEAD: &str = "\
# What ko does with this source, for coracle.
#   coracle build     writes dist/NAME.tar for each image
#   coracle push      sends each to its repository and prints its digest

[defaults]
";

fn defaults(facts: &KoFacts<'_>, base: &Setting, file: &KoFile) -> Result<Setting, ConfigError> {
    let mut losses = BTreeSet::new();
    let repository = match repository::repository(facts.repository)? {
        Repository::Named(name) => format!("repository = {}", quoted(&name)),
        Repository::Unnamed => format!("# repository = {}", quoted(&repository::example())),
        Repository::Loaded(host) => {
            let why = "coracle loads nothing\nwrite an archive and load that: coracle build, then podman load -i dist/NAME.tar";
            losses.insert(Loss::told("KO_DOCKER_REPO", &host, why));
            format!("# repository = {}", quoted(&repository::example()))
        }
    };
    let platforms = match facts.platforms {
        Some(text) => platforms("KO_DEFAULTPLATFORMS", &Words::Text(text.to_owned())),
        None => platforms("defaultPlatforms", &file.default_platforms),
    };
    losses.extend(platforms.losses);
    losses.extend(other_keys(file));
    let lines = format!(
        "\
# What ko calls an image; {{import_base}} alone is what --base-import-paths makes of it.
{repository}
{}{}tags = [\"latest\"]
# As ko has it: whom the base names, the program's folder in PATH, and where kodata is.
user = \"base\"
path_folders = [\"/ko-app\"]
env = {{ KO_DATA_PATH = \"{DATA}\" }}
",
        platforms.lines, base.lines
    );
    Ok(Setting { lines, losses })
}

fn platforms(key: &str, words: &Words) -> Setting {
    let words = words.texts().iter();
    let words = words.flat_map(|text| text.split(|c: char| c == ',' || c.is_whitespace()));
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.contains(&"all") {
        return Setting {
            lines: "platforms = \"all\"\n".to_owned(),
            ..Setting::default()
        };
    }
    let mut setting = Setting::default();
    let mut listed: Vec<Platform> = Vec::new();
    for word in words {
        match word.parse::<Platform>() {
            Ok(platform) if listed.iter().all(|twin| !twin.covers(&platform)) => {
                listed.push(platform);
            }
            Ok(_) => {}
            Err(error) => drop(setting.losses.insert(Loss::refused(key, word, error))),
        }
    }
    let listed: Vec<String> = listed.iter().map(|it| quoted(&it.to_string())).collect();
    setting.lines = list("platforms", &listed);
    setting
}

/// Says which base images have that have none of their own. A variable goes before the file.
fn default_base(file: &KoFile, facts: &KoFacts<'_>) -> Setting {
    match (facts.base, file.default_base_image.as_deref()) {
        (Some(named), _) => base("KO_DEFAULTBASEIMAGE", named),
        (None, Some(named)) => base("defaultBaseImage", named),
        (None, None) => Setting {
            lines: format!(
                "# ko's own base; \"static\" is as small, built in, and needs no registry.\nbase = {}\n",
                quoted(BASE)
            ),
            ..Setting::default()
        },
    }
}

fn own_base(import_path: &str, file: &KoFile) -> Option<Setting> {
    // ko's own reader does not tell capitals from small letters in keys.
    let mut overrides = file.base_image_overrides.iter();
    let (path, named) = overrides.find(|(path, _)| path.eq_ignore_ascii_case(import_path))?;
    Some(base(&format!("baseImageOverrides.{path}"), named))
}

fn base(key: &str, named: &str) -> Setting {
    let mut setting = Setting::default();
    match repository::base(named) {
        Ok(base) => setting.lines = format!("base = {}\n", quoted(&base.to_string())),
        Err(error) => drop(setting.losses.insert(Loss::refused(key, named, error))),
    }
    setting
}

fn images<'a>(
    file: &KoFile,
    facts: &'a KoFacts<'_>,
    around: Option<&Environment>,
) -> Vec<Image<'a>> {
    let mut taken = BTreeSet::new();
    let image = |main: &'a KoMain| {
        let name = free_name(&main.main, &taken);
        taken.insert(name.clone());
        let build = build_of(main, file);
        Image {
            name,
            main,
            base: own_base(main.main.import_path.as_str(), file),
            capabilities: build.map(capabilities).unwrap_or_default(),
            go: GoSettings::of(build, file, around),
        }
    };
    facts.mains.iter().map(image).collect()
}

impl Image<'_> {
    fn text(&self, common: &GoSettings) -> String {
        let import_path = self.main.main.import_path.as_str();
        let program = import_path.rsplit('/').next().unwrap_or(import_path);
        let folder = self.main.main.folder.as_str();
        let shown = match folder {
            "" => ".".to_owned(),
            folder => format!("./{folder}"),
        };
        let mut text = format!(
            "\n# ko://{}\n[images.{}]\nmain = {}\npath = {}\n{}{}",
            import_path.escape_debug(),
            self.name,
            quoted(&shown),
            quoted(&format!("/ko-app/{program}")),
            self.base.as_ref().map_or("", |base| &base.lines),
            self.capabilities.lines,
        );
        if self.main.data == KoData::Folder {
            let from = self.main.main.folder.join("kodata").unwrap_or_default();
            let from = quoted(from.as_str());
            text += &["files = [{ from = ", &from, ", to = \"", DATA, "\" }]\n"].concat();
        }
        let own = self.go.beyond(common);
        text += &table("stamp", &own.stamps);
        if let Some(base) = &self.base {
            text += &comments(&base.losses);
        }
        text += &comments(&self.capabilities.losses);
        text += &comments(&own.losses);
        let go = go(&own);
        if !go.is_empty() {
            text += &["\n[images.", self.name.as_str(), ".go]\n", &go].concat();
        }
        text
    }
}

fn build_of<'a>(main: &KoMain, file: &'a KoFile) -> Option<Numbered<'a>> {
    let folder = &main.main.folder;
    // The last one of a package counts.
    let builds = file.builds.iter().enumerate().rev();
    builds
        .map(|(number, build)| Numbered { number, build })
        .find(|it| folder_of(it.build).as_ref() == Some(folder))
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

/// Says what the program of `build` lets its process do: clauses of setcap's, in a list or one text.
fn capabilities(build: Numbered<'_>) -> Setting {
    let text = build.build.linux_capabilities.texts().join(" ");
    let mut setting = Setting::default();
    match text.parse::<FileCapabilities>() {
        Ok(capabilities) if capabilities.is_empty() => {}
        Ok(capabilities) => {
            let text = quoted(&capabilities.to_string());
            setting.lines = format!("capabilities = {text}\n");
        }
        Err(error) => {
            let key = format!("builds[{}].linux_capabilities", build.number);
            setting.losses.insert(Loss::refused(&key, &text, error));
        }
    }
    setting
}

fn unmatched(file: &KoFile, facts: &KoFacts<'_>) -> BTreeSet<Loss> {
    let known: BTreeSet<&SourcePath> = facts.mains.iter().map(|it| &it.main.folder).collect();
    let builds = file.builds.iter().enumerate();
    let unknown = builds.filter_map(|(number, build)| {
        let folder = folder_of(build);
        if folder.as_ref().is_some_and(|it| known.contains(it)) {
            return None;
        }
        let parts = [build.dir.as_str(), build.main.as_str()];
        let parts = parts.map(|part| part.trim_start_matches("./"));
        let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let shown = folder.map_or_else(|| parts.join("/"), |folder| folder.to_string());
        let key = format!("builds[{number}]");
        let why = "no main package is there";
        Some(Loss::told(&key, &format!("./{shown}"), why))
    });
    unknown.collect()
}

/// Writes what all images have in common.
fn for_all(common: &GoSettings) -> String {
    let private: Vec<String> = common.private.iter().map(|it| quoted(it)).collect();
    let go = go(common);
    let losses = comments(&common.losses);
    let stamps = match table("vars", &common.stamps) {
        line if line.is_empty() => {
            "# ko sets no variables of its own; without this line main.version and others are set.\nvars = {}\n"
                .to_owned()
        }
        line => line,
    };
    let headed = |head: &str, text: &str| match text {
        "" => String::new(),
        text => format!("\n[{head}]\n{text}"),
    };
    [
        headed("go", &(go + &losses)),
        headed("modules", &list("private", &private)),
        headed("stamp", &stamps),
    ]
    .concat()
}

fn go(settings: &GoSettings) -> String {
    let words = |key: &str, words: &BTreeSet<String>| {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        list(key, &words)
    };
    [
        words("flags", &settings.flags),
        words("ldflags", &settings.ldflags),
        words("tags", &settings.tags),
        table("env", &settings.env),
    ]
    .concat()
}

/// Writes a line, unless it would say nothing.
fn list(key: &str, words: &[String]) -> String {
    match words {
        [] => String::new(),
        words => format!("{key} = [{}]\n", words.join(", ")),
    }
}

fn table(key: &str, pairs: &BTreeMap<String, String>) -> String {
    let is_bare = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| {
            let name = if is_bare(name) {
                name.clone()
            } else {
                quoted(name)
            };
            format!("{name} = {}", quoted(value))
        })
        .collect();
    match pairs.as_slice() {
        [] => String::new(),
        pairs => format!("{key} = {{ {} }}\n", pairs.join(", ")),
    }
}

fn comments(losses: &BTreeSet<Loss>) -> String {
    losses.iter().fold(String::new(), |text, loss| {
        text + &format!("# not taken over: {loss}\n")
    })
}
