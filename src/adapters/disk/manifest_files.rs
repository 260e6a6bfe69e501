//! Kubernetes files that a user names.

#![expect(
    clippy::disallowed_methods,
    reason = "the manifests are files of the user's"
)]

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::model::{BuildError, ByteSize, Phase, limits};

/// What stands for stdin.
pub const STDIN: &str = "-";
/// The files of a folder that are manifests, as for kubectl.
const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// A file of YAML or JSON, unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestText {
    /// What the user would type for it.
    pub name: String,
    /// All that is in it.
    pub bytes: Vec<u8>,
}

/// Whether folders in folders count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The files of a folder alone.
    Flat,
    /// The files of its folders too.
    Recursive,
}

/// Reads the files that `names` mean, in their order: a file, the manifests of a folder by name, or
/// `-` for stdin. What is named twice is read once.
///
/// # Errors
/// When one cannot be read, is longer than [`limits::MANIFEST_FILE_BYTES`], or a folder has none.
pub fn read_manifests(
    start: &Path,
    names: &[String],
    depth: Depth,
) -> Result<Vec<ManifestText>, BuildError> {
    let mut texts: Vec<ManifestText> = Vec::new();
    for name in names {
        for name in files(start, name, depth)? {
            if !texts.iter().any(|known| known.name == name) {
                let bytes = read(start, &name)?;
                texts.push(ManifestText { name, bytes });
            }
        }
    }
    Ok(texts)
}

fn files(start: &Path, name: &str, depth: Depth) -> Result<Vec<String>, BuildError> {
    let path = start.join(name);
    if name == STDIN || !path.is_dir() {
        return Ok(vec![name.to_owned()]);
    }
    let failed = || BuildError::new(Phase::Config, name, "cannot read this folder");
    let mut found = Vec::new();
    walk(&path, depth, &mut found).map_err(|error| failed().because(error))?;
    if found.is_empty() {
        let error = failed().because("it has no file that ends in .yaml, .yml or .json");
        return Err(match depth {
            Depth::Flat => error.hint("to look into its folders too: -R"),
            Depth::Recursive => error,
        });
    }
    let shown = |file: PathBuf| {
        file.strip_prefix(start)
            .unwrap_or(&file)
            .display()
            .to_string()
    };
    Ok(found.into_iter().map(shown).collect())
}

fn walk(folder: &Path, depth: Depth, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    for path in paths {
        let extension = path.extension().unwrap_or_default();
        // A link to a folder may lead back here.
        if path.is_dir() {
            if depth == Depth::Recursive && !path.is_symlink() {
                walk(&path, depth, found)?;
            }
        } else if EXTENSIONS.iter().any(|known| extension == *known) {
            found.push(path);
        }
    }
    Ok(())
}

fn read(start: &Path, name: &str) -> Result<Vec<u8>, BuildError> {
    let failed = || BuildError::new(Phase::Config, name, "cannot read this file");
    let limit = limits::MANIFEST_FILE_BYTES;
    let take = |reader: &mut dyn Read| -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        reader.take(limit + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let read = if name == STDIN {
        take(&mut io::stdin().lock())
    } else {
        fs::File::open(start.join(name)).and_then(|mut file| take(&mut file))
    };
    let bytes = read.map_err(|error| failed().because(error))?;
    if bytes.len() as u64 > limit {
        return Err(failed().because(format!("it is longer than {}", ByteSize(limit))));
    }
    Ok(bytes)
}
