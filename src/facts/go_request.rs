//! The Go that the source asks for.

use super::modules::Modules;
use super::version_file::{VersionFile, wrong};
use super::{Located, Project};
use crate::model::{BuildError, GoVersion, SourcePath};
use crate::ports::SourceTree;

/// What the source says of the Go that it is built with. `[go] version` goes before all of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GoRequest {
    /// The version that `.go-version`, or else the `toolchain` line of go.work or go.mod, names.
    pub exact: Option<RequestedVersion>,
    /// The version that the `go` line of go.work or go.mod names: it, or a later one, will do.
    pub minimum: Option<RequestedVersion>,
}

/// A version and the line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedVersion {
    /// The version.
    pub version: GoVersion,
    /// Where it stands, as in `go.mod:3`.
    pub origin: String,
}

impl GoRequest {
    /// Reads what the files of the modules ask for, as if there were no `.go-version`.
    ///
    /// # Errors
    /// When a file that describes a module is missing or wrong.
    pub fn of_modules(tree: &dyn SourceTree, project: &Project) -> Result<Self, BuildError> {
        Ok(of_modules(project, &Modules::read(tree, project)?))
    }

    /// Reads what the source of a project asks for.
    ///
    /// # Errors
    /// When a file that describes a module, or `.go-version`, is missing or wrong.
    pub fn of(tree: &dyn SourceTree, project: &Project) -> Result<Self, BuildError> {
        read(tree, project, &Modules::read(tree, project)?)
    }
}

/// Reads what `.go-version` and the files of the modules ask for.
pub(super) fn read(
    tree: &dyn SourceTree,
    project: &Project,
    modules: &Modules,
) -> Result<GoRequest, BuildError> {
    let request = of_modules(project, modules);
    Ok(GoRequest {
        exact: go_version_file(tree, project)?.or(request.exact),
        minimum: request.minimum,
    })
}

fn of_modules(project: &Project, modules: &Modules) -> GoRequest {
    let (file, go, toolchain) = match (&modules.workspace, modules.list.first()) {
        (Some(work), _) => (project.workspace.clone(), &work.go, &work.toolchain),
        (None, Some(module)) => {
            let file = module.folder.join("go.mod").ok();
            (file, &module.go_mod.go, &module.go_mod.toolchain)
        }
        (None, None) => (None, &None, &None),
    };
    let file = file.unwrap_or_default();
    let minimum = located(&file, go.as_ref());
    let toolchain = located(&file, toolchain.as_ref());
    // As in Go, a toolchain that is older than the `go` line says nothing.
    let toolchain = toolchain.filter(|toolchain| {
        minimum
            .as_ref()
            .is_none_or(|minimum| toolchain.version >= minimum.version)
    });
    GoRequest {
        exact: toolchain,
        minimum,
    }
}

fn located(file: &SourcePath, line: Option<&Located<GoVersion>>) -> Option<RequestedVersion> {
    line.map(|located| RequestedVersion {
        version: located.value.clone(),
        origin: format!("{file}:{}", located.line),
    })
}

fn go_version_file(
    tree: &dyn SourceTree,
    project: &Project,
) -> Result<Option<RequestedVersion>, BuildError> {
    let Some(file) = VersionFile::nearest(tree, project)? else {
        return Ok(None);
    };
    let (number, line) = file
        .version_line()
        .ok_or_else(|| wrong(file.path.as_str()).because("the file is empty"))?;
    let origin = format!("{}:{number}", file.path);
    match line.trim().parse() {
        Ok(version) => Ok(Some(RequestedVersion { version, origin })),
        Err(error) => Err(wrong(&origin).because(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    /// Shows what is asked for as `exact | minimum`.
    fn request(files: &[(&str, &str)], project: &Project) -> Result<String, BuildError> {
        let tree = MemoryTree::of_files(files);
        let request = read(&tree, project, &Modules::read(&tree, project)?)?;
        let shown = |requested: Option<RequestedVersion>| {
            requested.map_or("none".to_owned(), |requested| {
                format!("{} {}", requested.version, requested.origin)
            })
        };
        Ok(format!(
            "{} | {}",
            shown(request.exact),
            shown(request.minimum)
        ))
    }

    fn project(folder: &str, workspace: Option<&str>) -> Project {
        Project {
            folder: folder.parse().unwrap(),
            workspace: workspace.map(|file| file.parse().unwrap()),
        }
    }

    #[test]
    fn the_nearest_word_is_taken() {
        let go_mod = ("go.mod", "module m\ngo 1.24\ntoolchain go1.26.8\n");
        for (files, shown) in [
            (vec![("go.mod", "module m\n")], "none | none"),
            (vec![go_mod], "1.26.8 go.mod:3 | 1.24 go.mod:2"),
            (
                vec![("go.mod", "module m\ngo 1.26.9\ntoolchain go1.26.8\n")],
                "none | 1.26.9 go.mod:2",
            ),
            (
                vec![go_mod, (".go-version", "# pinned\n\ngo1.25.1 \n")],
                "1.25.1 .go-version:3 | 1.24 go.mod:2",
            ),
            (
                vec![
                    go_mod,
                    (".go-version", "1.25.1"),
                    ("app/.go-version", "1.25.2"),
                ],
                "1.25.2 app/.go-version:1 | 1.24 go.mod:2",
            ),
        ] {
            let mut files = files;
            files.push(("app/main.go", ""));
            assert_eq!(request(&files, &project("app", None)).unwrap(), shown);
        }
    }

    #[test]
    fn a_workspace_speaks_for_its_modules() {
        let files = [
            ("go.work", "go 1.26.0\nuse ./a\n"),
            ("a/go.mod", "module a\ngo 1.25\ntoolchain go1.26.8\n"),
        ];
        assert_eq!(
            request(&files, &project("a", Some("go.work"))).unwrap(),
            "none | 1.26.0 go.work:1"
        );
    }

    #[test]
    fn a_version_that_is_none_is_named_with_its_place() {
        let files = [("go.mod", "module m\n"), (".go-version", "\nlatest\n")];
        let error = request(&files, &project("", None)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "[facts] .go-version:2: cannot tell the version of Go"
        );
        let empty = [("go.mod", "module m\n"), (".go-version", "\n")];
        assert!(request(&empty, &project("", None)).is_err());
    }
}
