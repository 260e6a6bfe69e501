//! The licences of the modules in programs, from the modules' own files.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::attest::licence::{LicenceDetector, licence_of_folder};
use crate::compile::{BuildInfo, ModuleReplacement};
use crate::facts::{GoMod, LocalModule, Require};
use crate::model::{
    BuildError, Cancellation, Digest, ExitCode, LicenceExpression, ModuleAccount, ModulePath,
    Phase, ProgramAccount, Replaced, SourcePath,
};
use crate::policy::ModuleUse;
use crate::ports::{ModuleShelf, SourceTree};

/// Looks licences up, each module's once a run.
pub struct Licences<'a> {
    modules: &'a dyn ModuleShelf,
    detector: LicenceDetector,
    known: Mutex<BTreeMap<(String, String), Option<LicenceExpression>>>,
}

impl<'a> Licences<'a> {
    /// Reads the patterns of licences, which takes some 60 ms: best beside other work.
    ///
    /// # Errors
    /// When they are damaged, which is a fault of coracle's own.
    pub fn new(modules: &'a dyn ModuleShelf) -> Result<Self, BuildError> {
        let detector = LicenceDetector::load().map_err(|error| {
            BuildError::new(Phase::Inspect, "", "cannot tell licences apart")
                .exit(ExitCode::Internal)
                .because(error)
        })?;
        Ok(Self {
            modules,
            detector,
            known: Mutex::default(),
        })
    }

    /// Returns the account of a program with `digest`, and the licences of those of its modules that
    /// are on the shelf. The main module's own is left to [`Licences::fill_from_source`].
    pub fn account(&self, digest: Digest, size_bytes: u64, info: &BuildInfo) -> ProgramAccount {
        let mut account = info.account(digest, size_bytes);
        self.fill(&mut account);
        account
    }

    /// Adds the licences that are not known yet, of the modules that are on the shelf.
    pub fn fill(&self, account: &mut ProgramAccount) {
        for module in account.all_modules_mut() {
            if module.licence.is_none() {
                module.licence = self.of_module(module);
            }
        }
    }

    /// Adds the licences that are not known yet, of modules whose code is in the user's source: those
    /// of `modules`, and those that are vendored.
    pub fn fill_from_source(
        &self,
        account: &mut ProgramAccount,
        source: &dyn SourceTree,
        modules: &[LocalModule],
    ) {
        for module in account.all_modules_mut() {
            if module.licence.is_none() {
                module.licence = self.of_source(module, source, modules);
            }
        }
    }

    /// Returns the licence of a module that is used, of its files on the shelf or in the user's source.
    pub(super) fn of_used(
        &self,
        used: &ModuleUse,
        source: &dyn SourceTree,
        modules: &[LocalModule],
    ) -> Option<LicenceExpression> {
        let account = account(used);
        self.of_module(&account)
            .or_else(|| self.of_source(&account, source, modules))
    }

    fn of_source(
        &self,
        module: &ModuleAccount,
        source: &dyn SourceTree,
        modules: &[LocalModule],
    ) -> Option<LicenceExpression> {
        let imported = match &module.replaced {
            Some(Replaced::Module { path, .. }) => path,
            _ => &module.path,
        };
        let local = modules.iter().find(|local| local.path.as_str() == imported);
        let folder = match local {
            Some(local) => Some(local.folder.clone()),
            None => SourcePath::root().join(&format!("vendor/{imported}")).ok(),
        };
        self.of_folder(source, &folder?)
    }

    fn of_folder(&self, tree: &dyn SourceTree, folder: &SourcePath) -> Option<LicenceExpression> {
        licence_of_folder(tree, folder, &self.detector)
    }

    fn of_module(&self, module: &ModuleAccount) -> Option<LicenceExpression> {
        if matches!(module.replaced, Some(Replaced::Folder { .. })) {
            return None;
        }
        self.of(&module.path, &module.version)
    }

    /// Looks up what `modules` need, as far as it is on the shelf already, so that it is known once a
    /// program is there.
    pub fn look_up_required(&self, modules: &[LocalModule], cancellation: &Cancellation) {
        for module in modules {
            let GoMod {
                requires, replaces, ..
            } = &module.go_mod;
            let is_replaced =
                |path: &ModulePath| replaces.iter().any(|replace| replace.module == *path);
            let looked_up = requires.iter().filter(|it| !is_replaced(&it.module));
            for Require {
                module, version, ..
            } in looked_up
            {
                if cancellation.reason().is_some() {
                    return;
                }
                let _ = self.of(module.as_str(), version);
            }
        }
    }

    fn of(&self, path: &str, version: &str) -> Option<LicenceExpression> {
        let key = (path.to_owned(), version.to_owned());
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(licence) = known.get(&key) {
            return licence.clone();
        }
        drop(known);
        // What is not there may come yet.
        let tree = self.modules.find(path, version)?;
        let licence = self.of_folder(&*tree, &SourcePath::root());
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, licence.clone());
        licence
    }
}

/// Returns the account of the code that is used.
fn account(used: &ModuleUse) -> ModuleAccount {
    let (path, version) = (used.path.to_string(), used.version.to_string());
    let (path, version, replaced) = match &used.replacement {
        None => (path, version, None),
        Some(ModuleReplacement {
            path: with,
            version: Some(as_version),
        }) => (
            with.clone(),
            as_version.clone(),
            Some(Replaced::Module { path, version }),
        ),
        Some(ModuleReplacement {
            path: folder,
            version: None,
        }) => {
            let folder = folder.clone();
            let devel = ModuleAccount::DEVEL.to_owned();
            (path, devel, Some(Replaced::Folder { folder, version }))
        }
    };
    ModuleAccount {
        path,
        version,
        sum: None,
        replaced,
        licence: None,
    }
}
