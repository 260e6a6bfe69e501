//! The image below ours.

use std::collections::BTreeMap;

use super::HeldLayer;
use crate::model::{Digest, Platform, Reference};

/// What an image stands on: nothing, the embedded base, or an image of a registry.
#[derive(Debug, Clone)]
pub struct Base {
    /// The registry's name and the digest that it resolved to, for a base that has them.
    pub origin: Option<(Reference, Digest)>,
    /// What it is for. `scratch` and the embedded base are for any platform and have one entry
    /// without a platform.
    pub platforms: Vec<PlatformBase>,
}

/// A base for one platform.
#[derive(Debug, Clone)]
pub struct PlatformBase {
    /// The platform; `None` means any.
    pub platform: Option<Platform>,
    /// Its layers, the lowest first.
    pub layers: Vec<HeldLayer>,
    /// `Env` of its config, in order.
    pub env: Vec<(String, String)>,
    /// `Labels` of its config.
    pub labels: BTreeMap<String, String>,
    /// `User` of its config.
    pub user: Option<String>,
    /// `WorkingDir` of its config.
    pub working_dir: Option<String>,
    /// `StopSignal` of its config.
    pub stop_signal: Option<String>,
    /// Its history, kept as it was read.
    pub history: Vec<serde_json::Value>,
}

impl Base {
    /// Returns the base that holds nothing, for any platform.
    pub fn scratch() -> Self {
        Self {
            origin: None,
            platforms: vec![PlatformBase {
                platform: None,
                layers: Vec::new(),
                env: Vec::new(),
                labels: BTreeMap::new(),
                user: None,
                working_dir: None,
                stop_signal: None,
                history: Vec::new(),
            }],
        }
    }

    /// Returns what an image for `platform` stands on: the first that serves it.
    pub fn for_platform(&self, platform: &Platform) -> Option<&PlatformBase> {
        self.platforms.iter().find(|base| {
            base.platform
                .as_ref()
                .is_none_or(|own| own.covers(platform))
        })
    }
}
