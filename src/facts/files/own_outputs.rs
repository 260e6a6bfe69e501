//! What coracle itself writes into the source tree: no part of what it copies from there.

use super::Glob;
use crate::model::SourcePath;

/// Where coracle writes, as patterns of paths from the root of the tree. An image that held what an
/// earlier run wrote would be another image after each run.
#[derive(Debug, Clone, Default)]
pub struct OwnOutputs {
    images: Vec<Glob>,
    programs: Vec<Glob>,
}

impl OwnOutputs {
    /// Takes the patterns of archives and layouts, and those of plain programs; what is no pattern
    /// is the place of nothing.
    pub fn new(
        images: impl IntoIterator<Item = String>,
        programs: impl IntoIterator<Item = String>,
    ) -> Self {
        let globs = |patterns: Vec<String>| -> Vec<Glob> {
            patterns
                .iter()
                .filter_map(|pattern| Glob::parse(pattern).ok())
                .collect()
        };
        Self {
            images: globs(images.into_iter().collect()),
            programs: globs(programs.into_iter().collect()),
        }
    }

    /// Tells whether `path` is one of them, or lies in one, as seen by a rule that copies what is
    /// in `base`. Who names the folder of plain programs wants them.
    pub(super) fn hold(&self, base: &SourcePath, path: &SourcePath) -> bool {
        let holds = |globs: &[Glob]| globs.iter().any(|glob| glob.holds(path.as_str()));
        let is_beside = || path.parent().is_none_or(|folder| folder != *base);
        holds(&self.images) || is_beside() && holds(&self.programs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_programs_are_copied_only_by_whoever_names_their_folder() {
        let own = OwnOutputs::new(
            ["dist/*.tar".to_owned(), "out/oci".to_owned()],
            ["dist/api-linux-*".to_owned()],
        );
        let holds =
            |base: &str, path: &str| own.hold(&base.parse().unwrap(), &path.parse().unwrap());
        assert!(holds(".", "dist/api.tar"));
        assert!(holds("dist", "dist/api.tar"));
        assert!(holds(".", "out/oci/blobs/sha256/x"));
        assert!(holds(".", "dist/api-linux-amd64"));
        assert!(!holds("dist", "dist/api-linux-amd64"));
        assert!(!holds(".", "dist/site.css"));
    }
}
