//! Configurations of others, as they were stored: image-spec v1.1, `config.md`, and Docker's.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::stored_manifest::platform_of;
use crate::model::{DiffId, Platform};

/// What the bytes of an image's configuration say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredConfig {
    /// What the image runs on.
    pub platform: Platform,
    /// The diff ids of its layers, the lowest first.
    pub diff_ids: Vec<DiffId>,
    /// When it was made, as it was written.
    pub created: Option<String>,
    /// `User`, where it is set.
    pub user: Option<String>,
    /// `Entrypoint`.
    pub entrypoint: Vec<String>,
    /// `Cmd`.
    pub cmd: Vec<String>,
    /// `ExposedPorts`, sorted.
    pub ports: Vec<String>,
    /// `Volumes`, sorted.
    pub volumes: Vec<String>,
    /// `Env`, in order.
    pub env: Vec<(String, String)>,
    /// `Labels`.
    pub labels: BTreeMap<String, String>,
    /// `WorkingDir`, where it is set.
    pub working_dir: Option<String>,
    /// `StopSignal`, where it is set.
    pub stop_signal: Option<String>,
    /// The history, kept as it was read.
    pub history: Vec<serde_json::Value>,
}

/// Why bytes are no configuration of an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoredConfigError {
    /// They are not the JSON that they should be.
    #[error("it is not an image's configuration: {0}")]
    Json(String),
    /// They name no platform.
    #[error("it is for {0:?}, which is no platform")]
    Platform(String),
    /// The history speaks of more or fewer layers than there are.
    #[error("its history has {history} layers, and its rootfs {layers}")]
    History {
        /// Entries of the history that made a layer.
        history: usize,
        /// Diff ids.
        layers: usize,
    },
}

impl StoredConfig {
    /// Reads `bytes`.
    ///
    /// # Errors
    /// When they are something else.
    pub fn parse(bytes: &[u8]) -> Result<Self, StoredConfigError> {
        let raw: RawConfig = serde_json::from_slice(bytes)
            .map_err(|error| StoredConfigError::Json(error.to_string()))?;
        let platform =
            platform_of(&raw.os, &raw.architecture, raw.variant.as_deref()).ok_or_else(|| {
                StoredConfigError::Platform(format!("{}/{}", raw.os, raw.architecture))
            })?;
        let history = raw.history.unwrap_or_default();
        let diff_ids = raw.rootfs.diff_ids.unwrap_or_default();
        check_history(&history, diff_ids.len())?;
        let settings = raw.config.unwrap_or_default();
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(Self {
            platform,
            diff_ids,
            created: filled(raw.created),
            user: filled(settings.user),
            entrypoint: settings.entrypoint.unwrap_or_default(),
            cmd: settings.cmd.unwrap_or_default(),
            ports: settings.exposed_ports.into_iter().flat_map(names).collect(),
            volumes: settings.volumes.into_iter().flat_map(names).collect(),
            env: settings
                .env
                .unwrap_or_default()
                .iter()
                .map(|pair| variable(pair))
                .collect(),
            labels: settings.labels.unwrap_or_default(),
            working_dir: filled(settings.working_dir),
            stop_signal: filled(settings.stop_signal),
            history,
        })
    }
}

#[derive(Deserialize)]
struct RawConfig {
    architecture: String,
    os: String,
    variant: Option<String>,
    created: Option<String>,
    rootfs: RawRootfs,
    config: Option<RawSettings>,
    history: Option<Vec<serde_json::Value>>,
}

#[derive(Deserialize)]
struct RawRootfs {
    diff_ids: Option<Vec<DiffId>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase")]
struct RawSettings {
    user: Option<String>,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    exposed_ports: Option<Set>,
    volumes: Option<Set>,
    env: Option<Vec<String>>,
    labels: Option<BTreeMap<String, String>>,
    working_dir: Option<String>,
    stop_signal: Option<String>,
}

/// A set as JSON has it: an object whose values mean nothing.
type Set = BTreeMap<String, serde_json::Value>;

fn names(set: Set) -> impl Iterator<Item = String> {
    set.into_keys()
}

fn variable(pair: &str) -> (String, String) {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (name.to_owned(), value.to_owned())
}

fn check_history(history: &[serde_json::Value], layers: usize) -> Result<(), StoredConfigError> {
    let makes_layer = |entry: &&serde_json::Value| entry["empty_layer"] != true;
    let made = history.iter().filter(makes_layer).count();
    if history.is_empty() || made == layers {
        return Ok(());
    }
    Err(StoredConfigError::History {
        history: made,
        layers,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_said_is_read_and_null_is_nothing() {
        let diff_id = format!("sha256:{}", "0".repeat(64));
        let config = json!({
            "architecture": "arm", "os": "linux", "variant": "v7",
            "config": {
                "Env": ["PATH=/bin:/usr/bin", "EMPTY=", "BARE"], "Labels": {"a": "b"},
                "WorkingDir": "", "StopSignal": "SIGQUIT", "Entrypoint": null, "Healthcheck": {},
                "ExposedPorts": {"8080/tcp": {}, "53/udp": {}}, "Cmd": ["serve"], "User": "",
            },
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created_by": "x"}, {"created_by": "y", "empty_layer": true}],
        });
        let config = StoredConfig::parse(config.to_string().as_bytes()).unwrap();
        assert_eq!(config.platform.to_string(), "linux/arm/v7");
        assert_eq!(config.diff_ids.len(), 1);
        let env: Vec<_> = config
            .env
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(
            env,
            [("PATH", "/bin:/usr/bin"), ("EMPTY", ""), ("BARE", "")]
        );
        assert_eq!(config.working_dir, None);
        assert_eq!(config.stop_signal.as_deref(), Some("SIGQUIT"));
        assert_eq!(config.history.len(), 2);
        assert_eq!(config.ports, ["53/udp", "8080/tcp"]);
        assert_eq!(
            (config.entrypoint, config.cmd),
            (vec![], vec!["serve".to_owned()])
        );
        assert_eq!(config.user, None);

        let bare = json!({"architecture": "amd64", "os": "linux", "config": {"Env": null, "Labels": null},
            "rootfs": {"type": "layers", "diff_ids": null}, "history": null});
        assert!(StoredConfig::parse(bare.to_string().as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_configuration_of_an_image_is_refused() {
        for wrong in [
            json!({}),
            json!({"architecture": "", "os": "", "rootfs": {"diff_ids": []}}),
            json!({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": ["x"]}}),
            json!({"architecture": "amd64", "os": "linux", "rootfs": {"diff_ids": []}, "history": [{}]}),
        ] {
            assert!(
                StoredConfig::parse(wrong.to_string().as_bytes()).is_err(),
                "{wrong}"
            );
        }
    }
}
