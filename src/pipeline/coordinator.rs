//! Keeps the images of a build going.

use std::sync::mpsc::{Receiver, Sender};

use super::assembly::{Assembly, Task};
use super::build::{BuildJob, Message};
use crate::compile::Binary;
use crate::model::{BuildError, Event, ExitCode, Phase};
use crate::plan::{Batch, GoSettings, Target};
use crate::ports::EventSink;
use crate::report::Image;

/// What came of the images of a build.
pub(super) struct Built {
    /// Those that were made, each in its place.
    pub(super) images: Vec<Option<Image>>,
    /// What failed.
    pub(super) errors: Vec<BuildError>,
}

/// Where an error belongs, in the order of the plan: which part is ready first is chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// To the main package of this number in the batch of this number.
    Compile(usize, usize),
    /// To the image of this number.
    Image(usize),
}

/// Keeps the state of each image, and hands out what can be done next.
pub(super) struct Coordinator<'a, 'b> {
    job: &'a BuildJob<'b>,
    events: &'a dyn EventSink,
    tasks: Sender<(usize, Task)>,
    /// `None` once an image is delivered or has failed.
    assemblies: Vec<Option<Assembly<'a>>>,
    images: Vec<Option<Image>>,
    errors: Vec<(Rank, BuildError)>,
    /// An image that failed may fail in other ways too: the compiler is heard out.
    is_compiling: bool,
}

impl<'a, 'b> Coordinator<'a, 'b> {
    /// Begins all images of `job`; what can be done is sent to `tasks`.
    pub(super) fn new(
        job: &'a BuildJob<'b>,
        events: &'a dyn EventSink,
        tasks: Sender<(usize, Task)>,
    ) -> Self {
        let begun = job.images.iter();
        let (assemblies, first): (Vec<_>, Vec<_>) = begun
            .map(|image| Assembly::new(image.plan, &image.kept))
            .unzip();
        let coordinator = Self {
            job,
            events,
            tasks,
            assemblies: assemblies.into_iter().map(Some).collect(),
            images: vec![None; job.images.len()],
            errors: Vec::new(),
            is_compiling: true,
        };
        for (image, tasks) in first.into_iter().enumerate() {
            coordinator.hand_out(image, tasks);
        }
        coordinator
    }

    /// Listens until the compiler has ended, and every image is delivered or has failed.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) -> Built {
        while self.is_compiling || self.assemblies.iter().any(Option::is_some) {
            let Ok(message) = inbox.recv() else { break };
            self.take(message);
            self.count();
        }
        self.errors.sort_by_key(|(rank, _)| *rank);
        Built {
            images: self.images,
            errors: self.errors.into_iter().map(|(_, error)| error).collect(),
        }
    }

    fn count(&self) {
        let done = self.images.iter().flatten().count();
        let ended = self.assemblies.iter().filter(|it| it.is_none()).count();
        let already = self.job.already;
        self.events.emit(Event::Counted {
            done: already + done,
            failed: ended - done,
            total: already + self.images.len(),
        });
    }

    /// Gives up an image, unless that was done before.
    fn give_up(&mut self, image: usize) {
        if self.assemblies[image].take().is_some() {
            let image = self.job.images[image].plan.name.clone();
            self.events.emit(Event::Undelivered { image });
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Binary {
                settings,
                target,
                result,
            } => match *result {
                Ok(binary) => self.binary_done(&settings, &binary),
                Err(error) => self.target_failed(&settings, &target, error),
            },
            Message::Files { image, result } => {
                self.advance(image, result, Assembly::files_done);
            }
            Message::Program {
                image,
                place,
                result,
            } => {
                self.advance(image, result, |assembly, layer| {
                    assembly.program_done(place, layer)
                });
            }
            Message::Platform {
                image,
                number,
                result,
            } => {
                self.advance(image, result, |assembly, platform| {
                    assembly
                        .platform_done(number, platform)
                        .into_iter()
                        .collect()
                });
            }
            Message::Delivered { image, result } => match result {
                Ok(done) => {
                    self.assemblies[image] = None;
                    self.images[image] = Some(done);
                }
                Err(errors) => {
                    let errors = errors.into_iter().map(|error| (Rank::Image(image), error));
                    self.errors.extend(errors);
                    self.give_up(image);
                }
            },
            Message::CompileEnded => self.compile_ended(),
        }
    }

    fn advance<T>(
        &mut self,
        image: usize,
        result: Result<T, BuildError>,
        step: impl FnOnce(&mut Assembly<'a>, T) -> Vec<Task>,
    ) {
        let Some(assembly) = &mut self.assemblies[image] else {
            return;
        };
        match result {
            Ok(value) => {
                let tasks = step(assembly, value);
                self.hand_out(image, tasks);
            }
            Err(error) => {
                self.errors.push((Rank::Image(image), error));
                self.give_up(image);
            }
        }
    }

    fn binary_done(&mut self, settings: &GoSettings, binary: &Binary) {
        for image in 0..self.assemblies.len() {
            if let Some(assembly) = &mut self.assemblies[image] {
                let tasks = assembly.binary_done(settings, binary);
                self.hand_out(image, tasks);
            }
        }
    }

    fn target_failed(&mut self, settings: &GoSettings, target: &Target, error: BuildError) {
        self.errors.push((self.rank(settings, target), error));
        for image in 0..self.assemblies.len() {
            let assembly = self.assemblies[image].as_ref();
            if assembly.is_some_and(|assembly| assembly.needs(target, settings)) {
                self.give_up(image);
            }
        }
    }

    fn rank(&self, settings: &GoSettings, target: &Target) -> Rank {
        let in_batch = |(number, batch): (usize, &Batch)| {
            let is_meant = batch.settings == *settings && batch.platform == target.platform;
            let mut mains = batch.mains.iter();
            let main = mains.position(|main| is_meant && *main == target.main)?;
            Some(Rank::Compile(number, main))
        };
        let mut batches = self.job.batches.iter().enumerate();
        batches
            .find_map(in_batch)
            .unwrap_or(Rank::Compile(usize::MAX, 0))
    }

    /// A target that the builder forgot would keep its image waiting for ever.
    fn compile_ended(&mut self) {
        self.is_compiling = false;
        for image in 0..self.assemblies.len() {
            let assembly = self.assemblies[image].as_ref();
            if assembly.is_some_and(Assembly::waits_for_binaries) {
                self.give_up(image);
                let name = &self.job.images[image].plan.name;
                let error = BuildError::new(
                    Phase::Compile,
                    name,
                    "the compiler ended without a word about this image",
                );
                let error = error.exit(ExitCode::Internal);
                self.errors.push((Rank::Image(image), error));
            }
        }
    }

    fn hand_out(&self, image: usize, tasks: impl IntoIterator<Item = Task>) {
        for task in tasks {
            // Those who work listen as long as this sender lives.
            let _ = self.tasks.send((image, task));
        }
    }
}
