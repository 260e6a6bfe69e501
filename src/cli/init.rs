//! `coracle init`.

use std::path::PathBuf;

use clap::Args;

use crate::config::{KoText, ko_text};
use crate::model::{BuildError, ExitCode};
use crate::pipeline;

use super::options::ProjectOptions;
use super::session::{Outcome, Session, print_data};
use super::wiring::{KoYaml, Source};

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle init              # looks at the module, and writes a coracle.toml for it
  coracle init --dry-run    # prints it instead
  coracle init --from-ko    # writes what .ko.yaml and ko's variables say";

/// Flags of `coracle init`.
#[derive(Debug, Args)]
pub(super) struct Init {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    directory: Option<PathBuf>,
    /// Print the file instead of writing it
    #[arg(long)]
    dry_run: bool,
    /// Write what ko does here: what .ko.yaml and ko's variables say
    #[arg(long)]
    from_ko: bool,
}

impl Init {
    /// Looks at the module, and writes a coracle.toml for it.
    pub(super) fn run(self, session: &Session) -> Outcome {
        self.write(session).map_err(|error| vec![error])
    }

    fn write(&self, session: &Session) -> Result<ExitCode, BuildError> {
        let options = ProjectOptions {
            directory: self.directory.clone(),
            config: None,
        };
        let source = Source::find(session, &options)?;
        let (tree, project) = source.to_init();
        let text = if self.from_ko {
            let file = source.read_ko(session)?;
            let environment = &session.host.environment;
            let facts = pipeline::ko_facts(tree, &project, environment)?;
            let written = ko_text(file.as_ref().map(KoYaml::text), &facts);
            let KoText { text, losses } = written.map_err(BuildError::from)?;
            for loss in losses {
                session.say(&format!("warning: not taken over: {loss}"));
            }
            text
        } else {
            pipeline::init(tree, &project)?
        };
        if self.dry_run {
            print_data(&text)?;
            return Ok(ExitCode::Done);
        }
        let path = source.write_config(&text)?;
        session.say(&format!(
            "{} is written; next: coracle build",
            path.display()
        ));
        Ok(ExitCode::Done)
    }
}
