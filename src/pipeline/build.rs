//! Images: compile, package and deliver, each as soon as it can be.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::attest::Provenance;
use crate::compile::Binary;
use crate::image::{Base, HeldLayer, PlatformImage};
use crate::layers::Layer;
use crate::model::{BuildError, BuildState, LayerAccount, crew};
use crate::plan::{Batch, GoSettings, ImagePlan, Target};
use crate::report::{Image, counted};
use crate::toolchain::{PinnedModule, Toolchain};

use super::Ports;
use super::assembly::{Place, Task};
use super::attest::said_blobs;
use super::check::{Compiled, Gate, Passage};
use super::compile::{Compile, compile};
use super::coordinator::{Built, Coordinator};
use super::course::{Course, Went};
use super::describe::Describer;
use super::fresh::{Fresh, FreshProgram, keep, remember_clean};
use super::layer_accounts::Source;
use super::layers_run::{ProgramSizes, beside_sizes};
use super::memory::{ImageMemory, KeptLayers};
use super::module_check::ModuleCheck;
use super::recall::Recalled;
use super::steps;
use super::vendored::Vendored;

/// How many images are packaged or delivered at once, whatever `jobs` says. Layers are made one by
/// one anyhow, and what a thread was given by glibc it never gives back: with 16, eight images of
/// 30 MB took up to 100 MiB, with 8 up to 57.
const MOST_TASKS: usize = 8;
/// Also where there is one processor: most of them wait for a registry.
pub(super) const FEWEST_TASKS: usize = 4;

/// What is built, with all that a build needs at hand.
pub(super) struct BuildJob<'a> {
    /// All that was found out before.
    pub(super) recalled: &'a Recalled<'a>,
    /// The images.
    pub(super) images: Vec<ImageJob<'a>>,
    /// How many images are there already.
    pub(super) already: usize,
    /// What has to be compiled for them.
    pub(super) batches: Vec<Batch>,
    /// What holds them to the rules, where there are any.
    pub(super) gate: Option<&'a Gate<'a>>,
    /// Layers of programs that are remembered once these have passed the gate, with the number of their image.
    pub(super) to_remember: Mutex<Vec<(usize, Fresh)>>,
    /// What notes how large programs are.
    pub(super) sizes: Option<&'a ProgramSizes>,
    /// What describes the images, where anything is said of what they consist of.
    pub(super) describer: Option<Describer<'a>>,
    /// The modules that may be needed for that.
    pub(super) modules: Vec<PinnedModule>,
    /// What compares them.
    pub(super) module_check: ModuleCheck<'a>,
    /// Which states of the build are passed.
    pub(super) course: Course<'a>,
    /// What compiles, where anything has to be compiled.
    pub(super) toolchain: Option<Toolchain>,
    /// What is vendored, where anything was compared with go.sum.
    pub(super) vendored: Option<Vendored>,
    /// How much is done at once.
    pub(super) jobs: NonZeroUsize,
}

/// An image that is built.
pub(super) struct ImageJob<'a> {
    /// What it is.
    pub(super) plan: &'a ImagePlan,
    /// What it stands on.
    pub(super) base: &'a Base,
    /// How it is built, but for what its layers tell.
    pub(super) provenance: &'a Provenance,
    /// What is remembered of its layers.
    pub(super) memory: &'a ImageMemory,
    /// Its layers that need not be made.
    pub(super) kept: KeptLayers,
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
        result: Result<Option<HeldLayer>, BuildError>,
    },
    Program {
        image: usize,
        place: Place,
        result: Result<HeldLayer, BuildError>,
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
pub(super) fn build(ports: &Ports<'_>, job: &BuildJob<'_>) -> Built {
    let (messages, inbox) = mpsc::channel();
    let (tasks, queue) = mpsc::channel();
    let queue = Mutex::new(queue);
    let is_compiling = AtomicBool::new(true);
    let built = std::thread::scope(|scope| {
        let (compiler, is_compiling) = (messages.clone(), &is_compiling);
        scope.spawn(move || {
            run_compiler(ports, job, &compiler);
            is_compiling.store(false, Ordering::Relaxed);
        });
        scope.spawn(|| job.module_check.begin(ports, &job.modules));
        // What has passed before is looked at anew where something is made.
        scope.spawn(|| job.gate.inspect(|gate| gate.look()));
        scope.spawn(move || bring_early(ports, job, is_compiling));
        if let Some(describer) = &job.describer {
            scope.spawn(move || describer.begin(job));
        }
        for _ in 0..job.jobs.get().clamp(FEWEST_TASKS, MOST_TASKS) {
            let (messages, queue) = (messages.clone(), &queue);
            scope.spawn(move || run_tasks(ports, job, queue, &messages));
        }
        drop(messages);
        Coordinator::new(job, ports.events, tasks).run(&inbox)
    });
    remember_clean(ports, job);
    built
}

fn run_compiler(ports: &Ports<'_>, job: &BuildJob<'_>, messages: &Sender<Message>) {
    let went = Went::default();
    let done = |settings: &GoSettings, target: &Target, result: Result<Binary, BuildError>| {
        let result = went.through(result.and_then(|binary| job.verified(ports, binary)));
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
    if let Some(toolchain) = &job.toolchain {
        let downloads = compile(ports, toolchain, &job.work(), &done);
        let programs = job.batches.iter().map(|batch| batch.mains.len() as u64);
        let programs = programs.sum();
        let decided = [
            (BuildState::DownloadDeps, downloads.to_string()),
            (BuildState::VerifyChecksums, job.module_check.to_string()),
            (BuildState::Build, counted(programs, "program", "programs")),
        ];
        went.tell(&job.course, decided);
    }
    send(messages, Message::CompileEnded);
}

fn run_tasks(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    queue: &Mutex<Receiver<(usize, Task)>>,
    messages: &Sender<Message>,
) {
    let next = || locked(queue).recv();
    while let Ok((image, task)) = next() {
        let (message, fresh) = work(ports, job, image, task);
        send(messages, message);
        // Nobody waits for what follows.
        if let Some(fresh) = fresh {
            keep(ports, job, image, fresh);
        }
    }
}

/// How many images are brought at once: to wait for a registry takes no processor.
const MOST_BROUGHT: usize = 16;

/// Brings what does not depend on the compiler to where it is needed while that works, and makes
/// ready for what does.
fn bring_early(ports: &Ports<'_>, job: &BuildJob<'_>, is_compiling: &AtomicBool) {
    if job.batches.is_empty() {
        return;
    }
    crew::all(MOST_BROUGHT, &job.images, |image| {
        let platforms = image.plan.platforms.iter();
        let bases = platforms.filter_map(|settings| image.base.for_platform(&settings.platform));
        let kept = image.kept.programs.iter().flatten().flatten();
        let early = bases
            .flat_map(|base| &base.layers)
            .chain(&image.kept.files)
            .chain(kept);
        for layer in early {
            bring(ports, image.plan, layer);
        }
        // Not before: a layer that is there already leaves what was opened for it to others.
        if is_compiling.load(Ordering::Relaxed) && ports.cancellation.reason().is_none() {
            expect(ports, job, image);
        }
    });
}

/// Makes ready for the programs of an image that are being compiled, and for the configurations that
/// name them.
fn expect(ports: &Ports<'_>, job: &BuildJob<'_>, image: &ImageJob<'_>) {
    let missing =
        |programs: &Vec<Option<HeldLayer>>| programs.iter().filter(|it| it.is_none()).count();
    let platforms = image.kept.programs.iter().map(missing);
    let blobs: usize = platforms
        .filter(|&programs| programs > 0)
        .map(|programs| programs + 1)
        .sum();
    if blobs == 0 {
        return;
    }
    let said = ports.signing.map_or(0, |signing| {
        said_blobs(&signing, &job.recalled.prepared.attest, image.plan)
    });
    for delivery in &image.plan.deliveries {
        ports.publisher.expect(blobs + said, &delivery.destination);
    }
}

pub(super) fn bring(ports: &Ports<'_>, plan: &ImagePlan, layer: &HeldLayer) {
    if ports.cancellation.reason().is_none() {
        for delivery in &plan.deliveries {
            ports.publisher.bring(layer, &delivery.destination);
        }
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ImageJob<'_> {
    /// Names a program that was compiled for it.
    fn compiled(&self, place: Place, binary: &Binary) -> Compiled {
        let settings = &self.plan.programs[place.program].settings;
        (binary.target.clone(), settings.clone())
    }

    /// Names all of its programs.
    fn programs(&self) -> Vec<Compiled> {
        let platforms = self.plan.platforms.iter();
        platforms
            .flat_map(|settings| self.plan.targets(&settings.platform))
            .collect()
    }
}

impl BuildJob<'_> {
    fn work(&self) -> Compile<'_> {
        Compile {
            batches: &self.batches,
            modules: &self.modules,
            jobs: self.jobs,
        }
    }

    /// Hands on a program that was compiled from what go.sum says.
    fn verified(&self, ports: &Ports<'_>, binary: Binary) -> Result<Binary, BuildError> {
        let binary = self.module_check.verified(binary)?;
        match &self.vendored {
            Some(vendored) => vendored.watch.unchanged(ports.source, binary),
            None => Ok(binary),
        }
    }

    /// Tells whether the image of this number may go where it is to go.
    fn passage(&self, image: usize) -> Passage {
        let programs = self.images[image].programs();
        self.gate
            .map_or(Passage::Open, |gate| gate.passage(&programs))
    }

    /// Takes what tells what is in a layer that was just made.
    fn note_files(&self, image: usize, layer: &Layer) {
        let slot = self.describer.as_ref().and_then(|it| it.files(image));
        if let Some(slot) = slot {
            slot.made(Source::Layer(layer.clone().into()));
        }
    }

    fn note_program(&self, image: usize, place: Place, binary: &Binary) {
        if let Some(describer) = &self.describer {
            let slot = describer.program(image, place);
            slot.made(Source::Binary(binary.clone()));
        }
    }

    /// What goes wrong here is told where the account is needed.
    pub(super) fn files_account(&self, image: usize) -> Option<LayerAccount> {
        let describer = self.describer.as_ref()?;
        let ImageJob { plan, memory, .. } = &self.images[image];
        let slot = describer.files(image)?;
        describer.account(slot, memory.files.as_ref()?, plan).ok()
    }

    /// Does `work`, and finds out beside it what is in a program, where anybody wants to know.
    fn beside_account<T>(&self, image: usize, place: Place, work: impl FnOnce() -> T) -> T {
        if self.describer.is_none() {
            return work();
        }
        let account = || self.program_account(image, place);
        let (_, done) = crew::both(account, work);
        done
    }

    /// Does `work`, and lets the gate look at a program beside it, where there is one.
    fn beside_look<T>(&self, compiled: &Compiled, binary: &Binary, work: impl FnOnce() -> T) -> T {
        let (target, settings) = compiled;
        let is_of =
            |batch: &&Batch| batch.settings == *settings && batch.platform == target.platform;
        let Some((gate, batch)) = self.gate.zip(self.batches.iter().find(is_of)) else {
            return work();
        };
        crew::both(|| gate.look_at(batch, binary), work).1
    }

    pub(super) fn program_account(&self, image: usize, place: Place) -> Option<LayerAccount> {
        let describer = self.describer.as_ref()?;
        let ImageJob { plan, memory, .. } = &self.images[image];
        let memory = &memory.programs[place.platform][place.program];
        let slot = describer.program(image, place);
        describer.account(slot, memory, plan).ok()
    }
}

/// Does one task of the image of this number, and returns the layer that it made, where it made one.
fn work(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    image: usize,
    task: Task,
) -> (Message, Option<Fresh>) {
    match task {
        Task::Files => pack_files(ports, job, image),
        Task::Program { place, binary } => pack_program(ports, job, image, place, binary),
        Task::Platform {
            number,
            files,
            programs,
        } => {
            let ImageJob { plan, base, .. } = &job.images[image];
            let result = steps::platform(ports, plan, number, base, files.as_ref(), &programs);
            let message = Message::Platform {
                image,
                number,
                result,
            };
            (message, None)
        }
        Task::Deliver(platforms) => {
            let result = match job.passage(image) {
                Passage::Open => steps::deliver(ports, job, image, platforms),
                // Why is told once for all images.
                Passage::Closed => Err(Vec::new()),
            };
            (Message::Delivered { image, result }, None)
        }
    }
}

fn pack_files(ports: &Ports<'_>, job: &BuildJob<'_>, image: usize) -> (Message, Option<Fresh>) {
    let result = ports.packager.files(job.images[image].plan);
    let layer = result.as_ref().ok().cloned().flatten();
    if let Some(layer) = &layer {
        job.note_files(image, layer);
    }
    let message = Message::Files {
        image,
        result: result.map(|layer| layer.map(HeldLayer::from)),
    };
    let program = None;
    (message, layer.map(|layer| Fresh { layer, program }))
}

fn pack_program(
    ports: &Ports<'_>,
    job: &BuildJob<'_>,
    image: usize,
    place: Place,
    binary: Binary,
) -> (Message, Option<Fresh>) {
    let ImageJob { plan, .. } = &job.images[image];
    job.note_program(image, place, &binary);
    // What is in it is known by the time it is compressed.
    let package = || {
        let program = &plan.programs[place.program];
        ports.packager.program(plan, program, &binary)
    };
    let described = || job.beside_account(image, place, package);
    let compiled = job.images[image].compiled(place, &binary);
    let looked_at = || job.beside_look(&compiled, &binary, described);
    let result = beside_sizes(job.sizes, &compiled, &binary, looked_at);
    let fresh = result.as_ref().ok().map(|layer| Fresh {
        layer: layer.clone(),
        program: Some(FreshProgram {
            place,
            compiled,
            sources: binary.sources,
        }),
    });
    let message = Message::Program {
        image,
        place,
        result: result.map(HeldLayer::from),
    };
    (message, fresh)
}

/// The coordinator listens until all is done, so that nobody speaks to a closed door.
fn send(messages: &Sender<Message>, message: Message) {
    let _ = messages.send(message);
}
