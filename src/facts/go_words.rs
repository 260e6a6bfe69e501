//! All that files say of the Go that a project is built with, also what is not heard.

use super::modules::Modules;
use super::version_file::VersionFile;
use super::{Located, ModuleRole, Project, RequestedVersion};
use crate::model::{BuildError, GoVersion, SourcePath};
use crate::ports::SourceTree;

/// A line that names a version of Go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoWord {
    /// The version, and where it stands.
    pub said: RequestedVersion,
    /// How it is meant.
    pub meant: WordMeaning,
}

/// How a version of Go is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WordMeaning {
    /// This one.
    Exactly,
    /// This one, or a later one.
    AtLeast,
}

impl GoWord {
    /// Reads the lines of `.go-version`, go.work and the go.mod files of a project, in this order.
    /// A `.go-version` that names none says nothing here.
    ///
    /// # Errors
    /// When a file that describes a module is missing or wrong.
    pub fn all(tree: &dyn SourceTree, project: &Project) -> Result<Vec<Self>, BuildError> {
        let modules = Modules::read(tree, project)?;
        let mut words: Vec<Self> = of_version_file(tree, project)?.into_iter().collect();
        if let (Some(work), Some(file)) = (&modules.workspace, &project.workspace) {
            words.extend(of_lines(file, work.toolchain.as_ref(), work.go.as_ref()));
        }
        for module in modules.list.iter().filter(|it| it.role == ModuleRole::Main) {
            let file = module.folder.join("go.mod").unwrap_or_default();
            let (toolchain, go) = (&module.go_mod.toolchain, &module.go_mod.go);
            words.extend(of_lines(&file, toolchain.as_ref(), go.as_ref()));
        }
        Ok(words)
    }
}

fn of_version_file(tree: &dyn SourceTree, project: &Project) -> Result<Option<GoWord>, BuildError> {
    let file = VersionFile::nearest(tree, project)?;
    Ok(file.and_then(|file| {
        let (line, text) = file.version_line()?;
        Some(GoWord {
            said: RequestedVersion {
                version: text.trim().parse().ok()?,
                origin: format!("{}:{line}", file.path),
            },
            meant: WordMeaning::Exactly,
        })
    }))
}

fn of_lines(
    file: &SourcePath,
    toolchain: Option<&Located<GoVersion>>,
    go: Option<&Located<GoVersion>>,
) -> impl Iterator<Item = GoWord> {
    let word = |line: &Located<GoVersion>, meant| GoWord {
        said: RequestedVersion {
            version: line.value.clone(),
            origin: format!("{file}:{}", line.line),
        },
        meant,
    };
    let toolchain = toolchain.map(|line| word(line, WordMeaning::Exactly));
    let go = go.map(|line| word(line, WordMeaning::AtLeast));
    [toolchain, go].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    #[test]
    fn every_file_that_says_something_is_heard() {
        let files = [
            (".go-version", "# ours\n1.26.8\n"),
            ("go.work", "go 1.26.0\ntoolchain go1.26.2\nuse ./a\n"),
            ("a/go.mod", "module a\ngo 1.25\ntoolchain go1.25.4\n"),
        ];
        let project = Project {
            folder: "a".parse().unwrap(),
            workspace: Some("go.work".parse().unwrap()),
        };
        let words = GoWord::all(&MemoryTree::of_files(&files), &project).unwrap();
        let shown = words.iter().map(|word| {
            let RequestedVersion { version, origin } = &word.said;
            format!("{origin} {:?} {version}", word.meant)
        });
        assert_eq!(
            shown.collect::<Vec<_>>(),
            [
                ".go-version:2 Exactly 1.26.8",
                "go.work:2 Exactly 1.26.2",
                "go.work:1 AtLeast 1.26.0",
                "a/go.mod:3 Exactly 1.25.4",
                "a/go.mod:2 AtLeast 1.25",
            ]
        );
    }
}
