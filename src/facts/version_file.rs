//! `.go-version`: one line that names the Go that a project is built with.

use super::Project;
use crate::model::{BuildError, GoVersion, Phase, SourcePath};
use crate::ports::{SourceTree, SourceTreeError};

const NAME: &str = ".go-version";
const LIMIT: u64 = 64 << 10;

/// A file `.go-version`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// Where it is, or is to be.
    pub path: SourcePath,
    /// What is in it.
    pub text: String,
}

impl VersionFile {
    /// Reads the nearest one, from the project's folder up to the root.
    pub(super) fn nearest(
        tree: &dyn SourceTree,
        project: &Project,
    ) -> Result<Option<Self>, BuildError> {
        for folder in std::iter::successors(Some(project.folder.clone()), SourcePath::parent) {
            let path = folder.join(NAME).unwrap_or_default();
            match tree.read(&path, LIMIT) {
                Ok(bytes) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    return Ok(Some(Self { path, text }));
                }
                Err(SourceTreeError::Missing(_)) => {}
                Err(error) => return Err(wrong(path.as_str()).because(error)),
            }
        }
        Ok(None)
    }

    /// Returns the nearest one, or a new one in the project's folder, as it is when it names `version`:
    /// its other lines stay.
    ///
    /// # Errors
    /// When there is one that cannot be read.
    pub fn pinned(
        tree: &dyn SourceTree,
        project: &Project,
        version: &GoVersion,
    ) -> Result<Self, BuildError> {
        let Some(file) = Self::nearest(tree, project)? else {
            return Ok(Self {
                path: project.folder.join(NAME).unwrap_or_default(),
                text: format!("{version}\n"),
            });
        };
        let replaced = file.version_line().map(|(number, _)| number);
        let lines = (1..).zip(file.text.lines()).map(|(number, line)| {
            if Some(number) == replaced {
                format!("{version}\n")
            } else {
                format!("{line}\n")
            }
        });
        let mut text: String = lines.collect();
        if replaced.is_none() {
            text = format!("{text}{version}\n");
        }
        Ok(Self { text, ..file })
    }

    /// Returns the first line that is neither empty nor a comment, with its number.
    pub(super) fn version_line(&self) -> Option<(usize, &str)> {
        let mut lines = (1..).zip(self.text.lines());
        lines.find(|(_, line)| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#')
        })
    }
}

/// What is said of whatever is wrong with one.
pub(super) fn wrong(place: &str) -> BuildError {
    BuildError::new(Phase::Facts, place, "cannot tell the version of Go")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    fn pinned(files: &[(&str, &str)]) -> (String, String) {
        let project = Project {
            folder: "app".parse().unwrap(),
            workspace: None,
        };
        let tree = MemoryTree::of_files(files);
        let version = "1.26.8".parse().unwrap();
        let file = VersionFile::pinned(&tree, &project, &version).unwrap();
        (file.path.to_string(), file.text)
    }

    #[test]
    fn the_nearest_file_is_changed_and_keeps_what_else_is_in_it() {
        let pin = |path: &str, text: &str| (path.to_owned(), text.to_owned());
        assert_eq!(pinned(&[]), pin("app/.go-version", "1.26.8\n"));
        assert_eq!(
            pinned(&[(".go-version", "# ours\n\n go1.25.1\n# that is all")]),
            pin(".go-version", "# ours\n\n1.26.8\n# that is all\n")
        );
        assert_eq!(
            pinned(&[(".go-version", "1.25.1\n"), ("app/.go-version", "# none\n")]),
            pin("app/.go-version", "# none\n1.26.8\n")
        );
    }
}
