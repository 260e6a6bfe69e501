//! A program of the user's that deploys.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::runner::{Run, Runner, Talk};
use crate::config::CommandHow;
use crate::deploy::{DeployImage, Rollout, Unit};
use crate::model::{BuildError, ForeignText};
use crate::ports::{DeployJournal, Deployer};

/// Deploys by a program: it is told what to run, and comes back when that runs.
pub struct ProgramDeployer<'a> {
    /// Who starts it.
    pub runner: Runner<'a>,
    /// The program, and the one that tells what runs.
    pub how: CommandHow,
    /// What is written down.
    pub journal: Box<dyn DeployJournal + 'a>,
}

impl ProgramDeployer<'_> {
    fn tell(&self, action: &str, units: &[Unit]) -> Result<(), BuildError> {
        let images: BTreeMap<&String, &String> =
            units.iter().flat_map(|unit| &unit.images).collect();
        let input = json!({"action": action, "environment": self.runner.name, "images": images});
        let mut variables = vec![
            ("CORACLE_ACTION".to_owned(), action.to_owned()),
            ("CORACLE_ENVIRONMENT".to_owned(), self.runner.name.clone()),
        ];
        for (name, image) in &images {
            variables.push((variable(name), (*image).clone()));
        }
        if let [image] = images.values().collect::<Vec<_>>()[..] {
            variables.push(("CORACLE_IMAGE".to_owned(), (*image).clone()));
        }
        self.start(
            &self.how.run,
            &variables,
            input.to_string().as_bytes(),
            Talk::Told,
        )
        .map(drop)
    }

    fn start(
        &self,
        words: &[String],
        variables: &[(String, String)],
        input: &[u8],
        talk: Talk,
    ) -> Result<Vec<u8>, BuildError> {
        let (program, args) = words
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first, rest));
        let program = self.runner.find(program)?;
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.runner.run(&Run {
            program: &program,
            args: &args,
            variables,
            input,
            limit: self.how.timeout,
            talk,
        })
    }
}

impl Deployer for ProgramDeployer<'_> {
    fn how(&self) -> &'static str {
        "command"
    }

    fn patience(&self) -> Duration {
        self.how.timeout
    }

    fn plan(&self, images: &[DeployImage]) -> Result<Vec<Unit>, BuildError> {
        self.runner
            .find(self.how.run.first().map_or("", String::as_str))?;
        let units = images.iter().map(|image| {
            let name = image.name.to_string();
            Unit {
                images: [(name.clone(), image.reference.to_string())].into(),
                name,
                state: Value::Null,
            }
        });
        Ok(units.collect())
    }

    fn running(&self, units: &[Unit], known: &[Unit]) -> Result<Vec<Unit>, BuildError> {
        let is_wanted = |name: &str| units.iter().any(|unit| unit.name == name);
        if self.how.status.is_empty() {
            let known = known.iter().filter(|unit| is_wanted(&unit.name));
            return Ok(known.cloned().collect());
        }
        let variables = [("CORACLE_ENVIRONMENT".to_owned(), self.runner.name.clone())];
        let said = self.start(&self.how.status, &variables, b"", Talk::Ours)?;
        let said = String::from_utf8_lossy(&said);
        let mut found = Vec::new();
        for line in said.lines().filter(|line| !line.trim().is_empty()) {
            let Some((name, image)) = line.trim().split_once(char::is_whitespace) else {
                let line = ForeignText::new(line);
                return Err(self.runner.error(format!(
                    "what tells what runs said {line:?}, expected a line NAME REFERENCE for each image"
                )));
            };
            if is_wanted(name) {
                found.push(Unit {
                    name: name.to_owned(),
                    images: [(name.to_owned(), image.trim().to_owned())].into(),
                    state: Value::Null,
                });
            }
        }
        Ok(found)
    }

    fn apply(&self, _: &[DeployImage], units: &[Unit]) -> Result<(), BuildError> {
        self.tell("deploy", units)
    }

    fn restore(&self, units: &[Unit]) -> Result<(), BuildError> {
        self.tell("rollback", units)
    }

    /// It came back when what it was told runs.
    fn rollout(&self, _: &[Unit]) -> Result<Rollout, BuildError> {
        Ok(Rollout::Ready)
    }

    fn why(&self, _: &[Unit]) -> Vec<String> {
        Vec::new()
    }

    fn journal(&self) -> &dyn DeployJournal {
        &*self.journal
    }
}

/// Returns the variable that the image of this name is in.
fn variable(name: &str) -> String {
    let letter = |it: char| {
        if it.is_ascii_alphanumeric() {
            it.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    format!(
        "CORACLE_IMAGE_{}",
        name.chars().map(letter).collect::<String>()
    )
}
