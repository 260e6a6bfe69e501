//! The gate before a push: nothing is published that breaks a rule of `[policy]`.

use std::sync::{Mutex, OnceLock, PoisonError};

use crate::config::{Judgement, PolicyConfig, VulnerabilityLevel};
use crate::model::{BuildError, BuildState, Day, Digest, Event, Phase, Timestamp, canonical_json};
use crate::policy::{Finding, Rule, Severity};

use super::super::memory::{ImageMemory, LayerMemory};
use super::super::prepare::Request;
use super::super::recall::Recalled;
use super::super::{Ports, toolchain};
use super::{Check, CheckOrder, Checked};

/// What is asked of the gate.
#[derive(Clone, Copy)]
pub struct GateOrder<'a> {
    /// What is to be pushed.
    pub request: &'a Request<'a>,
    /// The rules.
    pub policy: &'a PolicyConfig,
    /// What the time is: exceptions end.
    pub now: Timestamp,
}

/// Holds what is to be pushed to the rules while it is compiled, once in a run, and not again where it has
/// passed before.
pub(in crate::pipeline) struct Gate<'a> {
    ports: &'a Ports<'a>,
    recalled: &'a Recalled<'a>,
    order: GateOrder<'a>,
    verdict: OnceLock<Verdict>,
}

struct Verdict {
    passage: Passage,
    errors: Mutex<Vec<BuildError>>,
}

/// Whether anything may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) enum Passage {
    Open,
    Closed,
}

impl<'a> Gate<'a> {
    /// Knows nothing yet.
    pub(in crate::pipeline) fn new(
        ports: &'a Ports<'a>,
        recalled: &'a Recalled<'a>,
        order: GateOrder<'a>,
    ) -> Self {
        Self {
            ports,
            recalled,
            order,
            verdict: OnceLock::new(),
        }
    }

    /// Tells whether anything may be published; whoever asks first looks, and all others wait for that.
    pub(in crate::pipeline) fn passage(&self) -> Passage {
        self.verdict().passage
    }

    /// Returns why nothing may be published.
    pub(in crate::pipeline) fn take_errors(&self) -> Vec<BuildError> {
        let errors = &self.verdict().errors;
        std::mem::take(&mut *errors.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| {
            let errors = self.look().unwrap_or_else(|error| vec![error]);
            Verdict {
                passage: if errors.is_empty() {
                    Passage::Open
                } else {
                    Passage::Closed
                },
                errors: Mutex::new(errors),
            }
        })
    }

    fn look(&self) -> Result<Vec<BuildError>, BuildError> {
        let key = self.key()?;
        if key.is_some_and(|key| self.ports.verdicts.has_passed(&key)) {
            return Ok(Vec::new());
        }
        let checked = self.check()?;
        for finding in &checked.findings {
            if finding.severity == Severity::Warning {
                self.ports.events.emit(warned(finding));
            }
        }
        let blocked = checked.findings.iter();
        let blocked = blocked.filter(|it| it.severity == Severity::Blocked);
        let errors = blocked.map(refused).chain(checked.errors);
        let errors = errors.map(|error| error.in_state(BuildState::ProduceArtifact));
        let errors: Vec<BuildError> = errors.collect();
        // Whoever could not be asked is asked again.
        let is_unasked = |finding: &Finding| finding.rule == Rule::Unasked;
        let is_whole = errors.is_empty() && !checked.findings.iter().any(is_unasked);
        if let (true, Some(key)) = (is_whole, key) {
            self.ports.verdicts.keep(&key);
        }
        Ok(errors)
    }

    fn check(&self) -> Result<Checked, BuildError> {
        let prepared = self.recalled.prepared;
        let ports = self.ports;
        let toolchain = toolchain::obtain(ports.toolchains, ports.events, &prepared.go)?;
        let order = CheckOrder {
            since: None,
            now: self.order.now,
            thoroughness: None,
        };
        let check = Check {
            ports,
            request: self.order.request,
            order: &order,
            prepared,
            toolchain: &toolchain,
            policy: self.order.policy,
        };
        Ok(check.all())
    }

    /// Names the rules and all that is held to them; `None` where that cannot be named: when a module
    /// outside of the tree takes part, or files are held to the rules that no program is made of.
    fn key(&self) -> Result<Option<Digest>, BuildError> {
        let policy = self.order.policy;
        if [policy.vet, policy.untidy].contains(&Judgement::Deny) {
            return Ok(None);
        }
        let database = match policy.vulnerabilities {
            VulnerabilityLevel::Off => None,
            _ => Some(self.ports.scanner.database()?),
        };
        let layers = self.recalled.images.iter().flat_map(ImageMemory::layers);
        let keys: Option<Vec<String>> = layers
            .map(|layer: &LayerMemory| Some(layer.key()?.to_string()))
            .collect();
        let ends = policy.blocked.iter().filter_map(|it| it.until);
        let ends = ends.chain(policy.accepted.iter().map(|it| it.until));
        let over: Vec<bool> = ends.map(|day| day.is_over(self.order.now)).collect();
        let config = self.order.request.config;
        // What authors say is a day old at most.
        let today = [policy.retracted, policy.deprecated]
            .iter()
            .any(|it| *it != Judgement::Allow)
            .then(|| Day::of(self.order.now).to_string());
        let bases = self.recalled.prepared.bases.iter();
        let bases: Vec<String> = bases
            .filter_map(|base| Some(base.origin.as_ref()?.1.to_string()))
            .collect();
        Ok(keys.map(|keys| {
            let named = serde_json::json!({
                "coracle": env!("CARGO_PKG_VERSION"),
                // Its types are this version's own.
                "policy": format!("{policy:?}"),
                "go": self.recalled.prepared.go.version.to_string(),
                "database": database.map(|it| format!("{it:?}")),
                "layers": keys,
                "images": format!("{:?}", config.images),
                "defaults": format!("{:?}", config.defaults),
                "stamp": format!("{:?}", config.stamp),
                "secrets": format!("{:?}", config.secrets),
                "today": today,
                "bases": bases,
                "over": over,
            });
            Digest::of(&canonical_json(&named))
        }))
    }
}

pub(in crate::pipeline) fn warned(finding: &Finding) -> Event {
    Event::Warned {
        phase: Phase::Check,
        message: format!("{} — {}{}", finding.subject, finding.message, at(finding)),
        hints: finding.hints.clone(),
    }
}

pub(in crate::pipeline) fn refused(finding: &Finding) -> BuildError {
    let message = format!("{}{}", finding.message, at(finding));
    let error = BuildError::new(Phase::Check, &finding.subject, message);
    let error = error.context("rule", finding.rule);
    finding.hints.iter().fold(error, BuildError::hint)
}

fn at(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    place.map_or_else(String::new, |place| format!(" ({place})"))
}
