//! Images: compile, package and deliver, each as soon as it can be.

use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::image::{Base, PlatformImage};
use crate::layers::Layer;
use crate::model::BuildError;
use crate::plan::{Batch, GoSettings, ImagePlan, Target};
use crate::report::Image;
use crate::toolchain::Toolchain;

use super::assembly::Task;
use super::compile::compile;
use super::coordinator::Coordinator;
use super::steps;
use super::{Outcome, Ports};

/// How many images are packaged or delivered at once, whatever `jobs` says. Layers are made one by
/// one anyhow, and what a thread was given by glibc it never gives back: with 16, eight images of
/// 30 MB took up to 100 MiB, with 8 up to 57.
const MOST_TASKS: usize = 8;

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
pub(super) enum Message {
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
        for _ in 0..job.jobs.get().min(MOST_TASKS) {
            let (messages, queue) = (messages.clone(), &queue);
            scope.spawn(move || run_tasks(ports, job, queue, &messages));
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
    messages: &Sender<Message>,
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
        send(messages, message);
    }
}

/// The coordinator listens until all is done, so that nobody speaks to a closed door.
fn send(messages: &Sender<Message>, message: Message) {
    let _ = messages.send(message);
}
