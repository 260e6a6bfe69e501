//! upx, which packs programs.

#![expect(
    clippy::disallowed_methods,
    reason = "upx packs files, in a folder that nobody else works in"
)]

use std::fs::{self, File, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::held_folder::HeldFolder;
use super::process::{self, Limits, ProcessError};
use crate::model::{
    BlobSource, BuildError, Cancellation, Environment, ExitCode, ForeignText, Phase,
};
use crate::ports::{Packer, Packing};

/// What upx may say about one program.
const MAX_OUTPUT_BYTES: usize = 1 << 20;

/// Packs programs by upx.
pub struct Upx {
    program: PathBuf,
    environment: Environment,
    cache: PathBuf,
    cancellation: Cancellation,
}

/// A packed program; its folder is gone with it.
struct PackedProgram {
    path: PathBuf,
    _folder: HeldFolder,
}

impl BlobSource for PackedProgram {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(&self.path)?))
    }
}

impl Upx {
    /// Finds upx on the user's PATH; it works below the cache folder `cache`.
    ///
    /// # Errors
    /// When it is not installed.
    pub fn find(
        environment: Environment,
        cache: &Path,
        cancellation: Cancellation,
    ) -> Result<Self, BuildError> {
        let program = process::find_program(&environment, "upx").ok_or_else(|| {
            BuildError::new(
                Phase::Config,
                "upx",
                "it is to pack the programs, and is not on PATH",
            )
            .exit(ExitCode::Usage)
            .hint("install it, as in: apt-get install upx-ucl, or brew install upx")
            .hint("or leave --upx out")
        })?;
        Ok(Self {
            program,
            environment,
            cache: cache.to_owned(),
            cancellation,
        })
    }

    fn pack_in(
        &self,
        folder: HeldFolder,
        program: &dyn BlobSource,
        time_limit: Duration,
    ) -> Result<Packing, UpxError> {
        let path = folder.path().join("program");
        let before = io::copy(&mut program.open()?, &mut File::create(&path)?)?;
        // It takes what nobody may run for no program.
        fs::set_permissions(&path, Permissions::from_mode(0o700))?;
        let mut command = process::command(&self.program, &self.environment);
        command
            .arg("-qq")
            .arg("--")
            .arg(&path)
            .current_dir(folder.path());
        let limits = Limits {
            time: Some(time_limit),
            output_bytes: MAX_OUTPUT_BYTES,
        };
        let finished = match process::run(command, &[], limits, &self.cancellation) {
            Ok(finished) => finished,
            Err(error @ (ProcessError::OutOfTime(_) | ProcessError::TooLong(_))) => {
                return Ok(Packing::AsItWas(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        if !finished.status.success() {
            let said = [finished.stderr.trim_ascii(), finished.stdout.trim_ascii()];
            let said = said.into_iter().find(|said| !said.is_empty());
            let said = said.map_or_else(|| finished.status.to_string(), |said| reason(said, &path));
            return Ok(Packing::AsItWas(said));
        }
        let size_bytes = fs::metadata(&path)?.len();
        if size_bytes == 0 || size_bytes >= before {
            return Ok(Packing::AsItWas("it would be no smaller".to_owned()));
        }
        Ok(Packing::Packed {
            program: Arc::new(PackedProgram {
                path,
                _folder: folder,
            }),
            size_bytes,
        })
    }
}

impl Packer for Upx {
    fn pack(
        &self,
        program: &dyn BlobSource,
        name: &str,
        time_limit: Duration,
    ) -> Result<Packing, BuildError> {
        let folder = HeldFolder::make(&self.cache).map_err(UpxError::from);
        let packed = folder.and_then(|folder| self.pack_in(folder, program, time_limit));
        packed.map_err(|error| {
            let told = BuildError::new(Phase::Compile, name, "cannot pack the program");
            match &error {
                UpxError::Disk(_) => told.exit(ExitCode::CannotWrite).hint(
                    "free some space, or name another folder: CORACLE_CACHE=/var/tmp/coracle",
                ),
                UpxError::Process(ProcessError::Stopped(reason)) => told.exit(reason.exit_code()),
                UpxError::Process(_) => told.hint("try it by itself: upx --version"),
            }
            .because(error)
        })
    }
}

/// Why upx said nothing.
#[derive(Debug, thiserror::Error)]
enum UpxError {
    /// The program cannot be put before it.
    #[error(transparent)]
    Disk(#[from] io::Error),
    /// It did not come to its own end.
    #[error("upx failed")]
    Process(#[from] ProcessError),
}

/// Returns the last line of what upx said, without the name of the file, which means nothing to anybody.
fn reason(said: &[u8], path: &Path) -> String {
    let said = String::from_utf8_lossy(said);
    let last = said.trim_end().lines().next_back().unwrap_or_default();
    let last = last.trim_start_matches("upx:").trim_start();
    let name = format!("{}:", path.display());
    let last = last.strip_prefix(&name).unwrap_or(last).trim_start();
    ForeignText::new(last).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_upx_says_is_told_without_the_file_that_nobody_knows() {
        let said =
            b"upx: /c/builds/go-x/program: CantPackException: macOS is currently not supported\n";
        assert_eq!(
            reason(said, Path::new("/c/builds/go-x/program")),
            "CantPackException: macOS is currently not supported"
        );
        let escaped = reason(b"\x1b[1mno\x1b[0m", Path::new("/p"));
        assert!(!escaped.contains('\x1b'), "{escaped}");
    }
}
