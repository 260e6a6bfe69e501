//! An unpacked toolchain that nobody changes.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where toolchains are on the disk"
)]

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::adapters::cache_files;
use crate::model::{Digest, Digester};
use crate::toolchain::{DirHash, H1, ToolchainModule, is_program};

/// Makes all below `root` read-only; `root` itself stays as it is, so that it can be renamed.
pub(super) fn seal(root: &Path) -> io::Result<()> {
    for_each_folder(root, &mut |folder| {
        let mode = if folder == root { 0o755 } else { 0o555 };
        fs::set_permissions(folder, Permissions::from_mode(mode))
    })
}

/// Removes `root` and all below it, read-only or not; nothing there is fine.
pub(super) fn remove(root: &Path) -> io::Result<()> {
    match cache_files::remove_all(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Returns a digest over names, sizes, modes and times of all files, which is the same for as long
/// as nobody touches them: a glance that costs a tenth of reading them.
pub(super) fn glance(root: &Path) -> io::Result<Digest> {
    let mut digester = Digester::default();
    for_each_file(root, "", &mut |path, metadata| {
        let line = format!(
            "{path}\0{} {:o} {}.{}\n",
            metadata.size(),
            metadata.mode(),
            metadata.mtime(),
            metadata.mtime_nsec()
        );
        digester.update(line.as_bytes());
        Ok(())
    })?;
    Ok(digester.finish())
}

/// Returns the hash of `module` over the files below `root`, read anew: that of its zip where
/// nobody changed, added or removed any. Programs that cannot be run are an error.
pub(super) fn hash(root: &Path, module: &ToolchainModule) -> io::Result<H1> {
    let mut hash = DirHash::default();
    for_each_file(root, "", &mut |path, metadata| {
        if is_program(path) && metadata.mode() & 0o111 == 0 {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        // A go.mod beside a _go.mod is a copy of it, and not in the zip.
        let original = path
            .strip_suffix("go.mod")
            .map(|folder| format!("{folder}_go.mod"))
            .filter(|original| path != original && root.join(original).exists());
        let digest = digest_of(&root.join(path))?;
        let is_copy = match original {
            Some(original) => digest_of(&root.join(original))? == digest,
            None => false,
        };
        if !is_copy {
            hash.add(format!("{module}/{path}"), digest);
        }
        Ok(())
    })?;
    Ok(hash.finish())
}

fn digest_of(path: &Path) -> io::Result<Digest> {
    let mut digester = Digester::default();
    io::copy(&mut File::open(path)?, &mut digester)?;
    Ok(digester.finish())
}

/// Visits all files below `root`, sorted by name within each folder; anything but files and folders
/// is an error.
fn for_each_file(
    root: &Path,
    folder: &str,
    visit: &mut dyn FnMut(&str, &Metadata) -> io::Result<()>,
) -> io::Result<()> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        entries.push((
            name.into_string().map_err(|_| io::ErrorKind::InvalidData)?,
            entry,
        ));
    }
    entries.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (name, entry) in entries {
        let path = match folder {
            "" => name,
            folder => format!("{folder}/{name}"),
        };
        let metadata = entry.metadata()?;
        if metadata.is_dir() {
            for_each_file(root, &path, visit)?;
        } else if metadata.is_file() {
            visit(&path, &metadata)?;
        } else {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    Ok(())
}

/// Visits all folders from `root` on.
fn for_each_folder(root: &Path, visit: &mut dyn FnMut(&Path) -> io::Result<()>) -> io::Result<()> {
    visit(root)?;
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            for_each_folder(&entry.path(), visit)?;
        }
    }
    Ok(())
}
