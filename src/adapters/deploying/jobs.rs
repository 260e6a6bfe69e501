//! Jobs that are made anew: a cluster does not let be changed what a Job runs.

use std::time::Duration;

use serde_json::{Value, json};

use super::kubectl::{Kubectl, MANAGER, Why};
use crate::model::{BuildError, Event, Phase};
use crate::ports::DeployJournal;

/// How long kubectl waits in one go until a Job is gone; between two of them others are told that the run goes on.
const WAIT: Duration = Duration::from_secs(10);

/// Jobs that have to go before what manifests describe can be applied.
pub(super) struct Jobs<'a> {
    kubectl: &'a Kubectl<'a>,
    /// The Jobs.
    changed: Vec<Value>,
    /// All else that the manifests describe.
    rest: String,
}

impl<'a> Jobs<'a> {
    /// Takes Jobs as the cluster shows them.
    pub(super) fn these(kubectl: &'a Kubectl<'a>, jobs: Vec<Value>) -> Self {
        let rest = String::new();
        Self {
            kubectl,
            changed: jobs,
            rest,
        }
    }

    /// Finds the Jobs of `text` that the cluster refuses to change; nothing where it refuses none. Each is asked for by
    /// itself, as a refusal does not name its namespace.
    pub(super) fn changed(
        kubectl: &'a Kubectl<'a>,
        text: &str,
    ) -> Result<Option<Self>, BuildError> {
        let read = [
            "create",
            "--dry-run=client",
            "--output=json",
            "--filename=-",
        ];
        let said = kubectl.run(&read, text.as_bytes())?;
        let mut found = Self::these(kubectl, Vec::new());
        for object in kubectl.objects(&said)? {
            let text = object.to_string();
            let is_changed = object["kind"] == "Job"
                && match kubectl.apply(&text, &["--dry-run=server", "--output=name"]) {
                    Ok(_) => false,
                    Err(refusal) if refusal.why == Why::Immutable => true,
                    Err(refusal) => return Err(refusal.into()),
                };
            if is_changed {
                found.changed.push(object);
            } else {
                found.rest.push_str("---\n");
                found.rest.push_str(&text);
                found.rest.push('\n');
            }
        }
        Ok((!found.changed.is_empty()).then_some(found))
    }

    /// Returns all that the manifests describe as the cluster would have it, and changes nothing. The Jobs are tried
    /// under other names, since theirs are taken.
    pub(super) fn tried(&self) -> Result<Vec<Value>, BuildError> {
        let kubectl = self.kubectl;
        let mut objects = Vec::new();
        if !self.rest.is_empty() {
            let said = kubectl.apply(&self.rest, &["--dry-run=server", "--output=json"])?;
            objects = kubectl.objects(&said)?;
        }
        for job in &self.changed {
            let name = &job["metadata"]["name"];
            let mut tried = job.clone();
            tried["metadata"] = without_name(&job["metadata"]);
            let args = [
                "create",
                "--dry-run=server",
                "--output=json",
                MANAGER,
                "--filename=-",
            ];
            let said = kubectl.run(&args, tried.to_string().as_bytes())?;
            objects.extend(kubectl.objects(&said)?.into_iter().map(|mut object| {
                object["metadata"]["name"] = name.clone();
                object
            }));
        }
        Ok(objects)
    }

    /// Deletes the Jobs with their pods, and waits until all are gone, so that no two of them run at once.
    pub(super) fn remove(&self, journal: &dyn DeployJournal) -> Result<(), BuildError> {
        for job in &self.changed {
            let name = job["metadata"]["name"].as_str().unwrap_or_default();
            self.kubectl.runner.events.emit(Event::Noted {
                phase: Phase::Deploy,
                message: format!("{}: job/{name} is made anew", self.kubectl.runner.name),
            });
            let namespace = job["metadata"]["namespace"].as_str();
            let namespace = namespace.map(|it| format!("--namespace={it}"));
            self.delete(name, namespace.as_deref(), journal)?;
        }
        Ok(())
    }

    fn delete(
        &self,
        name: &str,
        namespace: Option<&str>,
        journal: &dyn DeployJournal,
    ) -> Result<(), BuildError> {
        let timeout = format!("--timeout={}s", WAIT.as_secs());
        let fixed = [
            "delete",
            "job",
            name,
            "--cascade=foreground",
            "--ignore-not-found",
            "--output=name",
            &timeout,
        ];
        let args: Vec<&str> = fixed.into_iter().chain(namespace).collect();
        let mut waited = Duration::ZERO;
        loop {
            let Err(refusal) = self.kubectl.ask(&args, b"") else {
                return Ok(());
            };
            waited += WAIT;
            if refusal.why != Why::TooEarly || waited >= self.kubectl.how.timeout {
                return Err(refusal.into());
            }
            journal.renew()?;
        }
    }
}

/// Returns the metadata of an object whose name the cluster makes up.
fn without_name(metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    if let Some(fields) = metadata.as_object_mut() {
        let name = fields.remove("name").unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        fields.insert("generateName".to_owned(), json!(format!("{name}-")));
    }
    metadata
}
