//! Modules in Go's module cache, compared with go.sum.
//!
//! What was compared is noted in the cache folder, `compared/HEX`, a sealed file for each version of a
//! module: names, sizes, times and inodes of all its files as they were then. A note that is lost, or
//! harmed, costs that the module is read again.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::glance::Glance;
use super::module_cache::ModuleCache;
use super::module_twins::same_files;
use super::module_zip::files_in_zip;
use super::{CacheFolder, sealed_json};
use crate::adapters::cache_files::{digest_of, for_each_file};
use crate::model::Digest;
use crate::ports::{ModuleContent, ModuleGlance, ModuleVerifier, Thoroughness};
use crate::toolchain::{
    DirHash, FileChange, FileDifference, H1, ModuleFault, ModuleHarm, ModulePlace, PinnedModule,
};

/// A note has a few hundred bytes.
const MAX_NOTE_BYTES: u64 = 4 << 10;

/// Compares modules, and notes in the cache folder what it has compared.
pub struct DiskModuleVerifier {
    modules: ModuleCache,
    notes: CacheFolder,
}

/// What a module looked like when it was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    /// What go.sum said then.
    h1: String,
    /// What was seen of its folder.
    folder: Digest,
    /// What was seen of its zip, where it was there.
    zip: Option<Digest>,
}

/// What is seen of a module.
struct Seen {
    folder: Glance,
    zip: Option<Glance>,
}

impl Seen {
    fn of(place: &ModulePlace) -> Result<Self, ModuleHarm> {
        let folder = Glance::of_folder(&place.folder).map_err(harm)?;
        let zip = Glance::of_file(&place.zip)?;
        Ok(Self { folder, zip })
    }

    fn is_old(&self) -> bool {
        self.folder.is_old() && self.zip.as_ref().is_none_or(Glance::is_old)
    }

    fn note(self, h1: H1) -> Note {
        Note {
            h1: h1.to_string(),
            folder: self.folder.finish(),
            zip: self.zip.map(Glance::finish),
        }
    }
}

impl Note {
    fn glance(&self) -> ModuleGlance {
        let Self { h1: _, folder, zip } = self;
        let zip = zip.map(|zip| zip.to_string()).unwrap_or_default();
        ModuleGlance(Digest::of(format!("{folder} {zip}").as_bytes()))
    }
}

impl DiskModuleVerifier {
    /// Compares the modules of `modules`, and keeps notes in `notes`.
    pub fn new(modules: ModuleCache, notes: CacheFolder) -> Self {
        Self { modules, notes }
    }

    fn compare_at(
        &self,
        place: &ModulePlace,
        module: &PinnedModule,
        thoroughness: Thoroughness,
    ) -> Result<ModuleContent, ModuleHarm> {
        let key = Digest::of(format!("{}\0{module}", place.folder.display()).as_bytes());
        let notes = self.notes.compared(&key);
        let seen = Seen::of(place)?;
        let is_old = seen.is_old();
        let note = seen.note(module.h1);
        if thoroughness == Thoroughness::Remembered && known(&notes).as_ref() == Some(&note) {
            return Ok(ModuleContent::Known(note.glance()));
        }
        read(place, module)?;
        // What was read is what was seen, and will be told from what comes after it.
        if is_old && Seen::of(place).is_ok_and(|seen| seen.note(module.h1) == note) {
            self.keep(&notes[0], &note);
        }
        Ok(ModuleContent::Compared(note.glance()))
    }

    fn keep(&self, path: &Path, note: &Note) {
        // A cache that takes nothing more is told of where it matters.
        let _ = sealed_json::written(note).and_then(|bytes| self.notes.keep_small(path, &bytes));
    }
}

impl ModuleVerifier for DiskModuleVerifier {
    fn compare(
        &self,
        module: &PinnedModule,
        thoroughness: Thoroughness,
    ) -> Result<ModuleContent, ModuleFault> {
        let Some(place) = self.modules.place(&module.path, &module.version) else {
            return Ok(ModuleContent::Absent);
        };
        if !is_whole(&place) {
            return Ok(ModuleContent::Absent);
        }
        match self.compare_at(&place, module, thoroughness) {
            // It was removed, or is made anew.
            Err(ModuleHarm::Folder { .. } | ModuleHarm::Unreadable(_)) if !is_whole(&place) => {
                Ok(ModuleContent::Absent)
            }
            compared => compared.map_err(|harm| ModuleFault {
                harm,
                place: Box::new(place),
            }),
        }
    }

    fn glance(&self, module: &PinnedModule) -> Option<ModuleGlance> {
        let place = self.modules.place(&module.path, &module.version)?;
        let seen = is_whole(&place).then(|| Seen::of(&place))?.ok()?;
        Some(seen.note(module.h1).glance())
    }
}

fn known(places: &[PathBuf]) -> Option<Note> {
    let mut notes = places.iter();
    let bytes = notes.find_map(|path| CacheFolder::read_at(path, MAX_NOTE_BYTES))?;
    sealed_json::read(&bytes)
}

/// The go command notes that it fills a folder before it makes it, and takes that back in the end.
fn is_whole(place: &ModulePlace) -> bool {
    place.folder.is_dir() && !place.partial.exists()
}

/// Reads all of a module.
fn read(place: &ModulePlace, module: &PinnedModule) -> Result<(), ModuleHarm> {
    // So it is nearly always, and told for half of the work; what else there is, and why, the rest finds out.
    let same = same_files(&place.zip, &place.folder, &module.to_string());
    if same.is_some_and(|files| hash(&files) == module.h1) {
        return Ok(());
    }
    let in_folder = files_in_folder(&place.folder, module).map_err(harm)?;
    let found = hash(&in_folder);
    let in_zip = match files_in_zip(&place.zip) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(error.to_string()),
        in_zip => Ok(in_zip?),
    };
    if found != module.h1 {
        let whole = in_zip.ok().flatten().filter(|it| hash(it) == module.h1);
        return Err(ModuleHarm::Folder {
            expected: module.h1,
            found,
            differences: whole.map_or_else(Vec::new, |it| differences(module, &it, &in_folder)),
        });
    }
    let in_zip = in_zip.map_err(ModuleHarm::DamagedZip)?;
    match in_zip.as_ref().map(hash) {
        Some(found) if found != module.h1 => Err(ModuleHarm::Zip {
            expected: module.h1,
            found,
        }),
        _ => Ok(()),
    }
}

/// Returns the digests of the files in a folder, by their names in the module's zip.
fn files_in_folder(folder: &Path, module: &PinnedModule) -> io::Result<BTreeMap<String, Digest>> {
    let mut files = BTreeMap::new();
    for_each_file(folder, &mut |path, _| {
        files.insert(format!("{module}/{path}"), digest_of(&folder.join(path))?);
        Ok(())
    })?;
    Ok(files)
}

fn hash(files: &BTreeMap<String, Digest>) -> H1 {
    let mut hash = DirHash::default();
    for (name, digest) in files {
        hash.add(name.clone(), *digest);
    }
    hash.finish()
}

fn differences(
    module: &PinnedModule,
    zip: &BTreeMap<String, Digest>,
    folder: &BTreeMap<String, Digest>,
) -> Vec<FileDifference> {
    let difference = |name: &String, change| {
        let prefix = format!("{module}/");
        let path = name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        FileDifference { path, change }
    };
    let of_zip = zip
        .iter()
        .filter_map(|(name, digest)| match folder.get(name) {
            None => Some(difference(name, FileChange::Removed)),
            Some(found) if found != digest => Some(difference(name, FileChange::Changed)),
            Some(_) => None,
        });
    let added = folder.keys().filter(|name| !zip.contains_key(*name));
    let added = added.map(|name| difference(name, FileChange::Added));
    let mut all: Vec<FileDifference> = of_zip.chain(added).collect();
    all.sort();
    all
}

fn harm(error: io::Error) -> ModuleHarm {
    match error.kind() {
        io::ErrorKind::InvalidData => ModuleHarm::Strange(error.to_string()),
        _ => ModuleHarm::Unreadable(error),
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make files")]
mod tests {
    use std::fs::{self, File};
    use std::io::Write as _;

    use tempfile::TempDir;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    const FILES: [(&str, &str); 2] = [("go.mod", "module m\n"), ("sub/a.go", "package a\n")];

    /// A module cache with one module, and a cache folder.
    struct World {
        folder: TempDir,
        module: PinnedModule,
    }

    impl World {
        /// The files of the module are as old as any that a disk can tell.
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let mut hash = DirHash::default();
            let zip = folder.path().join("mod/cache/download/m/@v/v1.0.0.zip");
            fs::create_dir_all(zip.parent().unwrap()).unwrap();
            let mut zip = ZipWriter::new(File::create(zip).unwrap());
            for (path, text) in FILES {
                let name = format!("m@v1.0.0/{path}");
                let file = folder.path().join("mod").join(&name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
                zip.start_file(&name, SimpleFileOptions::default()).unwrap();
                zip.write_all(text.as_bytes()).unwrap();
                hash.add(name, Digest::of(text.as_bytes()));
            }
            zip.finish().unwrap();
            let module = PinnedModule {
                path: "m".to_owned(),
                version: "v1.0.0".to_owned(),
                h1: hash.finish(),
            };
            Self { folder, module }
        }

        fn verifier(&self) -> DiskModuleVerifier {
            let modules = ModuleCache::new(self.folder.path().join("mod"));
            DiskModuleVerifier::new(modules, CacheFolder::at(self.folder.path().join("cache")))
        }

        fn path(&self, path: &str) -> PathBuf {
            self.folder.path().join("mod/m@v1.0.0").join(path)
        }

        fn place(&self) -> ModulePlace {
            self.verifier().modules.place("m", "v1.0.0").unwrap()
        }

        /// Notes that all is as it is now, whether that is right or not.
        fn note(&self) {
            let place = self.place();
            let note = Seen::of(&place).unwrap().note(self.module.h1);
            let key = format!("{}\0{}", place.folder.display(), self.module);
            let [path, _] = self.verifier().notes.compared(&Digest::of(key.as_bytes()));
            self.verifier().keep(&path, &note);
        }

        fn compare(&self, thoroughness: Thoroughness) -> Result<Outcome, String> {
            let compared = self.verifier().compare(&self.module, thoroughness);
            let compared = compared.map_err(|fault| fault.to_string())?;
            assert_eq!(compared.glance(), self.verifier().glance(&self.module));
            Ok(match compared {
                ModuleContent::Absent => Outcome::Absent,
                ModuleContent::Known(_) => Outcome::Known,
                ModuleContent::Compared(_) => Outcome::Compared,
            })
        }
    }

    /// What came of a comparison, without what was seen.
    #[derive(Debug, PartialEq)]
    enum Outcome {
        Absent,
        Known,
        Compared,
    }

    #[test]
    fn a_module_is_read_once_and_again_where_anything_of_it_changes() {
        let world = World::new();
        let remembered = || world.compare(Thoroughness::Remembered);
        assert_eq!(remembered(), Ok(Outcome::Compared));
        world.note();
        assert_eq!(remembered(), Ok(Outcome::Known));
        assert_eq!(world.compare(Thoroughness::Full), Ok(Outcome::Compared));

        let file = world.path("sub/a.go");
        let before = fs::metadata(&file).unwrap();
        fs::write(&file, "package b\n").unwrap();
        let edited = File::options().write(true).open(&file).unwrap();
        edited.set_modified(before.modified().unwrap()).unwrap();
        let after = fs::metadata(&file).unwrap();
        assert_eq!(
            (before.len(), before.modified().unwrap()),
            (after.len(), after.modified().unwrap())
        );
        let fault = remembered().unwrap_err();
        assert!(fault.contains("changed: sub/a.go"), "{fault}");
        assert!(fault.contains(&world.module.h1.to_string()), "{fault}");
    }

    #[test]
    fn what_leaves_no_trace_is_found_by_whoever_reads_all() {
        let world = World::new();
        fs::write(world.path("sub/a.go"), "package b\n").unwrap();
        world.note();
        let remembered = world.compare(Thoroughness::Remembered);
        assert_eq!(remembered, Ok(Outcome::Known));
        let fault = world.compare(Thoroughness::Full).unwrap_err();
        assert!(fault.contains("changed: sub/a.go"), "{fault}");
    }

    #[test]
    fn files_that_are_added_or_removed_are_named_where_the_zip_is_whole() {
        let world = World::new();
        fs::write(world.path("sub/new.go"), "package a\n").unwrap();
        fs::remove_file(world.path("go.mod")).unwrap();
        let fault = world.compare(Thoroughness::Remembered).unwrap_err();
        assert!(
            fault.contains("added: sub/new.go\nremoved: go.mod")
                || fault.contains("removed: go.mod\nadded: sub/new.go"),
            "{fault}"
        );
        fs::write(world.place().zip, "no zip").unwrap();
        let fault = world.compare(Thoroughness::Remembered).unwrap_err();
        assert!(!fault.contains("sub/new.go"), "{fault}");
    }

    #[test]
    fn a_zip_that_is_another_or_none_is_told_and_one_that_is_not_there_is_not_missed() {
        let world = World::new();
        fs::write(world.place().zip, "no zip").unwrap();
        let fault = world.compare(Thoroughness::Remembered).unwrap_err();
        assert!(
            fault.contains("its zip in the module cache is damaged"),
            "{fault}"
        );
        let mut zip = ZipWriter::new(File::create(world.place().zip).unwrap());
        zip.start_file("m@v1.0.0/go.mod", SimpleFileOptions::default())
            .unwrap();
        zip.finish().unwrap();
        let fault = world.compare(Thoroughness::Remembered).unwrap_err();
        assert!(fault.contains("its zip was changed"), "{fault}");
        fs::remove_file(world.place().zip).unwrap();
        let compared = world.compare(Thoroughness::Remembered);
        assert_eq!(compared, Ok(Outcome::Compared));
    }

    #[test]
    fn a_module_that_is_not_whole_is_not_there_yet() {
        let world = World::new();
        fs::write(world.place().partial, "").unwrap();
        fs::remove_file(world.path("go.mod")).unwrap();
        let compared = world.compare(Thoroughness::Full);
        assert_eq!(compared, Ok(Outcome::Absent));
        fs::remove_file(world.place().partial).unwrap();
        assert!(world.compare(Thoroughness::Full).is_err());
        fs::remove_dir_all(world.path("")).unwrap();
        assert_eq!(world.compare(Thoroughness::Full), Ok(Outcome::Absent));
    }

    #[test]
    fn a_link_is_no_part_of_a_module_and_a_harmed_note_is_none() {
        let world = World::new();
        world.note();
        let notes = world.folder.path().join("cache/compared");
        for note in fs::read_dir(notes).unwrap() {
            fs::write(note.unwrap().path(), "sha256:0\n{}").unwrap();
        }
        let remembered = world.compare(Thoroughness::Remembered);
        assert_eq!(remembered, Ok(Outcome::Compared));
        std::os::unix::fs::symlink("/", world.path("sub/link")).unwrap();
        let fault = world.compare(Thoroughness::Remembered).unwrap_err();
        assert!(fault.starts_with("sub/link is neither"), "{fault}");
    }

    #[test]
    fn a_glance_tells_every_change_of_a_module_and_none_where_there_is_none() {
        let world = World::new();
        let glance = || world.verifier().glance(&world.module);
        let first = glance();
        assert!(first.is_some());
        assert_eq!(glance(), first);
        fs::write(world.path("sub/new.go"), "package a\n").unwrap();
        assert_ne!(glance(), first);
        fs::remove_file(world.path("sub/new.go")).unwrap();
        assert_eq!(glance(), first);
        fs::remove_file(world.place().zip).unwrap();
        assert_ne!(glance(), first);
        fs::write(world.place().partial, "").unwrap();
        assert_eq!(glance(), None);
    }
}
