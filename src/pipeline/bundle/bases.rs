//! Bases out of a bundle: what a name meant when the bundle was made is what it means.

use crate::bundle::{Manifest, WantedBase};
use crate::image::Base;
use crate::model::{BuildError, Reference};
use crate::ports::{BaseSource, Wanted};

use super::fit::unfit;

/// Bases whose names a bundle knows.
pub struct BundledBases<'a> {
    /// Where they are found by their digests.
    pub bases: Box<dyn BaseSource + 'a>,
    /// What the bundle says.
    pub manifest: &'a Manifest,
    /// The bundle's name, for errors.
    pub bundle: String,
}

impl BaseSource for BundledBases<'_> {
    fn resolve(&self, reference: &Reference, wanted: Wanted<'_>) -> Result<Base, BuildError> {
        let asked = WantedBase {
            reference,
            platforms: match wanted {
                Wanted::All => &[],
                Wanted::These(platforms) => platforms,
            },
        };
        let base = self.manifest.base(asked);
        let digest = base.map_err(|error| unfit(error, &self.bundle, self.manifest))?;
        // All that a base has is all that the bundle has of it.
        let wanted = match wanted {
            Wanted::All => Wanted::These(&self.manifest.platforms),
            these @ Wanted::These(_) => these,
        };
        let pinned = Reference::by_digest(reference.repository().clone(), digest);
        let base = self.bases.resolve(&pinned, wanted)?;
        Ok(Base {
            origin: Some((reference.clone(), digest)),
            ..base
        })
    }
}
