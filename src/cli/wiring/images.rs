//! Images that are there already: in files and in registries.

use std::cell::OnceCell;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::project::Settings;
use super::settings::{client_settings, registry_settings};
use crate::adapters::disk::{
    CacheFolder, DiskBlobPlaces, DiskBlobStore, DiskScratch, ImageFile, ModuleCache, read_go_env,
    read_program,
};
pub(in crate::cli) use crate::adapters::disk::{ReportFile, write_document, write_report};
use crate::adapters::http::{Client, Network};
use crate::adapters::registry::{Registries, RegistryPublisher, RegistryReferrers, RemoteImage};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::compile::GoFolders;
use crate::model::{BuildError, ExitCode, ImageName, Phase, Reference, ReferenceError, Tag};
use crate::pipeline::SizeSubject;
use crate::ports::{EventSink, ImageReader};
use crate::publish::LAYOUT_INDEX;
use crate::size::is_program;
use crate::toolchain::GoEnvFile;

/// Where the images of one run are. What several of them need is opened once, and what none needs
/// never.
pub(in crate::cli) struct ImageShelf<'a> {
    pub(super) session: &'a Session,
    pub(super) options: ProjectOptions,
    pub(super) events: &'a dyn EventSink,
    settings: OnceCell<Settings>,
    /// A variable that a flag names as the place of a key: no helper has to do with it.
    pub(super) secret_variable: OnceCell<String>,
    cache: OnceCell<CacheFolder>,
    client: OnceCell<Arc<Client>>,
    registries: OnceCell<Arc<Registries>>,
}

impl<'a> ImageShelf<'a> {
    /// Touches nothing yet.
    pub(in crate::cli) fn new(
        session: &'a Session,
        options: ProjectOptions,
        events: &'a dyn EventSink,
    ) -> Self {
        Self {
            session,
            options,
            events,
            settings: OnceCell::new(),
            secret_variable: OnceCell::new(),
            cache: OnceCell::new(),
            client: OnceCell::new(),
            registries: OnceCell::new(),
        }
    }

    /// Opens what `name` means: a file or folder that is there, with `:TAG` where it holds several
    /// images, else a reference.
    pub(in crate::cli) fn image(
        &self,
        name: &str,
    ) -> Result<Box<dyn ImageReader + 'a>, Vec<BuildError>> {
        let one = |error| vec![error];
        let folder = self.folder();
        if let Some((path, tag)) = file_of(&folder, name) {
            return Ok(Box::new(ImageFile::open(&path, tag).map_err(one)?));
        }
        let reference: Reference = name.parse().map_err(|error: ReferenceError| {
            one(BuildError::new(Phase::Config, name, "this is neither a file that is there nor a reference to an image")
                .because(error)
                .hint("name a file as in dist/server.tar, or an image as in registry.example.com/team/server:v1"))
        })?;
        let registries = self.registries()?;
        let store = DiskBlobStore::new(self.cache().map_err(one)?.clone());
        Ok(Box::new(RemoteImage::new(
            registries,
            Arc::new(store),
            self.events,
            reference,
        )))
    }

    /// Opens what `name` means where programs are looked into, too: a program, else as
    /// [`image`](Self::image), else the archive into which the image or main package of this name is
    /// built.
    pub(in crate::cli) fn sized(&self, name: &str) -> Result<SizeSubject<'a>, Vec<BuildError>> {
        /// A tar has at least one block.
        const BLOCK_BYTES: u64 = 512;
        let one = |error| vec![error];
        let path = self.folder().join(name);
        if path.is_file() {
            if let Some(bytes) = read_program(&path, is_program).map_err(one)? {
                return Ok(SizeSubject::Program(bytes));
            }
            if path.metadata().is_ok_and(|file| file.len() < BLOCK_BYTES) {
                return Err(one(neither(name, "it is too short to be one")));
            }
            return ImageFile::open(&path, None)
                .map(|image| SizeSubject::Image(Box::new(image)))
                .map_err(|error| one(neither(name, error)));
        }
        if let Some(archive) = self.built(name, &path)? {
            let image = ImageFile::open(&archive, None).map_err(one)?;
            return Ok(SizeSubject::Image(Box::new(image)));
        }
        Ok(SizeSubject::Image(self.image(name)?))
    }

    /// Returns the archive that `build` writes for an image of coracle.toml, or for a main package at
    /// `path`; `None` where `name` means neither.
    fn built(&self, name: &str, path: &Path) -> Result<Option<PathBuf>, Vec<BuildError>> {
        let is_package = path.is_dir() && !path.join(LAYOUT_INDEX).exists();
        let is_other = !is_package && file_of(&self.folder(), name).is_some();
        let Ok(image) = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .parse::<ImageName>()
        else {
            return Ok(None);
        };
        if is_other {
            return Ok(None);
        }
        let settings = self.settings()?;
        let is_image = image.as_str() == name && settings.config.images.contains_key(&image);
        if !is_package && !is_image {
            return Ok(None);
        }
        let archive = settings.root.join(format!("dist/{image}.tar"));
        if archive.is_file() {
            return Ok(Some(archive));
        }
        let message = format!(
            "no image of this name has been built into {}",
            archive.display()
        );
        let error = BuildError::new(Phase::Config, name, message).exit(ExitCode::Usage);
        Err(
            vec![error.hint(format!("to build it: coracle build {name}")).hint(
            "where build wrote somewhere else, name that: an archive, a layout or a program",
        )],
        )
    }

    /// Returns the folder that paths of the command line start from.
    pub(super) fn folder(&self) -> PathBuf {
        let folder = self.options.directory.clone().unwrap_or_default();
        self.session.host.cwd.join(folder)
    }

    /// Returns the folder that `path`, typed on the command line, means; without one that which the
    /// user stands in.
    pub(in crate::cli) fn folder_of(&self, path: Option<&Path>) -> PathBuf {
        self.folder().join(path.unwrap_or(Path::new("")))
    }

    /// Tells whether `name` means an image in a registry.
    pub(in crate::cli) fn is_remote(&self, name: &str) -> bool {
        file_of(&self.folder(), name).is_none()
    }

    /// Names the module cache of the user's go command.
    pub(in crate::cli) fn modules(&self) -> Result<ModuleCache, BuildError> {
        let host = &self.session.host;
        let file = read_go_env(GoEnvFile::path(&host.environment, &host.platform).as_deref())?;
        let fallback = self.cache()?.workplace();
        let folders = GoFolders::resolve(&host.environment, &file, &host.platform, fallback);
        Ok(ModuleCache::new(folders.module_cache))
    }

    /// Returns room for what is needed for a moment.
    pub(in crate::cli) fn scratch(&self) -> Result<DiskScratch, BuildError> {
        Ok(DiskScratch::new(self.cache()?.clone()))
    }

    /// Returns what hangs on the images of registries.
    pub(in crate::cli) fn referrers(&self) -> Result<RegistryReferrers<'a>, Vec<BuildError>> {
        let cache = self.cache().map_err(|error| vec![error])?.clone();
        let publisher = RegistryPublisher::new(
            self.registries()?,
            Arc::new(DiskBlobPlaces::new(cache)),
            self.events,
        );
        Ok(RegistryReferrers::new(Arc::new(publisher)))
    }

    /// Returns what governs the folder that the user stands in.
    pub(super) fn settings(&self) -> Result<&Settings, Vec<BuildError>> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let settings = Settings::read(self.session, &self.options)?;
        Ok(self.settings.get_or_init(|| settings))
    }

    pub(super) fn cache(&self) -> Result<&CacheFolder, BuildError> {
        if let Some(cache) = self.cache.get() {
            return Ok(cache);
        }
        let cache = CacheFolder::open(&self.session.host, self.events)?;
        Ok(self.cache.get_or_init(|| cache))
    }

    /// Returns the way to other machines.
    pub(super) fn client(&self) -> Result<Arc<Client>, Vec<BuildError>> {
        if let Some(client) = self.client.get() {
            return Ok(Arc::clone(client));
        }
        let session = self.session;
        let Settings { config, root } = self.settings()?;
        let settings = client_settings(session, config, root, Network::Online);
        let client = Client::new(
            settings.map_err(|error| vec![error])?,
            session.cancellation.clone(),
        );
        Ok(Arc::clone(self.client.get_or_init(|| Arc::new(client))))
    }

    pub(super) fn registries(&self) -> Result<Arc<Registries>, Vec<BuildError>> {
        if let Some(registries) = self.registries.get() {
            return Ok(Arc::clone(registries));
        }
        let session = self.session;
        let config = &self.settings()?.config;
        let mut settings = registry_settings(session, config, session.host.cores);
        if let Some(secret) = self.secret_variable.get() {
            settings.environment = settings.environment.without([secret.as_str()]);
        }
        let registries = Registries::new(self.client()?, settings, session.cancellation.clone());
        Ok(Arc::clone(self.registries.get_or_init(|| registries)))
    }
}

/// Says that a file is nothing that has a size to tell of.
fn neither(name: &str, cause: impl Into<Box<dyn Error + Send + Sync>>) -> BuildError {
    let message = "this is neither a program (ELF, Mach-O or PE) nor an image";
    BuildError::new(Phase::Inspect, name, message)
        .because(cause)
        .hint("name a program as in dist/server-linux-amd64, or an image as in dist/server.tar")
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
