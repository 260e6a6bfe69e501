//! What a run came to.

use crate::model::BuildError;
use crate::report::{Binary, Explanation, Image};
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
    /// Which layers of images had to be made, and why.
    pub rebuilt: Vec<Explanation>,
    /// The Go that compiled.
    pub toolchain: Option<Toolchain>,
    /// What failed, one each.
    pub errors: Vec<BuildError>,
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
