//! A cluster, which runs what manifests describe.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::jobs::Jobs;
use super::kubectl::{Kubectl, MANAGER, Refusal, Why};
use super::lease::LeaseJournal;
use super::runner::Runner;
use crate::config::KubernetesHow;
use crate::deploy::{
    DeployImage, ManifestImages, Pods, Rollout, Unit, rollout_of, unit_of, why_not_ready,
    with_digests,
};
use crate::model::{BuildError, ExitCode, Phase, Reference};
use crate::ports::{DeployJournal, Deployer};

/// How units that are Jobs are called.
const JOB: &str = "job/";

/// Applies manifests through kubectl.
pub struct Kubernetes<'a> {
    kubectl: Kubectl<'a>,
    journal: LeaseJournal<'a>,
    manifests: Vec<Manifest>,
    known: ManifestImages,
}

/// A manifest as it is written.
pub struct Manifest {
    /// The file, as a person would type it.
    pub file: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl<'a> Kubernetes<'a> {
    /// Asks nobody yet; `project` is what others know the project by, and `known` what is known of images that the
    /// manifests name, beside those that are deployed.
    pub fn new(
        runner: Runner<'a>,
        how: KubernetesHow,
        project: &str,
        manifests: Vec<Manifest>,
        known: ManifestImages,
    ) -> Self {
        let kubectl = Kubectl { runner, how };
        Self {
            journal: LeaseJournal::new(kubectl.clone(), project),
            kubectl,
            manifests,
            known,
        }
    }

    /// Returns all manifests as one, with the images by digest.
    fn text(&self, images: &[DeployImage]) -> Result<String, BuildError> {
        let (mut all, mut places) = (String::new(), 0);
        for manifest in &self.manifests {
            let (text, found) =
                with_digests(&manifest.bytes, images, &self.known).map_err(|error| {
                    let known: Vec<&str> = images.iter().map(|image| image.name.as_str()).collect();
                    BuildError::new(Phase::Deploy, &manifest.file, error)
                        .exit(ExitCode::Usage)
                        .hint(format!("those that are deployed are {}", known.join(", ")))
                })?;
            places += found;
            all.push_str("---\n");
            all.push_str(&text);
            all.push('\n');
        }
        if places > 0 {
            return Ok(all);
        }
        let name = images.first().map_or("NAME", |image| image.name.as_str());
        Err(self
            .kubectl
            .runner
            .error("the manifests name none of the images that are deployed".to_owned())
            .exit(ExitCode::Usage)
            .hint(format!("name an image in them: image: coracle://{name}")))
    }

    /// Returns the objects of `text` as the cluster would have them, and changes nothing.
    fn tried(&self, text: &str) -> Result<Vec<Value>, BuildError> {
        match self
            .kubectl
            .apply(text, &["--dry-run=server", "--output=json"])
        {
            Ok(said) => self.kubectl.objects(&said),
            Err(refusal) => self.jobs(text, refusal)?.tried(),
        }
    }

    /// Returns the Jobs for which the cluster refuses `text`, where it does so for Jobs.
    fn jobs(&self, text: &str, refusal: Refusal) -> Result<Jobs<'_>, BuildError> {
        if refusal.why != Why::Immutable {
            return Err(refusal.into());
        }
        let jobs = Jobs::changed(&self.kubectl, text)?;
        jobs.ok_or_else(|| refusal.into())
    }

    /// Makes room for Jobs that have failed: applied again, they would not run again.
    fn remove_failed_jobs(&self, units: &[Unit]) -> Result<(), BuildError> {
        let is_job = |unit: &&Unit| unit.name.starts_with(JOB);
        let units: Vec<Unit> = units.iter().filter(is_job).cloned().collect();
        let failed = self.objects(&units)?;
        let failed = failed
            .into_iter()
            .filter(|job| matches!(rollout_of(job), Rollout::Failed(_)));
        Jobs::these(&self.kubectl, failed.collect()).remove(&self.journal)
    }

    fn objects(&self, units: &[Unit]) -> Result<Vec<Value>, BuildError> {
        let mut objects = Vec::new();
        for unit in units {
            let namespace = namespace(unit);
            let mut args = vec!["get", &unit.name, "--output=json", "--ignore-not-found"];
            args.extend(namespace.as_deref());
            objects.extend(self.kubectl.object(&args)?);
        }
        Ok(objects)
    }

    /// An image of ours that a manifest names by a tag could be another tomorrow.
    fn refuse_tags(&self, units: &[Unit], images: &[DeployImage]) -> Result<(), BuildError> {
        let ours: BTreeSet<_> = images
            .iter()
            .chain(&self.known.standing)
            .map(|image| image.reference.repository())
            .collect();
        for unit in units {
            for (container, image) in &unit.images {
                let Ok(reference) = image.parse::<Reference>() else {
                    continue;
                };
                if ours.contains(reference.repository()) && reference.digest().is_none() {
                    let name = unit.container(container);
                    return Err(self
                        .kubectl
                        .runner
                        .error(format!(
                            "{name} names {image} by its tag, where a digest must be"
                        ))
                        .exit(ExitCode::Usage)
                        .hint("write image: coracle://NAME: coracle puts the digest there"));
                }
            }
        }
        Ok(())
    }
}

impl Deployer for Kubernetes<'_> {
    fn how(&self) -> &'static str {
        "kubernetes"
    }

    fn patience(&self) -> Duration {
        self.kubectl.how.timeout
    }

    fn plan(&self, images: &[DeployImage]) -> Result<Vec<Unit>, BuildError> {
        let text = self.text(images)?;
        let objects = self.tried(&text)?;
        let units: Vec<Unit> = objects.iter().filter_map(unit_of).collect();
        self.refuse_tags(&units, images)?;
        if units.is_empty() {
            let message = "the manifests describe nothing that runs images";
            return Err(self
                .kubectl
                .runner
                .error(message.to_owned())
                .exit(ExitCode::Usage)
                .hint(
                    "it is waited for Deployments, StatefulSets, DaemonSets, Jobs and CronJobs",
                ));
        }
        Ok(units)
    }

    fn running(&self, units: &[Unit], _: &[Unit]) -> Result<Vec<Unit>, BuildError> {
        let objects = self.objects(units)?;
        Ok(objects.iter().filter_map(unit_of).collect())
    }

    fn apply(&self, images: &[DeployImage], units: &[Unit]) -> Result<(), BuildError> {
        let text = self.text(images)?;
        self.remove_failed_jobs(units)?;
        let Err(refusal) = self.kubectl.apply(&text, &["--output=name"]) else {
            return Ok(());
        };
        self.jobs(&text, refusal)?.remove(&self.journal)?;
        Ok(self.kubectl.apply(&text, &["--output=name"]).map(drop)?)
    }

    fn restore(&self, units: &[Unit]) -> Result<(), BuildError> {
        for unit in units {
            let patch = json!([{
                "op": "replace", "path": unit.state["path"], "value": unit.state["template"],
            }]);
            let patch = format!("--patch={patch}");
            let namespace = namespace(unit);
            let mut args = vec![
                "patch",
                &unit.name,
                "--type=json",
                MANAGER,
                &patch,
                "--output=name",
            ];
            args.extend(namespace.as_deref());
            self.kubectl.run(&args, b"")?;
        }
        Ok(())
    }

    fn rollout(&self, units: &[Unit]) -> Result<Rollout, BuildError> {
        let objects = self.objects(units)?;
        if objects.len() < units.len() {
            return Ok(Rollout::Waiting("not all of it is there".to_owned()));
        }
        Ok(Rollout::all(objects.iter().map(rollout_of)))
    }

    fn why(&self, units: &[Unit]) -> Vec<String> {
        let mut told = Vec::new();
        for unit in units {
            let namespace = namespace(unit);
            let list = |kind: &str| {
                let mut args = vec!["get", kind, "--output=json"];
                args.extend(namespace.as_deref());
                self.kubectl
                    .object(&args)
                    .ok()
                    .flatten()
                    .unwrap_or_default()
            };
            let (pods, events) = (list("pods"), list("events"));
            let around = Pods {
                pods: &pods,
                events: &events,
            };
            told.extend(why_not_ready(unit, &around));
        }
        told
    }

    /// What has run to its end cannot run another image.
    fn restorable(&self, before: &[Unit]) -> Vec<Unit> {
        let stays = |unit: &&Unit| !unit.name.starts_with(JOB);
        before.iter().filter(stays).cloned().collect()
    }

    fn journal(&self) -> &dyn DeployJournal {
        &self.journal
    }
}

fn namespace(unit: &Unit) -> Option<String> {
    let namespace = unit.state["namespace"]
        .as_str()
        .filter(|it| !it.is_empty())?;
    Some(format!("--namespace={namespace}"))
}
