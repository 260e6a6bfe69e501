//! What decides one image, written down so that it can be built again elsewhere.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    Config, FileRule, GlobPattern, GoEnvName, GoEnvValue, ImageConfig, Mains, PlatformTemplate,
    StampText, StampVariable, SymbolsChoice, Template,
};
use crate::model::{Compression, GoVersion, ImageName, Platform, SourcePath};

/// One image of a configuration, with what was decided of it.
pub struct RecordedImage<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// The name of the image.
    pub name: &'a ImageName,
    /// What it is.
    pub image: &'a ImageConfig,
    /// Its main packages, from the folder of coracle.toml.
    pub mains: &'a [SourcePath],
    /// Its platforms.
    pub platforms: &'a [Platform],
    /// The release of Go that compiles it.
    pub go: &'a GoVersion,
}

impl RecordedImage<'_> {
    /// Returns a document of coracle.toml's form, whole: read as one, wherever it is, it gives the same
    /// image of the same source. Where that goes, and who may see it, is not part of it.
    pub fn to_value(&self) -> Value {
        document([
            (
                "images",
                json!({ (self.name.as_str()): self.image_table() }),
            ),
            ("go", self.go_table()),
            ("stamp", self.stamp_table()),
            ("layers", self.layers_table()),
            (
                "secrets",
                json!({ "allow": texts(&self.config.secrets.allow) }),
            ),
        ])
    }

    fn image_table(&self) -> Value {
        let image = self.image;
        let mains: Vec<String> = self.mains.iter().map(written_folder).collect();
        let (main, several, path) = match &image.mains {
            Mains::One { path, .. } => (mains.first().cloned(), None, path.as_ref()),
            Mains::Several(_) => (None, Some(mains.clone()), None),
        };
        document([
            ("main", json!(main)),
            ("mains", json!(several)),
            ("path", json!(path.map(ToString::to_string))),
            ("platforms", json!(texts(self.platforms))),
            ("base", json!(image.base.to_string())),
            (
                "files",
                image.files.iter().map(file_rule).collect::<Vec<_>>().into(),
            ),
            ("env", templates(&image.env)),
            ("path_folders", json!(texts(&image.path_folders))),
            ("ports", json!(texts(&image.ports))),
            ("user", json!(image.user.to_string())),
            (
                "capabilities",
                json!((!image.capabilities.is_empty()).then(|| image.capabilities.to_string())),
            ),
            (
                "workdir",
                json!(image.workdir.as_ref().map(ToString::to_string)),
            ),
            ("entrypoint", json!(image.entrypoint)),
            ("args", json!(image.args)),
            ("labels", templates(&image.labels)),
            ("annotations", templates(&image.annotations)),
            (
                "stop_signal",
                json!(image.stop_signal.as_ref().map(ToString::to_string)),
            ),
            (
                "go",
                json!({
                    "flags": texts(&image.go.flags),
                    "ldflags": texts(&image.go.ldflags),
                    "tags": texts(&image.go.tags),
                    "env": go_env(&image.go.env),
                }),
            ),
            ("stamp", stamps(&image.stamp)),
        ])
    }

    fn go_table(&self) -> Value {
        let go = &self.config.go;
        json!({
            "version": self.go.to_string(),
            "flags": texts(&go.flags),
            "ldflags": texts(&go.ldflags),
            "tags": texts(&go.tags),
            "env": go_env(&go.env),
            "debug": go.symbols == SymbolsChoice::Keep,
        })
    }

    /// The commit that it is built from is recorded beside it: what is taken from there is left out.
    fn stamp_table(&self) -> Value {
        let stamp = &self.config.stamp;
        document([
            ("vars", stamps(&stamp.vars)),
            (
                "version",
                json!(stamp.version.as_ref().map(StampText::as_str)),
            ),
            (
                "commit",
                json!(stamp.commit.as_ref().map(StampText::as_str)),
            ),
            ("date", json!(stamp.date.map(|date| date.to_string()))),
        ])
    }

    fn layers_table(&self) -> Value {
        let (name, level) = match self.config.layers.compression {
            Compression::Gzip(level) => ("gzip", level),
            Compression::Zstd(level) => ("zstd", level),
        };
        json!({ "compression": name, "level": level })
    }
}

/// Returns the text of a coracle.toml that says what `recorded` says; `None` where that is nothing which a
/// file can say.
pub fn recorded_text(recorded: &Value) -> Option<String> {
    let table: toml::Table = serde_json::from_value(recorded.clone()).ok()?;
    toml::to_string(&table).ok()
}

/// The file knows no null: what is not said is left out.
fn document<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let said = entries.into_iter().filter(|(_, value)| !value.is_null());
    let table: Map<String, Value> = said.map(|(key, value)| (key.to_owned(), value)).collect();
    table.into()
}

fn texts<'t, T: ToString + 't>(values: impl IntoIterator<Item = &'t T>) -> Vec<String> {
    values.into_iter().map(ToString::to_string).collect()
}

fn templates<K: ToString + Ord>(table: &BTreeMap<K, PlatformTemplate>) -> Value {
    let table: BTreeMap<String, String> = table
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_text()))
        .collect();
    json!(table)
}

fn go_env(env: &BTreeMap<GoEnvName, GoEnvValue>) -> BTreeMap<String, String> {
    env.iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect()
}

fn stamps(vars: &BTreeMap<StampVariable, Template>) -> Value {
    let vars: BTreeMap<&str, String> = vars
        .iter()
        .map(|(variable, value)| (variable.as_str(), value.to_text()))
        .collect();
    json!(vars)
}

fn file_rule(rule: &FileRule) -> Value {
    let exclude: Vec<&str> = rule.exclude.iter().map(GlobPattern::as_str).collect();
    document([
        ("from", json!(written_folder(&rule.from))),
        ("to", json!(rule.to.to_string())),
        ("exclude", json!(exclude)),
        (
            "mode",
            json!(rule.mode.map(|mode| format!("{:04o}", mode.bits()))),
        ),
        ("uid", json!(rule.uid)),
        ("gid", json!(rule.gid)),
    ])
}

/// An empty text names nothing where the root is meant.
fn written_folder(path: &SourcePath) -> String {
    if path.as_str().is_empty() {
        ".".to_owned()
    } else {
        path.to_string()
    }
}
