//! The configuration of an image, image-spec v1.1, `config.md`.

use serde_json::{Map, Value, json};

use super::{NewLayer, PlatformBase};
use crate::model::DiffId;
use crate::plan::ImageSettings;

const PATH: &str = "PATH";

/// Returns the configuration of the image that `settings` speak of, with `layers` above `base`.
///
/// `Env`, `Labels`, `WorkingDir` and `StopSignal` are the base's where `settings` do not say
/// otherwise; `Entrypoint`, `Cmd` and `User` never are: they are about programs that are not run.
pub(super) fn config(settings: &ImageSettings, base: &PlatformBase, layers: &[NewLayer]) -> Value {
    let created = settings.created.to_string();
    let workdir = settings.workdir.as_ref().map(ToString::to_string);
    json!({
        "architecture": settings.platform.arch(),
        "config": {
            "Cmd": list(settings.args.iter()),
            "Entrypoint": list(settings.entrypoint.iter()),
            "Env": list(env(settings, base).iter()),
            "ExposedPorts": map(settings.ports.iter().map(|port| (port.to_string(), json!({})))),
            "Labels": map(labels(settings, base).map(|(key, value)| (key.clone(), json!(value)))),
            "StopSignal": settings.stop_signal.as_ref().or(base.stop_signal.as_ref()),
            "User": settings.user.to_string(),
            "WorkingDir": workdir.as_ref().or(base.working_dir.as_ref()),
        },
        "created": created,
        "history": history(base, layers, &created),
        "os": settings.platform.os(),
        "rootfs": { "diff_ids": diff_ids(base, layers), "type": "layers" },
        "variant": settings.platform.variant(),
    })
}

/// The base's variables in their order, each with the image's value where it has one, then the
/// image's others.
fn env(settings: &ImageSettings, base: &PlatformBase) -> Vec<String> {
    let mut own = settings.env.clone();
    if !settings.path_folders.is_empty() {
        own.insert(PATH.to_owned(), path(settings, base));
    }
    let mut pairs = Vec::new();
    for (name, value) in &base.env {
        // A base may name it twice, and which of the two counts is for the runtime to say.
        pairs.push(format!("{name}={}", own.get(name).unwrap_or(value)));
    }
    own.retain(|name, _| base.env.iter().all(|(of_base, _)| of_base != name));
    pairs.extend(own.iter().map(|(name, value)| format!("{name}={value}")));
    pairs
}

/// PATH as the image or else the base has it, and what is added to it.
fn path(settings: &ImageSettings, base: &PlatformBase) -> String {
    let of_base = || base.env.iter().find(|(name, _)| name == PATH);
    let known = settings.env.get(PATH);
    let known = known.or_else(|| of_base().map(|(_, value)| value));
    let added = settings.path_folders.iter().map(ToString::to_string);
    let folders: Vec<String> = known.cloned().into_iter().chain(added).collect();
    folders.join(":")
}

fn labels<'a>(
    settings: &'a ImageSettings,
    base: &'a PlatformBase,
) -> impl Iterator<Item = (&'a String, &'a String)> {
    base.labels.iter().chain(&settings.labels)
}

fn diff_ids(base: &PlatformBase, layers: &[NewLayer]) -> Vec<DiffId> {
    let below = base.layers.iter().map(|layer| layer.layer.diff_id);
    below
        .chain(layers.iter().map(|layer| layer.held.layer.diff_id))
        .collect()
}

/// One entry a layer, as readers count on it: a base without a history gets one.
fn history(base: &PlatformBase, layers: &[NewLayer], created: &str) -> Vec<Value> {
    let entry = |created_by: &str| json!({ "created": created, "created_by": created_by });
    let unknown = base.layers.iter().map(|_| entry("base"));
    let mut entries = base.history.clone();
    if entries.is_empty() {
        entries.extend(unknown);
    }
    entries.extend(layers.iter().map(|layer| entry(&layer.created_by)));
    entries
}

fn list<'a>(items: impl Iterator<Item = &'a String>) -> Option<Value> {
    let items: Vec<Value> = items.map(|item| json!(item)).collect();
    (!items.is_empty()).then_some(Value::Array(items))
}

fn map(members: impl Iterator<Item = (String, Value)>) -> Option<Value> {
    let members: Map<String, Value> = members.collect();
    (!members.is_empty()).then_some(Value::Object(members))
}
