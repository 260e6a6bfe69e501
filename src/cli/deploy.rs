//! `coracle deploy`.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::deployed::{Book, Deployed, Readers, told};
use super::images;
use super::manifest_images::{Asking, Cargo};
use super::options::ImageOptions;
use super::run_history::RunHistory;
use super::session::{Outcome, Session};
use super::telling::{Form, fail};
use super::wiring::Deploying;
use crate::config::EnvironmentName;
use crate::deploy::{DeployImage, PushedError, pushed_images};
use crate::model::{BuildError, Phase};
use crate::pipeline::{self, DeployRequest};
use crate::plan::Sink;
use crate::ports::EventSink;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle deploy                         # pushes, then deploys to each environment of [deploy] in turn
  coracle deploy server --env staging
  coracle deploy --pushed pushed.json     # exactly what coracle push --report pushed.json pushed
  coracle deploy --dry-run                        # what would be pushed
  coracle deploy --pushed pushed.json --dry-run   # what would change";

/// The longest report of a push.
const MAX_REPORT_BYTES: u64 = 64 << 20;

/// Flags of `coracle deploy`.
#[derive(Debug, Args)]
pub(super) struct Deploy {
    #[command(flatten)]
    options: ImageOptions,
    /// Deploy the images of this file, the report of a push; nothing is built or pushed. With --dry-run, what would
    /// change is told, as whoever runs the images sees it, and nothing is changed
    #[arg(
        long,
        value_name = "FILE",
        allow_hyphen_values = true,
        conflicts_with = "images"
    )]
    pushed: Option<PathBuf>,
    /// Deploy to this environment alone; may be given several times
    #[arg(long = "env", value_name = "NAME")]
    environments: Vec<EnvironmentName>,
}

impl Deploy {
    /// Pushes the images, and brings them to where they run.
    pub(super) fn run(self, session: &Session) -> Outcome {
        if self.options.build.dry_run && self.pushed.is_none() {
            return self.plan(session);
        }
        session.limit(self.options.build.run.timeout);
        let form = Form::of_flag(self.options.build.run.json);
        let book = Book {
            history: RunHistory::new(
                session,
                &self.options.build.project,
                self.options.overrides(),
            ),
            readers: if self.options.build.run.offline {
                Readers::ThisMachine
            } else {
                Readers::All
            },
        };
        let written = (!self.options.build.dry_run).then_some(&book);
        told(session, form, written, |events| {
            self.deploy(session, &book, events)
        })
    }

    /// Prints what would be pushed, with the images that manifests name. What is wrong with the environments is told first.
    fn plan(&self, session: &Session) -> Outcome {
        let events = session.talker();
        let options = self.to_push(session, &*events);
        drop(events);
        match options {
            Ok(options) => images::run(session, &options, |_| Sink::Registry),
            Err(errors) => {
                let form = Form::of_flag(self.options.build.run.json);
                fail(session, form, errors)
            }
        }
    }

    fn asking<'a>(&'a self, session: &'a Session, events: &'a dyn EventSink) -> Asking<'a> {
        Asking {
            session,
            options: &self.options,
            events,
        }
    }

    /// Returns the flags of the push.
    fn to_push(
        &self,
        session: &Session,
        events: &dyn EventSink,
    ) -> Result<ImageOptions, Vec<BuildError>> {
        let (project, overrides) = (&self.options.build.project, self.options.overrides());
        let deploying = Deploying::open(session, project, &overrides, events)?;
        let environments = deploying.environments(&self.environments);
        let environments = environments.map_err(|error| vec![error])?;
        let mut options = self.options.clone();
        let asking = self.asking(session, events);
        asking.named(&deploying, &environments, &mut Cargo::ToPush(&mut options))?;
        Ok(options)
    }

    fn deploy(&self, session: &Session, book: &Book<'_>, events: &dyn EventSink) -> Deployed {
        let one = |error| vec![error];
        let (project, overrides) = (&self.options.build.project, self.options.overrides());
        let deploying = Deploying::open(session, project, &overrides, events)?;
        book.history.is_of(&deploying.project);
        // What is wrong with them is known before anything is built.
        let environments = deploying.environments(&self.environments).map_err(one)?;
        let mut options = self.options.clone();
        let mut cargo = match &self.pushed {
            Some(file) => {
                let folder = project.directory.clone().unwrap_or_default();
                let file = session.host.cwd.join(folder).join(file);
                Cargo::Pushed(read_pushed(&file).map_err(one)?)
            }
            None => Cargo::ToPush(&mut options),
        };
        let asking = self.asking(session, events);
        let known = asking.images(&deploying, &environments, &mut cargo)?;
        let targets = deploying.targets(&environments, &known).map_err(one)?;
        // What is there already is looked at before anything is built.
        deploying.verify(&known.standing)?;
        let images = match cargo {
            Cargo::Pushed(images) => images,
            Cargo::ToPush(options) => push(session, options, events)?,
        };
        deploying.verify(&images)?;
        if self.options.build.dry_run {
            return Ok(pipeline::foresee(&targets, &images));
        }
        let request = DeployRequest {
            project: &deploying.name,
            images: &images,
            holder: &deploying.holder(),
        };
        Ok(pipeline::deploy(deploying.ports(), &targets, &request))
    }
}

/// Pushes the images that `options` name.
fn push(
    session: &Session,
    options: &ImageOptions,
    events: &dyn EventSink,
) -> Result<Vec<DeployImage>, Vec<BuildError>> {
    let outcome = images::push(session, options, events)?;
    if !outcome.errors.is_empty() {
        return Err(outcome.errors);
    }
    let images = outcome.images.iter().map(|image| {
        let places = image.outputs.iter().map(|it| it.destination.as_str());
        DeployImage::of_report(&image.name, &image.digest, places)
    });
    let images: Result<_, PushedError> = images.collect();
    images.map_err(|error| {
        let told = BuildError::new(Phase::Deploy, "", "what was pushed cannot be deployed");
        vec![told.because(error)]
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the report is a file that the user names"
)]
fn read_pushed(file: &Path) -> Result<Vec<DeployImage>, BuildError> {
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| {
        BuildError::new(
            Phase::Config,
            file.display(),
            "cannot take images out of this file",
        )
        .because(error)
        .hint("it is what push prints: coracle push --report pushed.json")
    };
    let length = fs::metadata(file)
        .map_err(|error| wrong(error.into()))?
        .len();
    if length > MAX_REPORT_BYTES {
        return Err(wrong(
            format!("it is larger than {MAX_REPORT_BYTES} bytes").into(),
        ));
    }
    let text = fs::read(file).map_err(|error| wrong(error.into()))?;
    pushed_images(&text).map_err(|error| wrong(error.into()))
}
