//! What is vendored, compared with what go.sum vouches for. Go itself compares only the list.

mod folder;
mod module;
mod vouched;
mod watch;

use crate::facts::{SourceFacts, Stamps, VendoredModule, Vendoring};
use crate::model::{BuildError, Event, Phase, SourcePath, Work, crew, shell_word};
use crate::ports::{Progress, SourceTreeError, Thoroughness};

use super::Ports;
use super::bundle::sums_of;
use folder::{Form, VendorFolder};
use module::{Comparison, Files, Others, Verdict, foreign};
use watch::VendorWatch;

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

/// As [`examine`] does, and warns of what could not be compared; what is remembered is known by files in the states
/// `read`.
///
/// # Errors
/// Those of [`examine`], and when a file was changed since it was read, or before: then nobody can say of what is
/// remembered that it was compiled from what was compared.
pub(super) fn compare(
    ports: &Ports<'_>,
    source: &SourceFacts,
    read: &Stamps,
) -> Result<Option<Vendored>, BuildError> {
    let Some(examined) = examine(ports, source, Thoroughness::Remembered)? else {
        return Ok(None);
    };
    examined.watch.hold(read)?;
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
    let found = VendorFolder::read(ports.source, folder);
    let found = found.map_err(|error| unreadable(folder, error))?;
    let watch = VendorWatch::begin(ports.source, folder, &found);
    let owned = list.modules.iter().filter(|it| !it.packages.is_empty());
    let (modules, strays) = sorted(folder, owned, &found);
    let comparison = Comparison {
        ports,
        folder,
        found: &found,
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
    judge(examined, &strays, verdicts).map(Some)
}

/// Gives each file in a vendor folder to the module that it is of, and returns what is of none beside that.
fn sorted<'a>(
    folder: &SourcePath,
    modules: impl Iterator<Item = &'a VendoredModule>,
    found: &'a VendorFolder,
) -> (Vec<(&'a VendoredModule, Files<'a>)>, Vec<Stray>) {
    let mut modules: Vec<(&VendoredModule, Files<'_>)> =
        modules.map(|module| (module, Files::new())).collect();
    let mut strays = Vec::new();
    for (path, form) in &found.entries {
        let within = path.below(folder).unwrap_or_default();
        let owner = modules
            .iter_mut()
            .filter_map(|(module, files)| Some((module.file(within)?, files)))
            .min_by_key(|(name, _)| name.len());
        match owner {
            Some((name, files)) => {
                files.insert(name, path);
            }
            None => strays.extend(Stray::of(path, *form)),
        }
    }
    let unnamed = found.unnamed.iter().cloned();
    strays.extend(unnamed.map(|name| Stray {
        name,
        what: "has a name that is not UTF-8, and ",
    }));
    (modules, strays)
}

/// Something that may be compiled, and is of no module. Where go.mod says `go 1.22` or less, Go takes packages from a
/// vendor folder also where its list does not name them.
struct Stray {
    name: String,
    what: &'static str,
}

impl Stray {
    /// Without Go source, no folder is a package; what a link leads to is its folder's or not, as the link has it.
    fn of(path: &SourcePath, form: Form) -> Option<Self> {
        let what = match form {
            Form::File if path.as_str().strip_suffix(".go").is_none() => return None,
            Form::File => "",
            Form::Link => "is a link, and ",
            Form::Other => "is no file, and ",
        };
        let name = path.to_string();
        Some(Self { name, what })
    }

    fn told(&self, folder: &SourcePath) -> String {
        let Self { name, what } = self;
        foreign(&format!(
            "{name} {what}is of no module that {folder}/modules.txt has packages of"
        ))
    }
}

/// Adds up `verdicts`, and what is of no module.
fn judge<'a>(
    mut examined: Examined<'a>,
    strays: &[Stray],
    verdicts: Vec<Verdict>,
) -> Result<Examined<'a>, BuildError> {
    let mut others = Others::default();
    for verdict in verdicts {
        match verdict {
            Verdict::Same => {}
            Verdict::Unknown(why) => examined.unknown.push(why),
            Verdict::Nearly(files) => examined.unknown.push(named(&files, ", ")),
            Verdict::Lacking(why) => {
                examined.unknown.push(why);
                examined.lacks_zips = true;
            }
            Verdict::Others(of_module) => others.add(of_module),
            Verdict::Mismatch(error) => return Err(*error),
        }
    }
    if others.is_empty() && strays.is_empty() {
        Ok(examined)
    } else {
        Err(differing(examined.folder, strays, others))
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

fn differing(folder: &SourcePath, strays: &[Stray], others: Others) -> BuildError {
    let message = "what is vendored is not what go.sum vouches for";
    let Others {
        changed,
        line_ends,
        missing,
    } = others;
    let mut hints = vec![
        "find out who changed it; go mod vendor, in a workspace go work vendor, brings the modules' own files back".to_owned(),
        "a module that is to be another is replaced: replace MODULE => ./DIR in go.mod".to_owned(),
    ];
    if let Some(stray) = strays.first() {
        let place = shell_word(&stray.name);
        hints.push(format!("what is of no module is taken out by: rm {place}"));
    }
    if !line_ends.is_empty() {
        hints.push(format!(
            "keep git from changing line ends there: echo '{folder}/** -text' >> .gitattributes"
        ));
    }
    if !missing.is_empty() {
        hints.push(format!(
            "a file that a .gitignore keeps out of the repository comes into it by: git add -f {folder}"
        ));
    }
    let strays = strays.iter().map(|stray| stray.told(folder));
    let all: Vec<String> = strays
        .chain(changed)
        .chain(line_ends)
        .chain(missing)
        .collect();
    let error = BuildError::new(Phase::Modules, folder, message).because(named(&all, "\n"));
    hints.into_iter().fold(error, BuildError::hint)
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
