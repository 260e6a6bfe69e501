//! What is vendored, compared with what go.sum vouches for. Go itself compares only the list.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read as _};

use crate::facts::{FileNames, SourceFacts, VendoredModule, Vendoring};
use crate::model::{
    BuildError, Digest, Digester, Event, ForeignText, Phase, SourcePath, Work, crew, shell_word,
};
use crate::ports::{
    EntryKind, ModuleZip, NoZip, Progress, SourceTree, SourceTreeError, Thoroughness, ZipOrigin,
};
use crate::toolchain::{GoSum, H1};

use super::Ports;
use super::bundle_fit::sums_of;

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

/// What came of a vendor folder in which no file is known to be another.
#[derive(Debug)]
pub(super) struct Examined<'a> {
    /// The folder.
    pub(super) folder: &'a SourcePath,
    modules: usize,
    unknown: Vec<String>,
    /// Whether some could be compared if the module cache had them.
    lacks_zips: bool,
}

/// The files of a module that are vendored, by what they are called in it.
type Files<'a> = BTreeMap<&'a str, &'a SourcePath>;

/// What came of one module.
enum Verdict {
    /// Its files are those that go.sum vouches for.
    Same,
    /// Nobody can say, and why.
    Unknown(String),
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
) -> Result<Option<Compared>, BuildError> {
    let Some(examined) = examine(ports, source, Thoroughness::Remembered)? else {
        return Ok(None);
    };
    let Some(message) = examined.lack() else {
        return Ok(Some(Compared::All));
    };
    ports.events.emit(Event::Warned {
        phase: Phase::Modules,
        message,
        hints: examined.hint().map(str::to_owned).into_iter().collect(),
    });
    Ok(Some(Compared::Partly))
}

/// Says of a vendor folder in step, before a compiler starts, that its files are those of its modules;
/// `None` where nothing is vendored.
///
/// # Errors
/// When a file is another than the module has that go.sum vouches for, or is missing, and when a zip is not
/// what go.sum says.
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
    let mut modules: Vec<(&VendoredModule, Files<'_>)> = Vec::new();
    for module in list.modules.iter().filter(|it| !it.packages.is_empty()) {
        modules.push((module, Files::new()));
    }
    for path in &paths {
        let within = path.below(folder).unwrap_or_default();
        let owner = modules
            .iter_mut()
            .filter_map(|(module, files)| Some((module.file(within)?, files)))
            .min_by_key(|(name, _)| name.len());
        if let Some((name, files)) = owner {
            files.insert(name, path);
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
    judge(folder, verdicts).map(Some)
}

fn judge(folder: &SourcePath, verdicts: Vec<Verdict>) -> Result<Examined<'_>, BuildError> {
    let mut examined = Examined {
        folder,
        modules: verdicts.len(),
        unknown: Vec::new(),
        lacks_zips: false,
    };
    let (mut all_changed, mut all_missing) = (Vec::new(), Vec::new());
    for verdict in verdicts {
        match verdict {
            Verdict::Same => {}
            Verdict::Unknown(why) => examined.unknown.push(why),
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
        Err(differing(folder, all_changed, all_missing))
    }
}

impl Examined<'_> {
    /// Says which modules could not be compared, and why, where there are any.
    pub(super) fn lack(&self) -> Option<String> {
        let count = self.unknown.len();
        (count > 0).then(|| {
            format!(
                "{count} of {} vendored modules are not compared with go.sum: {}",
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

/// A module, as go.sum has it.
struct Vouched<'a> {
    path: &'a str,
    version: &'a str,
    sum: H1,
}

/// What a vendored file holds, or why that cannot be read.
type Found<'a> = BTreeMap<&'a str, Result<Digest, SourceTreeError>>;

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
        let found = files.iter().map(|(name, at)| (*name, digest_of(tree, at)));
        let key = vouched.key(module, &found.collect());
        if self.thoroughness == Thoroughness::Remembered && zips.is_noted(&key) {
            return Ok(Verdict::Same);
        }
        let zip = zips.fetch(vouched.path, vouched.version).map_err(without)?;
        let verdict = self.with(&*zip, &vouched, module, files)?;
        if matches!(verdict, Verdict::Same) {
            zips.note(&key);
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
        let changed: Vec<String> = files
            .iter()
            .filter_map(|(file, at)| self.differs(zip, &vouched.name(file), at))
            .collect();
        let missing = self.missing(zip, vouched, module, files);
        let missing = missing.map_err(|error| {
            let text = format!("{}: its zip cannot be read: {error}", module.path);
            Verdict::Unknown(foreign(&text))
        })?;
        Ok(if changed.is_empty() && missing.is_empty() {
            Verdict::Same
        } else {
            Verdict::Others { changed, missing }
        })
    }

    /// Says in what a vendored file differs from the one of this name in a zip.
    fn differs(&self, zip: &dyn ModuleZip, name: &str, at: &SourcePath) -> Option<String> {
        let Some(expected) = zip.contents().digest(name) else {
            return Some(foreign(&format!(
                "{at} is not in the module: there is no {name}"
            )));
        };
        match digest_of(self.ports.source, at) {
            Ok(found) if found == expected => None,
            Ok(_) => Some(foreign(&format!("{at} is not {name}"))),
            Err(error) => Some(foreign(&format!("{at} cannot be read: {error}"))),
        }
    }

    /// Names the files that are not there, and would be if nobody had touched the folder.
    fn missing(
        &self,
        zip: &dyn ModuleZip,
        vouched: &Vouched<'_>,
        module: &VendoredModule,
        files: &Files<'_>,
    ) -> io::Result<Vec<String>> {
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
            Ok(at) => Some(foreign(&format!(
                "{at} is missing: go mod vendor copies {} there",
                vouched.name(name)
            ))),
            // A name that no folder has is none that was taken out.
            Err(_) => None,
        });
        Ok(missing.collect())
    }
}

impl Vouched<'_> {
    /// Returns what a file of the module is called in its zip.
    fn name(&self, file: &str) -> String {
        format!("{}@{}/{file}", self.path, self.version)
    }

    /// Names all that a comparison depends on: what go.sum says, the packages, and the files.
    fn key(&self, module: &VendoredModule, found: &Found<'_>) -> Digest {
        let mut key = Digester::default();
        let mut add = |text: &str| {
            key.update(text.as_bytes());
            key.update(&[0]);
        };
        add(&format!("vendored {}", self.sum));
        add(&self.name(&module.path));
        module.packages.iter().for_each(|package| add(package));
        for (name, digest) in found {
            add(name);
            // What cannot be read is not noted: it is never the same.
            add(&digest
                .as_ref()
                .map_or_else(ToString::to_string, ToString::to_string));
        }
        key.finish()
    }

    /// Says why it is not compared; a zip that is none is one that is not what go.sum says.
    fn without_zip(&self, module: &VendoredModule, error: &NoZip) -> Verdict {
        let NoZip::Damaged { origin, reason } = error else {
            return Verdict::Lacking(foreign(&format!("{}: {error}", module.path)));
        };
        let said = match origin {
            ZipOrigin::ModuleCache(_) => "its zip in the module cache is damaged".to_owned(),
            ZipOrigin::Proxy(proxy) => format!("{proxy} has sent a zip that is damaged"),
        };
        Verdict::Mismatch(Box::new(self.refused(origin, &format!("{said}: {reason}"))))
    }

    fn mismatch(&self, origin: &ZipOrigin, found: &H1) -> BuildError {
        let said = match origin {
            ZipOrigin::ModuleCache(_) => "its zip was changed after it was downloaded".to_owned(),
            ZipOrigin::Proxy(proxy) => format!("{proxy} has sent something else"),
        };
        let said = format!("{said}\ngo.sum:  {}\nits zip: {found}", self.sum);
        let error = self.refused(origin, &said);
        error.context("expected", self.sum).context("found", found)
    }

    fn refused(&self, origin: &ZipOrigin, said: &str) -> BuildError {
        let module = foreign(&format!("{}@{}", self.path, self.version));
        let message = format!("{module}, which is vendored, is not what go.sum says");
        let error = BuildError::new(Phase::Modules, "", message)
            .context("module", module)
            .because(foreign(said));
        match origin {
            ZipOrigin::ModuleCache(zip) => error.hint(format!(
                "remove it, and another is asked for: rm -f {}",
                shell_word(zip.display())
            )),
            ZipOrigin::Proxy(_) => error
                .hint("find out who changed it; whether it was go.sum is shown by: git log -p go.sum")
                .hint("else the proxy, or somebody before it, hands out something else: try another GOPROXY"),
        }
    }
}

fn digest_of(tree: &dyn SourceTree, path: &SourcePath) -> Result<Digest, SourceTreeError> {
    let failed = |source| SourceTreeError::Io {
        path: path.clone(),
        source,
    };
    let mut digester = Digester::default();
    let mut reader = tree.open(path)?.open().map_err(failed)?;
    std::io::copy(&mut reader, &mut digester).map_err(failed)?;
    Ok(digester.finish())
}

/// Returns the first bytes of a source file.
fn start_of(tree: &dyn SourceTree, path: &SourcePath) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reader = tree.open(path).map_err(io::Error::other)?.open()?;
    reader.take(SOURCE_LIMIT).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn foreign(text: &str) -> String {
    ForeignText::new(text).to_string()
}
