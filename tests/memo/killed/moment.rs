//! When a run is killed: a number of requests, programs or files.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::scene::{Scene, TAGS, Verb, entries_below};
use crate::support::base_image::BaseImage;
use crate::support::http::{Act, Fault, Method};
use crate::support::running::Running;

/// Between which phases of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    BeforeCompile,
    Compile,
    Layers,
    Publish,
    Tag,
}

pub(super) const PHASES: [Phase; 5] = [
    Phase::BeforeCompile,
    Phase::Compile,
    Phase::Layers,
    Phase::Publish,
    Phase::Tag,
];

/// Whether a request has done its work before the run is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    Undone,
    Done,
}

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    /// The request of this number, from one on; the second is the repository of the base, where it is pulled.
    Request(usize, Work, bool),
    /// The tag of this number is set.
    Tag(usize, Work),
    /// The start of the program of this number.
    Program(usize),
    /// So many entries in a folder of the environment.
    Entries(&'static str, usize),
}

/// How much of each there is in a run that nobody kills.
#[derive(Debug)]
pub(super) struct Extent {
    /// Programs, and which of them compiles.
    programs: usize,
    compiler: usize,
    /// Entries of the cache before the compiler, and in the end.
    entries_before: usize,
    entries: usize,
    /// Entries of the compiler's own folder, at most.
    scratch: usize,
    /// Requests before the compiler, without and with a base from the registry, and those before the first tag.
    requests_before: usize,
    requests_of_base: usize,
    requests: usize,
}

impl Extent {
    /// Counts in runs that nobody kills.
    pub(super) fn measure() -> Self {
        let scene = Scene::new(Verb::Push);
        let mut scratch = 0;
        let running = start(&scene);
        let end = watch(running, || {
            scratch = scratch.max(entries_below(
                &scene.environment.root().join("cache/builds"),
            ));
            false
        });
        assert!(end.is_none(), "a run that is not killed");
        let programs = scene.programs();
        // Packages are listed while the compiler works: whichever starts first.
        let compiles =
            |program: &String| program.starts_with("go build") || program.starts_with("go list");
        let compiler = programs.iter().position(compiles).expect("a compiler") + 1;
        let entries = entries_below(&scene.cache());
        let requests = scene.registry.journal().len() - TAGS;
        let (requests_before, entries_before) = Self::before(&Scene::new(Verb::Push), compiler);
        let on_base = Scene::new(Verb::Push);
        with_base(&on_base);
        let (requests_of_base, _) = Self::before(&on_base, compiler);
        Self {
            programs: programs.len(),
            compiler,
            entries_before,
            entries,
            scratch,
            requests_before,
            requests_of_base,
            requests,
        }
    }

    /// Counts what happens before the compiler.
    fn before(scene: &Scene, compiler: usize) -> (usize, usize) {
        scene.watch(Some(compiler));
        let hanging = scene.environment.hanging();
        let end = watch(start(scene), || hanging.exists());
        drop(end.expect("a compiler that hangs"));
        scene.environment.kill_processes();
        (
            scene.registry.journal().len(),
            entries_below(&scene.cache()),
        )
    }

    /// Returns all moments of a phase, each with the verb that it comes about in.
    pub(super) fn moments(&self, phase: Phase) -> Vec<(Verb, Moment)> {
        let works = [Work::Undone, Work::Done];
        let both = |moment: &Moment| [Verb::Build, Verb::Push].map(|verb| (verb, moment.clone()));
        let requests = |numbers: std::ops::RangeInclusive<usize>, on_base| {
            let numbers: Vec<usize> = numbers.collect();
            let moments = numbers.into_iter().flat_map(move |number| {
                works.map(|work| (Verb::Push, Moment::Request(number, work, on_base)))
            });
            moments.collect::<Vec<_>>()
        };
        let entries = |folder, numbers: std::ops::RangeInclusive<usize>| {
            let moments = numbers.flat_map(|number| both(&Moment::Entries(folder, number)));
            moments.collect::<Vec<_>>()
        };
        match phase {
            Phase::BeforeCompile => {
                let programs = (1..self.compiler).flat_map(|number| both(&Moment::Program(number)));
                let requests = requests(1..=self.requests_of_base, true);
                let entries = entries("cache", 1..=self.entries_before);
                programs.chain(requests).chain(entries).collect()
            }
            Phase::Compile => {
                let programs = self.compiler..=self.programs;
                let programs = programs.flat_map(|number| both(&Moment::Program(number)));
                programs
                    .chain(entries("cache/builds", 5..=self.scratch))
                    .collect()
            }
            Phase::Layers => {
                let made = entries("cache/blobs", 2..=6).into_iter();
                let remembered = entries("cache/memos", 1..=4).into_iter();
                let latest = entries("cache/latest", 1..=4).into_iter();
                let all = entries("cache", self.entries.saturating_sub(8)..=self.entries);
                made.chain(remembered).chain(latest).chain(all).collect()
            }
            Phase::Publish => {
                let requests = requests(self.requests_before + 1..=self.requests, false);
                let written =
                    (1..=2).map(|number| (Verb::Build, Moment::Entries("work/dist", number)));
                requests.into_iter().chain(written).collect()
            }
            Phase::Tag => (0..TAGS)
                .flat_map(|tag| works.map(|work| (Verb::Push, Moment::Tag(tag, work))))
                .collect(),
        }
    }
}

impl Moment {
    /// Starts a run and kills it when the moment has come; tells whether it came.
    pub(super) fn kill(&self, scene: &Scene) -> bool {
        let done = Arc::new(AtomicBool::new(false));
        let act = |work: Work| match work {
            Work::Undone => Act::Stall,
            Work::Done => Act::Swallow(Arc::clone(&done)),
        };
        let has_come: Box<dyn FnMut() -> bool> = match self {
            Self::Request(number, work, on_base) => {
                if *on_base {
                    with_base(scene);
                }
                let fault = Fault::at("/v2/*", act(*work)).after(number - 1).times(1);
                scene.registry.misbehave(fault);
                let journal = scene.registry.journal().clone();
                let (number, work) = (*number, *work);
                Box::new(move || match work {
                    Work::Undone => journal.len() >= number,
                    Work::Done => done.load(Ordering::Acquire),
                })
            }
            Self::Tag(tag, work) => {
                let path = format!("/v2/*/manifests/t{tag}");
                let fault = Fault::on(Method::PUT, &path, act(*work)).times(1);
                scene.registry.misbehave(fault);
                let (journal, work) = (scene.registry.journal().clone(), *work);
                let end = format!("/manifests/t{tag}");
                Box::new(move || match work {
                    Work::Undone => {
                        let requests = journal.requests();
                        let mut puts = requests.iter().filter(|asked| asked.method == Method::PUT);
                        puts.any(|asked| asked.path().ends_with(&end))
                    }
                    Work::Done => done.load(Ordering::Acquire),
                })
            }
            Self::Program(number) => {
                scene.watch(Some(*number));
                let hanging = scene.environment.hanging();
                Box::new(move || hanging.exists())
            }
            Self::Entries(folder, number) => {
                let (folder, number) = (scene.environment.root().join(folder), *number);
                Box::new(move || entries_below(&folder) >= number)
            }
        };
        watch(start(scene), has_come).is_some_and(|running| {
            running.signal(crate::support::running::Signal::KILL);
            running.end().code.is_none()
        })
    }
}

/// Puts an image into the registry, and lets the project stand on it.
fn with_base(scene: &Scene) {
    BaseImage::new("linux/amd64", &[("a", "b")]).put(&scene.registry, "team/base", "v1");
    scene.on_base("team/base:v1");
}

fn start(scene: &Scene) -> Running<'_> {
    let args = scene.args();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    scene.environment.start(&args)
}

/// Looks again and again whether the moment has come; returns the run then, and nothing where it ended before.
fn watch(mut running: Running<'_>, mut has_come: impl FnMut() -> bool) -> Option<Running<'_>> {
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if has_come() {
            return Some(running);
        }
        if running.is_over() {
            return None;
        }
        assert!(Instant::now() < deadline, "neither a moment nor an end");
        std::thread::yield_now();
    }
}
