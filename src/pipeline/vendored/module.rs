//! The vendored files of a module, compared with the module.

use std::collections::BTreeMap;
use std::io::{self, Read as _};

use crate::facts::{Copied, FileNames, FileUse, VendoredModule};
use crate::model::{BuildError, Digest, Digester, ForeignText, SourcePath};
use crate::ports::{ModuleZip, SourceTree, SourceTreeError, Thoroughness};
use crate::toolchain::GoSum;

use super::super::Ports;
use super::folder::VendorFolder;
use super::vouched::Vouched;

/// How much of a source file is read for what it embeds. What comes later is generated tables.
const SOURCE_LIMIT: u64 = 4 << 20;

/// The files of a module that are vendored, by what they are called in it.
pub(super) type Files<'a> = BTreeMap<&'a str, &'a SourcePath>;

/// What came of one module.
pub(super) enum Verdict {
    /// Its files are those that go.sum vouches for.
    Same,
    /// Nobody can say, and why.
    Unknown(String),
    /// What is compiled and embedded of it is the same, and these files are not.
    Nearly(Vec<String>),
    /// Nobody can say for want of its zip, and why.
    Lacking(String),
    /// Files are others, or are missing.
    Others(Others),
    /// What it would be compared with is something else itself.
    Mismatch(Box<BuildError>),
}

/// Files that are not as go.sum vouches for them, with what is said of each.
#[derive(Default)]
pub(super) struct Others {
    /// These hold something else, or are of no module.
    pub(super) changed: Vec<String>,
    /// These have other line ends, and a program may hold them.
    pub(super) line_ends: Vec<String>,
    /// These are not there.
    pub(super) missing: Vec<String>,
}

impl Others {
    pub(super) fn add(&mut self, more: Self) {
        self.changed.extend(more.changed);
        self.line_ends.extend(more.line_ends);
        self.missing.extend(more.missing);
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self {
            changed,
            line_ends,
            missing,
        } = self;
        [changed, line_ends, missing].iter().all(|it| it.is_empty())
    }
}

/// Compares modules of one vendor folder.
pub(super) struct Comparison<'a> {
    pub(super) ports: &'a Ports<'a>,
    pub(super) folder: &'a SourcePath,
    /// All that is in the folder.
    pub(super) found: &'a VendorFolder,
    pub(super) sums: GoSum,
    pub(super) thoroughness: Thoroughness,
}

/// In what a vendored file is not the module's own.
enum Difference {
    /// In its line ends alone.
    LineEnds,
    /// In what it is said.
    Other(String),
}

impl Comparison<'_> {
    /// Both sides are verdicts.
    pub(super) fn of(
        &self,
        module: &VendoredModule,
        files: &Files<'_>,
    ) -> Result<Verdict, Verdict> {
        let zips = self.ports.zips;
        let vouched = self.vouched(module)?;
        let without = |error| vouched.without_zip(module, &error);
        if let Some(zip) = zips
            .cached(vouched.path, vouched.version)
            .map_err(without)?
        {
            return self.with(&*zip, &vouched, module, files);
        }
        let tree = self.ports.source;
        let key = || {
            let found = files.iter().map(|(name, at)| (*name, digest_of(tree, at)));
            vouched.key(module, &found.collect())
        };
        let before = key();
        if self.thoroughness == Thoroughness::Remembered && zips.is_noted(&before) {
            return Ok(Verdict::Same);
        }
        let zip = zips.fetch(vouched.path, vouched.version).map_err(without)?;
        let verdict = self.with(&*zip, &vouched, module, files)?;
        // What was compared is named by what it was before and after.
        if matches!(verdict, Verdict::Same) && key() == before {
            zips.note(&before);
        }
        Ok(verdict)
    }

    /// Returns what go.sum says of the module whose files are vendored.
    fn vouched<'m>(&self, module: &'m VendoredModule) -> Result<Vouched<'m>, Verdict> {
        let unknown = |why: &str| Verdict::Unknown(foreign(&format!("{}: {why}", module.path)));
        let (path, version) = match &module.replacement {
            Some(replaced) => (&replaced.path, &replaced.version),
            None => (&module.path, &module.version),
        };
        let Some(version) = version else {
            return Err(unknown("it is replaced by a folder"));
        };
        let Some(sum) = self.sums.of_zip(path, version) else {
            return Err(unknown("go.sum has no sum of its files"));
        };
        Ok(Vouched { path, version, sum })
    }

    /// Compares with a zip, which may be another.
    fn with(
        &self,
        zip: &dyn ModuleZip,
        vouched: &Vouched<'_>,
        module: &VendoredModule,
        files: &Files<'_>,
    ) -> Result<Verdict, Verdict> {
        let contents = zip.contents();
        let found = contents.finish();
        if found != vouched.sum {
            return Err(Verdict::Mismatch(Box::new(
                vouched.mismatch(zip.origin(), &found),
            )));
        }
        let copied = self.copied(zip, vouched, module, files);
        let copied = copied.map_err(|error| {
            let text = format!("{}: its zip cannot be read: {error}", module.path);
            Verdict::Unknown(foreign(&text))
        })?;
        let (mut others, mut nearly) = (Others::default(), Vec::new());
        for (file, at) in files {
            match self.differs(zip, &vouched.name(file), at) {
                None => {}
                Some(Difference::LineEnds) => {
                    let why = foreign(&format!("{at} has other line ends"));
                    match copied.reach_of(file) {
                        FileUse::Source => {}
                        FileUse::Verbatim => others.line_ends.push(why),
                        FileUse::Beside | FileUse::ForPeople => nearly.push(why),
                    }
                }
                Some(Difference::Other(why)) => others.changed.push(why),
            }
        }
        for (name, why) in self.missing(&copied, vouched, module) {
            if copied.reach_of(name) == FileUse::ForPeople {
                nearly.push(why);
            } else {
                others.missing.push(why);
            }
        }
        Ok(if !others.is_empty() {
            Verdict::Others(others)
        } else if nearly.is_empty() {
            Verdict::Same
        } else {
            Verdict::Nearly(nearly)
        })
    }

    /// Says in what a vendored file differs from the one of this name in a zip.
    fn differs(&self, zip: &dyn ModuleZip, name: &str, at: &SourcePath) -> Option<Difference> {
        let other = |why: String| Some(Difference::Other(foreign(&why)));
        let Some(expected) = zip.contents().digest(name) else {
            return other(format!("{at} is not in the module: there is no {name}"));
        };
        match digest_of(self.ports.source, at) {
            Ok(found) if found == expected => None,
            Ok(_) if self.has_other_line_ends(at, expected) => Some(Difference::LineEnds),
            Ok(_) => other(format!("{at} is not {name}")),
            Err(error) => other(format!("{at} cannot be read: {error}")),
        }
    }

    /// Tells whether a file is what is expected but for line ends: git writes those of Windows where it is told to.
    fn has_other_line_ends(&self, at: &SourcePath, expected: Digest) -> bool {
        let Ok(bytes) = self.ports.source.read(at, SOURCE_LIMIT) else {
            return false;
        };
        let mut digester = Digester::default();
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
        lines.by_ref().for_each(|line| match line {
            [text @ .., b'\r', b'\n'] => {
                digester.update(text);
                digester.update(b"\n");
            }
            line => digester.update(line),
        });
        digester.finish() == expected
    }

    /// Returns what a vendor folder that nobody touched has of a module.
    fn copied<'z>(
        &self,
        zip: &'z dyn ModuleZip,
        vouched: &Vouched<'_>,
        module: &VendoredModule,
        files: &Files<'_>,
    ) -> io::Result<Copied<'z>> {
        let prefix = vouched.name("");
        let names = zip.contents().names();
        let names: FileNames<'_> = names.filter_map(|it| it.strip_prefix(&prefix)).collect();
        module.copied(&names, &|name| {
            // What cannot be read here is another file, and says nothing of the module.
            let here = files.get(name).map(|at| start_of(self.ports.source, at));
            let bytes = match here {
                Some(Ok(bytes)) => bytes,
                Some(Err(_)) | None => zip.start_of(&vouched.name(name), SOURCE_LIMIT)?,
            };
            Ok::<_, io::Error>(String::from_utf8_lossy(&bytes).into_owned())
        })
    }

    /// Returns the names of files that are not there, and would be if nobody had touched the folder, and what is said
    /// of each.
    fn missing<'z>(
        &self,
        copied: &Copied<'z>,
        vouched: &Vouched<'_>,
        module: &VendoredModule,
    ) -> Vec<(&'z str, String)> {
        let places = copied.names.iter().map(|name| {
            let at = self.folder.join(&format!("{}/{name}", module.path));
            (*name, at)
        });
        let missing = places.filter_map(|(name, at)| match at {
            Ok(at) if self.found.entries.contains_key(&at) => None,
            Ok(at) => {
                let copied = vouched.name(name);
                let why = format!("{at} is missing: go mod vendor copies {copied} there");
                Some((name, foreign(&why)))
            }
            // A name that no folder has is none that was taken out.
            Err(_) => None,
        });
        missing.collect()
    }
}

fn digest_of(tree: &dyn SourceTree, path: &SourcePath) -> Result<Digest, SourceTreeError> {
    Digest::of_source(&*tree.open(path)?).map_err(|source| SourceTreeError::Io {
        path: path.clone(),
        source,
    })
}

/// Returns the first bytes of a source file.
fn start_of(tree: &dyn SourceTree, path: &SourcePath) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader = tree.open(path).map_err(io::Error::other)?.open()?;
    reader.take(SOURCE_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub(super) fn foreign(text: &str) -> String {
    ForeignText::new(text).to_string()
}
