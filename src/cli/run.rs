//! `coracle run`.

use clap::Args;

use crate::model::{BuildError, ExitCode, Phase};
use crate::plan::Sink;

use super::images;
use super::options::ImageOptions;
use super::session::{Outcome, Session};
use super::wiring::Kubectl;

/// What help shows last.
pub(super) const EXAMPLES: &str = "\
Examples:
  coracle run ./cmd/migrate --repo 'registry.example.com/team/{name}'
  coracle run migrate -- --namespace shop -- up --verbose    # the second -- begins what the program gets";

/// What `kubectl run` does with a pod that runs once: its output is shown, and it is deleted at its end. As ko has it.
const ONCE: [&str; 3] = ["--attach", "--rm", "--restart=Never"];

/// Flags of `coracle run`.
#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    options: ImageOptions,
    /// Flags for kubectl run, and after another -- the program's arguments
    #[arg(last = true, value_name = "KUBECTL FLAG")]
    kubectl: Vec<String>,
}

impl Run {
    /// Builds and publishes an image, and has kubectl run it once.
    pub(super) fn run(self, session: &Session) -> Outcome {
        self.refuse_others()?;
        let kubectl = Kubectl::find(session).map_err(|error| vec![error])?;
        let mut published = None;
        let sink = |_| Sink::Registry;
        let code = images::run_with(session, &self.options, sink, |document| {
            published = document.images.first().and_then(|image| {
                let output = image.outputs.first()?;
                let reference = format!("{}@{}", output.destination, image.digest);
                Some((image.name.clone(), reference))
            });
            String::new()
        })?;
        // Of a dry run there is no image.
        let Some((name, reference)) = published.filter(|_| code == ExitCode::Done) else {
            return Ok(code);
        };
        let words = ["run", &name, "--image", &reference]
            .into_iter()
            .chain(ONCE);
        let arguments: Vec<String> = words.map(str::to_owned).chain(self.kubectl).collect();
        let ran = kubectl.run(&arguments, "");
        ran.map(|()| ExitCode::Done).map_err(|error| vec![error])
    }

    fn refuse_others(&self) -> Result<(), Vec<BuildError>> {
        let refused = |message: &str| vec![BuildError::new(Phase::Config, "", message)];
        if self.options.build.images.len() != 1 {
            let message =
                "one image is run: a name of coracle.toml, or a main package (./cmd/NAME)";
            return Err(refused(message));
        }
        if self.options.build.run.json {
            let message = "stdout is for what the program says, and has no room for a report";
            return Err(refused(message));
        }
        Ok(())
    }
}
