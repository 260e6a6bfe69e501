//! Where source lies, as code hosts name it.

use crate::model::{Roots, SourcePath};
use crate::policy::Finding;

/// Where a source tree lies in its repository.
#[derive(Debug, Clone, Default)]
pub struct SourcePlace(Option<Roots>);

impl SourcePlace {
    /// Takes where the tree and its repository lie beside each other; nothing where it lies in none.
    pub fn new(roots: Option<Roots>) -> Self {
        Self(roots)
    }

    /// Returns a path of the tree as the repository has it, if it does.
    pub fn in_repository(&self, path: &SourcePath) -> Option<SourcePath> {
        match &self.0 {
            Some(roots) => roots.in_repository(path),
            None => Some(path.clone()),
        }
    }

    /// Returns a path of the repository as the tree has it, if it does.
    pub fn in_tree(&self, path: &SourcePath) -> Option<SourcePath> {
        match &self.0 {
            Some(roots) => roots.in_tree(path.as_str()),
            None => Some(path.clone()),
        }
    }

    /// Returns a finding with its place as the repository has it, which is how code hosts name files.
    pub fn found(&self, finding: &Finding) -> Finding {
        let mut finding = finding.clone();
        if let Some(place) = &mut finding.place
            && let Some(path) = place.path.parse().ok()
            && let Some(path) = self.in_repository(&path)
        {
            place.path = path.to_string();
        }
        finding
    }
}
