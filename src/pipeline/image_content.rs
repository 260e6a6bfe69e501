//! What is in the layers of an image, as a program in it would see it.

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::attest::sbom::{BaseInventory, BasePackage, OsRelease, PackageDatabase};
use crate::compile::{BuildInfo, BuildInfoScanner};
use crate::layers::{TarEntry, TarKind, Whiteout};
use crate::model::{AddedFile, Digester, limits};

/// The files of an image that a bill of materials speaks of, by their paths. Layers come from below;
/// what an upper one replaces or removes is gone.
#[derive(Debug, Default)]
pub(super) struct ImageContent {
    files: BTreeMap<String, Content>,
    programs: usize,
    modules: usize,
    packages: usize,
    listed: usize,
    pub(super) left_out: u64,
}

/// A file, with the number of the layer that it is from.
#[derive(Debug)]
struct Content {
    layer: usize,
    kind: ContentKind,
}

#[derive(Debug)]
enum ContentKind {
    Program(AddedFile, Box<BuildInfo>),
    Packages(Vec<BasePackage>),
    Release(OsRelease),
    Plain(AddedFile),
}

impl ImageContent {
    /// Takes an entry of the layer `layer`.
    pub(super) fn visit(
        &mut self,
        layer: usize,
        entry: &TarEntry,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        match (entry.whiteout(), &entry.kind) {
            (Some(Whiteout::Path(path)), _) => self.remove(&path, layer),
            (Some(Whiteout::Content(folder)), _) => self.remove_below(&folder, layer),
            (None, TarKind::Folder) => {}
            (None, TarKind::File) => {
                let kind = self.read(entry, content)?;
                self.remove(&entry.path, layer);
                self.files.remove(&entry.path);
                if let Some(kind) = kind {
                    let path = entry.path.clone();
                    self.files.insert(path, Content { layer, kind });
                }
            }
            (None, _) => self.remove(&entry.path, layer),
        }
        Ok(())
    }

    /// Removes what lower layers have at a path, and below it.
    fn remove(&mut self, path: &str, layer: usize) {
        if self.files.get(path).is_some_and(|file| file.layer < layer) {
            self.files.remove(path);
        }
        self.remove_below(path, layer);
    }

    /// Removes what lower layers have in a folder.
    fn remove_below(&mut self, folder: &str, layer: usize) {
        let inside = if folder.is_empty() {
            self.files.range(String::new()..)
        } else {
            // The character after `/` is `0`.
            self.files.range(format!("{folder}/")..format!("{folder}0"))
        };
        let gone = inside.filter(|(_, file)| file.layer < layer);
        let gone: Vec<String> = gone.map(|(path, _)| path.clone()).collect();
        for path in gone {
            self.files.remove(&path);
        }
    }

    fn read(
        &mut self,
        entry: &TarEntry,
        content: &mut dyn Read,
    ) -> io::Result<Option<ContentKind>> {
        if let Some(database) = PackageDatabase::at(&entry.path) {
            let text = text_of(entry, content, PackageDatabase::MAX_BYTES)?;
            let packages = database.parse(&text);
            self.packages += packages.len();
            within(self.packages, limits::PACKAGES, "packages")?;
            return Ok(Some(ContentKind::Packages(packages)));
        }
        if matches!(entry.path.as_str(), "etc/os-release" | "usr/lib/os-release") {
            let text = text_of(entry, content, OsRelease::MAX_BYTES)?;
            return Ok(OsRelease::parse(&text).map(ContentKind::Release));
        }
        let (file, info) = read_file(entry, content)?;
        match info {
            Some(info) if self.programs < limits::GO_PROGRAMS => {
                self.programs += 1;
                self.modules += info.modules.len();
                within(self.modules, limits::GO_MODULES, "modules")?;
                Ok(Some(ContentKind::Program(file, Box::new(info))))
            }
            _ if self.listed < limits::LISTED_FILES => {
                self.listed += 1;
                Ok(Some(ContentKind::Plain(file)))
            }
            _ => {
                self.left_out += 1;
                Ok(None)
            }
        }
    }

    /// Returns the number of the uppermost layer in which packages stand.
    pub(super) fn last_with_packages(&self) -> Option<usize> {
        let packages = self
            .files
            .values()
            .filter_map(|content| match &content.kind {
                ContentKind::Packages(_) => Some(content.layer),
                _ => None,
            });
        packages.max()
    }

    /// Returns what is known of the base.
    pub(super) fn base(&self) -> BaseInventory {
        let mut base = BaseInventory::default();
        for content in self.files.values() {
            match &content.kind {
                ContentKind::Packages(packages) => {
                    base.packages.extend(packages.iter().cloned());
                }
                ContentKind::Release(release) if base.os.is_none() => {
                    base.os = Some(release.clone());
                }
                _ => {}
            }
        }
        base.packages.sort();
        base.packages.dedup();
        base
    }

    /// Returns the Go programs.
    pub(super) fn programs(&self) -> impl Iterator<Item = (&AddedFile, &BuildInfo)> {
        self.files
            .values()
            .filter_map(|content| match &content.kind {
                ContentKind::Program(file, info) => Some((file, &**info)),
                _ => None,
            })
    }

    /// Returns the other files in the layers that `is_ours` tells of.
    pub(super) fn files(&self, is_ours: impl Fn(usize) -> bool) -> Vec<AddedFile> {
        let files = self
            .files
            .values()
            .filter_map(|content| match &content.kind {
                ContentKind::Plain(file) if is_ours(content.layer) => Some(file.clone()),
                _ => None,
            });
        files.collect()
    }
}

fn within(number: usize, limit: usize, what: &str) -> io::Result<()> {
    if number > limit {
        let message = format!("the image names more than {limit} {what}");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    Ok(())
}

fn text_of(entry: &TarEntry, content: &mut dyn Read, limit_bytes: u64) -> io::Result<String> {
    if entry.size_bytes > limit_bytes {
        let message = format!("/{} is longer than {limit_bytes} bytes", entry.path);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let mut bytes = Vec::new();
    content.take(limit_bytes).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads a file once: its digests, and what Go wrote into it where it may be run.
fn read_file(
    entry: &TarEntry,
    content: &mut dyn Read,
) -> io::Result<(AddedFile, Option<BuildInfo>)> {
    let mut digester = Digester::default();
    let mut scanner = (entry.mode & 0o111 != 0).then(BuildInfoScanner::default);
    let mut buffer = vec![0; 64 << 10];
    loop {
        let length = match content.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let bytes = &buffer[..length];
        digester.update(bytes);
        if let Some(scanner) = &mut scanner {
            scanner.update(bytes);
        }
    }
    let file = AddedFile {
        path: format!("/{}", entry.path),
        size_bytes: digester.size_bytes(),
        digest: digester.finish(),
    };
    Ok((file, scanner.and_then(BuildInfoScanner::finish)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(content: &mut ImageContent, layer: usize, path: &str, text: &str) {
        let entry = TarEntry {
            mtime_seconds: 0,
            capabilities: None,
            path: path.to_owned(),
            kind: TarKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size_bytes: text.len() as u64,
        };
        content.visit(layer, &entry, &mut text.as_bytes()).unwrap();
    }

    fn paths(content: &ImageContent) -> Vec<String> {
        let files = content.files(|_| true);
        files.into_iter().map(|file| file.path).collect()
    }

    #[test]
    fn what_upper_layers_replace_or_remove_is_gone() {
        let mut content = ImageContent::default();
        for path in ["a/x", "a/y", "b", "c/z", "d/e/f", "keep"] {
            visit(&mut content, 0, path, "");
        }
        visit(&mut content, 1, "a/.wh.x", "");
        visit(&mut content, 1, "b", "new");
        visit(&mut content, 1, "c/.wh..wh..opq", "");
        visit(&mut content, 1, "c/own", "");
        visit(&mut content, 1, "d/e", "a file now");
        assert_eq!(paths(&content), ["/a/y", "/b", "/c/own", "/d/e", "/keep"]);
        assert_eq!(content.files(|layer| layer == 1).len(), 3);
    }

    #[test]
    fn packages_of_the_uppermost_database_count() {
        let mut content = ImageContent::default();
        let status = "var/lib/dpkg/status";
        visit(
            &mut content,
            0,
            status,
            "Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n",
        );
        visit(
            &mut content,
            0,
            "etc/os-release",
            "ID=debian\nVERSION_ID=13\n",
        );
        visit(&mut content, 2, status, "Package: a\nVersion: 2\n");
        let base = content.base();
        assert_eq!(base.packages.len(), 1);
        assert_eq!(base.packages[0].version, "2");
        assert_eq!(base.os.unwrap().id, "debian");
        assert_eq!(content.last_with_packages(), Some(2));
    }

    #[test]
    fn more_packages_than_anybody_has_are_refused() {
        let mut content = ImageContent::default();
        let entry = |number: usize| TarEntry {
            mtime_seconds: 0,
            capabilities: None,
            path: format!("var/lib/dpkg/status.d/{number}"),
            kind: TarKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size_bytes: 0,
        };
        let text = "Package: a\nVersion: 1\n\n".repeat(limits::PACKAGES / 4);
        let mut visit = |number| content.visit(0, &entry(number), &mut text.as_bytes());
        (0..4).for_each(|number| visit(number).unwrap());
        let error = visit(4).unwrap_err();
        assert!(
            error.to_string().contains("more than 100000 packages"),
            "{error}"
        );
    }

    #[test]
    fn a_database_beyond_every_distribution_is_refused() {
        let mut content = ImageContent::default();
        let entry = TarEntry {
            mtime_seconds: 0,
            capabilities: None,
            path: "lib/apk/db/installed".to_owned(),
            kind: TarKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            size_bytes: PackageDatabase::MAX_BYTES + 1,
        };
        let error = content.visit(0, &entry, &mut io::empty()).unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
    }
}
