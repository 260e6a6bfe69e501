//! What `go build` has done, as `-debug-actiongraph` tells it.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::GoCommand;
use crate::model::Action;

/// The most bytes of it that are read: a program of 1,500 packages has 3 MB.
pub const MAX_ACTION_GRAPH_BYTES: u64 = 64 << 20;

/// When a `go build` began, on the clock of the run and on the machine's, which Go's actions name.
#[derive(Debug, Clone, Copy)]
pub struct Began {
    /// Since the start of the run.
    pub elapsed: Duration,
    /// Since the epoch of Unix.
    pub since_epoch: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GoAction {
    mode: String,
    #[serde(default)]
    package: String,
    time_start: String,
    time_done: String,
    /// The programs that it ran; none where what it was to make was in the build cache.
    cmd: Option<Vec<IgnoredAny>>,
}

impl GoCommand {
    /// Lets a `go build` write what it has done to `file`. It compiles the same, and says so nowhere in
    /// what it makes.
    #[must_use]
    pub fn telling_actions(mut self, file: &Path) -> Self {
        let mut flag = std::ffi::OsString::from("-debug-actiongraph=");
        flag.push(file);
        let after_verb = self.arguments.len().min(1);
        self.arguments.insert(after_verb, flag);
        self
    }
}

/// Reads what a `go build` that began at `began`, and had ended when the run had gone on for `ended`, has
/// written. What it found in its cache is no action. The machine's clock may have been set meanwhile: no
/// action is outside of the build.
///
/// # Errors
/// When it is not that.
pub fn read_actions(
    text: &[u8],
    began: Began,
    ended: Duration,
) -> Result<Vec<Action>, serde_json::Error> {
    let actions: Vec<GoAction> = serde_json::from_slice(text)?;
    Ok(actions
        .into_iter()
        .filter_map(|action| action.timed(began, ended))
        .collect())
}

impl GoAction {
    fn timed(&self, began: Began, ended: Duration) -> Option<Action> {
        if self.cmd.as_ref().is_none_or(Vec::is_empty) {
            return None;
        }
        let verb = match self.mode.as_str() {
            "build" => "compile",
            other => other,
        };
        let on_clock = |time: &str| {
            let time: Timestamp = time.parse().ok()?;
            // What never began has the year 1.
            let since_epoch = Duration::try_from(time.as_duration()).ok()?;
            let since_began = since_epoch.saturating_sub(began.since_epoch);
            Some((began.elapsed + since_began).min(ended))
        };
        let (started, ended) = (on_clock(&self.time_start)?, on_clock(&self.time_done)?);
        (started < ended).then(|| Action {
            name: format!("{verb} {}", self.package),
            started,
            ended,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = r#"[
        {"ID":0,"Mode":"link-install","Package":"app","TimeReady":"2026-01-01T01:00:05+01:00","TimeStart":"2026-01-01T01:00:05+01:00","TimeDone":"2026-01-01T01:00:05+01:00"},
        {"ID":1,"Mode":"link","Package":"app","TimeStart":"2026-01-01T01:00:03.5+01:00","TimeDone":"2026-01-01T01:00:05+01:00","Cmd":["link"]},
        {"ID":2,"Mode":"build","Package":"net/http","TimeStart":"2026-01-01T00:00:01Z","TimeDone":"2026-01-01T00:00:03Z","Cmd":["compile","asm"]},
        {"ID":3,"Mode":"nop","TimeStart":"2026-01-01T00:00:01Z","TimeDone":"2026-01-01T00:00:03Z"},
        {"ID":4,"Mode":"build","Package":"never","TimeStart":"0001-01-01T00:00:00Z","TimeDone":"0001-01-01T00:00:00Z","Cmd":["compile"]}
    ]"#;

    fn read(text: &str, ended: u64) -> Result<Vec<String>, serde_json::Error> {
        let epoch: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let began = Began {
            elapsed: Duration::from_secs(10),
            since_epoch: Duration::try_from(epoch.as_duration()).unwrap(),
        };
        let actions = read_actions(text.as_bytes(), began, Duration::from_secs(ended))?;
        let shown = actions
            .iter()
            .map(|action| format!("{} {:?} {:?}", action.name, action.started, action.ended));
        Ok(shown.collect())
    }

    #[test]
    fn gos_actions_have_the_times_of_the_run() {
        let wanted = ["link app 13.5s 15s", "compile net/http 11s 13s"];
        assert_eq!(read(WRITTEN, 20).unwrap(), wanted);
    }

    #[test]
    fn no_action_is_outside_of_the_build() {
        assert_eq!(read(WRITTEN, 12).unwrap(), ["compile net/http 11s 12s"]);
    }

    #[test]
    fn what_is_no_list_of_actions_is_refused() {
        for wrong in ["", "{}", "[1]", r#"[{"Mode":"build","TimeStart":1}]"#] {
            assert!(read(wrong, 20).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_flag_stands_before_those_of_the_user() {
        let command = GoCommand {
            program: "/go/bin/go".into(),
            arguments: ["build", "-p", "1", "--", "."].map(Into::into).to_vec(),
            folder: "/".into(),
            environment: std::collections::BTreeMap::new(),
        };
        let told = command.telling_actions(Path::new("/w/a.json"));
        assert_eq!(
            told.arguments[..2],
            ["build", "-debug-actiongraph=/w/a.json"]
        );
    }
}
