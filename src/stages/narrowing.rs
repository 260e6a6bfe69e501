//! Stages of which only that is done which a change touches.

use std::collections::{BTreeMap, BTreeSet};

use super::{CommandLine, Graph, Stage, Subject, TestRules};
use crate::config::StageName;

/// What is left of stages, for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowing {
    /// The commit that the change began at.
    pub base: String,
    /// The stages that do nothing, and why.
    pub untouched: BTreeMap<StageName, String>,
}

/// What a change touches, as stages are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedParts {
    /// What the commit is called that the change began at.
    pub since: String,
    /// The commit.
    pub base: String,
    /// The packages, as the go command takes them.
    pub packages: Part,
    /// Why it is all packages, where it is.
    pub reason: Option<String>,
    /// The images, by name.
    pub images: Part,
    /// Stages none of whose inputs changed.
    pub idle: BTreeSet<StageName>,
}

/// Some of several things, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of them.
    Whole,
    /// Only these.
    Only(Vec<String>),
}

impl Part {
    fn is_nothing(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }
}

impl Graph {
    /// Returns the stages with only that to do which a change touches.
    #[must_use]
    pub fn narrowed(mut self, touched: &TouchedParts) -> Self {
        let mut untouched = BTreeMap::new();
        let deploys = self
            .stages
            .iter()
            .any(|stage| stage.subject == Subject::Published);
        for stage in &mut self.stages {
            let is_untouched = touched.idle.contains(&stage.name)
                || match stage.subject {
                    Subject::Packages => touched.packages.is_nothing(),
                    Subject::Images | Subject::Published => touched.images.is_nothing(),
                    Subject::Own => false,
                };
            if is_untouched {
                let reason = format!("nothing of it was touched since {}", touched.since);
                untouched.insert(stage.name.clone(), reason);
                continue;
            }
            match (&touched.packages, &touched.images) {
                (Part::Only(packages), _) if stage.tests.is_some() => {
                    test_only(stage, packages, &touched.since);
                }
                // What is deployed is told by the report of a push, of which every environment wants all images.
                (_, Part::Only(_)) if deploys && stage.publishes() => {}
                (_, Part::Only(images)) if stage.subject == Subject::Images => {
                    name_images(stage, images);
                }
                (Part::Whole, _) if stage.tests.is_some() => {
                    let reason = touched.reason.as_ref();
                    stage.note = reason.map(|it| format!("all packages are tested: {it}"));
                }
                _ => {}
            }
        }
        self.narrowing = Some(Narrowing {
            base: touched.base.clone(),
            untouched,
        });
        self
    }
}

/// Lets the tests of `packages` alone run.
fn test_only(stage: &mut Stage, packages: &[String], since: &str) {
    let Some(rules) = &mut stage.tests else {
        return;
    };
    let mut note = format!(
        "packages touched since {since}, and those that depend on them: {} are tested, and no others",
        packages.len()
    );
    if rules.coverage.take().is_some() {
        note.push_str("; how much of all they cover is not asked");
    }
    for command in &mut stage.commands {
        if let Some(narrowed) = with_packages(command, rules, packages) {
            *command = narrowed;
        }
    }
    rules.packages = packages.to_vec();
    stage.note = Some(note);
}

fn with_packages(
    command: &CommandLine,
    rules: &TestRules,
    packages: &[String],
) -> Option<CommandLine> {
    let words = command.words().strip_suffix(rules.packages.as_slice())?;
    let words = words.iter().filter(|word| *word != "-cover");
    CommandLine::new(words.chain(packages).cloned().collect())
}

/// Lets the command take `images` alone.
fn name_images(stage: &mut Stage, images: &[String]) {
    for command in &mut stage.commands {
        let mut words = command.words().to_vec();
        // After the verb, before its flags.
        let place = words.len().min(2);
        words.splice(place..place, images.iter().cloned());
        if let Some(narrowed) = CommandLine::new(words) {
            *command = narrowed;
        }
    }
}
