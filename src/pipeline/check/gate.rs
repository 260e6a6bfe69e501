//! The gate before a push: nothing is published that breaks a rule of `[policy]`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::compile::Binary;
use crate::config::{Judgement, PolicyConfig, VulnerabilityLevel};
use crate::model::{BuildError, BuildState, Day, Digest, Event, Phase, Timestamp, canonical_json};
use crate::plan::Batch;
use crate::policy::{Finding, Rule, Severity, Vulnerability, judge_found};
use crate::ports::{EventSink, ScanGo};

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
    /// Whether a layer is made in this run: perhaps of what its recipe does not name any more.
    is_making: AtomicBool,
    /// Whether a program was compiled of what its recipe does not name, or not any more.
    is_beyond_recipes: AtomicBool,
}

/// What is known before anybody looks.
enum Before {
    /// How all is named, and what came of it.
    Known {
        /// What came of it in an earlier run.
        earlier: Earlier,
        /// Names the verdict, where it can be named.
        key: Option<Digest>,
        /// Names what a look at a program depends on beside that, where programs are looked at.
        looks: Option<Digest>,
    },
    /// Nobody can look.
    Failed(Mutex<Option<BuildError>>),
}

/// What an earlier run tells of all together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Earlier {
    Passed,
    Nothing,
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
            is_making: AtomicBool::new(false),
            is_beyond_recipes: AtomicBool::new(false),
        }
    }

    /// Notes that layers are made, before that begins: what has passed before is what recipes named then, and
    /// sources may be changed by now.
    pub(in crate::pipeline) fn note_making(&self) {
        self.is_making.store(true, Ordering::Relaxed);
    }

    /// Looks at the source, unless all has passed before; whoever asks first does, and all others wait for that.
    pub(in crate::pipeline) fn look(&self) {
        if !self.has_passed() {
            self.verdict();
        }
    }

    /// Looks at a program that was just compiled of `batch`.
    pub(in crate::pipeline) fn look_at(&self, batch: &Batch, binary: &Binary) {
        if !matches!(self.before(), Before::Known { looks: Some(_), .. }) {
            return;
        }
        // Whoever compiles has it.
        let Ok(toolchain) = self.go.obtain() else {
            return;
        };
        let scanner = self.ports.scanner;
        let scan = |go: ScanGo<'_>| scanner.scan_binary(go, batch, binary);
        self.programs
            .look(batch, binary, || self.scanner_go.scan(toolchain, scan));
    }

    /// Tells whether an image that has these programs may be published.
    pub(in crate::pipeline) fn passage(&self, programs: &[Compiled]) -> Passage {
        let is_open = self.verdict().passage == Passage::Open;
        Passage::of(is_open && programs.iter().all(|program| self.is_clean(program)))
    }

    /// Tells whether a program may be taken as it was made before: somebody has looked at it then, by the same rules
    /// and with the same database, and it was clean.
    pub(in crate::pipeline) fn takes(&self, program: &LayerMemory) -> bool {
        let Before::Known { earlier, looks, .. } = self.before() else {
            return true;
        };
        *earlier == Earlier::Passed
            || looks.is_none_or(|looks| {
                let mark = mark(&looks, program);
                mark.is_some_and(|mark| self.ports.verdicts.has_passed(&mark))
            })
    }

    /// Tells whether all programs of an image may be taken so.
    pub(in crate::pipeline) fn takes_all(&self, image: &ImageMemory) -> bool {
        let mut programs = image.programs.iter().flatten();
        programs.all(|program| self.takes(program))
    }

    /// Notes that a program which was just compiled is clean and remembered.
    pub(in crate::pipeline) fn note_remembered(&self, program: &LayerMemory) {
        if let Before::Known { looks, .. } = self.before() {
            let mark = looks.and_then(|looks| mark(&looks, program));
            mark.inspect(|mark| self.ports.verdicts.keep(mark));
        }
    }

    /// Notes that a program was compiled of what its recipe does not name, or not any more: what was found says
    /// nothing of what has the same recipe.
    pub(in crate::pipeline) fn note_forgotten(&self) {
        self.is_beyond_recipes.store(true, Ordering::Relaxed);
    }

    /// Tells whether a program has nothing that breaks a rule and that its source does not show.
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

    /// Remembers that all has passed, unless it is not sure what that was.
    pub(in crate::pipeline) fn remember(&self) {
        let Some(key) = self.verdict().key else {
            return;
        };
        let is_beyond = self.is_beyond_recipes.load(Ordering::Relaxed);
        if !is_beyond && self.recalled.is_still_so(self.ports) {
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
        self.before.get_or_init(|| match self.keys() {
            Ok((key, looks)) => {
                let has_passed = key.is_some_and(|key| self.ports.verdicts.has_passed(&key));
                let earlier = if has_passed {
                    Earlier::Passed
                } else {
                    Earlier::Nothing
                };
                Before::Known {
                    earlier,
                    key,
                    looks,
                }
            }
            Err(error) => Before::Failed(Mutex::new(Some(error))),
        })
    }

    /// Tells whether all that is published has passed before.
    fn has_passed(&self) -> bool {
        let earlier = match self.before() {
            Before::Known { earlier, .. } => *earlier,
            Before::Failed(_) => Earlier::Nothing,
        };
        earlier == Earlier::Passed && !self.is_making.load(Ordering::Relaxed)
    }

    fn verdict(&self) -> &Verdict {
        self.verdict.get_or_init(|| {
            if self.has_passed() {
                return Verdict::of(Vec::new(), None, None);
            }
            let checked = match self.before() {
                Before::Failed(error) => Err(locked(error).take().into_iter().collect()),
                Before::Known { key, .. } => self.check().map(|checked| (checked, *key)),
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
        let refused = sort(self.ports.events, findings).into_iter();
        refused.map(in_state).collect()
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

    /// Returns what names the verdict, and what names a look at any program.
    ///
    /// # Errors
    /// When nobody can tell what is known to be vulnerable.
    fn keys(&self) -> Result<(Option<Digest>, Option<Digest>), BuildError> {
        let policy = self.order.policy;
        let looks = match policy.vulnerabilities {
            VulnerabilityLevel::Off => None,
            level => {
                let database = self.ports.scanner.database()?;
                let accepted = policy.accepted.iter();
                let over = accepted.map(|it| it.until.is_over(self.order.now));
                Some(digest_of(&serde_json::json!({
                    "coracle": env!("CARGO_PKG_VERSION"),
                    "level": format!("{level:?}"),
                    "accepted": format!("{:?}", policy.accepted),
                    "over": over.collect::<Vec<bool>>(),
                    "database": format!("{database:?}"),
                })))
            }
        };
        Ok((self.key(looks.as_ref()), looks))
    }

    /// Names the rules and all that is held to them; `None` where that cannot be named: when a module
    /// outside of the tree takes part, or files are held to the rules that no program is made of.
    fn key(&self, looks: Option<&Digest>) -> Option<Digest> {
        let policy = self.order.policy;
        if [policy.vet, policy.untidy].contains(&Judgement::Deny) {
            return None;
        }
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
        Some(digest_of(&serde_json::json!({
            "coracle": env!("CARGO_PKG_VERSION"),
            // Its types are this version's own.
            "policy": format!("{policy:?}"),
            "go": self.recalled.prepared.go.version.to_string(),
            "looks": looks.map(Digest::to_string),
            "layers": keys?,
            "images": format!("{:?}", config.images),
            "defaults": format!("{:?}", config.defaults),
            "stamp": format!("{:?}", config.stamp),
            "secrets": format!("{:?}", config.secrets),
            "today": today,
            "bases": bases,
            "over": over,
        })))
    }
}

/// Names the look at one program; `None` where it cannot be told what that is made from.
fn mark(looks: &Digest, program: &LayerMemory) -> Option<Digest> {
    let recipe = program.key()?.to_string();
    Some(digest_of(&serde_json::json!({
        "looks": looks.to_string(),
        "program": recipe,
    })))
}

fn digest_of(named: &serde_json::Value) -> Digest {
    Digest::of(&canonical_json(named))
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

/// Warns of what is to be warned of, and returns what is refused.
pub(super) fn sort(events: &dyn EventSink, findings: &[Finding]) -> Vec<BuildError> {
    let of = |severity| findings.iter().filter(move |it| it.severity == severity);
    for finding in of(Severity::Warning) {
        events.emit(warned(finding));
    }
    of(Severity::Blocked).map(refused).collect()
}

fn warned(finding: &Finding) -> Event {
    Event::Warned {
        phase: Phase::Check,
        message: format!("{} — {}{}", finding.subject, finding.message, at(finding)),
        hints: finding.hints.clone(),
    }
}

fn refused(finding: &Finding) -> BuildError {
    let message = format!("{}{}", finding.message, at(finding));
    let error = BuildError::new(Phase::Check, &finding.subject, message);
    let error = error.context("rule", finding.rule);
    finding.hints.iter().fold(error, BuildError::hint)
}

fn at(finding: &Finding) -> String {
    let place = finding.place.as_ref();
    place.map_or_else(String::new, |place| format!(" ({place})"))
}
