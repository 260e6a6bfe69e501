//! What bases consist of.

use crate::attest::sbom::BaseInventory;
use crate::model::Digest;

/// Remembers from run to run what bases consist of: to find it out takes all their layers.
pub trait InventoryShelf: Sync {
    /// Returns what is known of the base that `key` names by its layers.
    fn find(&self, key: Digest) -> Option<BaseInventory>;

    /// Notes it. What cannot be noted is found out again.
    fn keep(&self, key: Digest, inventory: &BaseInventory);
}
