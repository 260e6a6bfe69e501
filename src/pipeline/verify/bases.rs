//! Bases that nobody vouches for are not built upon.

use crate::image::Base;
use crate::model::{BuildError, Reference};
use crate::ports::{BaseSource, Wanted};

use super::super::SignatureGate;

/// Bases that pass a gate.
pub struct VerifiedBases<'a> {
    /// Where they are found.
    pub bases: Box<dyn BaseSource + 'a>,
    /// What they pass.
    pub gate: SignatureGate<'a>,
}

impl BaseSource for VerifiedBases<'_> {
    fn resolve(&self, reference: &Reference, wanted: Wanted<'_>) -> Result<Base, BuildError> {
        let base = self.bases.resolve(reference, wanted)?;
        if let Some((named, digest)) = &base.origin {
            self.gate.admit(named, *digest)?;
        }
        Ok(base)
    }
}
