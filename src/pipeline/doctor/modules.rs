//! Modules, each by the way that it comes.

use std::path::Path;

use super::Visit;
use super::proxies::{host_of, mod_path};
use super::repositories::{Asked, Had};
use crate::doctor::{
    Answer, Fault, ModuleState, ModuleWay, Probing, Way, is_withheld, reason_of, way_of,
};
use crate::facts::{NeededModule, Supply};
use crate::toolchain::{ModulePlace, Proxy, Refusal};

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
            rule: None,
            state: ModuleState::NotAsked,
        }
    }

    /// As the go command finds it: the zip, or all that was in it, known by its hash.
    fn is_cached(&self, path: &str, version: &str) -> bool {
        let place = ModulePlace::in_cache(self.request.module_cache, path, version);
        let is_there = |place: &Path| self.ports.machine.is_there(place);
        place.is_some_and(|place| {
            let is_whole = !is_there(&place.partial) && is_there(&place.hash);
            is_there(&place.zip) || (is_there(&place.folder) && is_whole)
        })
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
                self.by_proxies(asked, &mut probed)
            }
        };
        let (from, state) = match had {
            Ok(from) => (Some(from), ModuleState::Works),
            Err(failed) => failed,
        };
        let from = from.filter(|from| !from.is_empty());
        let rule = from.as_ref().filter(|from| !self.is_proxy(from));
        probed.module.rule = rule.and_then(|from| Some(self.git.find(from)?.to_string()));
        probed.module.from = from;
        probed.module.state = state;
        probed
    }

    fn is_proxy(&self, from: &str) -> bool {
        let proxies = self.request.modules.proxies().iter();
        proxies.map(ToString::to_string).any(|proxy| proxy == from)
    }

    fn vendored(&self, module: &NeededModule) -> ModuleState {
        let (path, version) = (module.path.as_str(), module.version.as_str());
        let Some(fault) = self.needs.vendoring.fault(path, version) else {
            return ModuleState::Works;
        };
        let command = match &self.request.project {
            Some(project) if project.project.workspace.is_some() => "go work vendor",
            _ => "go mod vendor",
        };
        ModuleState::fails(Fault::Wrong, fault, [command])
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

    /// Asks one proxy after the other, as GOPROXY says, but none that must not hear of the module. Where none has
    /// it, its repository is asked too, to tell a module that should not come through them.
    fn by_proxies(&self, asked: Asked<'_>, probed: &mut Probed) -> Had {
        let mut without: Vec<String> = Vec::new();
        let had = self.request.modules.proxies().ask(|proxy| match proxy {
            Proxy::Server(_) | Proxy::Folder(_) => {
                let had = self.by_proxy(asked, proxy);
                if let Err(Refusal::NotFound((_, reason))) = &had {
                    without.push(reason.clone());
                }
                had.map_err(|refusal| judged(proxy, refusal))
            }
            Proxy::Direct => {
                probed.module.way = Way::Direct;
                let had = self.by_git(asked);
                probed.only_git = had.is_ok() && !without.is_empty();
                had.map_err(Refusal::Failed)
            }
            Proxy::Off => Err(Refusal::Unfit((None, off()))),
        });
        match had {
            Ok(from) => Ok(from),
            Err(Refusal::NotFound((from, _)) | Refusal::Unfit((from, _)))
                if probed.module.way == Way::Proxy && !without.is_empty() =>
            {
                let had = self.by_git(asked);
                probed.only_git = had.is_ok();
                Err((from, nobody_has(&without.join("; "), &had)))
            }
            Err(refusal) => {
                let (from, state) = refusal.into_reason();
                Err((from, after(&without, state)))
            }
        }
    }

    /// Returns the proxy that has a module, or its answer and why that is of no use.
    fn by_proxy(
        &self,
        asked: Asked<'_>,
        proxy: &Proxy,
    ) -> Result<String, Refusal<(Answer, String)>> {
        if is_withheld(proxy, asked.path, &self.request.config.modules) {
            let reason = format!("{proxy} is not asked for what looks private");
            return Err(Refusal::NotFound((Answer::HasNot, reason)));
        }
        let answer = self.answer_of(proxy, &mod_path(asked.path, asked.version));
        match answer {
            Answer::Has => Ok(proxy.to_string()),
            Answer::HasNot => {
                let reason = format!("{proxy} does not have it");
                Err(Refusal::NotFound((answer, reason)))
            }
            Answer::Denies { ref reason, .. }
            | Answer::Silent(ref reason)
            | Answer::Wrong(ref reason) => {
                let reason = reason.clone();
                Err(Refusal::Failed((answer, reason)))
            }
        }
    }
}

/// Says of a proxy that it did not give what it was asked for, and what mends that.
fn judged(
    proxy: &Proxy,
    refusal: Refusal<(Answer, String)>,
) -> Refusal<(Option<String>, ModuleState)> {
    let judge = |(answer, reason): (Answer, String)| {
        let host = host_of(proxy);
        let fault = reason_of(&answer).map_or(Fault::Wrong, |(fault, _)| fault);
        let remedy = match answer {
            Answer::Denies { login, .. } => login.remedy(&host),
            Answer::Has | Answer::HasNot => "see that module and version exist".to_owned(),
            Answer::Silent(_) | Answer::Wrong(_) => {
                "check GOPROXY, HTTPS_PROXY and the network".to_owned()
            }
        };
        let state = ModuleState::fails(fault, reason, [remedy.as_str()]);
        (Some(proxy.to_string()), state)
    };
    match refusal {
        Refusal::Unfit(reason) => Refusal::Unfit(judge(reason)),
        Refusal::NotFound(reason) => Refusal::NotFound(judge(reason)),
        Refusal::Failed(reason) => Refusal::Failed(judge(reason)),
    }
}

fn off() -> ModuleState {
    ModuleState::fails(Fault::Wrong, "GOPROXY=off lets nobody be asked", [])
}

/// Says that no proxy has a module, as they say, and what is to be thought of that.
fn nobody_has(without: &str, by_git: &Had) -> ModuleState {
    match by_git {
        Ok(repository) => ModuleState::fails(
            Fault::Wrong,
            format!(
                "{without}, and its repository {repository} does: it looks private, and GOPRIVATE does not name it"
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
            format!("{without}; nor can it come from its repository: {reason}"),
            remedies.iter().map(String::as_str),
        ),
        Err(_) => ModuleState::fails(Fault::Wrong, without, ["see that module and version exist"]),
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
            reason: format!("{}; then {reason}", without.join("; ")),
            remedies,
        },
        state => state,
    }
}
