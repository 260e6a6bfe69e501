//! `coracle ci`.
#![expect(
    clippy::disallowed_types,
    reason = "the summary that a CI system shows is a file of its own, which is added to"
)]

mod go;
mod listener;

use std::fs::OpenOptions;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use listener::Listener;

use super::options::{ProjectOptions, TimeLimit, parse_jobs};
use super::session::{Outcome, Session, print_data};
use super::telling::{Form, fail, json, text};
use super::wiring::{CiWorld, Project, write_report};
use crate::config::{CiEvent, Overrides, StageName};
use crate::model::{BuildError, ExitCode, Phase};
use crate::pipeline::{self, CiRequest, Selection};
use crate::report::{
    CiDocument, lint_sarif, write_graph, write_junit, write_mermaid, write_stage_annotations,
    write_stages, write_stages_summary,
};
use crate::stages::{Forge, Graph, detect, graph};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle ci
  coracle ci --explain                 # what would run, in which order, and with which commands
  coracle ci --event main --jobs 4
  coracle ci --resume                  # what has not passed yet
  coracle ci --since origin/main       # what the change touches, in a repository of many services";

/// Flags of `coracle ci`.
#[derive(Debug, Args)]
pub(super) struct Ci {
    #[command(flatten)]
    project: ProjectOptions,
    /// What it runs for; the default is what the variables of the CI system tell, and elsewhere pull-request
    #[arg(long, value_name = "EVENT")]
    event: Option<EventChoice>,
    /// Begin with STAGE, and run what comes after it
    #[arg(long, value_name = "STAGE", conflicts_with = "resume")]
    from: Option<StageName>,
    /// Leave out what has passed with the source as it is, in a run that did not get to its end
    #[arg(long)]
    resume: bool,
    /// Test and build only what the change since REF touches: packages with changed files, all that depend on them,
    /// and the images that are made of these. REF is a branch, a tag or a commit; the change begins where HEAD left
    /// it, and what is not committed is part of it
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// Print the stages and their commands, and run none
    #[arg(long, value_name = "FORM", num_args = 0..=1, default_missing_value = "text")]
    explain: Option<ExplainForm>,
    /// Add a summary in Markdown to FILE; on GitHub that of the job by itself
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    summary: Option<PathBuf>,
    /// Write what came of tests to FILE, as XML in the form of `JUnit`
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    junit: Option<PathBuf>,
    /// Write what linters found to FILE, as SARIF
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    sarif: Option<PathBuf>,
    /// How many stages run at once; the default is one for each processor
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<NonZeroUsize>,
    /// Give up after this time, as in 90s or 10m; without it the run may take as long as it takes
    #[arg(long, value_name = "DURATION")]
    timeout: Option<TimeLimit>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum EventChoice {
    /// A change that is to be part of the main branch: nothing is published
    PullRequest,
    /// The main branch
    Main,
    /// A release
    Tag,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ExplainForm {
    /// Lines for people
    Text,
    /// A flowchart for Markdown
    Mermaid,
}

impl Ci {
    /// Runs the stages.
    pub(super) fn run(self, session: &Session) -> Outcome {
        session.limit(self.timeout);
        match self.work(session) {
            Ok((text, errors)) => {
                let printed = print_data(&text).err();
                let errors: Vec<BuildError> = errors.into_iter().chain(printed).collect();
                if errors.is_empty() {
                    Ok(ExitCode::Done)
                } else {
                    Err(errors)
                }
            }
            Err(errors) => fail(session, Form::of_flag(self.json), errors),
        }
    }

    fn work(&self, session: &Session) -> Result<(String, Vec<BuildError>), Vec<BuildError>> {
        let one = |error: BuildError| vec![error];
        let project = Project::open(session, &self.project, &Overrides::default())?;
        project.tell(session);
        let config = project.config();
        let found = detect(&session.host.environment, &config.pipeline.branches);
        let event = self.event.map_or(found.event, EventChoice::event);
        let talker = session.talker();
        let coracle = std::env::current_exe().map_err(|error| {
            one(BuildError::new(Phase::Ci, "", "cannot tell where coracle is").because(error))
        })?;
        let arguments = self.arguments(session);
        let mut world =
            CiWorld::new(session, &project, coracle, arguments, &*talker).map_err(one)?;
        let graph = graph(config, world.machine(), event).map_err(|error| one(error.into()))?;
        if let Some(form) = self.explain {
            let graph = self.narrowed(&world, graph).map_err(one)?;
            let document = pipeline::described(&graph, event);
            return Ok((self.explained(form, &document).map_err(one)?, Vec::new()));
        }
        go::bring(session, &self.project, &mut world, &graph, &*talker)?;
        let graph = self.narrowed(&world, graph).map_err(one)?;
        tell_of_wholes(session, &graph);
        let selection = match (&self.from, self.resume) {
            (Some(name), _) => Selection::From(name.clone()),
            (None, true) => Selection::Rest,
            (None, false) => Selection::All,
        };
        let request = CiRequest {
            graph: &graph,
            event,
            ground: &world.ground(),
            folder: world.folder(),
            caches: world.caches(),
            selection: &selection,
            jobs: self.jobs.unwrap_or(session.host.cores),
        };
        let listener = Listener::new(session, found.forge);
        let (document, mut errors) =
            pipeline::ci(world.ports(), &request, &listener).map_err(one)?;
        if let (Some(alert), false) = (&config.pipeline.alert, session.is_stopped()) {
            for message in world.alert(alert, event, &document, &*talker) {
                session.say(&format!("warning: nobody was told of it: {message}"));
            }
        }
        errors.extend(self.reported(session, found.forge, &document));
        errors.extend(self.summarize(session, found.forge, &document).err());
        Ok((self.printed(&document).map_err(one)?, errors))
    }

    /// Leaves out what the change does not touch, where only that is asked for.
    fn narrowed(&self, world: &CiWorld<'_>, graph: Graph) -> Result<Graph, BuildError> {
        match &self.since {
            Some(since) => pipeline::narrowed(world.ports(), &world.since(since), graph),
            None => Ok(graph),
        }
    }

    /// Returns what coracle is given wherever a stage starts it: the same file of settings.
    fn arguments(&self, session: &Session) -> Vec<String> {
        let config = self.project.config.iter().flat_map(|file| {
            let folder = self.project.directory.clone().unwrap_or_default();
            let path = session.host.cwd.join(folder).join(file);
            ["--config".to_owned(), path.display().to_string()]
        });
        config.collect()
    }

    fn explained(&self, form: ExplainForm, document: &CiDocument) -> Result<String, BuildError> {
        match form {
            _ if self.json => json(document),
            ExplainForm::Text => text("the stages", |to| write_graph(to, document)),
            ExplainForm::Mermaid => text("the stages", |to| write_mermaid(to, document)),
        }
    }

    fn printed(&self, document: &CiDocument) -> Result<String, BuildError> {
        if self.json {
            return json(document);
        }
        text("the stages", |to| write_stages(to, document))
    }

    /// Writes the reports that are asked for, and returns what of that failed.
    fn reported(&self, session: &Session, forge: Forge, document: &CiDocument) -> Vec<BuildError> {
        let mut failed = Vec::new();
        let mut write = |file: &Path, written: Result<Vec<u8>, BuildError>| {
            let path = session.host.cwd.join(file);
            failed.extend(written.and_then(|it| write_report(&path, &it)).err());
        };
        if let Some(file) = &self.junit {
            let written = text("the tests", |to| write_junit(to, document));
            write(file, written.map(String::into_bytes));
        }
        if let Some(file) = &self.sarif {
            write(file, Ok(lint_sarif(document)));
        }
        if forge == Forge::GitHub {
            let mut stderr = session.stderr().lock();
            // A terminal that is gone cannot be told of.
            let _ = write_stage_annotations(&mut stderr, document).and_then(|()| stderr.flush());
        }
        failed
    }

    fn summarize(
        &self,
        session: &Session,
        forge: Forge,
        document: &CiDocument,
    ) -> Result<(), BuildError> {
        let of_job = || session.host.environment.get_path("GITHUB_STEP_SUMMARY");
        let named = self
            .summary
            .as_ref()
            .map(|file| session.host.cwd.join(file));
        let Some(path) = named.or_else(|| of_job().filter(|_| forge == Forge::GitHub)) else {
            return Ok(());
        };
        let text = text("the summary", |to| write_stages_summary(to, document))?;
        let mut added = OpenOptions::new();
        let file = added.create(true).append(true).open(&path);
        let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| {
            BuildError::new(Phase::Report, path.display(), "cannot write the summary")
                .because(error)
                .exit(ExitCode::CannotWrite)
        })
    }
}

/// Says why stages do all there is though only what a change touches was asked for.
fn tell_of_wholes(session: &Session, graph: &Graph) {
    for (why, stages) in graph.wholes() {
        let stages: Vec<&str> = stages.into_iter().map(StageName::as_str).collect();
        let stages = stages.join(", ");
        session.say(&format!("{stages}: all of it, in spite of --since: {why}"));
    }
}

impl EventChoice {
    fn event(self) -> CiEvent {
        match self {
            Self::PullRequest => CiEvent::PullRequest,
            Self::Main => CiEvent::Main,
            Self::Tag => CiEvent::Tag,
        }
    }
}
