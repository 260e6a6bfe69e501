//! Puts what deploys behind its ports.

use std::sync::Arc;
use std::time::Duration;

use super::images::ImageShelf;
use super::project::Project;
use super::settings::{client_settings, environment, retry};
use super::signing::signer_of;
use crate::adapters::deploying::{
    Alerts, Kubernetes, Manifest, Podman, Probe, ProgramDeployer, Runner,
};
use crate::adapters::disk::{CacheFolder, Depth, DiskDeployJournal, ManifestText, read_manifests};
use crate::adapters::http::{Client, ClientSettings, Network};
use crate::attest::{Demand, TrustedSigners};
use crate::cli::options::ProjectOptions;
use crate::cli::session::Session;
use crate::config::{
    DeployHow, EnvironmentConfig, EnvironmentName, KubernetesHow, Overrides, SignerChoice,
};
use crate::deploy::{DeployImage, Holder, ManifestImages};
use crate::facts;
use crate::model::{BuildError, ExitCode, ImageName, Phase, Reference};
use crate::pipeline::{self, BaseDemand, DeployPorts, Target, VerifyRequest};
use crate::plan::TaggedImage;
use crate::ports::{Deployer, EventSink};

/// How long a smoke test waits for one answer that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// All that a deploy needs.
pub(in crate::cli) struct Deploying<'a> {
    session: &'a Session,
    events: &'a dyn EventSink,
    /// What it is a deploy of.
    pub(in crate::cli) project: Project,
    options: ProjectOptions,
    cache: CacheFolder,
    settings: ClientSettings,
    /// What others know the project by.
    pub(in crate::cli) name: String,
}

impl<'a> Deploying<'a> {
    /// Opens the project and the cache folder.
    ///
    /// # Errors
    /// When there is no project, or its configuration is wrong.
    pub(in crate::cli) fn open(
        session: &'a Session,
        options: &ProjectOptions,
        overrides: &Overrides,
        events: &'a dyn EventSink,
    ) -> Result<Self, Vec<BuildError>> {
        let one = |error| vec![error];
        let project = Project::open(session, options, overrides)?;
        let cache = CacheFolder::open(&session.host, events).map_err(one)?;
        let online = Network::Online;
        let settings = client_settings(session, &project.config, &project.root(), online);
        let location = &project.source.location;
        let name = facts::project_name(&project.source.tree, &location.project);
        let folder = || location.root.display().to_string();
        Ok(Self {
            settings: settings.map_err(one)?,
            name: name.unwrap_or_else(folder),
            options: options.clone(),
            session,
            events,
            project,
            cache,
        })
    }

    /// Returns the environments of these names, or all, in their order.
    ///
    /// # Errors
    /// When there is none of such a name, or nothing says where to deploy to.
    pub(in crate::cli) fn environments(
        &self,
        names: &[EnvironmentName],
    ) -> Result<Vec<&EnvironmentConfig>, BuildError> {
        let Some(deploy) = &self.project.config.deploy else {
            return Err(
                BuildError::new(Phase::Config, "", "nothing says where to deploy to")
                    .hint("add a table [deploy] to coracle.toml: docs/deploy.md has examples"),
            );
        };
        let all = &deploy.environments;
        if let Some(unknown) = names
            .iter()
            .find(|name| all.iter().all(|it| it.name != **name))
        {
            let known: Vec<&str> = all.iter().map(|it| it.name.as_str()).collect();
            return Err(BuildError::new(
                Phase::Config,
                "--env",
                format!("there is no environment {unknown}"),
            )
            .hint(format!("those of coracle.toml are {}", known.join(", "))));
        }
        let wanted = |it: &&EnvironmentConfig| names.is_empty() || names.contains(&it.name);
        Ok(all.iter().filter(wanted).collect())
    }

    /// Reads the manifests of `environments`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(in crate::cli) fn manifests(
        &self,
        environments: &[&EnvironmentConfig],
    ) -> Result<Vec<ManifestText>, BuildError> {
        let mut texts = Vec::new();
        for environment in environments {
            if let DeployHow::Kubernetes(how) = &environment.how {
                texts.extend(self.read(how)?);
            }
        }
        Ok(texts)
    }

    /// Returns the names of the images of coracle.toml.
    pub(in crate::cli) fn image_names(&self) -> impl Iterator<Item = &ImageName> {
        self.project.config.images.keys()
    }

    /// Puts what brings images to `environments` behind its ports; `known` is what is known of images that manifests
    /// name, beside those that are deployed.
    ///
    /// # Errors
    /// When manifests cannot be read.
    pub(in crate::cli) fn targets<'t>(
        &'t self,
        environments: &[&'t EnvironmentConfig],
        known: &ManifestImages,
    ) -> Result<Vec<Target<'t>>, BuildError> {
        environments
            .iter()
            .map(|environment| self.target(environment, known))
            .collect()
    }

    fn target<'t>(
        &'t self,
        environment: &'t EnvironmentConfig,
        known: &ManifestImages,
    ) -> Result<Target<'t>, BuildError> {
        let runner = Runner {
            environment: self::environment(self.session, &self.project.config),
            root: self.project.root(),
            events: self.events,
            cancellation: self.session.cancellation.clone(),
            name: environment.name.to_string(),
        };
        let mut settings = self.settings.clone();
        settings.patience = PATIENCE;
        let client = Client::new(settings, self.session.cancellation.clone());
        Ok(Target {
            environment,
            deployer: self.deployer(environment, runner.clone(), known)?,
            probe: Box::new(Probe {
                runner: runner.clone(),
                client: Arc::new(client),
            }),
            alarm: Box::new(Alerts {
                runner,
                settings: self.settings.clone(),
                secrets: self.session.host.environment.clone(),
                variable: "CORACLE_ENVIRONMENT",
            }),
        })
    }

    fn deployer<'t>(
        &'t self,
        environment: &EnvironmentConfig,
        runner: Runner<'t>,
        known: &ManifestImages,
    ) -> Result<Box<dyn Deployer + 't>, BuildError> {
        let root = self.project.root();
        let name = environment.name.as_str();
        let journal = || {
            let project = root.display().to_string();
            Box::new(DiskDeployJournal::new(self.cache.clone(), &project, name))
        };
        Ok(match environment.how.clone() {
            DeployHow::Command(how) => Box::new(ProgramDeployer {
                runner,
                how,
                journal: journal(),
            }),
            DeployHow::Podman(how) => Box::new(Podman {
                runner,
                how,
                journal: journal(),
            }),
            DeployHow::Kubernetes(how) => {
                let manifests = self.read(&how)?.into_iter().map(|text| Manifest {
                    file: text.name,
                    bytes: text.bytes,
                });
                let (manifests, known) = (manifests.collect(), known.clone());
                Box::new(Kubernetes::new(runner, how, &self.name, manifests, known))
            }
        })
    }

    fn read(&self, how: &KubernetesHow) -> Result<Vec<ManifestText>, BuildError> {
        let names: Vec<String> = how.manifests.iter().map(ToString::to_string).collect();
        read_manifests(&self.project.root(), &names, Depth::Flat).map_err(|error| {
            error.exit(ExitCode::Usage).hint(
                "name files or folders from the folder of coracle.toml: manifests = [\"deploy/\"]",
            )
        })
    }

    /// Asks the registry which image a tag means now.
    ///
    /// # Errors
    /// When there is none, or nobody can be asked.
    pub(in crate::cli) fn standing(
        &self,
        image: &TaggedImage,
    ) -> Result<DeployImage, Vec<BuildError>> {
        let shelf = ImageShelf::new(self.session, self.options.clone(), self.events);
        let root = shelf.image(&image.reference.to_string())?.root();
        let root = root.map_err(|error| {
            vec![error.hint(format!(
                "the manifests name {0}, which this run does not push; to push it: coracle push {0}",
                image.name
            ))]
        })?;
        let repository = image.reference.repository().clone();
        Ok(DeployImage {
            name: image.name.clone(),
            reference: Reference::by_digest(repository, root.descriptor.digest),
        })
    }

    /// Returns the world as a deploy sees it.
    pub(in crate::cli) fn ports(&self) -> DeployPorts<'_> {
        DeployPorts {
            events: self.events,
            clock: &self.session.clock,
            cancellation: &self.session.cancellation,
        }
    }

    /// Says who deploys, and when.
    pub(in crate::cli) fn holder(&self) -> Holder {
        let of = |name: &str| self.session.host.environment.get_str(name);
        let user = of("USER").or_else(|| of("LOGNAME")).unwrap_or("somebody");
        let machine = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        Holder {
            name: format!("{user}@{machine} (process {})", std::process::id()),
            since: Session::now().seconds(),
        }
    }

    /// Refuses images that are not signed by whom they must be, where anybody says so.
    ///
    /// # Errors
    /// When one is not, or nobody can be asked.
    pub(in crate::cli) fn verify<'i>(
        &self,
        images: impl IntoIterator<Item = &'i DeployImage>,
    ) -> Result<(), Vec<BuildError>> {
        let shelf = ImageShelf::new(self.session, self.options.clone(), self.events);
        for image in images {
            let signers = self.signers(&shelf, image)?;
            if signers.is_empty() {
                continue;
            }
            let name = image.reference.to_string();
            let demand = Demand {
                signers,
                attestations: Vec::new(),
                annotations: std::collections::BTreeMap::new(),
            };
            let request = VerifyRequest {
                name: &name,
                repository: image.reference.repository(),
                demand: &demand,
                base: BaseDemand::Nothing,
                bases: &*shelf.bases()?,
                events: self.events,
                cancellation: &self.session.cancellation,
            };
            let (reader, referrers) = (shelf.image(&name)?, shelf.referrers()?);
            pipeline::verify(&*reader, &referrers, &request)?;
        }
        Ok(())
    }

    /// Returns whose signatures count: whom the project trusts for the registry, else whoever signs for it.
    fn signers(
        &self,
        shelf: &ImageShelf<'_>,
        image: &DeployImage,
    ) -> Result<TrustedSigners, Vec<BuildError>> {
        let host = image.reference.repository().host();
        let trusted = shelf.signers_trusted_for(host, None)?;
        let Some(sign) = self
            .project
            .config
            .sign
            .as_ref()
            .filter(|_| trusted.is_empty())
        else {
            return Ok(trusted);
        };
        if let SignerChoice::Keyless(_) = sign.signer {
            let error = BuildError::new(
                Phase::Config,
                &image.name,
                "images are signed without a key, and nothing says whose signatures count",
            );
            return Err(vec![error.exit(ExitCode::Usage).hint(
                "name who signs in [sign.keyless]: identity = \"…\" and issuer = \"…\"",
            )]);
        }
        let one = |error| vec![error];
        let (config, session) = (&self.project.config, self.session);
        let client = Arc::new(Client::new(
            self.settings.clone(),
            session.cancellation.clone(),
        ));
        let root = self.project.root();
        let signer =
            signer_of(session, &sign.signer, &root, &client, retry(config)).map_err(one)?;
        Ok(TrustedSigners::of_key(signer.public_key().map_err(one)?))
    }
}
