//! The history in a registry: a manifest for each run, so that runs which end together are in nobody's
//! way.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;

use super::access::Access;
use super::call::{Manner, Registries};
use super::publisher::RegistryPublisher;
use super::registry_error::RegistryError;
use crate::adapters::http::header::HeaderName;
use crate::adapters::http::{Request, StatusCode};
use crate::history::{ReceivedRun, Run, RunArtifact};
use crate::model::{BuildError, Phase, Repository, Timestamp, crew};
use crate::ports::{SharedHistory, Told};
use crate::publish::BlobTransfer;

/// The tags that are asked for at once, and how often: a team that runs every few seconds has fewer since the
/// day that is asked for, and a registry that has no end is not followed.
const PAGE: usize = 1000;
const MOST_PAGES: usize = 1000;

/// The newest runs that are fetched.
const MOST_RUNS: usize = 500;

/// The longest page of tags that is read.
const PAGE_BYTES: u64 = 1 << 20;

/// By which a registry says that there are more.
const LINK: HeaderName = HeaderName::from_static("link");

/// The history in a repository.
pub struct RegistryHistory<'a> {
    publisher: Arc<RegistryPublisher<'a>>,
    repository: Repository,
}

#[derive(Deserialize)]
struct TagPage {
    /// Some registries write `null` where there is none.
    tags: Option<Vec<String>>,
}

impl<'a> RegistryHistory<'a> {
    /// Uses that in `repository`.
    pub fn new(publisher: Arc<RegistryPublisher<'a>>, repository: Repository) -> Self {
        Self {
            publisher,
            repository,
        }
    }

    fn registries(&self) -> &Registries {
        &self.publisher.registries
    }

    fn manner(&self) -> Manner<'static> {
        Manner {
            retry: self.registries().settings.retry,
            observer: &|_| (),
        }
    }

    fn send(&self, run: &Run, artifact: RunArtifact) -> Result<(), RegistryError> {
        let tag = RunArtifact::tag(run).map_err(|error| {
            RegistryError::unusable(self.repository.host().as_str(), "a record", error)
        })?;
        let access = self.registries().to_push(&self.repository)?;
        let transfer = BlobTransfer {
            blob: artifact.config,
            mount_from: None,
        };
        self.publisher.push_blob(&access, &transfer)?;
        self.registries()
            .put_manifest(&access, &artifact.manifest, &tag, self.manner())
    }

    fn receive(
        &self,
        project: &str,
        since: Timestamp,
        known: &BTreeSet<String>,
    ) -> Result<Told, RegistryError> {
        let access = self.registries().to_pull(&self.repository)?;
        let is_new =
            |tag: &str| RunArtifact::id(tag, project).is_some_and(|id| !known.contains(id));
        let newest = self.newest(&access, project, since, is_new)?;
        let newest: Vec<String> = newest.into_iter().collect();
        let at_once = self.registries().settings.at_once();
        let received = crew::each(at_once, &newest, |tag| self.run(&access, project, tag))?;
        let mut told = Told::default();
        for run in received {
            match run {
                ReceivedRun::Run(run) => told.runs.push(*run),
                ReceivedRun::SetAside => told.set_aside += 1,
            }
        }
        told.runs.sort_by_key(|run| run.time);
        Ok(told)
    }

    /// Returns the newest tags of `project` since `since` that are wanted. A registry lists the oldest first, so
    /// all are looked at, and never many held.
    fn newest(
        &self,
        access: &Access,
        project: &str,
        since: Timestamp,
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<BTreeSet<String>, RegistryError> {
        let errand = format!("the request for the tags of {}", self.repository);
        let mut newest = BTreeSet::new();
        let mut last = RunArtifact::first_tag(project, since);
        let end = RunArtifact::behind_tags(project);
        for _ in 0..MOST_PAGES {
            let request = Request::get(access.tags(PAGE, &last));
            let answer = self
                .registries()
                .call(access, &errand, &request, self.manner())?;
            match answer.status() {
                // Nobody told anything yet.
                StatusCode::NOT_FOUND => return Ok(newest),
                StatusCode::OK => {}
                _ => return Err(RegistryError::refused(answer, &errand)),
            }
            let (host, has_more) = (answer.authority(), answer.header(&LINK).is_some());
            let bytes = answer
                .bytes(PAGE_BYTES)
                .map_err(|error| RegistryError::no_answer(&errand, error))?;
            let page: TagPage = serde_json::from_slice(&bytes)
                .map_err(|error| RegistryError::unusable(&host, &errand, error))?;
            let page = page.tags.unwrap_or_default();
            let next = page.iter().max().filter(|tag| **tag > last).cloned();
            newest.extend(page.into_iter().filter(|tag| is_wanted(tag)));
            while newest.len() > MOST_RUNS {
                newest.pop_first();
            }
            match next {
                Some(next) if has_more && next < end => last = next,
                _ => return Ok(newest),
            }
        }
        let most = format!("it has more than {} tags", PAGE * MOST_PAGES);
        let host = self.repository.host().as_str();
        Err(RegistryError::unusable(host, &errand, most))
    }

    fn run(&self, access: &Access, project: &str, tag: &str) -> Result<ReceivedRun, RegistryError> {
        let errand = format!("the request for the record {tag}");
        let found = self
            .registries()
            .tagged_manifest(access, &tag, &errand, self.manner())?;
        // Somebody has removed it in between.
        let Some((bytes, _)) = found else {
            return Ok(ReceivedRun::SetAside);
        };
        let id = RunArtifact::id(tag, project).unwrap_or_default();
        Ok(RunArtifact::read(&bytes, project, id))
    }

    fn error(&self, message: &str, error: &RegistryError) -> BuildError {
        let message = format!("{message}: {}", error.in_one_line());
        BuildError::new(Phase::Report, &self.repository, message)
    }
}

impl SharedHistory for RegistryHistory<'_> {
    fn tell(&self, run: &Run) -> Result<(), BuildError> {
        let Some(artifact) = RunArtifact::new(run) else {
            let message = "the record of this run is too long to travel";
            return Err(BuildError::new(Phase::Report, &self.repository, message));
        };
        self.send(run, artifact)
            .map_err(|error| self.error("it does not take the record of this run", &error))
    }

    fn told(
        &self,
        project: &str,
        since: Timestamp,
        known: &BTreeSet<String>,
    ) -> Result<Told, BuildError> {
        self.receive(project, since, known)
            .map_err(|error| self.error("it cannot be asked for the runs of others", &error))
    }
}
