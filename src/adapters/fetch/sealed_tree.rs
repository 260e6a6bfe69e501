//! An unpacked toolchain that nobody changes.

#![expect(
    clippy::disallowed_methods,
    reason = "this is where toolchains are on the disk"
)]

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use crate::adapters::cache_files::{self, digest_of, for_each_file};
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
    for_each_file(root, &mut |path, file| {
        let metadata = file.metadata()?;
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
    for_each_file(root, &mut |path, file| {
        if is_program(path) && file.metadata()?.mode() & 0o111 == 0 {
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
