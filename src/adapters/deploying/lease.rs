//! The book of an environment in its cluster: a Lease, which one run holds at a time, with what is written down in
//! an annotation. So another machine can finish or undo what this one began.

#![expect(
    clippy::disallowed_methods,
    reason = "a lease ends by the machine's clock"
)]

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::kubectl::Kubectl;
use crate::deploy::{Holder, Record};
use crate::model::{BuildError, Digest};
use crate::ports::DeployJournal;

/// How long a run that says nothing is thought to go on.
const LEASE_SECONDS: u64 = 60;
/// Where the record is.
const RECORD: &str = "coracle-record";
/// For people who look at the lease.
const ENVIRONMENT: &str = "coracle-environment";

/// The book of one environment, in its cluster.
pub(super) struct LeaseJournal<'a> {
    kubectl: Kubectl<'a>,
    name: String,
    holder: std::sync::Mutex<Option<Holder>>,
}

impl<'a> LeaseJournal<'a> {
    /// Uses the lease of the environment of `kubectl` of the project that `project` names.
    pub(super) fn new(kubectl: Kubectl<'a>, project: &str) -> Self {
        let key = format!("{project}\0{}", kubectl.runner.name);
        let key = Digest::of(key.as_bytes()).to_hex();
        Self {
            name: format!("coracle-{}-{}", kubectl.runner.name, &key[..12]),
            kubectl,
            holder: std::sync::Mutex::default(),
        }
    }

    fn lease(&self, kubectl: &Kubectl<'_>) -> Result<Option<Value>, BuildError> {
        kubectl.object(&[
            "get",
            "lease",
            &self.name,
            "--output=json",
            "--ignore-not-found",
        ])
    }

    /// Writes `lease` only if nobody has changed it since it was read.
    fn replace(kubectl: &Kubectl<'_>, lease: &Value) -> Result<(), BuildError> {
        let verb = if lease.pointer("/metadata/resourceVersion").is_some() {
            "replace"
        } else {
            "create"
        };
        let text = lease.to_string();
        kubectl
            .run(&[verb, "--filename=-", "--output=name"], text.as_bytes())
            .map(drop)
    }

    fn current_holder(&self) -> Option<Holder> {
        self.holder
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }

    fn set_holder(&self, holder: Option<Holder>) {
        *self
            .holder
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = holder;
    }

    fn held_by_other(&self, lease: &Value) -> Option<BuildError> {
        let other = holder_of(lease)?;
        if self.current_holder().is_some_and(|it| it == other) {
            return None;
        }
        let error = self
            .kubectl
            .runner
            .error(format!("{} deploys there at the moment", other.name));
        Some(
            error
                .hint("wait until it is done, and look: coracle status")
                .hint(format!(
                    "where it has died, it is forgotten after {LEASE_SECONDS} s"
                )),
        )
    }

    /// Changes the lease that this run holds.
    fn change(&self, act: impl Fn(&mut Value)) -> Result<(), BuildError> {
        let Some(mut lease) = self.lease(&self.kubectl)? else {
            return Err(self
                .kubectl
                .runner
                .error("the lease of this deploy is gone".to_owned()));
        };
        if let Some(error) = self.held_by_other(&lease) {
            return Err(error);
        }
        if let Some(holder) = self.current_holder() {
            hold(&mut lease, &holder);
        }
        act(&mut lease);
        Self::replace(&self.kubectl, &lease)
    }
}

impl DeployJournal for LeaseJournal<'_> {
    fn hold(&self, holder: &Holder) -> Result<(), BuildError> {
        let found = self.lease(&self.kubectl)?;
        let mut lease = found.unwrap_or_else(|| {
            json!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": self.name, "annotations": {ENVIRONMENT: self.kubectl.runner.name}},
                "spec": {},
            })
        });
        if let Some(error) = self.held_by_other(&lease) {
            return Err(error);
        }
        hold(&mut lease, holder);
        Self::replace(&self.kubectl, &lease)?;
        self.set_holder(Some(holder.clone()));
        Ok(())
    }

    /// Whoever cannot be reached is told later.
    fn renew(&self) -> Result<(), BuildError> {
        match self.change(|_| ()) {
            Err(error) if super::is_unavailable(&error) => Ok(()),
            ended => ended,
        }
    }

    fn release(&self) {
        let kubectl = self.kubectl.unstoppable();
        // A lease that is not given back ends by itself.
        if let Ok(Some(mut lease)) = self.lease(&kubectl)
            && self.held_by_other(&lease).is_none()
        {
            lease["spec"] = json!({});
            let _ = Self::replace(&kubectl, &lease);
        }
        self.set_holder(None);
    }

    fn holder(&self) -> Result<Option<Holder>, BuildError> {
        Ok(self
            .lease(&self.kubectl)?
            .and_then(|lease| holder_of(&lease)))
    }

    fn read(&self) -> Result<Record, BuildError> {
        let lease = self.lease(&self.kubectl)?;
        let text = lease
            .as_ref()
            .and_then(|it| it["metadata"]["annotations"][RECORD].as_str());
        let Some(text) = text else {
            return Ok(Record::default());
        };
        Record::parse(text.as_bytes()).ok_or_else(|| {
            let message = "the book of its deploys cannot be read: another version of coracle wrote it, or it is harmed";
            let error = self.kubectl.runner.error(message.to_owned());
            error.hint(format!("use that version, or forget what was deployed: kubectl delete lease {}", self.name))
        })
    }

    fn write(&self, record: &Record) -> Result<(), BuildError> {
        let text = serde_json::to_string(record).unwrap_or_default();
        self.change(|lease| lease["metadata"]["annotations"][RECORD] = json!(text))
    }
}

fn hold(lease: &mut Value, holder: &Holder) {
    let now = Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    lease["spec"] = json!({
        "holderIdentity": holder.name,
        "acquireTime": micros(Timestamp::from_second(holder.since).unwrap_or_default()),
        "renewTime": micros(now),
        "leaseDurationSeconds": LEASE_SECONDS,
    });
}

/// Times of leases have six digits after the point.
fn micros(time: Timestamp) -> String {
    format!("{time:.6}")
}

/// Returns who holds the lease, unless they have said nothing for too long.
fn holder_of(lease: &Value) -> Option<Holder> {
    let spec = &lease["spec"];
    let name = spec["holderIdentity"]
        .as_str()
        .filter(|name| !name.is_empty())?;
    let time = |key: &str| spec[key].as_str()?.parse::<Timestamp>().ok();
    let now = Timestamp::try_from(SystemTime::now()).unwrap_or_default();
    let renewed = time("renewTime")?.as_second();
    let limit = spec["leaseDurationSeconds"].as_i64().unwrap_or_default();
    if renewed.saturating_add(limit) < now.as_second() {
        return None;
    }
    Some(Holder {
        name: name.to_owned(),
        since: time("acquireTime").unwrap_or_default().as_second(),
    })
}
