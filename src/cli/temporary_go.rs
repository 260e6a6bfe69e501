//! The machine's Go, until `adapters/fetch` lands.
use crate::model::{BuildError, GoVersion, Phase};
use crate::ports::ToolchainSource;
use crate::toolchain::{Toolchain, ToolchainOrigin};

pub(super) struct ToolchainCache;

impl ToolchainSource for ToolchainCache {
    fn installed(&self) -> Option<GoVersion> {
        "1.26.8".parse().ok()
    }
    fn local(&self) -> Result<Toolchain, BuildError> {
        let version = "1.26.8"
            .parse()
            .map_err(|error| BuildError::new(Phase::Toolchain, "", error))?;
        Ok(Toolchain {
            version,
            root: "/usr/local/go".into(),
            origin: ToolchainOrigin::Machine,
        })
    }
    fn fetched(&self, _: &GoVersion) -> Result<Toolchain, BuildError> {
        Err(BuildError::new(
            Phase::Toolchain,
            "",
            "toolchains cannot be fetched yet",
        ))
    }
}
