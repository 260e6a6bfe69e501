//! The `ToolchainArchive` port.

#![expect(
    clippy::disallowed_methods,
    reason = "a zip is in a file of a moment until it is in a bundle"
)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::Arc;

use super::fetch_error::FetchError;
use super::toolchains::{Toolchains, Zip};
use super::unpack::{Positioned, unpack};
use crate::bundle::{BundleFile, EntryNameError, PROXY};
use crate::model::{BlobSource, BuildError, ExitCode, GoVersion, Phase, Platform};
use crate::ports::ToolchainArchive;
use crate::toolchain::ToolchainModule;

/// A file without a name, which is gone with the last who has it open.
struct Unnamed(Arc<File>);

impl BlobSource for Unnamed {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Positioned::new(Arc::clone(&self.0))?))
    }
}

/// A file as a Go module proxy has it.
struct ProxyFile {
    path: String,
    size_bytes: u64,
    source: Arc<dyn BlobSource>,
}

impl ProxyFile {
    fn of_bytes((path, bytes): (String, Vec<u8>)) -> Self {
        Self {
            path,
            size_bytes: bytes.len() as u64,
            source: Arc::new(Arc::<[u8]>::from(bytes)),
        }
    }
}

impl Toolchains<'_> {
    /// Fetches the zip of `module`, as in a run that unpacks it: the zip first, then what proves it.
    fn fetch_archive(
        &self,
        version: &GoVersion,
        module: &ToolchainModule,
    ) -> Result<Vec<ProxyFile>, FetchError> {
        let database = self.database()?;
        let workplace = &self.settings.workplace;
        fs::create_dir_all(workplace)?;
        let mut zip = Zip {
            file: tempfile::tempfile_in(workplace)?,
            is_resumed: false,
        };
        self.receive(&mut zip, version, module)?;
        let (expected, records) = database.proof(module)?;
        let found = unpack(&zip.file, module, None, &self.cancellation, &|_| ())?;
        if found != expected {
            return Err(FetchError::Mismatch { found, expected });
        }
        let zip = ProxyFile {
            path: module.zip_path(),
            size_bytes: zip.file.metadata()?.len(),
            source: Arc::new(Unnamed(Arc::new(zip.file))),
        };
        let records = records.into_iter().map(ProxyFile::of_bytes);
        Ok(records.chain([zip]).collect())
    }
}

impl ToolchainArchive for Toolchains<'_> {
    fn archive(
        &self,
        version: &GoVersion,
        platform: &Platform,
    ) -> Result<Vec<BundleFile>, BuildError> {
        let module = ToolchainModule::new(version, platform);
        let files = self
            .fetch_archive(version, &module)
            .map_err(|error| error.into_build_error(version, platform))?;
        let named = files.into_iter().map(|file| {
            Ok(BundleFile {
                name: format!("{PROXY}/{}", file.path).parse()?,
                size_bytes: file.size_bytes,
                source: file.source,
            })
        });
        named
            .collect::<Result<_, EntryNameError>>()
            .map_err(|error| {
                let message = "what proves a release of Go has no place in a bundle";
                BuildError::new(Phase::Bundle, "", message)
                    .because(error)
                    .exit(ExitCode::Internal)
            })
    }
}
