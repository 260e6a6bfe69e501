//! Images: compile, package and deliver, each as soon as it can be.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::image::{Base, PlatformImage};
use crate::layers::Layer;
use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::{Batch, GoSettings, ImagePlan, Target};
use crate::report::Image;
use crate::toolchain::Toolchain;

use super::assembly::{Assembly, Task};
use super::compile::compile;
use super::steps;
use super::{Outcome, Ports};

/// What is built, with all that a build needs at hand.
pub(super) struct BuildJob<'a> {
    /// The images.
    pub(super) images: &'a [ImagePlan],
    /// The base of each, in the same order.
    pub(super) bases: &'a [Base],
    /// What has to be compiled for them.
    pub(super) batches: &'a [Batch],
    /// What compiles.
    pub(super) toolchain: &'a Toolchain,
    /// How much is done at once.
    pub(super) jobs: NonZeroUsize,
}

/// Something is done, well or badly.
enum Message {
    Binary {
        settings: GoSettings,
        target: Target,
        result: Box<Result<Binary, BuildError>>,
    },
    Files {
        image: usize,
        result: Result<Option<Layer>, BuildError>,
    },
    Platform {
        image: usize,
        number: usize,
        result: Result<PlatformImage, BuildError>,
    },
    Delivered {
        image: usize,
        result: Result<Image, Vec<BuildError>>,
    },
    CompileEnded,
}

/// Builds all images of `job`; each result leaves on its own as it is ready.
pub(super) fn build(ports: &Ports<'_>, job: &BuildJob<'_>) -> Outcome {
    let (messages, inbox) = mpsc::channel();
    let (tasks, queue) = mpsc::channel();
    let queue = Mutex::new(queue);
    std::thread::scope(|scope| {
        let compiler = messages.clone();
        scope.spawn(move || run_compiler(ports, job, &compiler));
        for _ in 0..job.jobs.get() {
            let messages = messages.clone();
            scope.spawn(|| run_tasks(ports, job, &queue, messages));
        }
        drop(messages);
        Coordinator::new(job, tasks).run(&inbox)
    })
}

fn run_compiler(ports: &Ports<'_>, job: &BuildJob<'_>, messages: &Sender<Message>) {
    let done = |settings: &GoSettings, target: &Target, result| {
        let result = Box::new(result);
        send(
            messages,
            Message::Binary {
                settings: settings.clone(),
                target: target.clone(),
                result,
            },
        );
    };
    compile(ports, job.toolchain, job.batches, job.jobs, &done);
    send(messages, Message::CompileEnded);
}

fn run_tasks(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    queue: &Mutex<Receiver<(usize, Task)>>,
    messages: Sender<Message>,
) {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    while let Ok((image, task)) = next() {
        let plan = &job.images[image];
        let message = match task {
            Task::Files => Message::Files {
                image,
                result: ports.packager.files(plan),
            },
            Task::Platform {
                number,
                files,
                binaries,
            } => {
                let result = steps::platform(
                    ports,
                    plan,
                    number,
                    &job.bases[image],
                    files.as_ref(),
                    &binaries,
                );
                Message::Platform {
                    image,
                    number,
                    result,
                }
            }
            Task::Deliver(platforms) => Message::Delivered {
                image,
                result: steps::deliver(ports, plan, platforms),
            },
        };
        send(&messages, message);
    }
}

/// The coordinator listens until all is done, so that nobody speaks to a closed door.
fn send(messages: &Sender<Message>, message: Message) {
    let _ = messages.send(message);
}

/// Keeps the state of each image, and hands out what can be done next.
struct Coordinator<'a> {
    job: &'a BuildJob<'a>,
    tasks: Sender<(usize, Task)>,
    /// `None` once an image is delivered or has failed.
    assemblies: Vec<Option<Assembly<'a>>>,
    images: Vec<Option<Image>>,
    errors: Vec<BuildError>,
}

impl<'a> Coordinator<'a> {
    fn new(job: &'a BuildJob<'a>, tasks: Sender<(usize, Task)>) -> Self {
        let (assemblies, first): (Vec<_>, VecDeque<_>) =
            job.images.iter().map(Assembly::new).unzip();
        let coordinator = Self {
            job,
            tasks,
            assemblies: assemblies.into_iter().map(Some).collect(),
            images: vec![None; job.images.len()],
            errors: Vec::new(),
        };
        first
            .into_iter()
            .enumerate()
            .for_each(|(image, task)| coordinator.hand_out(image, [task]));
        coordinator
    }

    fn run(mut self, inbox: &Receiver<Message>) -> Outcome {
        while self.assemblies.iter().any(Option::is_some) {
            let Ok(message) = inbox.recv() else { break };
            self.take(message);
        }
        Outcome {
            images: self.images.into_iter().flatten().collect(),
            toolchain: Some(self.job.toolchain.clone()),
            errors: self.errors,
            ..Outcome::default()
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
                self.advance(image, result, |assembly, layer| assembly.files_done(layer));
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
            Message::Delivered { image, result } => {
                self.assemblies[image] = None;
                match result {
                    Ok(done) => self.images[image] = Some(done),
                    Err(errors) => self.errors.extend(errors),
                }
            }
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
                self.errors.push(error);
                self.assemblies[image] = None;
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
        self.errors.push(error);
        for assembly in &mut self.assemblies {
            if assembly
                .as_ref()
                .is_some_and(|assembly| assembly.needs(target, settings))
            {
                *assembly = None;
            }
        }
    }

    /// A target that the builder forgot would keep its image waiting for ever.
    fn compile_ended(&mut self) {
        for (image, slot) in self.assemblies.iter_mut().enumerate() {
            if slot.as_ref().is_some_and(Assembly::waits_for_binaries) {
                *slot = None;
                let name = &self.job.images[image].name;
                self.errors.push(
                    BuildError::new(
                        Phase::Compile,
                        name,
                        "the compiler ended without a word about this image",
                    )
                    .exit(ExitCode::Internal),
                );
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
