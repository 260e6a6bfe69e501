//! Where a repository lies beside a source tree.

use super::SourcePath;

/// How paths in a repository become paths in a source tree, and back: the root of either may lie
/// in the other.
///
/// ```
/// # use coracle::model::{Roots, SourcePath};
/// let path = |text: &str| text.parse::<SourcePath>().unwrap();
/// let roots = Roots { tree_in_repository: path("app"), repository_in_tree: SourcePath::root() };
/// assert_eq!(roots.in_tree("app/main.go"), Some(path("main.go")));
/// assert_eq!(roots.in_repository(&path("main.go")), Some(path("app/main.go")));
/// assert_eq!(roots.in_tree("docs/x"), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roots {
    /// The folder of the repository that is the tree's root; the root where the repository lies in
    /// the tree.
    pub tree_in_repository: SourcePath,
    /// The folder of the tree that is the repository's root; the root where the tree lies in the
    /// repository.
    pub repository_in_tree: SourcePath,
}

impl Roots {
    /// Returns where the tree has `path` of the repository.
    pub fn in_tree(&self, path: &str) -> Option<SourcePath> {
        let path: SourcePath = path.parse().ok()?;
        let relative = path.below(&self.tree_in_repository)?;
        self.repository_in_tree.join(relative).ok()
    }

    /// Returns where the repository has `path` of the tree.
    pub fn in_repository(&self, path: &SourcePath) -> Option<SourcePath> {
        let relative = path.below(&self.repository_in_tree)?;
        self.tree_in_repository.join(relative).ok()
    }
}
