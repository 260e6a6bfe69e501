//! The `ModuleArchive` port.
//!
//! What programs are compiled from is found out by the go command: in a module cache that is empty at
//! first it has afterwards what it needed, each file verified against go.sum, and nothing else.

#![expect(
    clippy::disallowed_methods,
    reason = "the go command keeps modules on the disk"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::batch_run::BatchRun;
use super::{GoBuilder, GoBuilderSettings};
use crate::adapters::held_folder::HeldFolder;
use crate::bundle::{BundleFile, EntryNameError, PROXY};
use crate::compile::GoFolders;
use crate::model::{BlobSource, BuildError, ExitCode, Phase, canonical_json};
use crate::plan::Batch;
use crate::ports::ModuleArchive;
use crate::toolchain::Toolchain;

/// Where a module cache has what a proxy has, "The module cache" in Go's reference.
const DOWNLOADS: &str = "cache/download";

/// A file in a folder of this run, which is there for as long as anybody needs one of its files.
struct HeldFile {
    path: PathBuf,
    _folder: Arc<HeldFolder>,
}

impl BlobSource for HeldFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.path)?))
    }
}

impl ModuleArchive for GoBuilder<'_> {
    fn archive(
        &self,
        toolchain: &Toolchain,
        batches: &[Batch],
    ) -> Result<Vec<BundleFile>, BuildError> {
        // What the user's module cache lacks is fetched into it, in all the ways that the settings allow.
        load(self, toolchain, batches)?;
        let folder =
            Arc::new(HeldFolder::make(&self.settings.cache).map_err(|error| full(&error))?);
        let cache = folder.path().join("mod");
        load(&self.with_module_cache(&cache), toolchain, batches)?;
        collect(&cache, &folder).map_err(|error| full(&error))
    }
}

impl GoBuilder<'_> {
    /// Returns the same builder with another module cache, which is filled from its own.
    fn with_module_cache(&self, cache: &Path) -> Self {
        let settings = &self.settings;
        let known = settings.folders.module_cache.join(DOWNLOADS);
        Self {
            settings: GoBuilderSettings {
                folders: GoFolders {
                    module_cache: cache.to_owned(),
                    ..settings.folders.clone()
                },
                modules: settings.modules.clone().through_folder(&known),
                ..settings.clone()
            },
            events: self.events,
            clock: self.clock,
            cancellation: self.cancellation.clone(),
        }
    }
}

/// Loads all packages of `batches`.
fn load(
    builder: &GoBuilder<'_>,
    toolchain: &Toolchain,
    batches: &[Batch],
) -> Result<(), BuildError> {
    batches
        .iter()
        .try_for_each(|batch| BatchRun::new(builder, toolchain, batch, &[], &|_, _| ()).load())
}

/// Returns what the module cache at `cache` has of modules, by what a bundle calls it.
fn collect(cache: &Path, folder: &Arc<HeldFolder>) -> io::Result<Vec<BundleFile>> {
    let downloads = cache.join(DOWNLOADS);
    let mut found = BTreeMap::new();
    find(&downloads, &mut found)?;
    let mut files = Vec::new();
    for (path, size_bytes) in found {
        let name = path.strip_prefix(&downloads).unwrap_or(&path);
        let name = format!("{PROXY}/{}", name.to_string_lossy());
        if let Some(stem) = name.strip_suffix(".mod") {
            files.push(info(stem).map_err(io::Error::other)?);
        }
        let source = Arc::new(HeldFile {
            path,
            _folder: Arc::clone(folder),
        });
        files.push(BundleFile {
            name: name.parse().map_err(io::Error::other)?,
            size_bytes,
            source,
        });
    }
    Ok(files)
}

/// Finds what go.sum vouches for: go.mod files and zips.
fn find(folder: &Path, found: &mut BTreeMap<PathBuf, u64>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        // Nothing was needed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        let (path, metadata) = (entry.path(), entry.metadata()?);
        let is_of_module = path.parent().is_some_and(|folder| folder.ends_with("@v"))
            && path
                .extension()
                .is_some_and(|extension| extension == "mod" || extension == "zip");
        if metadata.is_dir() {
            find(&path, found)?;
        } else if is_of_module {
            found.insert(path, metadata.len());
        }
    }
    Ok(())
}

/// Returns what a proxy says of a version beside its files. Servers add when it was made, for which nobody
/// vouches, and which no build asks for.
fn info(stem: &str) -> Result<BundleFile, EntryNameError> {
    let version = stem.rsplit('/').next().unwrap_or_default();
    let mut unescaped = String::new();
    let mut characters = version.chars();
    while let Some(c) = characters.next() {
        match c {
            '!' => unescaped.extend(characters.next().map(|c| c.to_ascii_uppercase())),
            c => unescaped.push(c),
        }
    }
    let text = canonical_json(&json!({ "Version": unescaped }));
    BundleFile::of_bytes(&format!("{stem}.info"), text)
}

fn full(error: &io::Error) -> BuildError {
    let message = format!("cannot put the modules together: {error}");
    BuildError::new(Phase::Bundle, "", message)
        .exit(ExitCode::CannotWrite)
        .hint("make room, or name another folder: CORACLE_CACHE=/var/tmp/coracle")
}
