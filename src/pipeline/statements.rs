//! What is said of an image that was just made, beside the signature and with it.

use serde_json::Value;

use crate::attest::sbom::{Inventory, cyclonedx, spdx};
use crate::attest::{PredicateType, Statement};
use crate::config::SbomFormat;
use crate::image::Image;
use crate::model::{BuildError, Descriptor, ExitCode, Phase, Repository};

use super::build::BuildJob;
use super::{Ports, Signing};

/// What is said of one manifest, or of the index over them.
pub(super) struct Said {
    pub(super) subject: Descriptor,
    pub(super) statements: Vec<Statement>,
}

/// Returns what is said of `image`, which was made for the image of `number` of `job`: of the image of
/// each platform, and of the index over them where there is one.
pub(super) fn statements(
    ports: &Ports<'_>,
    signing: &Signing<'_>,
    job: &BuildJob<'_>,
    number: usize,
    image: &Image,
    repository: &Repository,
) -> Result<Vec<Said>, BuildError> {
    let mut said: Vec<Said> = subjects(image)
        .map(|subject| Said {
            statements: vec![signing.signature(subject)],
            subject: subject.clone(),
        })
        .collect();
    let Some(describer) = &job.describer else {
        return Ok(said);
    };
    let attest = &job.recalled.prepared.attest;
    if !attest.sbom.is_empty() {
        let whole = describer.inventory(number, &job.images[number], image, repository)?;
        let parts: Vec<Inventory> = whole.by_platform().collect();
        let inventories = parts.iter().chain(image.index.as_ref().map(|_| &whole));
        for (said, inventory) in said.iter_mut().zip(inventories) {
            for format in &attest.sbom {
                said.statements
                    .push(sbom(&said.subject, *format, inventory)?);
            }
        }
    }
    let _ = ports;
    Ok(said)
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
        BuildError::new(
            Phase::Attest,
            subject.digest,
            "the bill of materials is no JSON",
        )
        .exit(ExitCode::Internal)
        .because(error)
    })?;
    let kind = PredicateType::of_name(kind);
    Ok(Statement::new(subject.digest, kind, predicate))
}
