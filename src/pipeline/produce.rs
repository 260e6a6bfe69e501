//! From a plan to images where they are to go.

use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Mutex;

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
    let production = Production {
        ports,
        recalled: &recalled,
        go: &go,
        jobs,
        gate: None,
    };
    let Some(order) = gate else {
        return production.run();
    };
    let gate = Gate::new(ports, &recalled, &go, order);
    let held_to_rules = Production {
        gate: Some(&gate),
        ..production
    };
    let ((), produced) = crew::both(|| gate.look(), || held_to_rules.run());
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

/// What all steps from the plan to the images look at.
struct Production<'a> {
    ports: &'a Ports<'a>,
    recalled: &'a Recalled<'a>,
    go: &'a SharedGo<'a>,
    /// How much is done at once.
    jobs: NonZeroUsize,
    gate: Option<&'a Gate<'a>>,
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

impl<'a> Production<'a> {
    fn run(&self) -> Result<Outcome, Vec<BuildError>> {
        let (ports, recalled) = (self.ports, self.recalled);
        let check_signer = || ports.signing.map_or(Ok(()), |it| it.signer.check());
        // Of what is remembered whole, nothing new may have to be said: then nobody is asked whether he can sign
        // before it turns out that he has to.
        let is_new = recalled.images.iter().any(ImageMemory::lacks_a_layer);
        let (checked_early, begun) = if is_new {
            let (checked, begun) = crew::both(check_signer, || self.begin());
            (Some(checked), begun)
        } else {
            (None, self.begin())
        };
        let rebuilt = if is_new {
            explain::rebuilt(ports, recalled)
        } else {
            Vec::new()
        };
        let mut begun = begun?;
        let mut outcome = Outcome {
            rebuilt,
            errors: begun.errors,
            ..Outcome::default()
        };
        outcome.making.layers = Some(layers_run(ports, recalled, begun.job.as_ref()));
        let sizes = ProgramSizes::default();
        if let Some(mut job) = begun.job {
            job.sizes = Some(&sizes);
            let checked = checked_early.unwrap_or_else(check_signer);
            checked.map_err(|error| vec![error])?;
            let built = self.build(&job, &mut outcome);
            for (number, image) in begun.left.into_iter().zip(built) {
                begun.images[number] = image;
            }
            outcome.toolchain = job.toolchain;
        }
        outcome.making.programs = programs_run(recalled, &sizes);
        self.sort(begun.images, &mut outcome);
        Ok(outcome)
    }

    /// Builds what `job` says, and returns its images in its order; what went wrong is in `outcome`.
    fn build(&self, job: &BuildJob<'_>, outcome: &mut Outcome) -> Vec<Option<Image>> {
        let built = build(self.ports, job);
        // What is made of source that is refused is nobody else's to have.
        if self
            .gate
            .is_none_or(|gate| gate.passage(&[]) == Passage::Open)
        {
            self.ports.memos.share();
        }
        let errors = built.errors.into_iter();
        let errors = errors.map(|error| error.in_state(BuildState::ProduceArtifact));
        outcome.errors.extend(errors);
        // What the gate holds back has no error of its own.
        if outcome.errors.is_empty() && built.images.iter().all(Option::is_some) {
            let images = counted(job.images.len() as u64, "image", "images");
            job.course.done(BuildState::ProduceArtifact, images);
        }
        built.images
    }

    /// Sorts the images, which are in the order of the plan, into those that there are and those that failed.
    fn sort(&self, images: Vec<Option<Image>>, outcome: &mut Outcome) {
        let plans = &self.recalled.prepared.plan.images;
        for (plan, image) in plans.iter().zip(images) {
            match image {
                Some(image) => outcome.images.push(image),
                None => outcome.failed_images.push(plan.name.to_string()),
            }
        }
    }

    /// Finds out what there is already, and gets ready for the rest.
    fn begin(&self) -> Result<Begun<'a>, Vec<BuildError>> {
        let Self {
            ports, recalled, ..
        } = *self;
        let prepared = recalled.prepared;
        // Also what is there already is held to the rules.
        let is_taken = |memory: &ImageMemory| self.gate.is_none_or(|gate| gate.takes_all(memory));
        let images =
            unchanged(ports, recalled, self.jobs, is_taken).map_err(|error| vec![error])?;
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
        let job = (!left.is_empty()).then(|| self.job(&left));
        Ok(Begun {
            images,
            left,
            errors,
            job: job.transpose()?,
        })
    }

    /// Gets ready to build the images of the numbers `left`.
    fn job(&self, left: &[usize]) -> Result<BuildJob<'a>, Vec<BuildError>> {
        let ports = self.ports;
        let prepared = self.recalled.prepared;
        let images = self.image_jobs(left);
        tell_of_kept(ports, &images);
        tell_of_unchecked(ports, &images, self.gate);
        let batches = missing(&prepared.plan.batches, &images);
        self.note_making(&images, &batches);
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
            let stamps = &self.recalled.stamps;
            vendored::compare(ports, &prepared.source, stamps).map_err(|error| vec![error])?
        } else {
            None
        };
        let toolchain = if batches.is_empty() {
            None
        } else {
            let obtained = self.go.obtain();
            let toolchain = obtained.map_err(|reason| reason.into_iter().collect::<Vec<_>>())?;
            course.obtained(toolchain);
            Some(toolchain.clone())
        };
        let is_described = ports.signing.is_some() && !prepared.attest.says_nothing();
        let describer =
            is_described.then(|| Describer::new(ports, prepared, &images, toolchain.as_ref()));
        Ok(BuildJob {
            gate: self.gate,
            to_remember: Mutex::default(),
            sizes: None,
            recalled: self.recalled,
            describer,
            course,
            modules,
            module_check: ModuleCheck::new(ports.verifier, &prepared.source.vendoring),
            already: prepared.plan.images.len() - images.len(),
            images,
            batches,
            toolchain,
            vendored,
            jobs: self.jobs,
        })
    }

    /// Brings together what is known of each image of the numbers `left`, and which of its layers need not be made.
    fn image_jobs(&self, left: &[usize]) -> Vec<ImageJob<'a>> {
        let recalled = self.recalled;
        let prepared = recalled.prepared;
        let kept = recall::kept(self.ports, recalled, left, self.gate);
        let images = left.iter().zip(kept);
        images
            .map(|(&number, kept)| ImageJob {
                plan: &prepared.plan.images[number],
                base: &prepared.bases[number],
                provenance: &prepared.provenances[number],
                memory: &recalled.images[number],
                kept,
            })
            .collect()
    }

    /// Tells the gate, where any layer is made.
    fn note_making(&self, images: &[ImageJob<'_>], batches: &[Batch]) {
        let is_made =
            |image: &ImageJob<'_>| image.memory.files.is_some() && image.kept.files.is_none();
        if let Some(gate) = self.gate
            && (!batches.is_empty() || images.iter().any(is_made))
        {
            gate.note_making();
        }
    }
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
    batches
        .iter()
        .filter_map(|batch| {
            batch.of(|target| missing.contains(&(target.clone(), batch.settings.clone())))
        })
        .collect()
}
