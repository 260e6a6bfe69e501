//! What an image still waits for, and what can be done next. Pure: no work is done here.

use crate::compile::Binary;
use crate::image::{HeldLayer, PlatformImage};
use crate::plan::{GoSettings, ImagePlan, Target};

use super::memory::KeptLayers;

/// Work on one image that can begin, with all that it needs.
#[derive(Debug)]
pub(super) enum Task {
    /// The layer of its files.
    Files,
    /// The layer of a program.
    Program {
        /// Which.
        place: Place,
        /// What it is compiled to.
        binary: Binary,
    },
    /// The image of the platform of this number.
    Platform {
        number: usize,
        files: Option<HeldLayer>,
        programs: Vec<HeldLayer>,
    },
    /// All platforms are there: join and deliver them.
    Deliver(Vec<PlatformImage>),
}

/// A program of an image on a platform, both by their number in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) platform: usize,
    pub(super) program: usize,
}

/// A layer of an image.
#[derive(Debug, Clone)]
enum Slot {
    /// It waits for the compiler.
    Waiting,
    /// It is being made.
    Pending,
    /// It is there; `None` where the image copies no files.
    Made(Option<HeldLayer>),
}

/// The state of one image.
pub(super) struct Assembly<'a> {
    plan: &'a ImagePlan,
    files: Slot,
    programs: Vec<Vec<Slot>>,
    /// Which platforms are being made already.
    begun: Vec<bool>,
    platforms: Vec<Option<PlatformImage>>,
}

impl<'a> Assembly<'a> {
    /// Begins `plan`, of which `kept` need not be made.
    pub(super) fn new(plan: &'a ImagePlan, kept: &KeptLayers) -> (Self, Vec<Task>) {
        let count = plan.platforms.len();
        let slot = |layer: &Option<HeldLayer>| match layer {
            Some(layer) => Slot::Made(Some(layer.clone())),
            None => Slot::Waiting,
        };
        let mut assembly = Self {
            plan,
            files: match &kept.files {
                None if !plan.files.is_empty() => Slot::Pending,
                files => Slot::Made(files.clone()),
            },
            programs: kept
                .programs
                .iter()
                .map(|programs| programs.iter().map(slot).collect())
                .collect(),
            begun: vec![false; count],
            platforms: vec![None; count],
        };
        let tasks = match assembly.files {
            Slot::Made(_) => assembly.ready_platforms(),
            Slot::Waiting | Slot::Pending => vec![Task::Files],
        };
        (assembly, tasks)
    }

    /// Takes the layer of the files.
    pub(super) fn files_done(&mut self, layer: Option<HeldLayer>) -> Vec<Task> {
        self.files = Slot::Made(layer);
        self.ready_platforms()
    }

    /// Takes a binary, if the image needs it.
    pub(super) fn binary_done(&mut self, settings: &GoSettings, binary: &Binary) -> Vec<Task> {
        let places = self.waiting(&binary.target, settings);
        for &place in &places {
            self.programs[place.platform][place.program] = Slot::Pending;
        }
        let task = |place| Task::Program {
            place,
            binary: binary.clone(),
        };
        places.into_iter().map(task).collect()
    }

    /// Takes the layer of a program.
    pub(super) fn program_done(&mut self, place: Place, layer: HeldLayer) -> Vec<Task> {
        self.programs[place.platform][place.program] = Slot::Made(Some(layer));
        self.ready_platforms()
    }

    /// Takes the image of a platform.
    pub(super) fn platform_done(&mut self, number: usize, image: PlatformImage) -> Option<Task> {
        self.platforms[number] = Some(image);
        let all: Option<Vec<PlatformImage>> = self.platforms.iter().cloned().collect();
        all.map(Task::Deliver)
    }

    /// Tells whether the image waits for the program of `target`, compiled with `settings`.
    pub(super) fn needs(&self, target: &Target, settings: &GoSettings) -> bool {
        !self.waiting(target, settings).is_empty()
    }

    /// Tells whether a program is missing.
    pub(super) fn waits_for_binaries(&self) -> bool {
        let mut slots = self.programs.iter().flatten();
        slots.any(|slot| matches!(slot, Slot::Waiting))
    }

    /// Returns what the image still waits to have compiled.
    pub(super) fn missing(&self) -> Vec<(Target, GoSettings)> {
        let slots = self.plan.platforms.iter().zip(&self.programs);
        slots
            .flat_map(|(settings, slots)| self.plan.targets(&settings.platform).zip(slots))
            .filter(|(_, slot)| matches!(slot, Slot::Waiting))
            .map(|(key, _)| key)
            .collect()
    }

    /// Returns the places that wait for the program of `target`, compiled with `settings`.
    fn waiting(&self, target: &Target, settings: &GoSettings) -> Vec<Place> {
        let mut places = Vec::new();
        for (platform, slots) in self.programs.iter().enumerate() {
            if self.plan.platforms[platform].platform != target.platform {
                continue;
            }
            for (program, slot) in slots.iter().enumerate() {
                let plan = &self.plan.programs[program];
                let is_it = plan.main == target.main && plan.settings == *settings;
                if is_it && matches!(slot, Slot::Waiting) {
                    places.push(Place { platform, program });
                }
            }
        }
        places
    }

    fn ready_platforms(&mut self) -> Vec<Task> {
        let Slot::Made(files) = &self.files else {
            return Vec::new();
        };
        let made = |slot: &Slot| match slot {
            Slot::Made(layer) => layer.clone(),
            Slot::Waiting | Slot::Pending => None,
        };
        let mut tasks = Vec::new();
        for (number, slots) in self.programs.iter().enumerate() {
            let programs: Option<Vec<HeldLayer>> = slots.iter().map(made).collect();
            if let Some(programs) = programs.filter(|_| !self.begun[number]) {
                self.begun[number] = true;
                tasks.push(Task::Platform {
                    number,
                    files: files.clone(),
                    programs,
                });
            }
        }
        tasks
    }
}
