//! Images that are there already: in files and in registries.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Project;
use super::settings::{client_settings, registry_settings};
use crate::adapters::disk::{CacheFolder, DiskBlobStore, ImageFile};
use crate::adapters::http::{Client, Network};
use crate::adapters::registry::{Registries, RemoteImage};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::config::{self, Config, Overrides};
use crate::model::{BuildError, Phase, Reference, ReferenceError, Tag};
use crate::ports::{EventSink, ImageReader};

/// Opens what `name` means: a file or folder that is there, with `:TAG` where it holds several
/// images, else a reference.
pub(in crate::cli) fn open_image<'a>(
    session: &'a Session,
    options: &ProjectOptions,
    name: &str,
    events: &'a dyn EventSink,
) -> Result<Box<dyn ImageReader + 'a>, Vec<BuildError>> {
    let one = |error| vec![error];
    let folder = session
        .host
        .cwd
        .join(options.directory.clone().unwrap_or_default());
    if let Some((path, tag)) = file_of(&folder, name) {
        return Ok(Box::new(ImageFile::open(&path, tag).map_err(one)?));
    }
    let reference: Reference = name.parse().map_err(|error: ReferenceError| {
        one(BuildError::new(Phase::Config, name, "this is neither a file that is there nor a reference to an image")
            .because(error)
            .hint("coracle inspect dist/server.tar, or: coracle inspect registry.example.com/team/server:v1"))
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
    Ok(Box::new(RemoteImage::new(
        registries,
        Arc::new(store),
        events,
        reference,
    )))
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
