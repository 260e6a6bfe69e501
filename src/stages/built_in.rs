//! The stages that there are without a word.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{CommandLine, Inputs, Stage, StagesError, Subject, TestRules};
use crate::config::{CiEvent, Config, DeployConfig, Extra, LinterChoice, StageName};

/// How long a stage may take where nothing is said.
pub(super) const TIMEOUT: Duration = Duration::from_mins(30);
/// How long the tests of a package may take, where the stage has the time: then Go shows where each of them
/// hangs.
const PACKAGE_TIMEOUT: Duration = Duration::from_mins(10);

pub(super) const NAMES: [&str; 9] = [
    "lint",
    "test",
    "check",
    "build",
    "reproduce",
    "dist",
    "push",
    "deploy",
    "smoke",
];

/// Where push says for deploy what it has published, from the folder of coracle.toml.
const PUSHED: &str = "dist/pushed.json";

/// What gets the linter.
pub(super) const GET_LINTER: &str =
    "go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@latest";

/// What stages find on a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Machine {
    /// Whether golangci-lint is on PATH.
    pub linter: Extra,
    /// Whether a C compiler is on PATH, which the race detector needs.
    pub compiler: Extra,
}

/// Returns the stages that `config` has something to do for; `timeout` says how long one may take.
pub(super) fn stages(
    config: &Config,
    machine: Machine,
    event: CiEvent,
    timeout: impl Fn(&str) -> Duration,
) -> Result<Vec<Stage>, StagesError> {
    let all = &CiEvent::ALL[..];
    let published = &[CiEvent::Main, CiEvent::Tag][..];
    let test = tests(config, machine, event, timeout("test"))?;
    let mut stages = vec![
        Stage {
            note: without_linter(config, machine),
            ..stage("lint", lints(config, machine)?, &[], Inputs::Source, all)
        },
        Stage {
            tests: Some(test_rules(config)),
            ..stage("test", vec![test], &[], Inputs::Source, all)
        },
    ];
    let mut coracle = |verb: &str, needs: &[&str], on: &[CiEvent]| {
        let commands = vec![CommandLine::from(["coracle", verb])];
        stages.push(stage(verb, commands, needs, Inputs::Unknown, on));
    };
    if config.policy.is_some() {
        coracle("check", &[], all);
    }
    coracle("build", &[], all);
    // Before a release is published: what does not come out the same is not.
    coracle("reproduce", &["lint", "test", "check"], &[CiEvent::Tag]);
    coracle("dist", &["lint", "test", "check"], &[CiEvent::Tag]);
    let mut images = config.images.values().chain([&config.defaults]);
    if images.any(|image| image.repository.is_some()) {
        let needs = ["lint", "test", "check", "build", "reproduce"];
        coracle("push", &needs, published);
    }
    if let Some(deploy) = &config.deploy {
        hand_over(&mut stages);
        stages.extend(roads(deploy, published));
    }
    Ok(stages)
}

/// Lets push say for deploy what it has published.
fn hand_over(stages: &mut [Stage]) {
    for push in stages
        .iter_mut()
        .filter(|stage| stage.name.as_str() == "push")
    {
        push.commands = vec![CommandLine::from(["coracle", "push", "--report", PUSHED])];
        push.outputs = PUSHED.parse().into_iter().collect();
    }
}

/// Returns what brings images to where they run, and tries them there.
fn roads(deploy: &DeployConfig, on: &[CiEvent]) -> Vec<Stage> {
    let road = |name: &str, words: CommandLine| {
        stage(name, vec![words], indispensable(name), Inputs::Unknown, on)
    };
    let brought = CommandLine::from(["coracle", "deploy", "--pushed", PUSHED]);
    let tried = CommandLine::from(["coracle", "status", "--smoke"]);
    let mut has_tests = deploy.environments.iter().map(|it| !it.smoke.is_empty());
    let smoke = has_tests.any(|it| it).then(|| road("smoke", tried));
    [road("deploy", brought)].into_iter().chain(smoke).collect()
}

/// Returns the stages without which one of coracle's own does not run: what was published before is not what
/// this run made.
pub(super) fn indispensable(name: &str) -> &'static [&'static str] {
    match name {
        "deploy" => &["push"],
        "smoke" => &["deploy"],
        _ => &[],
    }
}

fn stage(
    name: &str,
    commands: Vec<CommandLine>,
    needs: &[&str],
    inputs: Inputs,
    on: &[CiEvent],
) -> Stage {
    Stage {
        name: named(name),
        commands,
        needs: needs.iter().map(|name| named(name)).collect(),
        inputs,
        outputs: Vec::new(),
        env: BTreeMap::new(),
        secrets: BTreeMap::new(),
        timeout: TIMEOUT,
        on: on.iter().copied().collect::<BTreeSet<_>>(),
        tests: None,
        note: None,
        whole: None,
        subject: match name {
            "lint" | "test" => Subject::Packages,
            "deploy" | "smoke" => Subject::Published,
            _ => Subject::Images,
        },
    }
}

fn lints(config: &Config, machine: Machine) -> Result<Vec<CommandLine>, StagesError> {
    let packages = &config.pipeline.test.packages;
    let vet = ["go", "vet"].map(str::to_owned).into_iter();
    let vet = CommandLine::new(vet.chain(packages.iter().cloned()).collect());
    let is_there = machine.linter.is_wanted();
    let linter = match config.pipeline.lint.linter {
        LinterChoice::Required if !is_there => return Err(StagesError::NoLinter),
        LinterChoice::Off => None,
        LinterChoice::Auto | LinterChoice::Required => {
            is_there.then(|| CommandLine::from(["golangci-lint", "run"]))
        }
    };
    Ok(vet.into_iter().chain(linter).collect())
}

fn without_linter(config: &Config, machine: Machine) -> Option<String> {
    let is_missed = config.pipeline.lint.linter == LinterChoice::Auto;
    (is_missed && !machine.linter.is_wanted()).then(|| {
        format!("golangci-lint is not on PATH, so go vet runs alone; to get it: {GET_LINTER}")
    })
}

fn test_rules(config: &Config) -> TestRules {
    let test = &config.pipeline.test;
    TestRules {
        retries: test.retries,
        coverage: test.coverage,
        packages: test.packages.clone(),
    }
}

fn tests(
    config: &Config,
    machine: Machine,
    event: CiEvent,
    timeout: Duration,
) -> Result<CommandLine, StagesError> {
    let test = &config.pipeline.test;
    if test.race == Some(Extra::Wanted) && !machine.compiler.is_wanted() {
        return Err(StagesError::NoCompiler);
    }
    let limit = PACKAGE_TIMEOUT.min(timeout.mul_f64(0.9));
    let mut words = ["go", "test"].map(str::to_owned).to_vec();
    words.push(format!("-timeout={}s", limit.as_secs().max(1)));
    if test.race.unwrap_or(machine.compiler).is_wanted() {
        words.push("-race".to_owned());
    }
    if event == CiEvent::PullRequest {
        words.push("-short".to_owned());
    }
    if test.coverage.is_some() {
        words.push("-cover".to_owned());
    }
    words.extend(test.flags.iter().chain(&test.packages).cloned());
    CommandLine::new(words).ok_or_else(|| StagesError::NoCommand(named("test")))
}

/// Names of coracle's own stages are names.
pub(super) fn named(name: &str) -> StageName {
    StageName::built_in(name)
}
