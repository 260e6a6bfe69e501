//! podman, which runs an image as a container on this machine.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::runner::{Run, Runner, Talk, last_lines};
use crate::adapters::process::{self, Finished};
use crate::config::{PodmanHow, RunOption};
use crate::deploy::{DeployImage, Rollout, Unit};
use crate::model::{BuildError, ExitCode};
use crate::ports::{DeployJournal, Deployer};

/// The label that says which image a container was made of, by digest.
const LABEL: &str = "coracle.image";

/// Runs a container through podman.
pub struct Podman<'a> {
    /// Who starts it.
    pub runner: Runner<'a>,
    /// The container.
    pub how: PodmanHow,
    /// What is written down.
    pub journal: Box<dyn DeployJournal + 'a>,
}

impl Podman<'_> {
    fn program(&self) -> Result<PathBuf, BuildError> {
        process::find_program(&self.runner.environment, "podman").ok_or_else(|| {
            self.runner
                .error("it is deployed to through podman, which is not on PATH".to_owned())
                .exit(ExitCode::Usage)
                .hint("install it, as in: apt-get install podman")
        })
    }

    fn finish(&self, args: &[&str]) -> Result<Finished, BuildError> {
        let global = self.how.global.iter().map(RunOption::as_str);
        let args: Vec<&str> = global.chain(args.iter().copied()).collect();
        self.runner.finish(&Run {
            program: &self.program()?,
            args: &args,
            variables: &[],
            input: b"",
            limit: self.how.timeout,
            talk: Talk::Ours,
        })
    }

    fn podman(&self, args: &[&str]) -> Result<Vec<u8>, BuildError> {
        let finished = self.finish(args)?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        let verb = args.first().copied().unwrap_or_default();
        Err(self
            .runner
            .error(format!("podman {verb} failed"))
            .because(last_lines(&finished)))
    }

    /// Returns what podman knows of the container, where there is one.
    fn inspected(&self) -> Result<Option<Value>, BuildError> {
        let finished = self.finish(&["container", "inspect", self.how.name.as_str()])?;
        if finished.status.success() {
            let list: Option<Vec<Value>> = serde_json::from_slice(&finished.stdout).ok();
            let first = list.and_then(|list| list.into_iter().next());
            return first.map(Some).ok_or_else(|| {
                self.runner
                    .error("what podman says of the container is no JSON".to_owned())
            });
        }
        let said = last_lines(&finished);
        if said.contains("no such container") {
            return Ok(None);
        }
        Err(self
            .runner
            .error("podman container inspect failed".to_owned())
            .because(said))
    }

    fn start(&self, units: &[Unit]) -> Result<(), BuildError> {
        let Some(image) = units.first().and_then(|unit| unit.images.values().next()) else {
            return Ok(());
        };
        let found = self.inspected()?;
        if found
            .as_ref()
            .is_some_and(|found| is_running(found) && image_of(found) == *image)
        {
            return Ok(());
        }
        // What runs goes on until the other image is there.
        if !self.finish(&["image", "exists", image])?.status.success() {
            let options = self.how.pull.iter().map(RunOption::as_str);
            let pull: Vec<&str> = ["pull", "--quiet"]
                .into_iter()
                .chain(options)
                .chain([image.as_str()])
                .collect();
            self.podman(&pull)?;
        }
        let label = format!("--label={LABEL}={image}");
        let name = format!("--name={}", self.how.name);
        let fixed = [
            "run",
            "--detach",
            "--replace",
            "--pull=never",
            &name,
            &label,
        ];
        let options = self.how.options.iter().map(RunOption::as_str);
        let args = self.how.args.iter().map(String::as_str);
        let run: Vec<&str> = fixed
            .into_iter()
            .chain(options)
            .chain([image.as_str()])
            .chain(args)
            .collect();
        self.podman(&run).map(drop)
    }
}

impl Deployer for Podman<'_> {
    fn how(&self) -> &'static str {
        "podman"
    }

    fn patience(&self) -> Duration {
        self.how.timeout
    }

    fn plan(&self, images: &[DeployImage]) -> Result<Vec<Unit>, BuildError> {
        self.program()?;
        let image =
            match (&self.how.image, images) {
                (None, [image]) => image,
                (None, _) => {
                    let message = format!(
                        "{} images are deployed, and a container runs one",
                        images.len()
                    );
                    return Err(self
                        .runner
                        .error(message)
                        .exit(ExitCode::Usage)
                        .hint("name it: image = \"server\""));
                }
                (Some(name), images) => images
                    .iter()
                    .find(|image| image.name == *name)
                    .ok_or_else(|| {
                        self.runner
                            .error(format!("{name} is not among the images that are deployed"))
                            .exit(ExitCode::Usage)
                    })?,
            };
        Ok(vec![Unit {
            name: self.how.name.to_string(),
            images: [(image.name.to_string(), image.reference.to_string())].into(),
            state: Value::Null,
        }])
    }

    fn running(&self, units: &[Unit], _: &[Unit]) -> Result<Vec<Unit>, BuildError> {
        let Some(container) = units.first().and_then(|unit| unit.images.keys().next()) else {
            return Ok(Vec::new());
        };
        let found = self.inspected()?.map(|found| Unit {
            name: self.how.name.to_string(),
            images: [(container.clone(), image_of(&found))].into(),
            state: json!({"id": found["Id"]}),
        });
        Ok(found.into_iter().collect())
    }

    fn apply(&self, _: &[DeployImage], units: &[Unit]) -> Result<(), BuildError> {
        self.start(units)
    }

    fn restore(&self, units: &[Unit]) -> Result<(), BuildError> {
        self.start(units)
    }

    fn rollout(&self, _: &[Unit]) -> Result<Rollout, BuildError> {
        let name = &self.how.name;
        let Some(found) = self.inspected()? else {
            return Ok(Rollout::Failed(format!("the container {name} is gone")));
        };
        let state = &found["State"];
        let health = state
            .pointer("/Health/Status")
            .or(state.pointer("/Healthcheck/Status"));
        let health = health.and_then(Value::as_str).unwrap_or_default();
        Ok(match state["Status"].as_str().unwrap_or_default() {
            "running" if matches!(health, "" | "healthy") => Rollout::Ready,
            "running" if health == "unhealthy" => {
                Rollout::Failed(format!("the container {name} is not healthy"))
            }
            "exited" | "stopped" | "dead" => {
                let code = &state["ExitCode"];
                Rollout::Failed(format!("the container {name} ended with {code}"))
            }
            other => Rollout::Waiting(format!("the container {name} is {other}")),
        })
    }

    fn why(&self, _: &[Unit]) -> Vec<String> {
        match self.finish(&["logs", "--tail=5", self.how.name.as_str()]) {
            Ok(finished) => {
                let said = last_lines(&finished);
                said.lines()
                    .map(|line| format!("it said: {line}"))
                    .collect()
            }
            Err(_) => Vec::new(),
        }
    }

    fn journal(&self) -> &dyn DeployJournal {
        &*self.journal
    }
}

fn is_running(found: &Value) -> bool {
    found["State"]["Status"] == "running"
}

/// Returns the image of a container: that which coracle ran it with, or else what podman calls it.
fn image_of(found: &Value) -> String {
    let label = &found["Config"]["Labels"][LABEL];
    let name = label.as_str().or_else(|| found["ImageName"].as_str());
    name.unwrap_or_default().to_owned()
}
