//! What a program says of itself, kept beside it.

use super::{BuildInfo, LinkedModule};
use crate::model::{Digest, ModuleAccount, ProgramAccount, Replaced};

impl BuildInfo {
    /// Returns the account of the program with `digest` that says this of itself; no licence is known
    /// yet, nor which toolchain it was.
    pub fn account(&self, digest: Digest, size_bytes: u64) -> ProgramAccount {
        ProgramAccount {
            digest,
            size_bytes,
            go: self.go_version.clone(),
            toolchain: None,
            package: self.path.clone(),
            main: self.main.as_ref().map(LinkedModule::account),
            modules: self.modules.iter().map(LinkedModule::account).collect(),
            settings: self.settings.clone(),
        }
    }
}

impl LinkedModule {
    fn account(&self) -> ModuleAccount {
        let Some(replacement) = &self.replacement else {
            return self.unreplaced();
        };
        if is_folder(&replacement.path) {
            return ModuleAccount {
                version: ModuleAccount::DEVEL.to_owned(),
                sum: None,
                replaced: Some(Replaced::Folder {
                    folder: replacement.path.clone(),
                    version: self.version.clone(),
                }),
                ..self.unreplaced()
            };
        }
        ModuleAccount {
            replaced: Some(Replaced::Module {
                path: self.path.clone(),
                version: self.version.clone(),
            }),
            ..replacement.unreplaced()
        }
    }

    fn unreplaced(&self) -> ModuleAccount {
        ModuleAccount {
            path: self.path.clone(),
            version: self.version.clone(),
            sum: self.sum.clone(),
            replaced: None,
            licence: None,
        }
    }
}

/// Tells folders from module paths as the go command does, `modfile.IsDirectoryPath`.
fn is_folder(path: &str) -> bool {
    matches!(path, "." | "..")
        || ["./", "../", "/"]
            .iter()
            .any(|start| path.starts_with(start))
}
