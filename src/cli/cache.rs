//! `coracle cache`.

use std::fmt::Write as _;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::compile::CacheShare;
use crate::config::CacheLimit;
use crate::model::{BuildError, ByteSize, CacheKind, ExitCode, Timestamp};
use crate::pipeline::{BuildCacheOrder, Cleaning};
use crate::report::{
    CacheClean, CacheList, CacheStats, ListedCacheEntry, counted, write_cache_list,
    write_cache_stats,
};

use super::document_form::DocumentForm;
use super::images;
use super::options::ProjectOptions;
use super::session::{Outcome, Session};
use super::wiring::{self, CacheShelves};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle cache stats
  coracle cache list --json
  coracle cache check
  coracle cache clean --older-than 30d
  coracle cache clean --kind toolchains";

/// Flags of `coracle cache`.
#[derive(Debug, Args)]
pub(super) struct Cache {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show where the cache folder is, and how much is in it
    #[command(after_help = STATS_EXAMPLES)]
    Stats(Stats),
    /// List what is in the cache folder
    #[command(after_help = LIST_EXAMPLES)]
    List(List),
    /// Read all that is kept anew, and remove what is harmed; exit code 1 where something was
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Remove what is kept; runs that go on meanwhile lose nothing that they use
    #[command(after_help = CLEAN_EXAMPLES)]
    Clean(Clean),
}

/// How many packages are compiled anew, for each platform: most of the standard library fits in.
const SAMPLE_PACKAGES: usize = 200;
const SECONDS_A_DAY: i64 = 24 * 3600;

const STATS_EXAMPLES: &str = "\
Examples:
  coracle cache stats";

const LIST_EXAMPLES: &str = "\
Examples:
  coracle cache list
  coracle cache list --json";

const CHECK_EXAMPLES: &str = "\
Examples:
  coracle cache check
  coracle cache check --go             # where changes of the code seem to have no effect";

const CLEAN_EXAMPLES: &str = "\
Examples:
  coracle cache clean                       # everything
  coracle cache clean --older-than 30d      # what no run has used for so long
  coracle cache clean --kind toolchains";

#[derive(Debug, Args)]
struct Stats {
    #[command(flatten)]
    project: ProjectOptions,
    #[command(flatten)]
    form: DocumentForm,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    form: DocumentForm,
}

#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    project: ProjectOptions,
    /// Look into Go's build cache too: read all of it, and compile a sample of the project's packages anew, to
    /// compare
    #[arg(long)]
    go: bool,
    #[command(flatten)]
    form: DocumentForm,
}

#[derive(Debug, Args)]
struct Clean {
    /// Remove what no run has used for this time, as in 12h, 30d or 4w
    #[arg(long, value_name = "AGE")]
    older_than: Option<Age>,
    /// Remove this kind of entries only
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
    #[command(flatten)]
    form: DocumentForm,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// Layers, manifests and configurations
    Blobs,
    /// What is known of layers that were made before
    Memos,
    /// Releases of Go
    Toolchains,
    /// Programs that coracle builds for its own use
    Tools,
    /// What bundles have in them, unpacked
    Bundles,
}

impl Cache {
    /// Does what is asked of the cache folder.
    pub(super) fn run(self, session: &Session) -> Outcome {
        let shelves = CacheShelves::find(session).map_err(one)?;
        match self.action {
            Action::Stats(stats) => stats.run(session, &shelves),
            Action::List(list) => list.run(&shelves),
            Action::Check(check) => check.run(session, &shelves),
            Action::Clean(clean) => clean.run(session, &shelves),
        }
    }
}

impl Stats {
    fn run(&self, session: &Session, shelves: &CacheShelves) -> Outcome {
        let limit_bytes = match wiring::cache_limit(session, &self.project)? {
            CacheLimit::AtMost(ByteSize(bytes)) => Some(bytes),
            CacheLimit::Unlimited => None,
        };
        let entries = shelves.with(|cache| cache.survey()).map_err(one)?;
        let stats = CacheStats::of(shown(shelves), limit_bytes, &entries);
        self.form
            .print(&stats, |to| write_cache_stats(to, &stats))
            .map_err(one)
    }
}

impl List {
    fn run(&self, shelves: &CacheShelves) -> Outcome {
        let entries = shelves.with(|cache| cache.survey()).map_err(one)?;
        let list = CacheList::of(shown(shelves), &entries);
        self.form
            .print(&list, |to| write_cache_list(to, &list))
            .map_err(one)
    }
}

impl Check {
    fn run(&self, session: &Session, shelves: &CacheShelves) -> Outcome {
        let talker = session.talker();
        let checked = shelves.with(|cache| cache.check(&*talker, &session.cancellation));
        let (mut document, mut errors) = checked.map_err(one)?;
        if self.go {
            let order = BuildCacheOrder {
                day: today(),
                packages: SAMPLE_PACKAGES,
                share: CacheShare::All,
            };
            let looked = images::build_cache(session, &self.project, order, &*talker);
            match looked {
                Ok((cache, lie)) => {
                    errors.extend(lie);
                    document.go = Some(cache);
                }
                Err(failed) => errors.extend(failed),
            }
        }
        drop(talker);
        errors.extend(self.form.print(&document, |_| Ok(())).err());
        if !errors.is_empty() {
            return Err(errors);
        }
        session.say(&format!(
            "{} of {} in {}: all sound",
            entries(document.entries),
            ByteSize(document.size_bytes),
            document.folder
        ));
        if let Some(cache) = &document.go {
            session.say(&cache.praise());
        }
        Ok(ExitCode::Done)
    }
}

impl Clean {
    fn run(&self, session: &Session, shelves: &CacheShelves) -> Outcome {
        let cleaning = Cleaning {
            kind: self.kind.map(Kind::of_entries),
            unused_since: self.older_than.map(|age| age.before(Session::now())),
        };
        let (document, failed) = shelves.with(|cache| cache.clean(&cleaning)).map_err(one)?;
        session.say(&told(&document));
        let printed = self.form.print(&document, |_| Ok(()));
        let errors: Vec<BuildError> = failed.into_iter().chain(printed.err()).collect();
        if errors.is_empty() {
            Ok(ExitCode::Done)
        } else {
            Err(errors)
        }
    }
}

/// Counts the days: other packages are compiled anew on another.
pub(super) fn today() -> u64 {
    u64::try_from(Session::now().seconds() / SECONDS_A_DAY).unwrap_or_default()
}

fn told(cleaned: &CacheClean) -> String {
    let number = |list: &[ListedCacheEntry]| entries(list.len() as u64);
    let removed = number(&cleaned.removed);
    let (folder, freed) = (&cleaned.folder, ByteSize(cleaned.freed_bytes));
    let mut text = format!("{removed} removed from {folder}, {freed} freed");
    for (left, why) in [
        (&cleaned.in_use, "in use by running processes"),
        (&cleaned.unknown, "of another version or origin"),
    ] {
        if !left.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "; left alone: {} {why}", number(left));
        }
    }
    text
}

impl Kind {
    fn of_entries(self) -> CacheKind {
        match self {
            Self::Blobs => CacheKind::Blobs,
            Self::Memos => CacheKind::Memos,
            Self::Toolchains => CacheKind::Toolchains,
            Self::Tools => CacheKind::Tools,
            Self::Bundles => CacheKind::Bundles,
        }
    }
}

fn entries(number: u64) -> String {
    counted(number, "entry", "entries")
}

fn shown(shelves: &CacheShelves) -> String {
    shelves.folder().display().to_string()
}

fn one(error: BuildError) -> Vec<BuildError> {
    vec![error]
}

/// How long ago something was: `12h`, `30d`, `4w`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Age(Duration);

#[derive(Debug, thiserror::Error)]
#[error("expected a time with its unit, as in 12h, 30d or 4w")]
struct AgeError;

impl FromStr for Age {
    type Err = AgeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let days = |number: &str, each: u32| {
            let days = number.parse::<u32>().ok()?.checked_mul(each)?;
            Some(Duration::from_hours(24 * u64::from(days)))
        };
        let time = || Duration::try_from(text.parse::<jiff::SignedDuration>().ok()?).ok();
        let age = match (text.strip_suffix('d'), text.strip_suffix('w')) {
            (Some(number), _) => days(number, 1),
            (_, Some(number)) => days(number, 7),
            _ => time(),
        };
        age.map(Self).ok_or(AgeError)
    }
}

impl Age {
    fn before(self, now: Timestamp) -> Timestamp {
        let seconds = i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX);
        Timestamp::from_seconds(now.seconds().saturating_sub(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_a_unit_days_and_weeks_among_them() {
        let hours = |text: &str| text.parse::<Age>().map(|age| age.0.as_secs() / 3600).ok();
        assert_eq!(hours("12h"), Some(12));
        assert_eq!(hours("30d"), Some(720));
        assert_eq!(hours("2w"), Some(336));
        assert_eq!(hours("0d"), Some(0));
        for wrong in ["", "30", "-1d", "-1h", "1.5d", "d", "x"] {
            assert_eq!(hours(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn an_age_counts_back_from_now() {
        let age: Age = "1d".parse().unwrap();
        let now = Timestamp::from_seconds(100_000);
        assert_eq!(age.before(now).seconds(), 13_600);
    }
}
