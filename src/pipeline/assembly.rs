//! What an image still waits for, and what can be done next. Pure: no work is done here.

use std::collections::BTreeMap;

use crate::compile::Binary;
use crate::image::PlatformImage;
use crate::layers::Layer;
use crate::plan::{GoSettings, ImagePlan, Target};

/// Work on one image that can begin, with all that it needs.
#[derive(Debug)]
pub(super) enum Task {
    /// The layer of its files.
    Files,
    /// The image of the platform of this number.
    Platform {
        number: usize,
        files: Option<Layer>,
        binaries: Vec<Binary>,
    },
    /// All platforms are there: join and deliver them.
    Deliver(Vec<PlatformImage>),
}

/// The layer of an image's files.
enum Files {
    /// It is being made.
    Pending,
    /// It is there; `None` where the image copies no files.
    Made(Option<Layer>),
}

/// The state of one image.
pub(super) struct Assembly<'a> {
    plan: &'a ImagePlan,
    files: Files,
    binaries: BTreeMap<(Target, GoSettings), Binary>,
    /// Which platforms are being made already.
    begun: Vec<bool>,
    platforms: Vec<Option<PlatformImage>>,
}

impl<'a> Assembly<'a> {
    /// Begins `plan`; its first task is the layer of its files.
    pub(super) fn new(plan: &'a ImagePlan) -> (Self, Task) {
        let count = plan.platforms.len();
        let assembly = Self {
            plan,
            files: Files::Pending,
            binaries: BTreeMap::new(),
            begun: vec![false; count],
            platforms: vec![None; count],
        };
        (assembly, Task::Files)
    }

    /// Takes the layer of the files.
    pub(super) fn files_done(&mut self, layer: Option<Layer>) -> Vec<Task> {
        self.files = Files::Made(layer);
        self.ready_platforms()
    }

    /// Takes a binary, if the image needs it.
    pub(super) fn binary_done(&mut self, settings: &GoSettings, binary: &Binary) -> Vec<Task> {
        if !self.needs(&binary.target, settings) {
            return Vec::new();
        }
        self.binaries
            .insert((binary.target.clone(), settings.clone()), binary.clone());
        self.ready_platforms()
    }

    /// Takes the image of a platform.
    pub(super) fn platform_done(&mut self, number: usize, image: PlatformImage) -> Option<Task> {
        self.platforms[number] = Some(image);
        let all: Option<Vec<PlatformImage>> = self.platforms.iter().cloned().collect();
        all.map(Task::Deliver)
    }

    /// Tells whether the image holds the program of `target`, compiled with `settings`.
    pub(super) fn needs(&self, target: &Target, settings: &GoSettings) -> bool {
        let program = self
            .plan
            .programs
            .iter()
            .any(|program| program.main == target.main && program.settings == *settings);
        program
            && self
                .plan
                .platforms
                .iter()
                .any(|settings| settings.platform == target.platform)
    }

    /// Tells whether a program is missing.
    pub(super) fn waits_for_binaries(&self) -> bool {
        let mut keys = self
            .plan
            .platforms
            .iter()
            .flat_map(|settings| self.plan.targets(&settings.platform));
        keys.any(|key| !self.binaries.contains_key(&key))
    }

    fn ready_platforms(&mut self) -> Vec<Task> {
        let Files::Made(files) = &self.files else {
            return Vec::new();
        };
        let mut tasks = Vec::new();
        for (number, settings) in self.plan.platforms.iter().enumerate() {
            let targets = self.plan.targets(&settings.platform);
            let binaries: Option<Vec<Binary>> = targets
                .map(|key| self.binaries.get(&key).cloned())
                .collect();
            if let Some(binaries) = binaries.filter(|_| !self.begun[number]) {
                self.begun[number] = true;
                tasks.push(Task::Platform {
                    number,
                    files: files.clone(),
                    binaries,
                });
            }
        }
        tasks
    }
}
