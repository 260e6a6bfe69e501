//! Files of settings on the disk: coracle.toml, certificates, what `go env -w` wrote.

#![expect(clippy::disallowed_methods, reason = "the configuration is a file")]

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use super::temp_file::{self, Readers};
use crate::model::{BuildError, ExitCode, Phase, is_absent};
use crate::toolchain::GoEnvFile;

/// The longest configuration that is read: a thousand images fit in many times over.
const MAX_CONFIG_BYTES: u64 = 4 << 20;

/// Reads a configuration file.
///
/// # Errors
/// When it cannot be read, is no text, or is far too long.
pub fn read_config(path: &Path) -> Result<String, BuildError> {
    let mut text = String::new();
    let read =
        File::open(path).and_then(|file| file.take(MAX_CONFIG_BYTES + 1).read_to_string(&mut text));
    let failed = || {
        BuildError::new(
            Phase::Config,
            path.display(),
            "cannot read the configuration",
        )
    };
    match read {
        Ok(_) if text.len() as u64 > MAX_CONFIG_BYTES => {
            Err(failed().because(format!("it is longer than {MAX_CONFIG_BYTES} bytes")))
        }
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(failed().because(error).hint("to write one: coracle init"))
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(failed().because("it is not UTF-8"))
        }
        Err(error) => Err(failed().because(error)),
    }
}

/// Reads certificates in PEM.
///
/// # Errors
/// When they cannot be read, or are far too long.
pub fn read_certificates(path: &Path) -> Result<Vec<u8>, BuildError> {
    let mut bytes = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    let read = match read {
        Ok(_) if bytes.len() as u64 > MAX_CONFIG_BYTES => Err(io::Error::other(format!(
            "it is longer than {MAX_CONFIG_BYTES} bytes"
        ))),
        read => read,
    };
    read.map_err(|error| {
        BuildError::new(Phase::Config, path.display(), "cannot read the certificates of a registry")
            .because(error)
            .hint("ca under [registries.\"HOST\"] names a file of PEM certificates, from the project's folder")
    })?;
    Ok(bytes)
}

/// Reads what the user has written with `go env -w`; no file says nothing.
///
/// # Errors
/// When there is one that cannot be read.
pub fn read_go_env(path: Option<&Path>) -> Result<GoEnvFile, BuildError> {
    let Some(path) = path else {
        return Ok(GoEnvFile::default());
    };
    let mut text = Vec::new();
    match File::open(path).and_then(|file| file.take(GoEnvFile::MAX_BYTES).read_to_end(&mut text)) {
        Ok(_) => Ok(GoEnvFile::parse(&String::from_utf8_lossy(&text))),
        Err(error) if is_absent(&error) => Ok(GoEnvFile::default()),
        Err(error) => Err(BuildError::new(
            Phase::Config,
            path.display(),
            "cannot read what `go env -w` wrote",
        )
        .because(error)),
    }
}

/// Writes `.go-version`, in place of what is there.
///
/// # Errors
/// When it cannot be written; what was there is there still then.
pub fn write_version_file(path: &Path, text: &str) -> Result<(), BuildError> {
    // A link stays one.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = temp_file::folder_of(&path);
    let written = temp_file::create(folder, Readers::Umask).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        temp_file::keep(file, &path)
    });
    written.map(drop).map_err(|error| {
        BuildError::new(
            Phase::Toolchain,
            path.display(),
            "cannot write the version of Go",
        )
        .because(error)
        .exit(ExitCode::CannotWrite)
    })
}

/// Writes a new configuration file, whole or not at all.
///
/// # Errors
/// When there is one already, or it cannot be written.
pub fn write_config(path: &Path, text: &str) -> Result<(), BuildError> {
    let folder = temp_file::folder_of(path);
    let written = temp_file::create(folder, Readers::Umask).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        temp_file::keep_new(file, path)
    });
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BuildError::new(
            Phase::Config,
            path.display(),
            "there is one already; nothing is written",
        )
        .hint("to see what would be written: coracle init --dry-run"),
        _ => BuildError::new(
            Phase::Config,
            path.display(),
            "cannot write the configuration",
        )
        .because(error)
        .exit(ExitCode::CannotWrite),
    })
}
