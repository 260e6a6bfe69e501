//! Stages of which only that is done which a change touches.

use std::collections::{BTreeMap, BTreeSet};

use super::{CommandLine, Graph, Inputs, Stage, Subject, TestRules};
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
    /// The images, by name.
    pub images: Part,
    /// Stages none of whose inputs changed.
    pub idle: BTreeSet<StageName>,
    /// Why stages may be others than they were, where they may: then none is idle.
    pub settings: Option<String>,
}

/// Some of several things, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of them, for this reason.
    Whole(String),
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
        let mut stages = self.stages.iter();
        // What is deployed is told by the report of a push.
        let is_pushed_whole = stages.any(|stage| stage.subject == Subject::Published)
            && matches!(touched.images, Part::Only(_));
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
            } else if is_pushed_whole && stage.subject == Subject::Images && stage.publishes() {
                stage.whole = Some("an environment names all images".to_owned());
            } else {
                narrow(stage, touched);
            }
        }
        self.narrowing = Some(Narrowing {
            base: touched.base.clone(),
            untouched,
        });
        self
    }

    /// Returns why stages do all there is though only what a change touches was asked for, each reason with its stages.
    pub fn wholes(&self) -> BTreeMap<&str, Vec<&StageName>> {
        let mut wholes: BTreeMap<&str, Vec<&StageName>> = BTreeMap::new();
        for stage in &self.stages {
            if let Some(why) = &stage.whole {
                wholes.entry(why).or_default().push(&stage.name);
            }
        }
        wholes
    }
}

/// Leaves to a stage what is touched, or says why that is all.
fn narrow(stage: &mut Stage, touched: &TouchedParts) {
    let part = match stage.subject {
        Subject::Packages => &touched.packages,
        Subject::Images | Subject::Published => &touched.images,
        Subject::Own => {
            stage.whole = match stage.inputs {
                Inputs::Unknown => Some("without inputs nobody knows what it reads".to_owned()),
                Inputs::Source | Inputs::Globs(_) => touched.settings.clone(),
            };
            return;
        }
    };
    match part {
        Part::Whole(why) => stage.whole = Some(why.clone()),
        Part::Only(packages) if stage.tests.is_some() => {
            test_only(stage, packages, &touched.since);
        }
        Part::Only(images) if stage.subject == Subject::Images => name_images(stage, images),
        Part::Only(_) => {}
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
