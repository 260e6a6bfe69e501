//! Who helps to make a release.

use std::sync::Arc;

use super::World;
use super::settings::environment;
use crate::adapters::registry::RegistryReleases;
use crate::adapters::upx::Upx;
use crate::config::PolicyConfig;
use crate::model::BuildError;
use crate::ports::Signer;

impl<'a> World<'a> {
    /// Returns who takes the files of releases.
    pub(in crate::cli) fn releases(&self) -> RegistryReleases<'a> {
        RegistryReleases::new(Arc::clone(&self.publishers.registry))
    }

    /// Finds who packs programs.
    ///
    /// # Errors
    /// When upx is not installed.
    pub(in crate::cli) fn packer(&self) -> Result<Upx, BuildError> {
        Upx::find(
            environment(self.session, &self.project.config),
            self.cache.workplace(),
            self.session.cancellation.clone(),
        )
    }

    /// Returns who signs, where anybody does.
    pub(in crate::cli) fn signer(&self) -> Option<&dyn Signer> {
        self.signer.as_deref().map(|signer| signer as &dyn Signer)
    }

    /// Returns the rules that pushes are held to, where there are any.
    pub(in crate::cli) fn rules(&self) -> Option<&PolicyConfig> {
        self.project.config.policy.as_ref()
    }
}
