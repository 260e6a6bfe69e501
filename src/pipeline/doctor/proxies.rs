//! The Go module proxies.

use std::sync::PoisonError;

use super::{DoctorRequest, Visit};
use crate::doctor::{Answer, AskedProxy, Finding, is_withheld, judge_proxy};
use crate::facts::{ModuleNeeds, Supply};
use crate::model::GoVersion;
use crate::toolchain::{ModuleSettings, Proxy, ToolchainModule, escape_module};

/// How often a proxy may be silent before it is asked no more.
const ENOUGH: usize = 2;

/// What proxies are asked for.
pub(super) struct Sample {
    path: String,
    name: String,
}

impl Sample {
    /// Takes a module that would really come through a proxy, and that all may hear of; else the release of Go that
    /// builds.
    pub(super) fn of(
        request: &DoctorRequest<'_>,
        needs: &ModuleNeeds,
        go: Option<&GoVersion>,
    ) -> Self {
        let through_proxies = needs
            .modules
            .iter()
            .find_map(|module| match &module.supply {
                Supply::Module { path, version, .. }
                    if request.modules.past_proxies(path.as_str()).is_none()
                        && !all(request.modules)
                            .any(|it| is_withheld(it, path.as_str(), &request.config.modules)) =>
                {
                    Some((path.as_str(), version))
                }
                _ => None,
            });
        if let Some((path, version)) = through_proxies {
            return Self {
                path: mod_path(path, version),
                name: format!("{path}@{version}"),
            };
        }
        let release = go.map(|version| ToolchainModule::new(version, request.platform));
        let Some(release) = release else {
            return Self {
                path: String::new(),
                name: "its front page".to_owned(),
            };
        };
        let zip = release.zip_path();
        Self {
            path: format!("{}.mod", zip.trim_end_matches(".zip")),
            name: release.to_string(),
        }
    }
}

/// Returns where a proxy has the go.mod file of a module.
pub(super) fn mod_path(path: &str, version: &str) -> String {
    format!("{}/@v/{}.mod", escape_module(path), escape_module(version))
}

/// Returns those of the list that can be asked.
pub(super) fn all(settings: &ModuleSettings) -> impl Iterator<Item = &Proxy> {
    let proxies = settings.proxies().iter();
    proxies.filter(|proxy| matches!(proxy, Proxy::Server(_) | Proxy::Folder(_)))
}

/// Returns the name of the server, or the folder.
pub(super) fn host_of(proxy: &Proxy) -> String {
    match proxy {
        Proxy::Server(url) => url.host().to_owned(),
        Proxy::Folder(_) | Proxy::Direct | Proxy::Off => proxy.to_string(),
    }
}

impl Visit<'_> {
    /// Asks a proxy for a file, unless it was silent too often: nobody waits for it again and again.
    pub(super) fn answer_of(&self, proxy: &Proxy, path: &str) -> Answer {
        let silent = || self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = proxy.to_string();
        let known = silent().get(&shown).cloned();
        if let Some((times, reason)) = known
            && times >= ENOUGH
        {
            return Answer::Silent(reason);
        }
        let reply = self.ports.servers.file(proxy, path);
        self.note_clock(&host_of(proxy), reply.date);
        if let Answer::Silent(reason) = &reply.answer {
            let mut silent = silent();
            let entry = silent.entry(shown).or_insert((0, reason.clone()));
            entry.0 += 1;
        }
        reply.answer
    }

    pub(super) fn proxy(&self, proxy: &Proxy) -> Finding {
        let (shown, host) = (proxy.to_string(), host_of(proxy));
        let _progress = self.progress(format!("ask {host}"));
        let reply = self.ports.servers.file(proxy, &self.sample.path);
        self.note_clock(&host, reply.date);
        let asked = AskedProxy {
            shown: &shown,
            host: &host,
            asked: &self.sample.name,
            login: reply.login.as_deref(),
        };
        judge_proxy(&asked, &reply.answer)
    }
}
