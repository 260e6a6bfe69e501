//! Binaries and files to images.

use crate::compile::Binary;
use crate::image::{HeldLayer, Image, PlatformBase, PlatformImage};
use crate::layers::Layer;
use crate::model::BuildError;
use crate::plan::{ImagePlan, ImageSettings, Program};

/// Makes the bytes of images. Values in, bytes out: the same values give the same bytes.
pub trait Packager: Sync {
    /// Makes the layer of the files that `plan` copies; `None` where it copies none.
    ///
    /// # Errors
    /// When a file cannot be read, changed while it was read, or the layer cannot be kept.
    fn files(&self, plan: &ImagePlan) -> Result<Option<Layer>, BuildError>;

    /// Makes the layer that holds `program`, compiled to `binary`.
    ///
    /// # Errors
    /// When the layer cannot be made or kept.
    fn program(
        &self,
        plan: &ImagePlan,
        program: &Program,
        binary: &Binary,
    ) -> Result<Layer, BuildError>;

    /// Makes the image of one platform: base, then files, then the layers of `programs`, which are
    /// in the order of the plan's.
    fn platform(
        &self,
        plan: &ImagePlan,
        settings: &ImageSettings,
        base: &PlatformBase,
        files: Option<&HeldLayer>,
        programs: &[HeldLayer],
    ) -> PlatformImage;

    /// Joins the images of all platforms of `plan`, under an index where there are several.
    fn join(&self, plan: &ImagePlan, platforms: Vec<PlatformImage>) -> Image;
}
