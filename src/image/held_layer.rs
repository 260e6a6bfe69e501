//! A layer, and who has it.

use crate::layers::Layer;
use crate::model::Repository;

/// A layer that goes into an image.
#[derive(Debug, Clone)]
pub struct HeldLayer {
    /// The layer; its bytes may be fetched only when they are opened.
    pub layer: Layer,
    /// Where a registry has it already, to be mounted from.
    pub repository: Option<Repository>,
}

impl From<Layer> for HeldLayer {
    /// A layer that was made here is in no registry yet, as far as anybody knows.
    fn from(layer: Layer) -> Self {
        Self {
            layer,
            repository: None,
        }
    }
}
