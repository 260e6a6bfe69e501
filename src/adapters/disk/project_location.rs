//! Looking upward for the project.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::facts::Project;
use crate::model::{BuildError, Phase, Roots, SourcePath};

/// Where to look for a project.
#[derive(Debug, Clone, Copy)]
pub struct ProjectRequest<'a> {
    /// The folder that `-C` names, or the working directory.
    pub start: &'a Path,
    /// The value of GOWORK: `off`, or the path of a go.work file.
    pub gowork: Option<&'a OsStr>,
    /// The verb that was typed, for hints.
    pub verb: &'a str,
    /// The configuration file that was named.
    pub config_file: Option<&'a Path>,
}

/// A project on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectLocation {
    /// The root of the source tree: the folder of go.work, or of the nearest go.mod.
    pub root: PathBuf,
    /// The project in this tree. With a configuration file that was named rather than found, its
    /// folder is `start`.
    pub project: Project,
    /// The folder that was asked for: paths on the command line are relative to it.
    pub start: SourcePath,
    /// The configuration file.
    pub config_file: Option<PathBuf>,
    /// The git repository that it lies in.
    pub repository: Option<RepositoryLocation>,
}

/// A git repository on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryLocation {
    /// The nearest folder, from the project's upward, that has a `.git`.
    pub folder: PathBuf,
    /// Where that lies beside the source tree.
    pub roots: Roots,
}

/// A configuration on the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigLocation {
    /// The folder that its paths start from: its own, or with a file that was named rather than found,
    /// and without any, that which was asked for.
    pub folder: PathBuf,
    /// The configuration file.
    pub file: Option<PathBuf>,
}

/// Finds the project that `request.start` lies in.
///
/// # Errors
/// When the folder does not exist, no module governs it, or GOWORK names no file.
pub fn find_project(request: &ProjectRequest<'_>) -> Result<ProjectLocation, BuildError> {
    let Surroundings {
        start,
        workspace,
        root,
    } = Surroundings::of(request)?;
    let root = root.ok_or_else(|| no_module(&start, request.verb))?;
    let config = config_below(&root, &start, request.config_file);
    Ok(ProjectLocation {
        project: Project {
            folder: below(&root, &config.folder)?,
            workspace: workspace.map(|file| below(&root, &file)).transpose()?,
        },
        start: below(&root, &start)?,
        config_file: config.file,
        repository: repository(&config.folder, &root)?,
        root,
    })
}

/// Finds the configuration that governs `request.start`. Where there is no module, it is looked for in
/// this folder alone.
///
/// # Errors
/// When the folder does not exist, or GOWORK names no file.
pub fn find_config(request: &ProjectRequest<'_>) -> Result<ConfigLocation, BuildError> {
    let Surroundings { start, root, .. } = Surroundings::of(request)?;
    let root = root.as_ref().unwrap_or(&start);
    Ok(config_below(root, &start, request.config_file))
}

/// What is around a folder.
struct Surroundings {
    /// The folder itself.
    start: PathBuf,
    /// The file go.work.
    workspace: Option<PathBuf>,
    /// The root of the source tree, where there is one.
    root: Option<PathBuf>,
}

impl Surroundings {
    fn of(request: &ProjectRequest<'_>) -> Result<Self, BuildError> {
        let start = canonical(request.start, "cannot open the folder")
            .map_err(|error| with_nearest_folder(error, request.start))?;
        if !start.is_dir() {
            let message = "this is not a folder";
            return Err(
                BuildError::new(Phase::Facts, request.start.display(), message)
                    .hint("-C takes the folder of a project"),
            );
        }
        let workspace = workspace_file(&start, request.gowork)?;
        let root = match workspace.as_deref().and_then(Path::parent) {
            Some(folder) => Some(common_ancestor(folder, &start)),
            None => nearest(&start, "go.mod"),
        };
        Ok(Self {
            start,
            workspace,
            root,
        })
    }
}

fn config_below(root: &Path, start: &Path, named: Option<&Path>) -> ConfigLocation {
    if let Some(named) = named {
        return ConfigLocation {
            folder: start.to_owned(),
            file: Some(named.to_owned()),
        };
    }
    let found = start
        .ancestors()
        .take_while(|folder| folder.starts_with(root))
        .find(|folder| holds_config(folder));
    ConfigLocation {
        folder: found.unwrap_or(start).to_owned(),
        file: found.map(|folder| folder.join(CONFIG_FILE)),
    }
}

fn repository(project: &Path, root: &Path) -> Result<Option<RepositoryLocation>, BuildError> {
    let mut folders = project.ancestors();
    let Some(folder) = folders.find(|folder| folder.join(".git").exists()) else {
        return Ok(None);
    };
    let roots = if root.starts_with(folder) {
        Roots {
            tree_in_repository: below(folder, root)?,
            ..Roots::default()
        }
    } else {
        Roots {
            repository_in_tree: below(root, folder)?,
            ..Roots::default()
        }
    };
    Ok(Some(RepositoryLocation {
        folder: folder.to_owned(),
        roots,
    }))
}

const CONFIG_FILE: &str = "coracle.toml";

/// A link that leads nowhere counts too: to build as if nothing were configured would be worse than
/// the error that comes of reading it.
fn holds_config(folder: &Path) -> bool {
    let file = folder.join(CONFIG_FILE);
    file.is_file() || file.is_symlink() && !file.exists()
}

fn workspace_file(start: &Path, gowork: Option<&OsStr>) -> Result<Option<PathBuf>, BuildError> {
    match gowork {
        None => Ok(nearest(start, "go.work").map(|folder| folder.join("go.work"))),
        Some(off) if off == "off" => Ok(None),
        Some(file) if Path::new(file).is_absolute() => {
            canonical(Path::new(file), "cannot open the file that GOWORK names").map(Some)
        }
        Some(file) => Err(BuildError::new(
            Phase::Facts,
            "",
            format!(
                "GOWORK is {}, expected off or an absolute path",
                file.display()
            ),
        )),
    }
}

fn nearest(start: &Path, name: &str) -> Option<PathBuf> {
    start
        .ancestors()
        .find(|folder| folder.join(name).is_file())
        .map(Path::to_owned)
}

fn common_ancestor(folder: &Path, other: &Path) -> PathBuf {
    folder
        .ancestors()
        .find(|ancestor| other.starts_with(ancestor))
        .unwrap_or(Path::new("/"))
        .to_owned()
}

fn canonical(path: &Path, attempt: &str) -> Result<PathBuf, BuildError> {
    path.canonicalize()
        .map_err(|error| BuildError::new(Phase::Facts, path.display(), attempt).because(error))
}

fn with_nearest_folder(error: BuildError, path: &Path) -> BuildError {
    match path.ancestors().skip(1).find(|folder| folder.is_dir()) {
        Some(folder) => error.hint(format!("of this path there is {}", folder.display())),
        None => error,
    }
}

fn below(root: &Path, path: &Path) -> Result<SourcePath, BuildError> {
    path.strip_prefix(root)
        .ok()
        .and_then(Path::to_str)
        .and_then(|relative| relative.parse().ok())
        .ok_or_else(|| BuildError::new(Phase::Facts, path.display(), "the path is not UTF-8"))
}

fn no_module(start: &Path, verb: &str) -> BuildError {
    BuildError::new(
        Phase::Facts,
        start.display(),
        "there is no go.mod in this folder, nor in one above it",
    )
    .hint(format!(
        "name the folder of a Go module: coracle {verb} -C DIR"
    ))
    .hint("or make this one a module: go mod init example.com/name")
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make files")]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn tree(files: &[&str]) -> TempDir {
        let folder = TempDir::new().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    /// Shows root, project folder, start, workspace and configuration file, as found.
    fn found(tree: &TempDir, start: &str, gowork: Option<&OsStr>) -> String {
        let top = tree.path().canonicalize().unwrap();
        let location = find_project(&ProjectRequest {
            start: &top.join(start),
            gowork,
            verb: "build",
            config_file: None,
        })
        .unwrap();
        let relative = |path: &Path| path.strip_prefix(&top).unwrap().display().to_string();
        format!(
            "root={} folder={} start={} work={} config={}",
            relative(&location.root),
            location.project.folder,
            location.start,
            location
                .project
                .workspace
                .map_or("none".to_owned(), |file| file.to_string()),
            location
                .config_file
                .map_or("none".to_owned(), |file| relative(&file)),
        )
    }

    #[test]
    fn a_configuration_governs_its_folder_where_there_is_no_module() {
        let tree = tree(&["coracle.toml", "below/empty"]);
        let top = tree.path().canonicalize().unwrap();
        let found = |start: &Path| {
            let request = ProjectRequest {
                start,
                gowork: None,
                verb: "verify",
                config_file: None,
            };
            find_config(&request).unwrap()
        };
        let here = found(&top);
        assert_eq!(here.file, Some(top.join(CONFIG_FILE)));
        assert_eq!(here.folder, top);
        let below = found(&top.join("below"));
        assert_eq!(below.file, None);
        assert_eq!(below.folder, top.join("below"));
    }

    #[test]
    fn the_nearest_module_is_the_root_where_there_is_no_workspace() {
        let tree = tree(&[
            "go.mod",
            "coracle.toml",
            "cmd/server/main.go",
            "tools/go.mod",
        ]);
        assert_eq!(
            found(&tree, "cmd/server", None),
            "root= folder=. start=cmd/server work=none config=coracle.toml"
        );
        // A configuration above the module is none of its own.
        assert_eq!(
            found(&tree, "tools", None),
            "root=tools folder=. start=. work=none config=none"
        );
    }

    #[test]
    fn a_workspace_is_the_root_with_or_without_a_module_beside_it() {
        let tree = tree(&[
            "go.work",
            "coracle.toml",
            "api/go.mod",
            "api/cmd/main.go",
            "web/coracle.toml",
        ]);
        assert_eq!(
            found(&tree, "", None),
            "root= folder=. start=. work=go.work config=coracle.toml"
        );
        assert_eq!(
            found(&tree, "api/cmd", None),
            "root= folder=. start=api/cmd work=go.work config=coracle.toml"
        );
        assert_eq!(
            found(&tree, "web", None),
            "root= folder=web start=web work=go.work config=web/coracle.toml"
        );
        assert_eq!(
            found(&tree, "api/cmd", Some(OsStr::new("off"))),
            "root=api folder=cmd start=cmd work=none config=none"
        );
    }

    #[test]
    fn a_workspace_may_be_named_that_lies_elsewhere() {
        let tree = tree(&["ci/my.work", "api/go.mod"]);
        let named = tree.path().join("ci/my.work");
        assert_eq!(
            found(&tree, "api", Some(named.as_os_str())),
            "root= folder=api start=api work=ci/my.work config=none"
        );
    }

    #[test]
    fn a_start_that_is_no_folder_is_an_error() {
        let tree = tree(&["go.mod"]);
        for start in ["go.mod", "none"] {
            let request = ProjectRequest {
                start: &tree.path().join(start),
                gowork: None,
                verb: "build",
                config_file: None,
            };
            assert!(find_project(&request).is_err(), "{start}");
        }
    }

    #[test]
    fn a_folder_without_a_module_is_an_error_that_tells_what_to_type() {
        let tree = tree(&["main.go"]);
        let request = ProjectRequest {
            start: tree.path(),
            gowork: Some(OsStr::new("off")),
            verb: "build",
            config_file: None,
        };
        let error = find_project(&request).unwrap_err();
        assert!(error.message.starts_with("there is no go.mod"), "{error}");
        assert!(error.hints.iter().any(|hint| hint.contains("go mod init")));
    }
}
