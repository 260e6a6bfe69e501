//! The user's project: found on the disk, and read.

use std::path::{Path, PathBuf};

use crate::adapters::disk::{self, DiskTree, ProjectLocation, ProjectRequest};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::config::{self, Config, FileText, KoConfig, Overrides};
use crate::facts;
use crate::model::{BuildError, Phase, Timestamp};
use crate::pipeline;

/// The user's source, found.
pub(in crate::cli) struct Source {
    /// The folder that paths of the command line start from, as it was typed; empty for the
    /// working directory.
    folder: PathBuf,
    pub(super) location: ProjectLocation,
    pub(super) tree: DiskTree,
}

impl Source {
    /// Finds the source that the user stands in.
    pub(in crate::cli) fn find(
        session: &Session,
        options: &ProjectOptions,
    ) -> Result<Self, BuildError> {
        let asked = Asked::of(session, options);
        let location = disk::find_project(&asked.request(session))?;
        let tree = DiskTree::open(&location.root).map_err(|error| {
            BuildError::new(
                Phase::Facts,
                location.root.display(),
                "cannot open the project",
            )
            .because(error)
        })?;
        Ok(Self {
            folder: asked.folder,
            location,
            tree,
        })
    }

    /// Returns the folder that the user stands in, absolute.
    pub(super) fn project_folder(&self) -> PathBuf {
        self.location.root.join(self.location.start.as_str())
    }

    /// Returns the folder of the source, and the configuration file, which may lie elsewhere.
    pub(in crate::cli) fn files(&self) -> impl Iterator<Item = PathBuf> {
        let root = self.location.root.clone();
        std::iter::once(root).chain(self.location.config_file.clone())
    }

    /// Returns the folder that holds all of the source and its history, absolute.
    pub(super) fn top(&self) -> PathBuf {
        let root = &self.location.root;
        let repository = self.location.repository.as_ref();
        let repository = repository.map(|it| &it.folder);
        let around = repository.filter(|folder| root.starts_with(folder));
        around.unwrap_or(root).clone()
    }

    /// Returns the source's files, and the place in them of a project in the folder that the user
    /// stands in.
    pub(in crate::cli) fn to_init(&self) -> (&DiskTree, facts::Project) {
        let project = facts::Project {
            folder: self.location.start.clone(),
            workspace: self.location.project.workspace.clone(),
        };
        (&self.tree, project)
    }

    /// Reads the configuration of ko that counts here: the one that `KO_CONFIG_PATH` names, else
    /// `.ko.yaml` in the folder that the user stands in; there may be none.
    ///
    /// # Errors
    /// When the named one is not there, or one cannot be read.
    pub(in crate::cli) fn read_ko(&self, session: &Session) -> Result<Option<KoYaml>, BuildError> {
        let folder = self.project_folder();
        let named = session.host.environment.get_path("KO_CONFIG_PATH");
        let path = match named.map(|path| folder.join(path)) {
            Some(path) if path.is_dir() => path.join(KO_FILE),
            Some(path) => path,
            None if folder.join(KO_FILE).exists() => folder.join(KO_FILE),
            None => return Ok(None),
        };
        Ok(Some(KoYaml {
            text: disk::read_config(&path)?,
            name: shown(&path, &session.host.cwd),
        }))
    }

    /// Reads what ko would read here, where anything is said of ko; else there is no configuration.
    fn ko_or_nothing(
        &self,
        session: &Session,
        overrides: &Overrides,
    ) -> Result<KoConfig, Vec<BuildError>> {
        let one = |error| vec![error];
        let environment = &session.host.environment;
        let file = self.read_ko(session).map_err(one)?;
        if file.is_none() && environment.get("KO_DOCKER_REPO").is_none() {
            return Ok(KoConfig {
                config: read_config(session, None, overrides)?,
                notes: Vec::new(),
            });
        }
        let (tree, project) = self.to_init();
        let facts = pipeline::ko_facts(tree, &project, environment).map_err(one)?;
        let text = file.as_ref().map(KoYaml::text);
        let mut read = config::load_ko(text, &facts, environment, overrides)
            .map_err(|errors| errors.into_iter().map(BuildError::from).collect::<Vec<_>>())?;
        let origin = text.map_or("KO_DOCKER_REPO", |text| text.name);
        let note = format!(
            "{origin} counts here, as there is no coracle.toml; to write one: coracle init --from-ko"
        );
        read.notes.insert(0, note);
        if environment.get("KO_DATA_DATE_EPOCH").is_some() {
            read.notes.push(NO_DATA_TIME.to_owned());
        }
        Ok(read)
    }

    /// Returns a note where `.ko.yaml` is there, and `file` is read in its place.
    fn unread_ko(&self, file: &str) -> Vec<String> {
        let is_there = self.project_folder().join(KO_FILE).is_file();
        let note = || format!("{file} counts here, and {KO_FILE} does not");
        is_there.then(note).into_iter().collect()
    }

    /// Writes a new coracle.toml into the folder that the user stands in, and returns its path.
    pub(in crate::cli) fn write_config(&self, text: &str) -> Result<PathBuf, BuildError> {
        let path = self.folder.join("coracle.toml");
        disk::write_config(&path, text)?;
        Ok(path)
    }
}

const KO_FILE: &str = ".ko.yaml";

const NO_DATA_TIME: &str =
    "KO_DATA_DATE_EPOCH does not count: in layers of coracle's no file has a time";

/// A configuration of ko, read.
pub(in crate::cli) struct KoYaml {
    name: String,
    text: String,
}

impl KoYaml {
    /// Returns its text, with its name.
    pub(in crate::cli) fn text(&self) -> FileText<'_> {
        FileText {
            name: &self.name,
            text: &self.text,
        }
    }
}

/// The user's project, found and read.
pub(in crate::cli) struct Project {
    pub(super) source: Source,
    pub(super) config: Config,
    pub(super) epoch: Option<Timestamp>,
    notes: Vec<String>,
}

impl Project {
    /// Finds the project and reads its configuration, with what environment and flags say in it.
    pub(in crate::cli) fn open(
        session: &Session,
        options: &ProjectOptions,
        overrides: &Overrides,
    ) -> Result<Self, Vec<BuildError>> {
        let one = |error| vec![error];
        let source = Source::find(session, options).map_err(one)?;
        let KoConfig { config, notes } = match source.location.config_file.as_deref() {
            Some(file) => KoConfig {
                config: read_config(session, Some(file), overrides)?,
                notes: source.unread_ko(&shown(file, &session.host.cwd)),
            },
            None => source.ko_or_nothing(session, overrides)?,
        };
        Ok(Self {
            source,
            config,
            epoch: epoch(session).map_err(one)?,
            notes,
        })
    }

    /// Says what is to be known of the configuration.
    pub(in crate::cli) fn tell(&self, session: &Session) {
        for note in &self.notes {
            session.say(note);
        }
    }

    /// Returns the configuration.
    pub(in crate::cli) fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the folder that paths of the command line start from.
    pub(in crate::cli) fn folder(&self) -> &Path {
        &self.source.folder
    }

    /// Returns the folder that coracle.toml's paths start from.
    pub(super) fn root(&self) -> PathBuf {
        self.source
            .location
            .root
            .join(self.source.location.project.folder.as_str())
    }
}

/// What governs a folder, whether a module is there or not.
pub(super) struct Settings {
    pub(super) config: Config,
    /// The folder that coracle.toml's paths start from.
    pub(super) root: PathBuf,
}

impl Settings {
    /// Finds and reads the configuration, with what the environment says in it.
    ///
    /// # Errors
    /// When the folder is not there, or anything in the configuration is wrong.
    pub(super) fn read(
        session: &Session,
        options: &ProjectOptions,
    ) -> Result<Self, Vec<BuildError>> {
        let asked = Asked::of(session, options);
        let location = disk::find_config(&asked.request(session)).map_err(|error| vec![error])?;
        let file = location.file.as_deref();
        Ok(Self {
            config: read_config(session, file, &Overrides::default())?,
            root: location.folder,
        })
    }
}

/// Where the user stands, and which configuration is named.
struct Asked {
    folder: PathBuf,
    start: PathBuf,
    config_file: Option<PathBuf>,
}

impl Asked {
    fn of(session: &Session, options: &ProjectOptions) -> Self {
        let folder = options.directory.clone().unwrap_or_default();
        let start = session.host.cwd.join(&folder);
        let environment = &session.host.environment;
        let named = options.config.clone();
        let named = named.or_else(|| environment.get_path("CORACLE_CONFIG"));
        Self {
            folder,
            config_file: named.map(|file| start.join(file)),
            start,
        }
    }

    fn request<'a>(&'a self, session: &'a Session) -> ProjectRequest<'a> {
        ProjectRequest {
            start: &self.start,
            gowork: session.host.environment.get("GOWORK"),
            verb: session.verb,
            config_file: self.config_file.as_deref(),
        }
    }
}

fn read_config(
    session: &Session,
    file: Option<&Path>,
    overrides: &Overrides,
) -> Result<Config, Vec<BuildError>> {
    let text = file.map(disk::read_config).transpose();
    let text = text.map_err(|error| vec![error])?;
    let name = file
        .map(|file| shown(file, &session.host.cwd))
        .unwrap_or_default();
    let file = text.as_deref().map(|text| FileText { name: &name, text });
    config::load(file, &session.host.environment, overrides)
        .map_err(|errors| errors.into_iter().map(BuildError::from).collect())
}

fn epoch(session: &Session) -> Result<Option<Timestamp>, BuildError> {
    let text = session.host.environment.get_str("SOURCE_DATE_EPOCH");
    text.map(str::parse).transpose().map_err(|error| {
        BuildError::new(Phase::Config, "SOURCE_DATE_EPOCH", error)
            .hint("unset it, or: export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)")
    })
}

/// Shows a path as short as it can be typed from `cwd`.
fn shown(path: &Path, cwd: &Path) -> String {
    path.strip_prefix(cwd).unwrap_or(path).display().to_string()
}
