//! Manifests: files of YAML and JSON, and folders of them.

#![expect(clippy::disallowed_methods, reason = "manifests are files")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::model::{BuildError, ExitCode, Phase, SourcePath};

/// The most bytes of one manifest.
const MAX_BYTES: u64 = 16 << 20;
/// The most manifests of an environment.
const MOST: usize = 1000;

/// Reads the manifests at `paths` below `root`, in their order, those of a folder by name. Returns each with its
/// name.
///
/// # Errors
/// When one is missing, too large.
pub fn read_manifests(
    root: &Path,
    paths: &[SourcePath],
) -> Result<Vec<(String, Vec<u8>)>, BuildError> {
    let mut files = Vec::new();
    for path in paths {
        let full = root.join(path.as_str());
        collect(&full, &mut files).map_err(|error| {
            BuildError::new(Phase::Deploy, path, "cannot read the manifests")
                .because(error)
                .exit(ExitCode::Usage)
                .hint("name files or folders from the folder of coracle.toml: manifests = [\"deploy/\"]")
        })?;
    }
    let read = files.into_iter().take(MOST).map(|file| {
        let name = file
            .strip_prefix(root)
            .unwrap_or(&file)
            .display()
            .to_string();
        let bytes = bytes_of(&file).map_err(|error| {
            BuildError::new(Phase::Deploy, &name, "cannot read the manifest")
                .because(error)
                .exit(ExitCode::Usage)
        })?;
        Ok((name, bytes))
    });
    read.collect()
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !fs::metadata(path)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let entries: io::Result<Vec<_>> = fs::read_dir(path)?.collect();
    let mut paths: Vec<PathBuf> = entries?.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let ending = path
            .extension()
            .and_then(|it| it.to_str())
            .unwrap_or_default();
        if path.is_file() && matches!(ending, "yaml" | "yml" | "json") {
            files.push(path);
        }
    }
    Ok(())
}

fn bytes_of(file: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(file)?.len() > MAX_BYTES {
        let message = format!("it is larger than {MAX_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    fs::read(file)
}
