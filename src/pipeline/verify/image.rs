//! Images that nobody vouches for are not read.

use crate::model::{Blob, BuildError, Descriptor, Reference};
use crate::ports::ImageReader;

use super::super::SignatureGate;

/// An image that passes a gate before anything of it is read.
pub struct VerifiedImage<'a> {
    /// Who reads it.
    pub reader: Box<dyn ImageReader + 'a>,
    /// How it was named.
    pub reference: Reference,
    /// What it passes.
    pub gate: SignatureGate<'a>,
}

impl ImageReader for VerifiedImage<'_> {
    fn root(&self) -> Result<Blob, BuildError> {
        let root = self.reader.root()?;
        self.gate.admit(&self.reference, root.descriptor.digest)?;
        Ok(root)
    }

    fn blob(&self, descriptor: &Descriptor) -> Result<Blob, BuildError> {
        self.reader.blob(descriptor)
    }
}
