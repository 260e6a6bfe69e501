//! What is told of stages while they run.

use std::io::{self, Write};

use crate::cli::session::Session;
use crate::model::ForeignText;
use crate::pipeline::{OutputEnd, StageListener};
use crate::report::{CiStage, StageBars, StageState, Verbosity, workflow_data};
use crate::stages::{Forge, Stage};

/// Tells of stages on stderr: each one's output in one piece, as they run at once.
pub(super) struct Listener<'a> {
    session: &'a Session,
    forge: Forge,
    /// What goes on, for somebody at a terminal.
    bars: Option<StageBars>,
}

impl<'a> Listener<'a> {
    /// Tells of stages in the way of `forge`.
    pub(super) fn new(session: &'a Session, forge: Forge) -> Self {
        let screen = session.drawn_screen();
        let bars = screen.filter(|_| forge == Forge::Elsewhere);
        Self {
            session,
            forge,
            bars: bars.map(StageBars::new),
        }
    }

    fn show(&self, text: &[u8]) {
        let write = || {
            let mut stderr = self.session.stderr().lock();
            // A terminal that is gone cannot be told of.
            let _ = stderr.write_all(text).and_then(|()| stderr.flush());
        };
        match &self.bars {
            Some(bars) => bars.beside(write),
            None => write(),
        }
    }
}

impl StageListener for Listener<'_> {
    fn started(&self, stage: &Stage) {
        if let Some(bars) = &self.bars {
            let commands: Vec<String> = stage.commands.iter().map(ToString::to_string).collect();
            bars.started(stage.name.as_str(), &commands.join(", "));
            return;
        }
        for command in &stage.commands {
            self.session.say(&format!("{}: {command}", stage.name));
        }
    }

    fn said(&self, stage: &Stage, line: &str) {
        if let Some(bars) = &self.bars {
            bars.said(stage.name.as_str(), line);
        }
    }

    fn ended(&self, stage: &CiStage, output: &OutputEnd) {
        if let Some(bars) = &self.bars {
            bars.ended(&stage.name);
        }
        let is_wanted = match stage.state {
            StageState::Failed => true,
            _ => self.forge != Forge::Elsewhere || self.session.verbosity() == Verbosity::Verbose,
        };
        let mut text = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write(&mut text, stage, is_wanted.then_some(output));
        if !self.session.is_quiet() || stage.state == StageState::Failed {
            self.show(&text);
        }
    }
}

impl Listener<'_> {
    fn write(
        &self,
        to: &mut Vec<u8>,
        stage: &CiStage,
        output: Option<&OutputEnd>,
    ) -> io::Result<()> {
        let (name, now) = (&stage.name, Session::now().seconds());
        if let Some(output) = output {
            match self.forge {
                Forge::GitHub => writeln!(to, "::group::{name}")?,
                Forge::GitLab => {
                    write!(
                        to,
                        "\x1b[0Ksection_start:{now}:{name}[collapsed=true]\r\x1b[0K"
                    )?;
                    writeln!(to, "{name}")?;
                }
                Forge::Prow | Forge::Elsewhere => {}
            }
            if output.lost() > 0 {
                writeln!(to, "({} lines before are left out)", output.lost())?;
            }
            for line in output.lines() {
                writeln!(to, "{name}| {}", ForeignText::new(line))?;
            }
            match self.forge {
                Forge::GitHub => writeln!(to, "::endgroup::")?,
                Forge::GitLab => writeln!(to, "\x1b[0Ksection_end:{now}:{name}\r\x1b[0K")?,
                Forge::Prow | Forge::Elsewhere => {}
            }
        }
        let state = stage.state.as_str();
        writeln!(to, "{name}: {state} after {:.1} s", stage.seconds)?;
        for note in &stage.notes {
            writeln!(to, "{name}: {}", ForeignText::new(note))?;
        }
        if let (StageState::Failed, Forge::GitHub) = (stage.state, self.forge) {
            let reason = stage.reason.as_deref().unwrap_or_default();
            let reason = workflow_data(reason);
            writeln!(to, "::error title=stage {name}::{reason}")?;
        }
        Ok(())
    }
}
