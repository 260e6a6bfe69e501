//! What is said of an image that was just made: the signature, and what goes with it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::attest::sbom::{Inventory, cyclonedx, spdx};
use crate::attest::{CheckResult, PolicyResult, PredicateType, Provenance, Statement};
use crate::config::{Saying, SbomFormat};
use crate::image::Image;
use crate::model::{BuildError, Descriptor, ExitCode, ModuleContents, Phase, Repository, crew};
use crate::plan::{Recipe, RecipeContent};
use crate::publish::ReferrerList;

use super::super::Signing;
use super::super::build::{BuildJob, ImageJob};
use super::super::describe::Describer;
use super::super::vendored::Compared;
use super::hang::list;

/// How many lists are waited for at once.
const AT_ONCE: usize = 8;

/// What is said of one manifest, or of the index over them.
pub(super) struct Said {
    pub(super) subject: Descriptor,
    pub(super) statements: Vec<Statement>,
}

/// An image that was just made, and where it goes.
pub(in crate::pipeline) struct MadeImage<'a, 'b> {
    pub(super) job: &'a BuildJob<'b>,
    /// Its number among the images of the job.
    pub(in crate::pipeline) number: usize,
    pub(in crate::pipeline) image: &'a Image,
    pub(in crate::pipeline) repository: &'a Repository,
}

impl MadeImage<'_, '_> {
    /// Returns what hangs already on each manifest that something is said of, in their order.
    pub(super) fn listed(&self, signing: &Signing<'_>) -> Result<Vec<ReferrerList>, BuildError> {
        let subjects: Vec<&Descriptor> = subjects(self.image).collect();
        crew::each(AT_ONCE, &subjects, |subject| {
            list(signing, subject, self.repository)
        })
    }

    /// Returns what is said of it: of the image of each platform, and last of the index over them where
    /// there is one.
    pub(super) fn statements(&self, signing: &Signing<'_>) -> Result<Vec<Said>, BuildError> {
        let mut said: Vec<Said> = subjects(self.image)
            .map(|subject| Said {
                statements: vec![signing.signature(subject)],
                subject: subject.clone(),
            })
            .collect();
        let Some(describer) = &self.job.describer else {
            return Ok(said);
        };
        let attest = &self.job.recalled.prepared.attest;
        if !attest.sbom.is_empty() {
            self.say_what_is_in_it(describer, &attest.sbom, &mut said)?;
        }
        if [attest.provenance, attest.policy].contains(&Saying::Said) {
            let built = self.provenance(describer)?;
            if attest.provenance == Saying::Said {
                say(
                    &mut said,
                    &PredicateType::provenance(),
                    &built.to_predicate(),
                );
            }
            if attest.policy == Saying::Said {
                let checked = self.policy(&built);
                say(&mut said, &PredicateType::policy(), &checked.to_predicate());
            }
        }
        Ok(said)
    }

    fn say_what_is_in_it(
        &self,
        describer: &Describer<'_>,
        formats: &BTreeSet<SbomFormat>,
        said: &mut [Said],
    ) -> Result<(), BuildError> {
        let whole = describer.inventory(self)?;
        let parts: Vec<Inventory> = whole.by_platform().collect();
        let index = self.image.index.as_ref().map(|_| &whole);
        for (said, inventory) in said.iter_mut().zip(parts.iter().chain(index)) {
            for format in formats {
                let statement = sbom(&said.subject, *format, inventory)?;
                said.statements.push(statement);
            }
        }
        Ok(())
    }

    fn provenance(&self, describer: &Describer<'_>) -> Result<Provenance, BuildError> {
        let mut toolchains = describer.toolchains(self)?.into_iter();
        // Where programs were compiled by several copies of one release, none of them made the image.
        let toolchain = match (toolchains.next(), toolchains.next()) {
            (Some(only), None) => only,
            _ => None,
        };
        let mut provenance = self.made().provenance.clone();
        provenance.go_h1 = toolchain;
        provenance.modules.contents = match self.modules() {
            CheckResult::Passed => Some(ModuleContents::GoSum),
            CheckResult::Skipped(_) => None,
        };
        Ok(provenance)
    }

    fn policy(&self, built: &Provenance) -> PolicyResult {
        let allowed = &self.job.recalled.prepared.secrets.allow;
        PolicyResult {
            modules: self.modules(),
            verification: built.modules.clone(),
            rules: self.job.recalled.prepared.rules,
            toolchain: match built.go_h1 {
                Some(_) => CheckResult::Passed,
                None => CheckResult::Skipped("it was not fetched, but that of a machine"),
            },
            allowed_secrets: allowed.iter().map(ToString::to_string).collect(),
            coracle: built.coracle.clone(),
        }
    }

    /// No layer is made or remembered of a program before its modules were compared with go.sum. Go compares
    /// what is vendored with nothing: that is done before it is compiled.
    fn modules(&self) -> CheckResult {
        let programs = self.made().memory.programs.iter().flatten();
        let mut recipes = programs.map(|memory| memory.recipe.as_ref().ok());
        let is_vendored = |recipe: &Recipe| match &recipe.content {
            RecipeContent::Program(program) => program
                .inputs
                .keys()
                .any(|path| path == MODULES_LIST || path.ends_with(&format!("/{MODULES_LIST}"))),
            RecipeContent::Files(_) => false,
        };
        let is_compared = self
            .job
            .vendored
            .as_ref()
            .is_some_and(|it| it.compared == Compared::All);
        if is_compared || recipes.all(|recipe| recipe.is_some_and(|recipe| !is_vendored(recipe))) {
            CheckResult::Passed
        } else {
            CheckResult::Skipped("some of them may be vendored, and were not compared with go.sum")
        }
    }

    pub(in crate::pipeline) fn made(&self) -> &ImageJob<'_> {
        &self.job.images[self.number]
    }
}

/// What a vendor folder has in it.
const MODULES_LIST: &str = "vendor/modules.txt";

/// Says the same of all.
fn say(said: &mut [Said], kind: &PredicateType, predicate: &Value) {
    for said in said {
        let statement = Statement::new(said.subject.digest, kind.clone(), predicate.clone());
        said.statements.push(statement);
    }
}

/// Returns the manifests of the platforms, and the index last.
fn subjects(image: &Image) -> impl Iterator<Item = &Descriptor> {
    let platforms = image.platforms.iter().map(|platform| &platform.manifest);
    let all = platforms.chain(&image.index);
    all.map(|blob| &blob.descriptor)
}

fn sbom(
    subject: &Descriptor,
    format: SbomFormat,
    inventory: &Inventory,
) -> Result<Statement, BuildError> {
    let (kind, document) = match format {
        SbomFormat::Spdx => ("spdx", spdx(inventory)),
        SbomFormat::CycloneDx => ("cyclonedx", cyclonedx(inventory)),
    };
    let predicate: Value = serde_json::from_slice(&document).map_err(|error| {
        let message = "the bill of materials is no JSON";
        BuildError::new(Phase::Attest, subject.digest, message)
            .exit(ExitCode::Internal)
            .because(error)
    })?;
    let kind = PredicateType::of_name(kind);
    Ok(Statement::new(subject.digest, kind, predicate))
}
