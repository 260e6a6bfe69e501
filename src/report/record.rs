//! The report of a run as its record in the history.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    DeployOutcome, DeployedEnvironment, Deployment, Document, Image, Modules, ReproducedImage,
    Reproduction,
};
use crate::compare::{Comparison, Difference};
use crate::history::{
    self, DeployResult, DeployRun, FindingCount, HostFailure, ImageRun, ImageSize, LayersRun,
    ModulesRun, PhaseRun, ProgramRun, ReproductionResult, Run, TrafficRun,
};
use crate::model::{BuildError, ExitCode, Phase, Reference, Timestamp, Traffic};
use crate::policy::Finding;

/// What the report of a run does not say.
pub struct RunFacts {
    /// The project.
    pub project: String,
    /// What was typed.
    pub verb: String,
    /// When the run ended.
    pub ended: Timestamp,
    /// What it ends with.
    pub exit_code: ExitCode,
    /// Its phases, as far as somebody listened.
    pub phases: Vec<PhaseRun>,
    /// What became of layers.
    pub layers: Option<LayersRun>,
    /// The programs of images, and those of `dist`.
    pub programs: Vec<ProgramRun>,
    /// What was asked of others.
    pub traffic: Traffic,
    /// Whether rules are looked at.
    pub rules: Rules,
}

/// Whether a run looks at the rules of `[policy]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// It does.
    Judged,
    /// It does not.
    Unasked,
}

/// Returns the record of the run that `document` reports.
pub fn record_of(document: &Document, facts: RunFacts) -> Run {
    let failure = document.errors.first();
    let findings = (facts.rules == Rules::Judged)
        .then(|| findings(document, facts.exit_code))
        .flatten();
    Run {
        go: document.toolchain.as_ref().map(|it| it.version.clone()),
        images: document.images.iter().map(image).collect(),
        failed_images: document.failed_images.clone(),
        modules: modules(&document.modules),
        findings,
        failed_in: failure.map(|failure| failure.phase.clone()),
        ..record(facts, document.seconds)
    }
}

/// Returns the record of a check that found `findings`, or could not look because of `errors`.
pub fn record_of_check(
    facts: RunFacts,
    seconds: f64,
    findings: Option<&[Finding]>,
    errors: &[BuildError],
) -> Run {
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for finding in findings.unwrap_or_default() {
        let key = (finding.severity.to_string(), finding.rule.to_string());
        *counts.entry(key).or_default() += 1;
    }
    Run {
        findings: findings.map(|_| counted(counts)),
        failed_in: errors.first().map(|error| error.phase.to_string()),
        ..record(facts, seconds)
    }
}

/// Returns the record of images that were built twice.
pub fn record_of_reproduction(facts: RunFacts, seconds: f64, found: &Reproduction) -> Run {
    let reproductions = found.images.iter().flat_map(reproductions);
    Run {
        reproductions: reproductions.collect(),
        failed_in: (!found.same).then(|| Phase::Verify.to_string()),
        ..record(facts, seconds)
    }
}

/// Returns the record of a deploy or a rollback that came to `deployment`, or that failed before it came so far.
pub fn record_of_deploy(
    facts: RunFacts,
    seconds: f64,
    deployment: Option<&Deployment>,
    errors: &[BuildError],
) -> Run {
    let deploys = deployment.into_iter().flat_map(|deployment| {
        let images: Vec<String> = by_digest(deployment.images.values());
        let environments = deployment.environments.iter();
        environments.map(move |environment| deploy(environment, &images))
    });
    Run {
        deploys: deploys.collect(),
        failed_in: errors.first().map(|error| error.phase.to_string()),
        ..record(facts, seconds)
    }
}

fn deploy(environment: &DeployedEnvironment, images: &[String]) -> DeployRun {
    let phases = environment.phases.iter().map(|it| {
        phase(PhaseRun {
            phase: it.phase.word().to_owned(),
            begins: it.begins,
            seconds: it.seconds,
        })
    });
    DeployRun {
        environment: environment.name.clone(),
        how: environment.how.clone(),
        outcome: match environment.outcome {
            DeployOutcome::Deployed => DeployResult::Deployed,
            DeployOutcome::Unchanged => DeployResult::Unchanged,
            DeployOutcome::RolledBack => DeployResult::RolledBack,
            // No run that deploys ends with the others.
            DeployOutcome::Failed
            | DeployOutcome::WouldDeploy
            | DeployOutcome::Ready
            | DeployOutcome::NotReady
            | DeployOutcome::Unfinished
            | DeployOutcome::Nothing => DeployResult::Failed,
        },
        images: images.to_vec(),
        runs: by_digest(environment.running.iter().map(|it| &it.image)),
        seconds: rounded(environment.seconds.unwrap_or_default()),
        phases: phases.collect(),
    }
}

/// Returns each image once that is named by its digest. What a program calls an image could be anything.
fn by_digest<'a>(images: impl Iterator<Item = &'a String>) -> Vec<String> {
    let references = images.filter_map(|image| image.parse::<Reference>().ok());
    let by_digest = references.filter(|reference| reference.digest().is_some());
    let images: BTreeSet<String> = by_digest.map(|it| it.to_string()).collect();
    images.into_iter().collect()
}

/// Returns what came of each platform of an image, and of all of it where they alone do not tell.
fn reproductions(image: &ReproducedImage) -> Vec<history::Reproduction> {
    let of = |platform: &str, first: &str, second: &str| history::Reproduction {
        image: image.name.clone(),
        platform: platform.to_owned(),
        result: if first == second {
            ReproductionResult::Same
        } else {
            ReproductionResult::Different
        },
        digest: first.to_owned(),
        difference: (first != second)
            .then(|| difference(image.comparison.as_ref()?, platform))
            .flatten(),
    };
    let platforms = image.platforms.iter();
    let mut all: Vec<history::Reproduction> = platforms
        .map(|it| of(&it.platform, &it.first, &it.second))
        .collect();
    let is_told = |it: &history::Reproduction| it.result == ReproductionResult::Different;
    if all.is_empty() || image.first != image.second && !all.iter().any(is_told) {
        all.push(of("", &image.first, &image.second));
    }
    all
}

/// Returns the most significant difference on a platform, or of all of the image.
fn difference(comparison: &Comparison, platform: &str) -> Option<String> {
    let is_of = |it: &&Difference| it.platforms.iter().any(|it| it == platform);
    let listed = || comparison.first.iter().chain(&comparison.differences);
    let first = listed().find(is_of).or(comparison.first.as_ref())?;
    Some(
        format!("{}: {} {}", first.cause.as_str(), first.place, first.what)
            .trim_end()
            .to_owned(),
    )
}

fn record(facts: RunFacts, seconds: f64) -> Run {
    Run {
        form: Run::FORM,
        id: String::new(),
        coracle: env!("CARGO_PKG_VERSION").to_owned(),
        project: facts.project,
        verb: facts.verb,
        time: began(facts.ended, seconds),
        seconds: rounded(seconds),
        exit_code: facts.exit_code.number(),
        failed_in: None,
        go: None,
        phases: facts.phases.into_iter().map(phase).collect(),
        layers: facts.layers,
        images: Vec::new(),
        failed_images: Vec::new(),
        programs: facts.programs.into_iter().map(program).collect(),
        modules: ModulesRun::default(),
        findings: None,
        traffic: TrafficRun {
            requests: facts.traffic.requests(),
            sent_bytes: facts.traffic.sent_bytes(),
            received_bytes: facts.traffic.received_bytes(),
        },
        reproductions: Vec::new(),
        deploys: Vec::new(),
    }
}

fn program(program: ProgramRun) -> ProgramRun {
    ProgramRun {
        seconds: program.seconds.map(rounded),
        ..program
    }
}

/// A run is seldom longer than a day, and its clock no better than a second. Of that, no more is taken away than has
/// passed: runs that follow one another stay in their order.
#[expect(
    clippy::cast_possible_truncation,
    reason = "seconds of a run, far below what an integer holds"
)]
fn began(ended: Timestamp, seconds: f64) -> Timestamp {
    Timestamp::from_seconds(ended.seconds().saturating_sub(seconds.floor() as i64))
}

/// Nobody needs more than a thousandth, and each digit is a byte of each record.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn phase(phase: PhaseRun) -> PhaseRun {
    PhaseRun {
        begins: rounded(phase.begins),
        seconds: rounded(phase.seconds),
        ..phase
    }
}

fn image(image: &Image) -> ImageRun {
    let sizes = image.platforms.iter().map(|platform| ImageSize {
        platform: platform.platform.clone(),
        size_bytes: platform.size_bytes,
    });
    let mut tags: Vec<String> = Vec::new();
    for tag in image.outputs.iter().flat_map(|output| &output.tags) {
        if !tags.contains(tag) {
            tags.push(tag.clone());
        }
    }
    ImageRun {
        name: image.name.clone(),
        digest: image.digest.clone(),
        platforms: sizes.collect(),
        tags,
        sent_bytes: image.outputs.iter().map(|output| output.sent_bytes).sum(),
    }
}

fn modules(modules: &Modules) -> ModulesRun {
    let failures = modules.failures.iter().map(|failure| HostFailure {
        host: failure.host.clone(),
        cause: failure.cause.clone(),
        count: failure.count as u64,
    });
    ModulesRun {
        downloaded: modules.downloaded.len() as u64,
        downloaded_bytes: modules.downloaded.iter().map(|it| it.size_bytes).sum(),
        failures: failures.collect(),
    }
}

/// What the gate before a push said. One that failed otherwise may not have come to an end.
fn findings(document: &Document, exit_code: ExitCode) -> Option<Vec<FindingCount>> {
    let check = Phase::Check.as_str();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for error in document.errors.iter().filter(|error| error.phase == check) {
        if let Some(rule) = error.context.get("rule") {
            *counts
                .entry(("blocked".to_owned(), rule.clone()))
                .or_default() += 1;
        }
    }
    let warned = document.warnings.iter().filter(|it| it.phase == check);
    let warned = warned.count() as u64;
    if warned > 0 {
        counts.insert(("warning".to_owned(), String::new()), warned);
    }
    let is_known = exit_code == ExitCode::Done || !counts.is_empty();
    is_known.then(|| counted(counts))
}

/// Returns how often each rule had a word, from counts by severity and rule.
fn counted(counts: BTreeMap<(String, String), u64>) -> Vec<FindingCount> {
    let counts = counts.into_iter();
    counts
        .map(|((severity, rule), count)| FindingCount {
            severity,
            rule,
            count,
        })
        .collect()
}
