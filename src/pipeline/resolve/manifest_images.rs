//! The images that manifests name: which they are, and where those are that nobody pushes now.

use std::collections::BTreeMap;

use crate::manifests::BuiltReference;
use crate::model::{BuildError, ImageName};
use crate::plan::{Selected, Selection, TaggedImage};

use super::super::prepare::{Request, gather};
use super::super::{Ports, revisions, word};

/// The images that are pushed.
pub enum PushedImages<'a> {
    /// These were.
    Were(&'a [ImageName]),
    /// Those that the request names will be.
    WillBe,
}

/// The images that manifests name.
#[derive(Debug, Default)]
pub struct NamedImages {
    /// What they are called in coracle.toml, or after their main packages.
    pub names: BTreeMap<BuiltReference, ImageName>,
    /// Those that are not among the pushed ones.
    pub elsewhere: Vec<TaggedImage>,
}

/// Finds out which images `references` mean.
///
/// # Errors
/// When one means none, or nothing says where one is that is not pushed.
pub fn named_images(
    ports: &Ports<'_>,
    request: &Request<'_>,
    references: &[BuiltReference],
    pushed: &PushedImages<'_>,
) -> Result<NamedImages, Vec<BuildError>> {
    let one = |error| vec![error];
    let source = gather(ports, request).map_err(one)?;
    let folder = &request.project.folder;
    let selection = Selection::new(request.config, &source, folder, request.standpoint());
    let pushed: Vec<ImageName> = match pushed {
        PushedImages::Were(names) => names.to_vec(),
        PushedImages::WillBe => {
            let selected = selection.select(request.names).map_err(one)?;
            selected.into_iter().map(|image| image.name).collect()
        }
    };
    let mut found = NamedImages::default();
    let mut missing: Vec<Selected<'_>> = Vec::new();
    let mut errors = Vec::new();
    for reference in references {
        if let BuiltReference::Image(name) = reference
            && pushed.contains(name)
        {
            found.names.insert(reference.clone(), name.clone());
            continue;
        }
        match selection.select(&[word(reference)]) {
            Err(error) => errors.push(error),
            Ok(selected) => {
                for image in selected {
                    let name = image.name.clone();
                    let is_known = |it: &Selected<'_>| it.name == name;
                    if !pushed.contains(&name) && !missing.iter().any(is_known) {
                        missing.push(image);
                    }
                    found.names.insert(reference.clone(), name);
                }
            }
        }
    }
    let revisions = revisions::of(ports, request, &source, &missing).map_err(one)?;
    for (image, revision) in missing.iter().zip(revisions) {
        match TaggedImage::of(image, &request.config.stamp, &revision, request.epoch) {
            Ok(image) => found.elsewhere.push(image),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors)
    }
}
