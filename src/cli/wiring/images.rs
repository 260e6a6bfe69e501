//! Images that are there already: in files and in registries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use super::settings::{client_settings, registry_settings};
pub(in crate::cli) use crate::adapters::disk::write_document;
use crate::adapters::disk::{CacheFolder, DiskBlobStore, ImageFile, ModuleCache, read_go_env};
use crate::adapters::http::{Client, Network};
use crate::adapters::registry::{Registries, RemoteImage};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::config::{self, Config, Overrides};
use crate::model::{BuildError, Phase, Reference, ReferenceError, Tag};
use crate::ports::{EventSink, ImageReader};
use crate::toolchain::GoEnvFile;

/// An image that is there.
pub(in crate::cli) struct OpenedImage<'a> {
    /// Reads it.
    pub(in crate::cli) reader: Box<dyn ImageReader + 'a>,
    /// Its name in a registry, where it is in one.
    pub(in crate::cli) reference: Option<Reference>,
}

/// Opens what `name` means: a file or folder that is there, with `:TAG` where it holds several
/// images, else a reference.
pub(in crate::cli) fn open_image<'a>(
    session: &'a Session,
    options: &ProjectOptions,
    name: &str,
    events: &'a dyn EventSink,
) -> Result<OpenedImage<'a>, Vec<BuildError>> {
    let one = |error| vec![error];
    let verb = session.verb;
    let folder = session
        .host
        .cwd
        .join(options.directory.clone().unwrap_or_default());
    if let Some((path, tag)) = file_of(&folder, name) {
        return Ok(OpenedImage {
            reader: Box::new(ImageFile::open(&path, tag).map_err(one)?),
            reference: None,
        });
    }
    let reference: Reference = name.parse().map_err(|error: ReferenceError| {
        one(BuildError::new(
            Phase::Config,
            name,
            "this is neither a file that is there nor a reference to an image",
        )
        .because(error)
        .hint(format!(
            "coracle {verb} dist/server.tar, or: coracle {verb} registry.example.com/team/server:v1"
        )))
    })?;
    let (config, root) = settings_of(session, options)?;
    let client = Client::new(
        client_settings(session, &config, &root, Network::Online).map_err(one)?,
        session.cancellation.clone(),
    );
    let registries = Registries::new(
        Arc::new(client),
        registry_settings(session, &config, session.host.cores),
        session.cancellation.clone(),
    );
    let store = DiskBlobStore::new(CacheFolder::open(&session.host, events).map_err(one)?);
    let reader = RemoteImage::new(registries, Arc::new(store), events, reference.clone());
    Ok(OpenedImage {
        reader: Box::new(reader),
        reference: Some(reference),
    })
}

/// Names the module cache of the user's go command.
pub(in crate::cli) fn module_cache(
    session: &Session,
    events: &dyn EventSink,
) -> Result<ModuleCache, BuildError> {
    let host = &session.host;
    let cache = CacheFolder::open(host, events)?;
    let file = read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
    let fallback = cache.workplace();
    let folders = GoFolders::resolve(&host.environment, &file, &host.platform, fallback);
    Ok(ModuleCache::new(folders.module_cache))
}

/// A file is looked into wherever the user stands; a project is needed for nothing but to say how
/// its registries are reached.
pub(super) fn settings_of(
    session: &Session,
    options: &ProjectOptions,
) -> Result<(Config, PathBuf), Vec<BuildError>> {
    let nothing = Overrides::default();
    match Project::open(session, options, &nothing) {
        Ok(project) => {
            let root = project.root();
            Ok((project.config, root))
        }
        Err(errors) if errors.iter().all(|error| error.phase == Phase::Facts) => {
            let config = config::load(None, &session.host.environment, &nothing)
                .map_err(|errors| errors.into_iter().map(BuildError::from).collect::<Vec<_>>())?;
            Ok((config, session.host.cwd.clone()))
        }
        Err(errors) => Err(errors),
    }
}

fn file_of(folder: &Path, name: &str) -> Option<(PathBuf, Option<Tag>)> {
    let path = folder.join(name);
    if path.exists() {
        return Some((path, None));
    }
    let (path, tag) = name.rsplit_once(':')?;
    let path = folder.join(path);
    path.exists().then_some((path, Some(tag.parse().ok()?)))
}
