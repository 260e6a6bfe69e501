//! The machine: its clock, its folders, its git.

use super::{Area, Fault, Finding, GitRules};
use crate::model::{ByteSize, Timestamp};

/// How far the clock may be off before certificates and signatures are judged wrongly.
const TOLERANCE_SECONDS: i64 = 300;
/// Less than this is soon used up.
const LOW: ByteSize = ByteSize(2 << 30);
/// Less than this is no room for a build.
const TOO_LOW: ByteSize = ByteSize(200 << 20);

/// How a folder is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderState {
    /// What it is for.
    pub purpose: &'static str,
    /// Where it is.
    pub path: String,
    /// The bytes that it still takes; nothing where that cannot be told.
    pub free_bytes: Option<u64>,
    /// Whether it, or the folder that it would be made in, takes files.
    pub takes_files: bool,
    /// Whether a build can do without writing there.
    pub may_be_read_only: bool,
    /// The variable that names another.
    pub variable: &'static str,
}

/// What came of a look at some of what coracle keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CacheSample {
    /// How many entries there are.
    pub entries: usize,
    /// How many were read.
    pub read: usize,
    /// Those that are not what they should be, with the reason.
    pub harmed: Vec<(String, String)>,
}

/// Compares the machine's clock with what `server` said.
pub fn judge_clock(now: Timestamp, server: &str, said: Timestamp) -> Finding {
    let off = now.seconds().saturating_sub(said.seconds());
    if off.abs() <= TOLERANCE_SECONDS {
        return Finding::ok(
            Area::Clock,
            "clock",
            format!("agrees with that of {server}"),
        );
    }
    let direction = if off > 0 { "ahead of" } else { "behind" };
    let minutes = off.abs() / 60;
    Finding::failure(
        Fault::Wrong,
        Area::Clock,
        "clock",
        format!("is {minutes} minutes {direction} that of {server}"),
    )
    .because(format!(
        "it shows {now}, and {server} says {said}: certificates and tokens are judged by it"
    ))
    .remedy("timedatectl set-ntp true")
}

/// Says how much room a folder has, and whether it takes files.
pub fn judge_folder(folder: &FolderState) -> Finding {
    let FolderState {
        purpose,
        path,
        free_bytes,
        variable,
        ..
    } = folder;
    let subject = format!("{purpose} {path}");
    let elsewhere = format!("export {variable}=/var/tmp/…   # a folder that takes files");
    if !folder.takes_files {
        return if folder.may_be_read_only {
            Finding::warning(
                Area::Disk,
                subject,
                "takes no files: what a build makes is not kept",
            )
            .remedy(elsewhere)
        } else {
            Finding::failure(Fault::Wrong, Area::Disk, subject, "takes no files").remedy(elsewhere)
        };
    }
    let Some(free) = free_bytes.map(ByteSize) else {
        return Finding::note(Area::Disk, subject, "nobody can tell how much room it has");
    };
    let message = format!("{free} free");
    let make_room = "coracle cache clean --older-than 30d   # and: go clean -cache";
    if free < TOO_LOW {
        Finding::failure(Fault::Wrong, Area::Disk, subject, message).remedy(make_room)
    } else if free < LOW {
        Finding::warning(Area::Disk, subject, message).remedy(make_room)
    } else {
        Finding::ok(Area::Disk, subject, message)
    }
}

/// Says what git there is, and which of its rules put tokens into addresses.
pub fn judge_git(version: Result<String, String>, rules: &GitRules) -> Vec<Finding> {
    let git = match version {
        Ok(version) => Finding::ok(Area::Git, "git", version),
        Err(reason) => Finding::warning(
            Area::Git,
            "git",
            "there is none that works: private modules cannot come from their repositories, and versions cannot be told",
        )
        .because(reason)
        .remedy("apt-get install git"),
    };
    let rules = rules.iter().map(|rule| {
        let finding = Finding::note(Area::Git, "insteadOf", rule);
        if rule.has_token() {
            finding
                .because("the token stands in a file that others may read")
                .remedy("keep it in ~/.netrc, or with git config --global credential.helper")
        } else {
            finding
        }
    });
    [git].into_iter().chain(rules).collect()
}

/// Says how what coracle keeps is.
pub fn judge_cache(folder: &str, sample: Result<CacheSample, String>) -> Finding {
    match sample {
        Err(reason) => Finding::failure(
            Fault::Wrong,
            Area::Cache,
            folder,
            "the cache folder cannot be read",
        )
        .because(reason)
        .remedy("export CORACLE_CACHE=/var/tmp/coracle"),
        Ok(sample) => match sample.harmed.first() {
            None => Finding::ok(
                Area::Cache,
                folder,
                format!(
                    "{} of {} entries read, all sound",
                    sample.read, sample.entries
                ),
            ),
            Some((name, reason)) => Finding::warning(
                Area::Cache,
                folder,
                format!(
                    "{} of {} entries read are harmed",
                    sample.harmed.len(),
                    sample.read
                ),
            )
            .because(format!("{name}: {reason}"))
            .remedy("coracle cache check"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;

    #[test]
    fn a_clock_may_be_some_minutes_off() {
        let severity = |seconds: i64| {
            let now = Timestamp::from_seconds(1_000_000 + seconds);
            judge_clock(now, "p", Timestamp::from_seconds(1_000_000)).severity
        };
        assert_eq!(severity(0), Severity::Ok);
        assert_eq!(severity(-300), Severity::Ok);
        assert_eq!(severity(-3600), Severity::Failure(Fault::Wrong));
        assert_eq!(severity(301), Severity::Failure(Fault::Wrong));
    }

    #[test]
    fn folders_need_room_and_most_of_them_must_take_files() {
        let folder = |free_bytes, takes_files, may_be_read_only| {
            let state = FolderState {
                purpose: "cache folder",
                path: "/c".to_owned(),
                free_bytes: Some(free_bytes),
                takes_files,
                may_be_read_only,
                variable: "CORACLE_CACHE",
            };
            judge_folder(&state).severity
        };
        assert_eq!(folder(100 << 30, true, false), Severity::Ok);
        assert_eq!(folder(1 << 30, true, false), Severity::Warning);
        assert_eq!(
            folder(1 << 20, true, false),
            Severity::Failure(Fault::Wrong)
        );
        assert_eq!(folder(100 << 30, false, true), Severity::Warning);
        assert_eq!(
            folder(100 << 30, false, false),
            Severity::Failure(Fault::Wrong)
        );
    }
}
