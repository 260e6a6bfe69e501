//! The Go that builds the scanner.

use std::sync::{Mutex, PoisonError};

use crate::compile::Scanner;
use crate::model::{BuildError, ExitCode, Phase};
use crate::ports::{ScanGo, ToolchainSource};
use crate::toolchain::{Toolchain, tested_release};

/// The Go that builds the scanner, looked for once in a run.
pub(super) struct ScannerGo<'a> {
    toolchains: &'a dyn ToolchainSource,
    found: Mutex<Option<Toolchain>>,
}

impl<'a> ScannerGo<'a> {
    /// Looks among `toolchains`, when the first asks.
    pub(super) fn new(toolchains: &'a dyn ToolchainSource) -> Self {
        Self {
            toolchains,
            found: Mutex::default(),
        }
    }

    /// Lets `scan` look at what `compiling` has compiled.
    ///
    /// # Errors
    /// Those of `scan`, and when the Go that builds the scanner cannot be had.
    pub(super) fn scan<T>(
        &self,
        compiling: &Toolchain,
        scan: impl FnOnce(ScanGo<'_>) -> Result<T, BuildError>,
    ) -> Result<T, BuildError> {
        let builder = self.beside(compiling)?;
        scan(ScanGo {
            toolchain: compiling,
            builder: &builder,
        })
    }

    /// Returns the one that compiles, if it is new enough, else another that is there, else the release that this
    /// coracle was tested with.
    ///
    /// # Errors
    /// When that cannot be had.
    fn beside(&self, compiling: &Toolchain) -> Result<Toolchain, BuildError> {
        if Scanner::is_built_by(&compiling.version) {
            return Ok(compiling.clone());
        }
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = &*found {
            return Ok(found.clone());
        }
        Ok(found.insert(self.another()?).clone())
    }

    fn another(&self) -> Result<Toolchain, BuildError> {
        let installed = self.toolchains.installed();
        if installed.is_some_and(|version| Scanner::is_built_by(&version)) {
            return self.toolchains.local();
        }
        let tested = tested_release()
            .map_err(|error| BuildError::new(Phase::Check, "", error).exit(ExitCode::Internal))?;
        self.toolchains.fetched(&tested)
    }
}
