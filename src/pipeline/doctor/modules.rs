//! Modules, each by the way that it comes.

use super::Visit;
use super::proxies::{host_of, mod_path};
use super::repositories::{Asked, Had};
use crate::doctor::{
    Answer, Fault, ModuleState, ModuleWay, Probing, Way, netrc_line, reason_of, way_of,
};
use crate::facts::{NeededModule, Supply};
use crate::toolchain::{Proxy, Refusal, escape_module};

/// A module that was looked at.
pub(super) struct Probed {
    pub(super) module: ModuleWay,
    /// Whether proxies do not have it, and its repository does.
    pub(super) only_git: bool,
}

impl Visit<'_> {
    /// Decides which way a module comes. Nobody is asked yet.
    pub(super) fn way(&self, module: &NeededModule) -> ModuleWay {
        let is_cached = |path: &str, version: &str| self.is_cached(path, version);
        let replacement = match &module.supply {
            Supply::Module { path, version, .. }
                if (path, version) != (&module.path, &module.version) =>
            {
                Some(format!("{path}@{version}"))
            }
            _ => None,
        };
        ModuleWay {
            path: module.path.to_string(),
            version: module.version.clone(),
            replacement,
            way: way_of(module, self.needs, self.request.modules, is_cached),
            from: None,
            state: ModuleState::NotAsked,
        }
    }

    /// "The module cache" in Go's reference: the zip, or what was in it.
    fn is_cached(&self, path: &str, version: &str) -> bool {
        // Files of anybody name versions: none must lead elsewhere.
        if version.contains('/') || version.starts_with('.') {
            return false;
        }
        let (path, version) = (escape_module(path), escape_module(version));
        let cache = self.request.module_cache;
        let zip = format!("cache/download/{path}/@v/{version}.zip");
        let unpacked = format!("{path}@{version}");
        [zip, unpacked]
            .iter()
            .any(|place| self.ports.machine.is_there(&cache.join(place)))
    }

    /// Has a module by its way.
    pub(super) fn module(&self, module: &NeededModule, way: &ModuleWay) -> Probed {
        let mut probed = Probed {
            module: way.clone(),
            only_git: false,
        };
        let asked = match &module.supply {
            Supply::Folder { folder, file } => {
                probed.module.state = match way.way {
                    Way::Vendor => self.vendored(module),
                    _ => self.folder_of_module(folder, file),
                };
                return probed;
            }
            Supply::Module { path, version, .. } => Asked {
                path: path.as_str(),
                version,
            },
        };
        let offline = self.request.probing == Probing::Offline;
        let had = match way.way {
            Way::Vendor => {
                probed.module.state = self.vendored(module);
                return probed;
            }
            Way::Folder(_) | Way::Cache => Ok(String::new()),
            Way::Off => Err((
                None,
                ModuleState::fails(
                    Fault::Wrong,
                    "it is not in Go's module cache, and GOPROXY=off lets nobody be asked",
                    ["unset GOPROXY   # or: go mod download, where there is a network"],
                ),
            )),
            _ if offline => return probed,
            Way::Private { .. } | Way::Direct => {
                let _progress = self.progress(format!("find {}", asked.path));
                self.by_git(asked)
            }
            Way::Proxy => {
                let _progress = self.progress(format!("find {}", asked.path));
                self.by_proxies(asked, &mut probed.only_git)
            }
        };
        let (from, state) = match had {
            Ok(from) => (Some(from), ModuleState::Works),
            Err(failed) => failed,
        };
        probed.module.from = from.filter(|from| !from.is_empty());
        probed.module.state = state;
        probed
    }

    fn vendored(&self, module: &NeededModule) -> ModuleState {
        let vendored = self.needs.vendored.as_ref();
        let found = vendored.and_then(|all| all.get(module.path.as_str()));
        let reason = match found {
            Some(version) if version.is_empty() || *version == module.version => {
                return ModuleState::Works;
            }
            Some(version) => format!(
                "vendor/modules.txt has {version}, and go.mod needs {}",
                module.version
            ),
            None => "vendor/modules.txt does not have it".to_owned(),
        };
        let command = match &self.request.project {
            Some(project) if project.project.workspace.is_some() => "go work vendor",
            _ => "go mod vendor",
        };
        ModuleState::fails(Fault::Wrong, reason, [command])
    }

    fn folder_of_module(&self, folder: &str, file: &crate::model::SourcePath) -> ModuleState {
        let Some(project) = &self.request.project else {
            return ModuleState::NotAsked;
        };
        let from = file.parent().unwrap_or_default();
        let place = project.root.join(from.as_str()).join(folder);
        if self.ports.machine.is_there(&place.join("go.mod")) {
            return ModuleState::Works;
        }
        let reason = format!("{file} replaces it by {folder}, where no go.mod is");
        let remedy = format!("correct the replace line in {file}, or bring the folder there");
        ModuleState::fails(Fault::Wrong, reason, [remedy.as_str()])
    }

    /// Asks one proxy after the other, as GOPROXY says. Where none has it, its repository is asked too, to
    /// tell a module that should not come through them.
    fn by_proxies(&self, asked: Asked<'_>, only_git: &mut bool) -> Had {
        let mut without: Vec<String> = Vec::new();
        let mut tried_git = false;
        let had = self.request.modules.proxies().ask(|proxy| match proxy {
            Proxy::Server(_) | Proxy::Folder(_) => {
                let had = self.by_proxy(asked, proxy);
                if matches!(had, Err(Refusal::NotFound(_))) {
                    without.push(proxy.to_string());
                }
                had
            }
            Proxy::Direct => {
                tried_git = true;
                let had = self.by_git(asked);
                *only_git = had.is_ok() && !without.is_empty();
                had.map_err(Refusal::Failed)
            }
            Proxy::Off => Err(Refusal::Unfit((None, off()))),
        });
        match had {
            Ok(from) => Ok(from),
            Err(Refusal::NotFound(_) | Refusal::Unfit(_)) if !tried_git && !without.is_empty() => {
                let had = self.by_git(asked);
                *only_git = had.is_ok();
                Err((Some(without.join(", ")), nobody_has(&without, &had)))
            }
            Err(refusal) => {
                let (from, state) = refusal.into_reason();
                Err((from, after(&without, state)))
            }
        }
    }

    fn by_proxy(
        &self,
        asked: Asked<'_>,
        proxy: &Proxy,
    ) -> Result<String, Refusal<(Option<String>, ModuleState)>> {
        let path = mod_path(asked.path, asked.version);
        let (shown, host) = (proxy.to_string(), host_of(proxy));
        let answer = self.answer_of(proxy, &path);
        let Some((fault, reason)) = reason_of(&answer) else {
            return Ok(shown);
        };
        let remedy = match &answer {
            Answer::Denies { login: false, .. } => netrc_line(&host),
            Answer::Denies { login: true, .. } => {
                format!(
                    "see that the user and the password for {host} are right: ~/.netrc, GOPROXY"
                )
            }
            _ => "check GOPROXY, HTTPS_PROXY and the network".to_owned(),
        };
        let state = ModuleState::fails(fault, reason, [remedy.as_str()]);
        let failed = (Some(shown), state);
        Err(match answer {
            Answer::HasNot => Refusal::NotFound(failed),
            _ => Refusal::Failed(failed),
        })
    }
}

fn off() -> ModuleState {
    ModuleState::fails(Fault::Wrong, "GOPROXY=off lets nobody be asked", [])
}

/// Says that no proxy has a module, and what is to be thought of that.
fn nobody_has(without: &[String], by_git: &Had) -> ModuleState {
    let proxies = without.join(", ");
    match by_git {
        Ok(repository) => ModuleState::fails(
            Fault::Wrong,
            format!(
                "{proxies} does not have it, and its repository {repository} does: it looks private, and GOPRIVATE does not name it"
            ),
            ["let GOPRIVATE name it, or end GOPROXY with ,direct: see [privacy]"],
        ),
        Err((
            _,
            ModuleState::Fails {
                reason, remedies, ..
            },
        )) => ModuleState::fails(
            Fault::Wrong,
            format!("{proxies} does not have it; nor can it come from its repository: {reason}"),
            remedies.iter().map(String::as_str),
        ),
        Err(_) => ModuleState::fails(
            Fault::Wrong,
            format!("{proxies} does not have it"),
            ["see that module and version exist"],
        ),
    }
}

/// Says who was asked before.
fn after(without: &[String], state: ModuleState) -> ModuleState {
    match state {
        ModuleState::Fails {
            fault,
            reason,
            remedies,
        } if !without.is_empty() => ModuleState::Fails {
            fault,
            reason: format!("{} does not have it; then {reason}", without.join(", ")),
            remedies,
        },
        state => state,
    }
}
