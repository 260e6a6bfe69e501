//! What is in our layers of one image: found out once, while they are on their way.

use std::sync::{Mutex, PoisonError};

use crate::compile::Binary;
use crate::image::HeldLayer;
use crate::model::{BuildError, ExitCode, LayerAccount, Phase};

use super::assembly::Place;
use super::memory::{ImageMemory, KeptLayers, LayerMemory};

/// The accounts of the layers of one image, in the places of its memory.
pub(super) struct LayerAccounts {
    files: Option<Slot>,
    programs: Vec<Vec<Slot>>,
}

/// The account of one layer.
#[derive(Default)]
pub(super) struct Slot(Mutex<Known>);

/// What is known of a layer.
#[derive(Default)]
enum Known {
    /// It is not made yet.
    #[default]
    Nothing,
    /// There is something that tells.
    Source(Source),
    /// All that there is to know.
    Account(LayerAccount),
}

/// What tells what is in a layer.
pub(super) enum Source {
    /// The program that it holds.
    Binary(Binary),
    /// Its own bytes.
    Layer(HeldLayer),
}

impl LayerAccounts {
    /// Knows what is remembered, and that `kept` can be looked into.
    pub(super) fn new(memory: &ImageMemory, kept: &KeptLayers) -> Self {
        let programs = memory.programs.iter().zip(&kept.programs);
        Self {
            files: memory
                .files
                .as_ref()
                .map(|memory| Slot::of(memory, kept.files.as_ref())),
            programs: programs
                .map(|(memories, layers)| {
                    let slots = memories.iter().zip(layers);
                    slots
                        .map(|(memory, layer)| Slot::of(memory, layer.as_ref()))
                        .collect()
                })
                .collect(),
        }
    }

    /// Returns the place of the layer of files, where there is one.
    pub(super) fn files(&self) -> Option<&Slot> {
        self.files.as_ref()
    }

    /// Returns the place of a program's layer.
    pub(super) fn program(&self, place: Place) -> &Slot {
        &self.programs[place.platform][place.program]
    }
}

impl Slot {
    fn of(memory: &LayerMemory, kept: Option<&HeldLayer>) -> Self {
        // What is not kept any more is made again, and described again.
        let Some(layer) = kept else {
            return Self::default();
        };
        let account = memory.memo.as_ref().and_then(|memo| memo.account.clone());
        Self(Mutex::new(match account {
            Some(account) => Known::Account(account),
            None => Known::Source(Source::Layer(layer.clone())),
        }))
    }

    /// Takes what tells what is in the layer, which was just made.
    pub(super) fn made(&self, source: Source) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Known::Source(source);
    }

    /// Returns the account; whoever asks first finds it out by `describe`, and all others wait.
    pub(super) fn account(
        &self,
        describe: impl FnOnce(&Source) -> Result<LayerAccount, BuildError>,
    ) -> Result<LayerAccount, BuildError> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let account = match &*known {
            Known::Account(account) => return Ok(account.clone()),
            Known::Source(source) => describe(source)?,
            Known::Nothing => {
                return Err(
                    BuildError::new(Phase::Attest, "", "a layer is not there yet")
                        .exit(ExitCode::Internal),
                );
            }
        };
        *known = Known::Account(account.clone());
        Ok(account)
    }
}
