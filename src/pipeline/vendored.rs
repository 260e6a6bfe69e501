//! What is vendored, compared with what go.sum vouches for. Go itself compares only the list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use crate::facts::{FileNames, SourceFacts, VendoredModule, Vendoring};
use crate::model::{
    BuildError, Digest, Digester, Event, ForeignText, Phase, SourcePath, Work, crew,
};
use crate::ports::{EntryKind, ModuleZip, Progress, SourceTree, SourceTreeError, Thoroughness};
use crate::toolchain::GoSum;

use super::Ports;
use super::bundle_fit::sums_of;
use super::vendor_watch::VendorWatch;
use super::vouched::Vouched;

/// How many modules are compared at once.
const AT_ONCE: usize = 4;
/// How many files are named that differ.
const MOST_NAMED: usize = 20;
/// How much of a source file is read for what it embeds. What comes later is generated tables.
const SOURCE_LIMIT: u64 = 4 << 20;

/// How much of what is vendored was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// All of it.
    All,
    /// Not all of it, for want of something to compare with.
    Partly,
}

/// A vendor folder that was compared before something is compiled from it.
#[derive(Debug)]
pub(super) struct Vendored {
    /// How much of it was.
    pub(super) compared: Compared,
    /// What tells whether it is still that.
    pub(super) watch: VendorWatch,
}

/// What came of a vendor folder in which no file is known to be another.
#[derive(Debug)]
pub(super) struct Examined<'a> {
    /// The folder.
    pub(super) folder: &'a SourcePath,
    modules: usize,
    unknown: Vec<String>,
    watch: VendorWatch,
    /// Whether some could be compared if the module cache had them.
    lacks_zips: bool,
}

/// The files of a module that are vendored, by what they are called in it.
type Files<'a> = BTreeMap<&'a str, &'a SourcePath>;

/// What came of one module.
pub(super) enum Verdict {
    /// Its files are those that go.sum vouches for.
    Same,
    /// Nobody can say, and why.
    Unknown(String),
    /// What is compiled of it is the same, and these are not that matter to no compiler, or only to what is embedded.
    Nearly(Vec<String>),
    /// Nobody can say for want of its zip, and why.
    Lacking(String),
    /// These files are others, or are missing.
    Others {
        changed: Vec<String>,
        missing: Vec<String>,
    },
    /// What it would be compared with is something else itself.
    Mismatch(Box<BuildError>),
}

/// As [`examine`] does, and warns of what could not be compared.
///
/// # Errors
/// Those of [`examine`].
pub(super) fn compare(
    ports: &Ports<'_>,
    source: &SourceFacts,
) -> Result<Option<Vendored>, BuildError> {
    let Some(examined) = examine(ports, source, Thoroughness::Remembered)? else {
        return Ok(None);
    };
    let mut compared = Compared::All;
    if let Some(message) = examined.lack() {
        compared = Compared::Partly;
        ports.events.emit(Event::Warned {
            phase: Phase::Modules,
            message,
            hints: examined.hint().map(str::to_owned).into_iter().collect(),
        });
    }
    Ok(Some(Vendored {
        compared,
        watch: examined.watch,
    }))
}

/// Says of a vendor folder in step, before a compiler starts, that its files are those of its modules;
/// `None` where nothing is vendored.
///
/// # Errors
/// When a file is another than the module has that go.sum vouches for, is missing, or is Go source of no module, and
/// when a zip is not what go.sum says.
pub(super) fn examine<'a>(
    ports: &Ports<'_>,
    source: &'a SourceFacts,
    thoroughness: Thoroughness,
) -> Result<Option<Examined<'a>>, BuildError> {
    let Vendoring::Used { folder, list, .. } = &source.vendoring else {
        return Ok(None);
    };
    let _progress = Progress::start(ports.events, Work::new(Phase::Modules, "vendored"), None);
    let sums = sums_of(ports.source, source)?;
    let mut paths = BTreeSet::new();
    collect(ports.source, folder, &mut paths).map_err(|error| unreadable(folder, error))?;
    let watch = VendorWatch::begin(ports.source, folder, &paths);
    let mut modules: Vec<(&VendoredModule, Files<'_>)> = Vec::new();
    for module in list.modules.iter().filter(|it| !it.packages.is_empty()) {
        modules.push((module, Files::new()));
    }
    let mut strays = Vec::new();
    for path in &paths {
        let within = path.below(folder).unwrap_or_default();
        let owner = modules
            .iter_mut()
            .filter_map(|(module, files)| Some((module.file(within)?, files)))
            .min_by_key(|(name, _)| name.len());
        match owner {
            Some((name, files)) => {
                files.insert(name, path);
            }
            // Where go.mod says `go 1.22` or less it is compiled as well. Without Go source, no folder is a package.
            None if path.as_str().strip_suffix(".go").is_some() => strays.push(foreign(&format!(
                "{path} is of no module that {folder}/modules.txt has packages of"
            ))),
            None => {}
        }
    }
    let comparison = Comparison {
        ports,
        folder,
        paths: &paths,
        sums,
        thoroughness,
    };
    let verdicts = crew::all(AT_ONCE, &modules, |(module, files)| {
        comparison
            .of(module, files)
            .unwrap_or_else(|verdict| verdict)
    });
    if let Some(reason) = ports.cancellation.reason() {
        let stopped = BuildError::new(Phase::Modules, folder, "stopped");
        return Err(stopped.exit(reason.exit_code()));
    }
    let examined = Examined {
        folder,
        modules: verdicts.len(),
        unknown: Vec::new(),
        watch,
        lacks_zips: false,
    };
    judge(examined, strays, verdicts).map(Some)
}

/// Adds up `verdicts`, and files that are of no module.
fn judge(
    mut examined: Examined<'_>,
    strays: Vec<String>,
    verdicts: Vec<Verdict>,
) -> Result<Examined<'_>, BuildError> {
    let (mut all_changed, mut all_missing) = (strays, Vec::new());
    for verdict in verdicts {
        match verdict {
            Verdict::Same => {}
            Verdict::Unknown(why) => examined.unknown.push(why),
            Verdict::Nearly(files) => examined.unknown.push(named(&files, ", ")),
            Verdict::Lacking(why) => {
                examined.unknown.push(why);
                examined.lacks_zips = true;
            }
            Verdict::Others { changed, missing } => {
                all_changed.extend(changed);
                all_missing.extend(missing);
            }
            Verdict::Mismatch(error) => return Err(*error),
        }
    }
    if all_changed.is_empty() && all_missing.is_empty() {
        Ok(examined)
    } else {
        Err(differing(examined.folder, all_changed, all_missing))
    }
}

impl Examined<'_> {
    /// Says which modules could not be compared, and why, where there are any.
    pub(super) fn lack(&self) -> Option<String> {
        let count = self.unknown.len();
        (count > 0).then(|| {
            format!(
                "{count} of {} vendored modules are not known to be what go.sum says: {}",
                self.modules,
                named(&self.unknown, "; ")
            )
        })
    }

    /// Returns what to do about it, where something helps.
    pub(super) fn hint(&self) -> Option<&'static str> {
        self.lacks_zips.then_some(
            "go mod download, where there is a network, brings them into the module cache",
        )
    }
}

fn differing(folder: &SourcePath, mut changed: Vec<String>, missing: Vec<String>) -> BuildError {
    let message = "what is vendored is not what go.sum vouches for";
    let is_missing = !missing.is_empty();
    changed.extend(missing);
    let error = BuildError::new(Phase::Modules, folder, message)
        .because(named(&changed, "\n"))
        .hint("find out who changed it; go mod vendor, in a workspace go work vendor, brings the modules' own files back")
        .hint("a module that is to be another is replaced: replace MODULE => ./DIR in go.mod");
    if is_missing {
        return error.hint(format!(
            "a file that a .gitignore keeps out of the repository comes into it by: git add -f {folder}"
        ));
    }
    error
}

fn named(all: &[String], separator: &str) -> String {
    let mut text = all[..all.len().min(MOST_NAMED)].join(separator);
    if all.len() > MOST_NAMED {
        text = format!("{text}{separator}and {} more", all.len() - MOST_NAMED);
    }
    text
}

fn unreadable(folder: &SourcePath, error: SourceTreeError) -> BuildError {
    BuildError::new(Phase::Modules, folder, "cannot read what is vendored").because(error)
}

fn collect(
    tree: &dyn SourceTree,
    folder: &SourcePath,
    paths: &mut BTreeSet<SourcePath>,
) -> Result<(), SourceTreeError> {
    for entry in tree.list(folder)?.entries {
        match entry.kind {
            EntryKind::Folder => collect(tree, &entry.path, paths)?,
            EntryKind::File { .. } | EntryKind::Symlink(_) | EntryKind::Special(_) => {
                paths.insert(entry.path);
            }
        }
    }
    Ok(())
}

struct Comparison<'a> {
    ports: &'a Ports<'a>,
    folder: &'a SourcePath,
    /// All that is in the folder.
    paths: &'a BTreeSet<SourcePath>,
    sums: GoSum,
    thoroughness: Thoroughness,
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
    fn of(&self, module: &VendoredModule, files: &Files<'_>) -> Result<Verdict, Verdict> {
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
        let (mut changed, mut missing, mut nearly) = (Vec::new(), Vec::new(), Vec::new());
        for (file, at) in files {
            match self.differs(zip, &vouched.name(file), at) {
                None => {}
                Some(Difference::LineEnds) => {
                    nearly.push(foreign(&format!("{at} has other line ends")));
                }
                Some(Difference::Other(why)) => changed.push(why),
            }
        }
        let lacking = self.missing(zip, vouched, module, files);
        let lacking = lacking.map_err(|error| {
            let text = format!("{}: its zip cannot be read: {error}", module.path);
            Verdict::Unknown(foreign(&text))
        })?;
        for (name, why) in lacking {
            // Nothing is compiled from it.
            if VendoredModule::is_for_people(name) {
                nearly.push(why);
            } else {
                missing.push(why);
            }
        }
        Ok(if !changed.is_empty() || !missing.is_empty() {
            Verdict::Others { changed, missing }
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
            Ok(_) if self.has_other_line_ends(at, expected) => {
                // Go itself leaves carriage returns out of what it compiles.
                name.strip_suffix(".go")
                    .is_none()
                    .then_some(Difference::LineEnds)
            }
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

    /// Returns the names of files that are not there, and would be if nobody had touched the folder, and what is said
    /// of each.
    fn missing<'z>(
        &self,
        zip: &'z dyn ModuleZip,
        vouched: &Vouched<'_>,
        module: &VendoredModule,
        files: &Files<'_>,
    ) -> io::Result<Vec<(&'z str, String)>> {
        let prefix = vouched.name("");
        let names = zip.contents().names();
        let names: FileNames<'_> = names.filter_map(|it| it.strip_prefix(&prefix)).collect();
        let copied = module.copied(&names, &|name| {
            let bytes = match files.get(name) {
                Some(at) => start_of(self.ports.source, at),
                None => zip.start_of(&vouched.name(name), SOURCE_LIMIT),
            };
            Ok::<_, io::Error>(String::from_utf8_lossy(&bytes?).into_owned())
        })?;
        let places = copied.into_iter().map(|name| {
            let at = self.folder.join(&format!("{}/{name}", module.path));
            (name, at)
        });
        let missing = places.filter_map(|(name, at)| match at {
            Ok(at) if self.paths.contains(&at) => None,
            Ok(at) => {
                let copied = vouched.name(name);
                let why = format!("{at} is missing: go mod vendor copies {copied} there");
                Some((name, foreign(&why)))
            }
            // A name that no folder has is none that was taken out.
            Err(_) => None,
        });
        Ok(missing.collect())
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
