//! What images consist of, while they are built.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::json;

use crate::attest::sbom::{BaseInventory, ImageParts, Inventory, SubjectName};
use crate::image::{Base, HeldLayer, PlatformBase};
use crate::layers::walk_layer;
use crate::model::{
    AddedFile, BuildError, Digest, ExitCode, InstalledProgram, LayerAccount, Phase, Platform,
    Timestamp, canonical_json,
};
use crate::plan::ImagePlan;
use crate::toolchain::Toolchain;

use super::assembly::Place;
use super::attest::MadeImage;
use super::build::{BuildJob, ImageJob};
use super::image_content::ImageContent;
use super::layer_accounts::{LayerAccounts, Slot, Source};
use super::memory::LayerMemory;
use super::{Licences, Ports, Prepared, base_inventory};

const VERSION: &str = "org.opencontainers.image.version";

/// Finds out what the images of a build consist of.
pub(super) struct Describer<'a> {
    ports: &'a Ports<'a>,
    prepared: &'a Prepared,
    /// The hash of the Go that compiles, where it was fetched.
    toolchain: Option<String>,
    /// Of the images that are built, in their order.
    accounts: Vec<LayerAccounts>,
    licences: OnceLock<Result<Licences<'a>, String>>,
    bases: Mutex<BTreeMap<Digest, BaseInventory>>,
}

impl<'a> Describer<'a> {
    /// Describes `images`, for which `toolchain` compiles what is not kept.
    pub(super) fn new(
        ports: &'a Ports<'a>,
        prepared: &'a Prepared,
        images: &[ImageJob<'_>],
        toolchain: Option<&Toolchain>,
    ) -> Self {
        let accounts = images
            .iter()
            .map(|image| LayerAccounts::new(image.memory, &image.kept));
        Self {
            ports,
            prepared,
            toolchain: toolchain.and_then(|toolchain| Some(toolchain.origin.h1()?.to_string())),
            accounts: accounts.collect(),
            licences: OnceLock::new(),
            bases: Mutex::default(),
        }
    }

    /// Does what needs no program: best beside the compiler. What fails is told when it is needed.
    pub(super) fn begin(&self, job: &BuildJob<'_>) {
        if let Ok(licences) = self.licences()
            && !job.batches.is_empty()
        {
            licences.look_up_required(&self.prepared.source.modules, self.ports.cancellation);
        }
        for image in &job.images {
            let platforms = image.plan.platforms.iter();
            for platform in platforms.filter_map(|it| image.base.for_platform(&it.platform)) {
                let _ = self.base(image.base, platform);
            }
        }
    }

    /// Returns where the account of the layer of files of an image is kept.
    pub(super) fn files(&self, image: usize) -> Option<&Slot> {
        self.accounts[image].files()
    }

    /// Returns where the account of a layer of a program is kept.
    pub(super) fn program(&self, image: usize, place: Place) -> &Slot {
        self.accounts[image].program(place)
    }

    /// Returns the account of a layer, which is kept with what is remembered of it where that lacks
    /// one.
    pub(super) fn account(
        &self,
        slot: &Slot,
        memory: &LayerMemory,
        plan: &ImagePlan,
    ) -> Result<LayerAccount, BuildError> {
        slot.account(|source| {
            let account = self.describe(source, memory, plan)?;
            if let (Source::Layer(_), Some(memo)) = (source, &memory.memo) {
                let mut memo = memo.clone();
                memo.account = Some(account.clone());
                // What cannot be kept is found out again.
                let _ = self.ports.memos.keep(&memory.part, &memo);
            }
            Ok(account)
        })
    }

    fn describe(
        &self,
        source: &Source,
        memory: &LayerMemory,
        plan: &ImagePlan,
    ) -> Result<LayerAccount, BuildError> {
        let wrong = |error| {
            let what = Some(memory.part.path.as_str()).filter(|path| !path.is_empty());
            let what = what.unwrap_or("files");
            let message = format!("cannot tell what is in the layer of {what}");
            BuildError::new(Phase::Attest, &plan.name, message).because(error)
        };
        match source {
            Source::Layer(layer) => self.of_layer(layer, &wrong),
            Source::Binary(binary) => {
                let path = memory.part.path.clone();
                let file = binary
                    .open()
                    .and_then(|bytes| AddedFile::read(&path, bytes));
                let file = file.map_err(|error| wrong(error.into()))?;
                let licences = self.licences()?;
                let mut account = licences.account(file.digest, file.size_bytes, &binary.info);
                account.toolchain.clone_from(&self.toolchain);
                Ok(LayerAccount {
                    programs: vec![InstalledProgram { path, account }],
                    ..LayerAccount::default()
                })
            }
        }
    }

    fn of_layer(
        &self,
        layer: &HeldLayer,
        wrong: &dyn Fn(Box<dyn std::error::Error + Send + Sync>) -> BuildError,
    ) -> Result<LayerAccount, BuildError> {
        let licences = self.licences()?;
        let mut content = ImageContent::default();
        let blob = &layer.layer.blob;
        walk_layer(
            blob,
            self.ports.cancellation,
            &|_| (),
            &mut |entry, bytes| content.visit(0, entry, bytes),
        )
        .map_err(|error| wrong(error.into()))?;
        let programs = content.programs().map(|(file, info)| InstalledProgram {
            path: file.path.clone(),
            account: licences.account(file.digest, file.size_bytes, info),
        });
        Ok(LayerAccount {
            programs: programs.collect(),
            files: content.files(|_| true),
            files_left_out: content.left_out,
        })
    }

    /// Returns what an image consists of.
    pub(super) fn inventory(&self, made: &MadeImage<'_, '_>) -> Result<Inventory, BuildError> {
        let job = made.made();
        let name = made.repository.to_string();
        let title = name.rsplit('/').next().unwrap_or(&name).to_owned();
        let subject = SubjectName {
            title,
            repository: Some(name),
        };
        let times = job.plan.platforms.iter().map(|settings| settings.created);
        let created = times.max().unwrap_or(Timestamp::EPOCH);
        let parts = self.parts(made.number, job)?;
        Ok(Inventory::of_image(made.image, subject, created, &parts))
    }

    /// Returns the hashes of the toolchains that compiled its programs; none for one that has none.
    pub(super) fn toolchains(
        &self,
        made: &MadeImage<'_, '_>,
    ) -> Result<BTreeSet<Option<String>>, BuildError> {
        let job = made.made();
        let mut toolchains = BTreeSet::new();
        for (platform, programs) in job.memory.programs.iter().enumerate() {
            for (program, memory) in programs.iter().enumerate() {
                let slot = self.program(made.number, Place { platform, program });
                let account = self.account(slot, memory, job.plan)?;
                let programs = account.programs.into_iter();
                toolchains.extend(programs.map(|program| program.account.toolchain));
            }
        }
        Ok(toolchains)
    }

    /// Returns what is in the image of each platform.
    fn parts(
        &self,
        number: usize,
        job: &ImageJob<'_>,
    ) -> Result<BTreeMap<Platform, ImageParts>, BuildError> {
        let mut all = BTreeMap::new();
        for (platform, settings) in job.plan.platforms.iter().enumerate() {
            let mut parts = ImageParts {
                version: settings.annotations.get(VERSION).cloned(),
                ..ImageParts::default()
            };
            if let Some(base) = job.base.for_platform(&settings.platform) {
                parts.base = self.base(job.base, base)?;
            }
            if let (Some(slot), Some(memory)) = (self.files(number), &job.memory.files) {
                parts.add(&self.account(slot, memory, job.plan)?);
            }
            for (program, memory) in job.memory.programs[platform].iter().enumerate() {
                let slot = self.program(number, Place { platform, program });
                parts.add(&self.account(slot, memory, job.plan)?);
            }
            self.add_licences_of_source(&mut parts)?;
            parts.programs.sort_by(|a, b| a.path.cmp(&b.path));
            all.insert(settings.platform.clone(), parts);
        }
        Ok(all)
    }

    /// What stands in the user's own source may have changed since a layer was made of it: it is looked
    /// up each time, and remembered nowhere.
    fn add_licences_of_source(&self, parts: &mut ImageParts) -> Result<(), BuildError> {
        let licences = self.licences()?;
        for program in &mut parts.programs {
            let modules = &self.prepared.source.modules;
            licences.fill_from_source(&mut program.account, self.ports.source, modules);
        }
        Ok(())
    }

    /// Returns what a base consists of, found out once for all images that stand on its layers.
    fn base(&self, base: &Base, platform: &PlatformBase) -> Result<BaseInventory, BuildError> {
        let layers = platform.layers.iter();
        let layers: Vec<String> = layers
            .map(|held| held.layer.blob.descriptor.digest.to_string())
            .collect();
        let origin = base
            .origin
            .as_ref()
            .map(|(name, digest)| (name.to_string(), *digest));
        let known = |inventory: BaseInventory| BaseInventory {
            origin,
            ..inventory
        };
        if layers.is_empty() {
            return Ok(known(BaseInventory::default()));
        }
        let key = Digest::of(&canonical_json(&json!({
            "coracle": env!("CARGO_PKG_VERSION"),
            "layers": layers,
        })));
        let mut bases = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inventory) = bases.get(&key) {
            return Ok(known(inventory.clone()));
        }
        let inventory = if let Some(inventory) = self.ports.inventories.find(key) {
            inventory
        } else {
            let found = base_inventory(base, platform, self.ports.cancellation)?;
            let found = BaseInventory {
                origin: None,
                ..found
            };
            self.ports.inventories.keep(key, &found);
            found
        };
        bases.insert(key, inventory.clone());
        Ok(known(inventory))
    }

    fn licences(&self) -> Result<&Licences<'a>, BuildError> {
        let licences = self
            .licences
            .get_or_init(|| Licences::new(self.ports.modules).map_err(|error| error.in_one_line()));
        licences
            .as_ref()
            .map_err(|error| BuildError::new(Phase::Attest, "", error).exit(ExitCode::Internal))
    }
}
