//! The gate before a push: nothing is published that breaks a rule of `[policy]`.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::compile::Binary;
use crate::config::{Judgement, PolicyConfig, VulnerabilityLevel};
use crate::model::{BuildError, BuildState, Day, Digest, Event, Phase, Timestamp, canonical_json};
use crate::plan::Batch;
use crate::policy::{Finding, Rule, Severity, Vulnerability, judge_found};
use crate::ports::ScanGo;

use super::super::Ports;
use super::super::memory::{ImageMemory, LayerMemory};
use super::super::prepare::Request;
use super::super::recall::Recalled;
use super::super::toolchain::SharedGo;
use super::programs::{Compiled, Programs};
use super::scanner_go::ScannerGo;
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
    go: &'a SharedGo<'a>,
    scanner_go: ScannerGo<'a>,
    order: GateOrder<'a>,
    before: OnceLock<Before>,
    verdict: OnceLock<Verdict>,
    programs: Programs,
}

/// What is known before anybody looks.
enum Before {
    /// All has passed in an earlier run.
    Passed,
    /// Nothing. The key is that of the verdict, where it can be named.
    Nothing(Option<Digest>),
    /// Nobody can look.
    Failed(Mutex<Option<BuildError>>),
}

/// What came of the look at the source, and all else that is there before something is compiled.
struct Verdict {
    passage: Passage,
    errors: Mutex<Vec<BuildError>>,
    /// What is vulnerable in the source; `None` where nobody could look, or nobody had to.
    vulnerabilities: Option<Vec<Vulnerability>>,
    /// What names the verdict for the next run, where that need not look again.
    key: Option<Digest>,
}

/// Whether anything may be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::pipeline) enum Passage {
    Open,
    Closed,
}

impl Passage {
    fn of(is_open: bool) -> Self {
        if is_open { Self::Open } else { Self::Closed }
    }
}

impl<'a> Gate<'a> {
    /// Knows nothing yet.
    pub(in crate::pipeline) fn new(
        ports: &'a Ports<'a>,
        recalled: &'a Recalled<'a>,
        go: &'a SharedGo<'a>,
        order: GateOrder<'a>,
    ) -> Self {
        Self {
            ports,
            recalled,
            go,
            scanner_go: ScannerGo::new(ports.toolchains),
            order,
            before: OnceLock::new(),
            verdict: OnceLock::new(),
            programs: Programs::default(),
        }
    }

    /// Looks at the source; whoever asks first does, and all others wait for that.
    pub(in crate::pipeline) fn look(&self) {
        self.verdict();
    }

    /// Looks at a program that was just compiled of `batch`, unless all has passed before.
    pub(in crate::pipeline) fn look_at(&self, batch: &Batch, binary: &Binary) {
        let is_off = self.order.policy.vulnerabilities == VulnerabilityLevel::Off;
        if is_off || !matches!(self.before(), Before::Nothing(_)) {
            return;
        }
        // Whoever compiles has it.
        let Ok(toolchain) = self.go.obtain() else {
            return;
        };
        self.programs.look(batch, binary, || {
            let builder = self.scanner_go.beside(toolchain)?;
            let go = ScanGo {
                toolchain,
                builder: &builder,
            };
            self.ports.scanner.scan_binary(go, batch, binary)
        });
    }

    /// Tells whether an image that has these programs may be published.
    pub(in crate::pipeline) fn passage(&self, programs: &[Compiled]) -> Passage {
        let is_open = self.verdict().passage == Passage::Open;
        Passage::of(is_open && programs.iter().all(|program| self.is_clean(program)))
    }

    /// Tells whether a program has nothing that breaks a rule and that its source does not show. The next run will
    /// not look at it: what is remembered is not compiled.
    pub(in crate::pipeline) fn is_clean(&self, program: &Compiled) -> bool {
        let Some(found) = self.programs.found(program) else {
            return false;
        };
        if found.is_empty() {
            return true;
        }
        let is_known = self.verdict().vulnerabilities.is_some();
        let mut findings = self.beyond_source(found).into_iter();
        is_known && findings.all(|finding| finding.severity != Severity::Blocked)
    }

    /// Returns why nothing may be published, and warns of what may.
    pub(in crate::pipeline) fn take_errors(&self) -> Vec<BuildError> {
        let mut errors = std::mem::take(&mut *locked(&self.verdict().errors));
        let findings = self.beyond_source(self.programs.all_found());
        errors.extend(self.sort(&findings));
        errors.extend(self.programs.take_errors().into_iter().map(in_state));
        errors
    }

    /// Remembers that all has passed.
    pub(in crate::pipeline) fn remember(&self) {
        if let Some(key) = self.verdict().key {
            self.ports.verdicts.keep(&key);
        }
    }

    /// Judges what programs have that their source does not show. Where nobody could look at that, nobody knows.
    fn beyond_source(&self, found: Vec<Vulnerability>) -> Vec<Finding> {
        let Some(source) = &self.verdict().vulnerabilities else {
            return Vec::new();
        };
        let found = Vulnerability::beyond(source, found);
        judge_found(&found, self.order.policy, self.order.now)
    }

    fn before(&self) -> &Before {
        self.before.get_or_init(|| match self.key() {
            Ok(Some(key)) if self.ports.verdicts.has_passed(&key) => Before::Passed,
            Ok(key) => Before::Nothing(key),
            Err(error) => Before::Failed(Mutex::new(Some(error))),
        })
    }

    fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| {
            let checked = match self.before() {
                Before::Passed => return Verdict::of(Vec::new(), None, None),
                Before::Failed(error) => Err(locked(error).take().into_iter().collect()),
                Before::Nothing(key) => self.check().map(|checked| (checked, *key)),
            };
            match checked {
                Ok((checked, key)) => self.judged(checked, key),
                Err(errors) => Verdict::of(errors, None, None).closed(),
            }
        })
    }

    fn judged(&self, checked: Checked, key: Option<Digest>) -> Verdict {
        // Whoever could not be asked is asked again.
        let is_unasked = |finding: &Finding| finding.rule == Rule::Unasked;
        let key = key.filter(|_| !checked.findings.iter().any(is_unasked));
        let mut errors = self.sort(&checked.findings);
        errors.extend(checked.errors.into_iter().map(in_state));
        Verdict::of(errors, checked.vulnerabilities, key)
    }

    /// Warns of what is to be warned of, and returns what is refused.
    fn sort(&self, findings: &[Finding]) -> Vec<BuildError> {
        let of = |severity| findings.iter().filter(move |it| it.severity == severity);
        for finding in of(Severity::Warning) {
            self.ports.events.emit(warned(finding));
        }
        of(Severity::Blocked).map(refused).map(in_state).collect()
    }

    /// # Errors
    /// Why nobody could look; nothing where somebody else is told.
    fn check(&self) -> Result<Checked, Vec<BuildError>> {
        let toolchain = self.go.obtain();
        let toolchain = toolchain.map_err(|reason| reason.into_iter().collect::<Vec<_>>())?;
        let order = CheckOrder {
            since: None,
            now: self.order.now,
            thoroughness: None,
        };
        let check = Check {
            ports: self.ports,
            request: self.order.request,
            order: &order,
            prepared: self.recalled.prepared,
            toolchain,
            scanner_go: &self.scanner_go,
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

impl Verdict {
    fn of(
        errors: Vec<BuildError>,
        vulnerabilities: Option<Vec<Vulnerability>>,
        key: Option<Digest>,
    ) -> Self {
        Self {
            passage: Passage::of(errors.is_empty()),
            errors: Mutex::new(errors),
            vulnerabilities,
            key,
        }
    }

    /// Holds everything back, whether or not there is a reason that is not told elsewhere.
    fn closed(self) -> Self {
        Self {
            passage: Passage::Closed,
            ..self
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_state(error: BuildError) -> BuildError {
    error.in_state(BuildState::ProduceArtifact)
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
