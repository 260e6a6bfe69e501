//! The versions of Go that the files of a project name, Go's own files and those of other tools.

use regex::Regex;

use super::{GoWord, Project, WordMeaning};
use crate::model::{BuildError, GoVersion, SourcePath};
use crate::ports::{EntryKind, SourceTree};

/// A line that names a version of Go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedGo {
    /// The file.
    pub path: SourcePath,
    /// The line, counted from 1.
    pub line: usize,
    /// The version as it is written: `1.26` may be any release of that.
    pub version: GoVersion,
}

/// Longer files than this are none that people write versions into.
const LIMIT: u64 = 1 << 20;
/// How many workflows are looked into.
const MOST_WORKFLOWS: usize = 100;

/// What names a version in a file of another tool; the group is the version.
struct Form {
    /// The file's name, or the beginning of it.
    name: &'static str,
    expression: &'static str,
}

const VERSION: &str = r"(1\.\d+(?:\.\d+)?)";

const FORMS: [Form; 6] = [
    Form {
        name: ".tool-versions",
        expression: r"^\s*(?:golang|go)\s+",
    },
    Form {
        name: "mise.toml",
        expression: r#"^\s*(?:go|"go")\s*=\s*["']"#,
    },
    Form {
        name: ".mise.toml",
        expression: r#"^\s*(?:go|"go")\s*=\s*["']"#,
    },
    Form {
        name: ".gitlab-ci.yml",
        expression: r"\bgolang:",
    },
    Form {
        name: "Dockerfile",
        expression: r"(?i)^\s*FROM\s+(?:--\S+\s+)?\S*\bgolang:",
    },
    Form {
        name: "Containerfile",
        expression: r"(?i)^\s*FROM\s+(?:--\S+\s+)?\S*\bgolang:",
    },
];

/// What names a version in a workflow of GitHub.
const IN_WORKFLOWS: &str = r#"^\s*-?\s*go-version:\s*["']?"#;

/// Returns the lines of the project that name a version of Go exactly, sorted. The `go` line of a go.mod
/// names the least that will do, and is none.
///
/// # Errors
/// When a file of Go's own is wrong.
pub fn named_go(tree: &dyn SourceTree, project: &Project) -> Result<Vec<NamedGo>, BuildError> {
    let mut named = of_go(tree, project)?;
    for folder in folders(project) {
        let entries = tree.list(&folder).map(|it| it.entries).unwrap_or_default();
        for form in &FORMS {
            let files = entries.iter().filter(|entry| {
                matches!(entry.kind, EntryKind::File { .. })
                    && entry.path.file_name().starts_with(form.name)
            });
            for file in files {
                named.extend(in_file(tree, &file.path, form.expression));
            }
        }
        let workflows = folder.join(".github/workflows").unwrap_or_default();
        let workflows = tree
            .list(&workflows)
            .map(|it| it.entries)
            .unwrap_or_default();
        for file in workflows.iter().take(MOST_WORKFLOWS) {
            named.extend(in_file(tree, &file.path, IN_WORKFLOWS));
        }
    }
    named.sort();
    named.dedup();
    Ok(named)
}

/// The project's own folder, and all above it.
fn folders(project: &Project) -> impl Iterator<Item = SourcePath> {
    std::iter::successors(Some(project.folder.clone()), SourcePath::parent)
}

fn of_go(tree: &dyn SourceTree, project: &Project) -> Result<Vec<NamedGo>, BuildError> {
    let words = GoWord::all(tree, project)?.into_iter();
    let exact = words.filter(|word| word.meant == WordMeaning::Exactly);
    let named = exact.filter_map(|GoWord { said, .. }| {
        let (path, line) = said.origin.rsplit_once(':')?;
        Some(NamedGo {
            path: path.parse().ok()?,
            line: line.parse().ok()?,
            version: said.version,
        })
    });
    Ok(named.collect())
}

/// What cannot be read names nothing.
fn in_file(tree: &dyn SourceTree, path: &SourcePath, expression: &str) -> Vec<NamedGo> {
    let Ok(form) = Regex::new(&format!("{expression}{VERSION}")) else {
        return Vec::new();
    };
    let bytes = tree.read(path, LIMIT).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let named = (1..).zip(text.lines()).filter_map(|(line, text)| {
        let version = form.captures(text)?.get(1)?.as_str();
        Some(NamedGo {
            path: path.clone(),
            line,
            version: version.parse().ok()?,
        })
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    #[test]
    fn every_file_that_names_a_version_is_found() {
        let tree = MemoryTree::of_files(&[
            (".go-version", "1.26.8\n"),
            (".tool-versions", "nodejs 20\ngolang 1.25.1\n"),
            (
                ".github/workflows/ci.yml",
                "steps:\n  - uses: x\n    with:\n      go-version: '1.24.x'\n",
            ),
            (".gitlab-ci.yml", "image: golang:1.23-alpine\n"),
            (
                "app/Dockerfile.dev",
                "FROM --platform=linux/amd64 golang:1.22.3 AS build\nFROM scratch\n",
            ),
            ("go.mod", "module m\ngo 1.20\ntoolchain go1.26.1\n"),
            ("app/mise.toml", "[tools]\ngo = \"1.21\"\n"),
        ]);
        let project = Project {
            folder: "app".parse().unwrap(),
            workspace: None,
        };
        let named = named_go(&tree, &project).unwrap();
        let shown: Vec<String> = named
            .iter()
            .map(|it| format!("{}:{} {}", it.path, it.line, it.version))
            .collect();
        assert_eq!(
            shown,
            [
                ".github/workflows/ci.yml:4 1.24",
                ".gitlab-ci.yml:1 1.23",
                ".go-version:1 1.26.8",
                ".tool-versions:2 1.25.1",
                "app/Dockerfile.dev:1 1.22.3",
                "app/mise.toml:2 1.21",
                "go.mod:3 1.26.1",
            ]
        );
    }
}
