//! From a plan to images where they are to go.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use crate::facts::MainPackage;
use crate::model::{BuildError, BuildState, Event, Phase, Route, crew};
use crate::plan::{Batch, GoSettings, Target};
use crate::report::{Image, counted};

use super::assembly::Assembly;
use super::build::{ImageJob, build};
use super::check::{Gate, GateOrder, Passage};
use super::course::{Course, compiling};
use super::describe::Describer;
use super::layers_run::{ProgramSizes, is_unchecked, layers_run, programs_run};
use super::memory::ImageMemory;
use super::module_check::ModuleCheck;
use super::pinned_modules::pinned_modules;
use super::prepare::preflight;
use super::recall::{self, Recalled};
use super::toolchain::SharedGo;
use super::unchanged::unchanged;
use super::{BuildJob, Outcome, Ports, Prepared, explain, vendored};

/// Leaves alone what is there already, checks the places that the other images go to, gets the Go
/// that was decided on where something has to be compiled, and builds, at most `jobs` things at
/// once. Where `gate` is there, nothing is published that breaks a rule.
///
/// # Errors
/// Whatever stands in the way before a compiler starts; what fails later is in the outcome, beside
/// what was made.
pub fn produce(
    ports: &Ports<'_>,
    prepared: &Prepared,
    jobs: NonZeroUsize,
    gate: Option<GateOrder<'_>>,
) -> Result<Outcome, Vec<BuildError>> {
    let recalled = recall::recall(ports, prepared);
    let go = SharedGo::new(ports.toolchains, ports.events, &prepared.go);
    let Some(order) = gate else {
        return produce_through(ports, &recalled, &go, jobs, None);
    };
    let gate = Gate::new(ports, &recalled, &go, order);
    let look = || gate.look();
    let ((), produced) = crew::both(look, || {
        produce_through(ports, &recalled, &go, jobs, Some(&gate))
    });
    let errors = gate.take_errors();
    match produced {
        Ok(mut outcome) => {
            outcome.errors.extend(errors);
            // All that was compiled was looked at then.
            if outcome.errors.is_empty() && outcome.failed_images.is_empty() {
                gate.remember();
            }
            Ok(outcome)
        }
        Err(others) => Err(others.into_iter().chain(errors).collect()),
    }
}

fn produce_through<'a>(
    ports: &'a Ports<'_>,
    recalled: &'a Recalled<'a>,
    go: &SharedGo<'_>,
    jobs: NonZeroUsize,
    gate: Option<&'a Gate<'a>>,
) -> Result<Outcome, Vec<BuildError>> {
    let one = |error| vec![error];
    let prepared = recalled.prepared;
    let check = || ports.signing.map_or(Ok(()), |it| it.signer.check());
    // Of what is remembered whole, nothing new may have to be said.
    let is_new = recalled.images.iter().any(ImageMemory::lacks_a_layer);
    let (checked, begun) = if is_new {
        let (checked, begun) = crew::both(check, || begin(ports, recalled, go, jobs, gate));
        (Some(checked), begun)
    } else {
        (None, begin(ports, recalled, go, jobs, gate))
    };
    let rebuilt = if is_new {
        explain::rebuilt(ports, recalled)
    } else {
        Vec::new()
    };
    let Begun {
        mut images,
        left,
        errors,
        job,
    } = begun?;
    let mut outcome = Outcome {
        rebuilt,
        errors,
        ..Outcome::default()
    };
    outcome.making.layers = Some(layers_run(ports, recalled, job.as_ref()));
    let sizes = ProgramSizes::default();
    if let Some(mut job) = job {
        job.sizes = Some(&sizes);
        checked.unwrap_or_else(check).map_err(one)?;
        let built = build(ports, &job);
        // What is made of source that is refused is nobody else's to have.
        if gate.is_none_or(|gate| gate.passage(&[]) == Passage::Open) {
            ports.memos.share();
        }
        let is_whole = built.images.iter().all(Option::is_some);
        for (number, image) in left.into_iter().zip(built.images) {
            images[number] = image;
        }
        let errors = built.errors.into_iter();
        let errors = errors.map(|error| error.in_state(BuildState::ProduceArtifact));
        outcome.errors.extend(errors);
        // What the gate holds back has no error of its own.
        if outcome.errors.is_empty() && is_whole {
            let images = counted(job.images.len() as u64, "image", "images");
            job.course.done(BuildState::ProduceArtifact, images);
        }
        outcome.toolchain = job.toolchain;
    }
    outcome.making.programs = programs_run(recalled, &sizes);
    let failed = prepared.plan.images.iter().zip(&images);
    outcome.failed_images = failed
        .filter(|(_, image)| image.is_none())
        .map(|(plan, _)| plan.name.to_string())
        .collect();
    outcome.images = images.into_iter().flatten().collect();
    Ok(outcome)
}

/// What is known before anything is built.
struct Begun<'a> {
    /// Those images that are there already, each in its place.
    images: Vec<Option<Image>>,
    /// The numbers of those that are to be built.
    left: Vec<usize>,
    /// Why others cannot be.
    errors: Vec<BuildError>,
    /// How they are built, where any are.
    job: Option<BuildJob<'a>>,
}

fn begin<'a>(
    ports: &'a Ports<'_>,
    recalled: &'a Recalled<'a>,
    go: &SharedGo<'_>,
    jobs: NonZeroUsize,
    gate: Option<&'a Gate<'a>>,
) -> Result<Begun<'a>, Vec<BuildError>> {
    let prepared = recalled.prepared;
    // Also what is there already is held to the rules.
    let is_taken = |memory: &ImageMemory| gate.is_none_or(|gate| gate.takes_all(memory));
    let images = unchanged(ports, recalled, jobs, is_taken).map_err(|error| vec![error])?;
    for memory in &recalled.images {
        memory.note_use(ports);
    }
    let mut left: Vec<usize> = (0..images.len())
        .filter(|&number| images[number].is_none())
        .collect();
    let errors = refused(ports, prepared, &mut left);
    if left.is_empty() && images.iter().all(Option::is_none) {
        return Err(errors);
    }
    if left.is_empty() && errors.is_empty() {
        Course::begin(ports.events, Route::Unchanged, &prepared.go);
    }
    let job = (!left.is_empty()).then(|| job(ports, recalled, go, &left, jobs, gate));
    Ok(Begun {
        images,
        left,
        errors,
        job: job.transpose()?,
    })
}

/// Takes those images out of `left` that a place would not take, and returns why.
fn refused(ports: &Ports<'_>, prepared: &Prepared, left: &mut Vec<usize>) -> Vec<BuildError> {
    if left.is_empty() {
        return Vec::new();
    }
    let plan = |number: usize| &prepared.plan.images[number];
    let refusing = preflight(ports, left.iter().map(|&number| plan(number)));
    left.retain(|&number| {
        let mut places = plan(number).deliveries.iter();
        let is_taken = places.all(|delivery| !refusing.contains_key(&delivery.destination));
        if !is_taken {
            let image = plan(number).name.clone();
            ports.events.emit(Event::Undelivered { image });
        }
        is_taken
    });
    refusing.into_values().collect()
}

/// Gets ready to build the images of the numbers `left`.
fn job<'a>(
    ports: &'a Ports<'_>,
    recalled: &'a Recalled<'a>,
    go: &SharedGo<'_>,
    left: &[usize],
    jobs: NonZeroUsize,
    gate: Option<&'a Gate<'a>>,
) -> Result<BuildJob<'a>, Vec<BuildError>> {
    let prepared = recalled.prepared;
    let kept = recall::kept(ports, recalled, left, gate);
    let images: Vec<ImageJob<'a>> = left
        .iter()
        .zip(kept)
        .map(|(&number, kept)| ImageJob {
            plan: &prepared.plan.images[number],
            base: &prepared.bases[number],
            provenance: &prepared.provenances[number],
            memory: &recalled.images[number],
            kept,
        })
        .collect();
    tell_of_kept(ports, &images);
    tell_of_unchecked(ports, &images, gate);
    let batches = missing(&prepared.plan.batches, &images);
    let is_made = |image: &ImageJob<'_>| image.memory.files.is_some() && image.kept.files.is_none();
    if let Some(gate) = gate.filter(|_| !batches.is_empty() || images.iter().any(is_made)) {
        gate.note_making();
    }
    let (route, modules) = if batches.is_empty() {
        (Route::Kept, Vec::new())
    } else {
        let modules = pinned_modules(ports.source, &prepared.source);
        let modules = modules.map_err(|error| vec![error])?;
        (compiling(&prepared.go), modules)
    };
    let course = Course::begin(ports.events, route, &prepared.go);
    // Also where a layer was made before: a build that goes to nobody else compares nothing.
    let vendored = if images.iter().any(|image| image.plan.is_pushed()) {
        vendored::compare(ports, &prepared.source).map_err(|error| vec![error])?
    } else {
        None
    };
    let toolchain = if batches.is_empty() {
        None
    } else {
        let obtained = go.obtain();
        let toolchain = obtained.map_err(|reason| reason.into_iter().collect::<Vec<_>>())?;
        course.obtained(toolchain);
        Some(toolchain.clone())
    };
    let is_described = ports.signing.is_some() && !prepared.attest.says_nothing();
    let describer =
        is_described.then(|| Describer::new(ports, prepared, &images, toolchain.as_ref()));
    Ok(BuildJob {
        gate,
        to_remember: Mutex::default(),
        sizes: None,
        recalled,
        describer,
        course,
        modules,
        module_check: ModuleCheck::new(ports.verifier, &prepared.source.vendoring),
        already: prepared.plan.images.len() - images.len(),
        images,
        batches,
        toolchain,
        vendored,
        jobs,
    })
}

/// Says of which images no program has to be compiled.
fn tell_of_kept(ports: &Ports<'_>, images: &[ImageJob<'_>]) {
    let is_kept = |image: &&ImageJob<'_>| image.kept.programs.iter().flatten().all(Option::is_some);
    let names: Vec<String> = images
        .iter()
        .filter(is_kept)
        .map(|image| image.plan.name.to_string())
        .collect();
    let message = match names.len() {
        0 => return,
        1..=3 => format!("{}: no source changed", names.join(", ")),
        many => format!("{many} images: no source changed"),
    };
    ports.events.emit(Event::Noted {
        phase: Phase::Compile,
        message,
    });
}

/// Says of which images programs are compiled again though nothing of them changed.
fn tell_of_unchecked(ports: &Ports<'_>, images: &[ImageJob<'_>], gate: Option<&Gate<'_>>) {
    let is_meant = |image: &&ImageJob<'_>| {
        let mut programs = image.memory.programs.iter().flatten();
        programs.any(|program| is_unchecked(program, gate))
    };
    for image in images.iter().filter(is_meant) {
        let name = &image.plan.name;
        ports.events.emit(Event::Noted {
            phase: Phase::Check,
            message: format!(
                "{name}: compiled again, as nobody has looked at its programs by these rules and with this database"
            ),
        });
    }
}

/// Returns what of `batches` has to be compiled.
fn missing(batches: &[Batch], images: &[ImageJob<'_>]) -> Vec<Batch> {
    let missing: BTreeSet<(Target, GoSettings)> = images
        .iter()
        .flat_map(|image| Assembly::new(image.plan, &image.kept).0.missing())
        .collect();
    let is_missing = |batch: &Batch, main: &_| {
        let target = Target {
            main: MainPackage::clone(main),
            platform: batch.platform.clone(),
        };
        missing.contains(&(target, batch.settings.clone()))
    };
    batches
        .iter()
        .filter_map(|batch| {
            let mains: Vec<_> = batch
                .mains
                .iter()
                .filter(|main| is_missing(batch, main))
                .cloned()
                .collect();
            (!mains.is_empty()).then(|| Batch {
                mains,
                ..batch.clone()
            })
        })
        .collect()
}
