//! What is vendored, compared with what go.sum vouches for. Go itself compares only the list.

use std::collections::BTreeMap;

use crate::facts::{SourceFacts, VendoredModule, Vendoring};
use crate::model::{
    BuildError, Digest, Digester, Event, ForeignText, Phase, SourcePath, Work, crew,
};
use crate::ports::{EntryKind, Progress, SourceTree, SourceTreeError};
use crate::toolchain::{DirHash, GoSum};

use super::Ports;
use super::bundle_fit::sums_of;

/// How many modules are compared at once.
const AT_ONCE: usize = 4;
/// How many files are named that differ.
const MOST_NAMED: usize = 20;

/// How much of what is vendored was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// All of it.
    All,
    /// Not all of it, for want of something to compare with.
    Partly,
}

/// The files of a module that are vendored, by what they are called in it.
type Files<'a> = BTreeMap<&'a str, &'a SourcePath>;

/// What came of one module.
enum Verdict {
    /// Its files are those that go.sum vouches for.
    Same,
    /// Nobody can say, and why.
    Unknown(String),
    /// These files are others.
    Others(Vec<String>),
}

/// Says of a vendor folder in step, before a compiler starts, that its files are those of its modules;
/// `None` where nothing is vendored.
///
/// # Errors
/// When a file is another than the module has that go.sum vouches for.
pub(super) fn compare(
    ports: &Ports<'_>,
    source: &SourceFacts,
) -> Result<Option<Compared>, BuildError> {
    let Vendoring::Used { folder, list, .. } = &source.vendoring else {
        return Ok(None);
    };
    let _progress = Progress::start(ports.events, Work::new(Phase::Modules, "vendored"), None);
    let sums = sums_of(ports.source, source)?;
    let mut paths = Vec::new();
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
    let comparison = Comparison { ports, sums };
    let verdicts = crew::all(AT_ONCE, &modules, |(module, files)| {
        comparison.of(module, files)
    });
    judge(ports, folder, &verdicts).map(Some)
}

fn judge(
    ports: &Ports<'_>,
    folder: &SourcePath,
    verdicts: &[Verdict],
) -> Result<Compared, BuildError> {
    let others: Vec<&str> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Others(files) => Some(files),
            _ => None,
        })
        .flatten()
        .map(String::as_str)
        .collect();
    if !others.is_empty() {
        return Err(differing(folder, &others));
    }
    let unknown: Vec<&str> = verdicts
        .iter()
        .filter_map(|verdict| match verdict {
            Verdict::Unknown(why) => Some(why.as_str()),
            _ => None,
        })
        .collect();
    if unknown.is_empty() {
        return Ok(Compared::All);
    }
    ports.events.emit(Event::Noted {
        phase: Phase::Modules,
        message: format!(
            "{} of {} vendored modules are not compared with go.sum: {}",
            unknown.len(),
            verdicts.len(),
            named(&unknown, "; ")
        ),
    });
    Ok(Compared::Partly)
}

fn differing(folder: &SourcePath, others: &[&str]) -> BuildError {
    let message = "what is vendored is not what go.sum vouches for";
    BuildError::new(Phase::Modules, folder, message)
        .because(named(others, "\n"))
        .hint("find out who changed it; go mod vendor, in a workspace go work vendor, brings the modules' own files back")
        .hint("a module that is to be another is replaced: replace MODULE => ./DIR in go.mod")
}

fn named(all: &[&str], separator: &str) -> String {
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
    paths: &mut Vec<SourcePath>,
) -> Result<(), SourceTreeError> {
    for entry in tree.list(folder)?.entries {
        match entry.kind {
            EntryKind::Folder => collect(tree, &entry.path, paths)?,
            EntryKind::File { .. } | EntryKind::Symlink(_) | EntryKind::Special(_) => {
                paths.push(entry.path);
            }
        }
    }
    Ok(())
}

struct Comparison<'a> {
    ports: &'a Ports<'a>,
    sums: GoSum,
}

impl Comparison<'_> {
    fn of(&self, module: &VendoredModule, files: &Files<'_>) -> Verdict {
        let replaced = module.replacement.as_ref();
        let (path, version) = match replaced {
            Some(replaced) => (&replaced.path, &replaced.version),
            None => (&module.path, &module.version),
        };
        let unknown = |why: &str| Verdict::Unknown(foreign(&format!("{}: {why}", module.path)));
        let Some(version) = version else {
            return unknown("it is replaced by a folder");
        };
        let Some(sum) = self.sums.of_zip(path, version) else {
            return unknown("go.sum has no sum of its files");
        };
        let contents = match self.ports.zips.contents(path, version) {
            Ok(Some(contents)) => contents,
            Ok(None) => return unknown("its zip is not in the module cache"),
            Err(error) => {
                return unknown(&format!(
                    "its zip in the module cache cannot be read: {error}"
                ));
            }
        };
        if contents.finish() != sum {
            return unknown("its zip in the module cache is not what go.sum says");
        }
        let name = format!("{path}@{version}");
        let others: Vec<String> = files
            .iter()
            .filter_map(|(file, at)| self.differs(&contents, &format!("{name}/{file}"), at))
            .collect();
        if others.is_empty() {
            Verdict::Same
        } else {
            Verdict::Others(others)
        }
    }

    /// Says in what a vendored file differs from the one of this name in a zip.
    fn differs(&self, contents: &DirHash, name: &str, at: &SourcePath) -> Option<String> {
        let Some(expected) = contents.digest(name) else {
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

fn foreign(text: &str) -> String {
    ForeignText::new(text).to_string()
}
