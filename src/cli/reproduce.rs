//! `coracle reproduce`.

use clap::Args;

use super::images;
use super::options::{BuildOptions, ImageOptions, ProjectOptions};
use super::session::{Outcome, Session};
use super::sharing;
use super::telling::{Form, Made, Telling, json, keep, text};
use super::wiring::{History, ImageShelf, Project, Trial, TrialPlace, circumstances};
use crate::compare::{Comparison, DifferenceList};
use crate::history::PhaseRun;
use crate::model::{BuildError, Event, ExitCode, Phase};
use crate::pipeline::{self, DiffRequest, NamedImage};
use crate::plan::{Output, OutputError, Sink};
use crate::ports::{Clock as _, EventSink};
use crate::report::{
    self, ReproducedImage, ReproducedPlatform, Reproduction, RunFacts, record_of_reproduction,
    write_reproduction,
};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle reproduce                      # every image of coracle.toml
  coracle reproduce server --platform linux/amd64,linux/arm64
  coracle reproduce --json | jq .same    # in a release, before it is pushed";

/// What help says of arguments that mean something else here than for images.
pub(super) const IMAGES_HELP: &str = "Images to be built twice: names from coracle.toml, or main package \
     paths (./cmd/server, .)";

/// Flags of `coracle reproduce`.
#[derive(Debug, Args)]
pub(super) struct Reproduce {
    #[command(flatten)]
    options: BuildOptions,
    /// The image below: static, scratch, or a registry reference
    #[arg(long, value_name = "REF")]
    base: Option<String>,
}

impl Reproduce {
    /// Builds twice, and prints what came of it.
    pub(super) fn run(self, session: &Session) -> Outcome {
        if self.options.dry_run {
            let plan_only = |folder| Sink::Files {
                outputs: Vec::new(),
                folder,
            };
            return images::run(
                session,
                &self.image_options(self.options.clone()),
                plan_only,
            );
        }
        let form = Form::of_flag(self.options.run.json);
        let telling = Telling::start(session, &self.options);
        session.limit(self.options.run.timeout);
        let events = telling.sink();
        let mut others = Vec::new();
        let made = self
            .reproduce(session, &telling, &events)
            .and_then(|found| {
                others.extend(differing(&found));
                if let Some(history) = telling.history() {
                    self.keep(session, history, telling.phase_runs(), &found);
                }
                told(form, &found).map_err(|error| vec![error])
            });
        drop(events);
        match telling.end(made, |_| String::new()) {
            Ok(ExitCode::Done) if !others.is_empty() => Err(others),
            ended => ended,
        }
    }

    /// Adds what came of it to the history, which `report` and the push of a release ask.
    fn keep(
        &self,
        session: &Session,
        history: &History,
        phases: Vec<PhaseRun>,
        found: &Reproduction,
    ) {
        let code = if found.same {
            ExitCode::Done
        } else {
            ExitCode::Refused
        };
        let facts = RunFacts {
            phases,
            ..history.facts(session, code)
        };
        let seconds = session.clock.elapsed().as_secs_f64();
        let run = keep(
            session,
            history,
            record_of_reproduction(facts, seconds, found),
        );
        if !self.options.run.offline {
            sharing::tell(session, history, &run);
        }
    }

    fn reproduce(
        &self,
        session: &Session,
        telling: &Telling<'_>,
        events: &dyn EventSink,
    ) -> Result<Reproduction, Vec<BuildError>> {
        let one = |error| vec![error];
        let options = &self.options;
        let project = Project::open(session, &options.project, &options.overrides())?;
        telling.is_of(&project);
        let note = |message: &str| {
            events.emit(Event::Noted {
                phase: Phase::Verify,
                message: message.to_owned(),
            });
        };
        note("built first, with empty caches");
        let first = TrialPlace::make(session, &project, Trial::First, events).map_err(one)?;
        let built = self.build(&first, events)?;
        note("built again, in another folder and as another user");
        let second = TrialPlace::make(session, &project, Trial::Second, events).map_err(one)?;
        let again = self.build(&second, events)?;
        let mut images = Vec::new();
        for (image, again) in built.into_iter().zip(again) {
            let comparison = (image.digest != again.digest)
                .then(|| compare(session, [&first, &second], &image.name, events))
                .transpose()?;
            images.push(ReproducedImage {
                platforms: platforms(&image, &again),
                name: image.name,
                first: image.digest,
                second: again.digest,
                comparison,
            });
        }
        let circumstances = circumstances(&first, &second, options.run.jobs);
        Ok(Reproduction::new(circumstances, images))
    }

    fn build(
        &self,
        place: &TrialPlace<'_>,
        events: &dyn EventSink,
    ) -> Result<Vec<report::Image>, Vec<BuildError>> {
        let one = |error| vec![error];
        let session = place.session().map_err(one)?;
        let pattern = format!("layout={}", place.image("{name}").display());
        let output: Output = pattern
            .parse()
            .map_err(|error: OutputError| one(BuildError::new(Phase::Layers, &pattern, error)))?;
        let sink = |folder| Sink::Files {
            outputs: vec![output],
            folder,
        };
        let mut options = self.options.clone();
        options.project.directory = Some(place.project().to_owned());
        options.run.jobs = Some(place.jobs(self.options.run.jobs));
        let _umask = place.umask();
        let outcome = images::build(&session, &self.image_options(options), sink, events)?;
        if outcome.errors.is_empty() {
            Ok(outcome.images)
        } else {
            Err(outcome.errors)
        }
    }

    fn image_options(&self, build: BuildOptions) -> ImageOptions {
        ImageOptions {
            build,
            base: self.base.clone(),
            ..ImageOptions::default()
        }
    }
}

/// Puts what came out on each platform side by side.
fn platforms(first: &report::Image, second: &report::Image) -> Vec<ReproducedPlatform> {
    let again = |platform: &str| {
        let of_platform = second.platforms.iter().find(|it| it.platform == platform);
        of_platform.map_or_else(String::new, |it| it.digest.clone())
    };
    let platforms = first.platforms.iter().map(|it| ReproducedPlatform {
        platform: it.platform.clone(),
        first: it.digest.clone(),
        second: again(&it.platform),
    });
    platforms.collect()
}

fn compare(
    session: &Session,
    places: [&TrialPlace<'_>; 2],
    name: &str,
    events: &dyn EventSink,
) -> Result<Comparison, Vec<BuildError>> {
    let one = |error| vec![error];
    let options = ProjectOptions {
        directory: None,
        config: None,
    };
    let shelf = ImageShelf::new(session, options, events);
    let [first, second] = places.map(|place| shelf.image(&place.image(name).display().to_string()));
    let request = DiffRequest {
        platform: None,
        list: DifferenceList::First,
        scratch: &shelf.scratch().map_err(one)?,
        events,
        cancellation: &session.cancellation,
    };
    let named = |name, reader| NamedImage { name, reader };
    pipeline::diff(
        named("built first", &*first?),
        named("built again", &*second?),
        &request,
    )
    .map_err(one)
}

fn told(form: Form, found: &Reproduction) -> Result<Made, BuildError> {
    let text = match form {
        Form::Json => json(found)?,
        Form::Text => text("what came of it", |to| write_reproduction(to, found))?,
    };
    Ok(Made::Document(text))
}

/// Says of each image that was another the second time that it was.
fn differing(found: &Reproduction) -> impl Iterator<Item = BuildError> {
    let images = found.images.iter();
    images
        .filter(|image| image.first != image.second)
        .map(|image| {
            let message = "it did not come out the same twice";
            BuildError::new(Phase::Verify, &image.name, message)
                .hint("see above in what it differs; generated files are the first to look at")
        })
        .collect::<Vec<_>>()
        .into_iter()
}
