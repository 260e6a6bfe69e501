//! A project that is signed with an identity.

use std::process::Command;

use super::token::{IDENTITY, ISSUER};
use super::{Log, Sigstore};
use crate::support::registry::FakeRegistry;
use crate::support::{Output, TestEnvironment};

/// A project that is signed with an identity, where it is pushed to, and who vouches.
pub(crate) struct Stage {
    pub(crate) registry: FakeRegistry,
    pub(crate) sigstore: Sigstore,
    pub(crate) environment: TestEnvironment,
}

impl Stage {
    /// Sets all up, with a log of this kind.
    pub(crate) fn new(log: Log) -> Self {
        Self::of(Sigstore::start(), log)
    }

    /// Sets up the rest beside these services.
    pub(crate) fn of(sigstore: Sigstore, log: Log) -> Self {
        let environment = TestEnvironment::new().with_hello();
        Self {
            registry: FakeRegistry::start(),
            environment: environment.with_keyless(&sigstore, log),
            sigstore,
        }
    }

    /// Pushes the project.
    pub(crate) fn push(&self, further: &[&str]) -> Output {
        self.environment.run_command(&mut self.pushing(further))
    }

    /// Returns the command that pushes the project.
    pub(crate) fn pushing(&self, further: &[&str]) -> Command {
        let repository = self.registry.repository("team/hello");
        let args = [&["push", "--repo", &repository], further].concat();
        self.environment.coracle(args)
    }

    /// Pushes, and returns REPOSITORY@DIGEST.
    pub(crate) fn pushed(&self) -> String {
        self.push(&[]).success().line().to_owned()
    }
}

impl TestEnvironment {
    /// Verifies that whom the token of the tests speaks of has signed.
    pub(crate) fn verify_identity(&self, image: &str) -> Output {
        self.run(["verify", image, "--identity", IDENTITY, "--issuer", ISSUER])
    }
}
