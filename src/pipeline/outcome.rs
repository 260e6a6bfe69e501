//! What a run came to.

use crate::history::{LayersRun, ProgramRun};
use crate::model::BuildError;
use crate::report::{Binary, Explanation, Image, Release};
use crate::toolchain::Toolchain;

/// All that was made, and all that failed.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The images that are where they were to go.
    pub images: Vec<Image>,
    /// The names of the images that are not.
    pub failed_images: Vec<String>,
    /// The programs that `dist` made or failed to make.
    pub binaries: Vec<Binary>,
    /// What the history keeps of how they were made.
    pub making: Box<Making>,
    /// What `dist` made for all of them together.
    pub release: Option<Box<Release>>,
    /// Which layers of images had to be made, and why.
    pub rebuilt: Vec<Explanation>,
    /// The Go that compiled.
    pub toolchain: Option<Toolchain>,
    /// What failed, one each.
    pub errors: Vec<BuildError>,
}

/// How images and programs were made, for the history.
#[derive(Debug, Default)]
pub struct Making {
    /// What became of the layers of images, where the run came so far.
    pub layers: Option<LayersRun>,
    /// The programs, as far as it is known how large they are.
    pub programs: Vec<ProgramRun>,
}

impl Outcome {
    /// Says that nothing was made, because of `errors`.
    pub fn failed(errors: Vec<BuildError>) -> Self {
        Self {
            errors,
            ..Self::default()
        }
    }
}
