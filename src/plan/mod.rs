//! What will be built.
//!
//! In: `Config` and facts. Out: a plan, or every reason why there is none. Pure: the same values
//! give the same plan, and nothing decides after it.

mod base_paths;
mod batch;
mod batches;
mod clashes;
mod contents;
mod description;
mod destination;
mod dist_description;
mod dist_names;
mod dist_plan;
mod go_ports;
mod go_settings;
mod image_plan;
mod output;
mod own_outputs;
mod plan_images;
mod platforms;
mod recipe;
mod recipe_change;
mod select;
mod settings;
mod stamp;
mod tagged_image;

pub use base_paths::{BasePath, BasePaths, PathChange};
pub use batch::{Batch, Target};
pub use description::{PlanDescription, PlannedImage};
pub use destination::{ArchiveFile, Destination};
pub use dist_description::{DistDescription, PlannedProgram};
pub use dist_names::{CHECKSUMS, beside};
pub use dist_plan::{
    DistForm, DistImage, DistInputs, DistPlan, DistProgram, DistRequest, ReleasePlace, plan_dist,
};
use go_settings::go_settings;
pub use go_settings::{GoSettings, Symbols};
pub use image_plan::{Delivery, ImagePlan, Program};
pub use output::{Output, OutputError};
pub use own_outputs::{Written, own_outputs};
pub use plan_images::{ImageInputs, ImageRequest, ImagesPlan, Sink, plan_images};
pub use platforms::{BasePlatforms, image_platforms};
pub use recipe::{CompiledBy, EntryRecipe, Memo, ProgramRecipe, Recipe, RecipeContent};
pub use recipe_change::RecipeChange;
pub use select::{Selected, Selection, Standpoint};
pub use settings::ImageSettings;
pub use tagged_image::TaggedImage;
