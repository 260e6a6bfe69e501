//! What each `go build` does when, for a timeline.

#![expect(
    clippy::disallowed_methods,
    reason = "Go names times of the machine's clock; no byte of an image depends on them"
)]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, SystemTime};

use super::GoBuilder;
use super::go_builder::ActionsWanted;
use crate::compile::{Began, GoCommand, MAX_ACTION_GRAPH_BYTES, read_actions};
use crate::model::{Action, Actions, Event, Phase, Platform};

/// Waits for what a `go build` tells of its actions.
pub(super) struct GoActions<'a> {
    builder: &'a GoBuilder<'a>,
    file: PathBuf,
    began: Began,
}

impl<'a> GoActions<'a> {
    /// Lets `command` tell them in `file`, where somebody wants to know.
    pub(super) fn begin(
        builder: &'a GoBuilder<'a>,
        file: PathBuf,
        command: GoCommand,
    ) -> (GoCommand, Option<Self>) {
        if builder.settings.actions == ActionsWanted::Untold {
            return (command, None);
        }
        let command = command.telling_actions(&file);
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let actions = Self {
            began: Began {
                elapsed: builder.clock.elapsed(),
                since_epoch: since_epoch.unwrap_or_default(),
            },
            builder,
            file,
        };
        (command, Some(actions))
    }

    /// Hands on what a `go` that ended like this told. A timeline without actions is better than no build.
    pub(super) fn end(self, platform: &Platform, status: ExitStatus) {
        let ended = self.builder.clock.elapsed();
        let event = match self.read(ended) {
            // Packages that cannot be loaded end it before there are actions, and it says so itself.
            Err(error) if error.kind() == io::ErrorKind::NotFound && !status.success() => return,
            Ok(actions) => Event::Acted(Actions {
                of: format!("go build {platform}"),
                actions,
            }),
            Err(error) => Event::Warned {
                phase: Phase::Compile,
                message: format!("{platform}: the timeline has nothing of what go did: {error}"),
                hints: Vec::new(),
            },
        };
        self.builder.events.emit(event);
    }

    fn read(&self, ended: Duration) -> io::Result<Vec<Action>> {
        let mut text = Vec::new();
        let file = File::open(&self.file)?;
        file.take(MAX_ACTION_GRAPH_BYTES + 1)
            .read_to_end(&mut text)?;
        if text.len() as u64 > MAX_ACTION_GRAPH_BYTES {
            return Err(io::Error::other("it told too much"));
        }
        Ok(read_actions(&text, self.began, ended)?)
    }
}
