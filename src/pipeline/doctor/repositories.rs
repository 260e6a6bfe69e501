//! Modules where they are developed.

use url::Url;

use super::Visit;
use super::proxies::mod_path;
use crate::doctor::{
    Answer, Fault, GitSaid, GoImport, Lines, ModuleState, RepositoryPlace, go_import, reason_of,
    repository_of, tag_of,
};
use crate::model::ForeignText;
use crate::ports::{GitAnswer, Reply};
use crate::toolchain::{Proxy, ProxyUrl};

/// A module that is to be had.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) path: &'a str,
    pub(super) version: &'a str,
}

/// Who has a module, or why nobody does, and who was to have it.
pub(super) type Had = Result<String, (Option<String>, ModuleState)>;

impl Visit<'_> {
    /// Has a module from its repository.
    pub(super) fn by_git(&self, asked: Asked<'_>) -> Had {
        let lines = if self.request.modules.is_insecure(asked.path) {
            Lines::Any
        } else {
            Lines::Secure
        };
        match repository_of(asked.path, lines) {
            RepositoryPlace::Known { root, urls } => self.of_first(asked, &root, &urls),
            RepositoryPlace::Asked(path) => self.of_pages(asked, &path, lines),
        }
    }

    /// As the go command does: the first address that answers. Where none does, the one that is told of is the
    /// first that wants to know who asks.
    fn of_first(&self, asked: Asked<'_>, root: &str, urls: &[String]) -> Had {
        let mut failed = Vec::new();
        for url in urls {
            match self.of_repository(asked, root, url) {
                Ok(from) => return Ok(from),
                Err(failure) => failed.push(failure),
            }
        }
        let is_denied = |(_, state): &(_, ModuleState)| {
            matches!(
                state,
                ModuleState::Fails {
                    fault: Fault::Denied,
                    ..
                }
            )
        };
        let told = failed.iter().position(is_denied).unwrap_or(0);
        Err(failed.swap_remove(told))
    }

    /// Asks the host of a module by https, and where others may listen by http too.
    fn of_pages(&self, asked: Asked<'_>, path: &str, lines: Lines) -> Had {
        let host = path.split('/').next().unwrap_or_default();
        let mut silent = None;
        for scheme in lines.page_schemes() {
            let Ok(url) = Url::parse(&format!("{scheme}://{path}?go-get=1")) else {
                let reason = format!("{} is no address", ForeignText::new(path));
                return Err((None, ModuleState::fails(Fault::Wrong, reason, [])));
            };
            let reply = self.ports.servers.page(&url);
            self.note_clock(host, reply.date);
            let page = String::from_utf8_lossy(&reply.bytes);
            if let Some(import) = go_import(&page, path, lines) {
                return self.of_import(asked, &import);
            }
            silent.get_or_insert(reply);
        }
        let from = Some(format!("https://{path}"));
        let state = silent.map_or(ModuleState::NotAsked, |reply| unnamed(host, &reply));
        Err((from, state))
    }

    fn of_import(&self, asked: Asked<'_>, import: &GoImport) -> Had {
        match import.vcs.as_str() {
            "git" => self.of_repository(asked, &import.root, &import.url),
            "mod" => self.of_proxy(asked, &import.url),
            // Other programs than git are not asked.
            _ => Err((Some(shown(&import.url)), ModuleState::NotAsked)),
        }
    }

    /// A host may name a proxy for its modules.
    fn of_proxy(&self, asked: Asked<'_>, url: &str) -> Had {
        let from = shown(url);
        let Ok(server) = ProxyUrl::parse(url) else {
            let reason = format!("{from} is no address of a module proxy");
            return Err((Some(from), ModuleState::fails(Fault::Wrong, reason, [])));
        };
        let path = mod_path(asked.path, asked.version);
        let reply = self.ports.servers.file(&Proxy::Server(server), &path);
        match reason_of(&reply.answer) {
            None => Ok(from),
            Some((fault, reason)) => Err((Some(from), ModuleState::fails(fault, reason, []))),
        }
    }

    fn of_repository(&self, asked: Asked<'_>, root: &str, url: &str) -> Had {
        let tag = tag_of(asked.path, root, asked.version);
        let reference = tag.as_ref().map(|tag| format!("refs/tags/{tag}"));
        let names: Vec<&str> = ["HEAD"].into_iter().chain(reference.as_deref()).collect();
        let from = shown(url);
        let state = match self.ports.repositories.refs(url, &names) {
            Ok(GitAnswer::Said(said)) => match reference {
                Some(reference) if !lists(&said, &reference) => missing_tag(asked, &from, tag),
                _ => return Ok(from),
            },
            Ok(GitAnswer::Failed(talk)) => {
                let knows = |host: &str| self.ports.servers.knows_login(host);
                let said = GitSaid::read_with(&talk, url, &self.git, knows);
                said.to_state(url, &talk, &self.git)
            }
            Err(error) => {
                let cause = std::error::Error::source(&error);
                let cause = cause.map(|it| format!(": {it}")).unwrap_or_default();
                let reason = format!("cannot ask {from}: {error}{cause}");
                ModuleState::fails(Fault::Unavailable, reason, [])
            }
        };
        Err((Some(from), state))
    }
}

fn lists(said: &[u8], reference: &str) -> bool {
    let said = String::from_utf8_lossy(said);
    said.lines()
        .any(|line| line.split_whitespace().nth(1) == Some(reference))
}

fn missing_tag(asked: Asked<'_>, from: &str, tag: Option<String>) -> ModuleState {
    let tag = tag.unwrap_or_default();
    let reason = format!("{from} has no tag {}", ForeignText::new(&tag));
    let (push, list) = (
        format!("git push origin {tag}   # in a clone of it"),
        format!("go list -m -versions {}", asked.path),
    );
    ModuleState::fails(Fault::Wrong, reason, [push.as_str(), list.as_str()])
}

fn unnamed(host: &str, reply: &Reply) -> ModuleState {
    let nowhere = format!("{host} does not say where the repository of the module is");
    match &reply.answer {
        Answer::Has | Answer::HasNot => ModuleState::fails(
            Fault::Wrong,
            nowhere,
            ["see that the module's path is right, and that the host answers ?go-get=1"],
        ),
        Answer::Denies { reason, login } => ModuleState::fails(
            Fault::Denied,
            format!("{nowhere}: {reason}"),
            [login.remedy(host).as_str()],
        ),
        Answer::Silent(reason) => ModuleState::fails(
            Fault::Unavailable,
            format!("{nowhere}: {reason}"),
            ["see whether it is up and its name is right; HTTPS_PROXY names a proxy"],
        ),
        Answer::Wrong(reason) => {
            ModuleState::fails(Fault::Wrong, format!("{nowhere}: {reason}"), [])
        }
    }
}

fn shown(url: &str) -> String {
    ForeignText::new(url).to_string()
}
