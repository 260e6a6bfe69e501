//! Registries, and who may push there.

use std::collections::BTreeSet;

use super::Visit;
use crate::config::{BaseChoice, Config, TemplateValues};
use crate::doctor::{Area, Finding};
use crate::model::{BuildError, Reference, Repository};

/// What stands for versions and branches in a repository's name: only registries know which of them they
/// have.
const ANY: &str = "latest";

/// Returns the repositories that images go to, and the images that they stand on.
pub(super) fn all(config: &Config) -> (BTreeSet<Repository>, BTreeSet<Reference>) {
    let repositories = config.images.iter().filter_map(|(name, image)| {
        let values = TemplateValues {
            name: name.as_str(),
            import_path: ANY,
            import_base: ANY,
            import_md5: ANY,
            version: ANY,
            commit: ANY,
            short: ANY,
            branch: ANY,
            date: ANY,
        };
        image.repository.as_ref()?.render(&values).ok()
    });
    let bases = config
        .images
        .values()
        .filter_map(|image| match &image.base {
            BaseChoice::Registry(reference) => Some(reference.clone()),
            BaseChoice::Static | BaseChoice::Scratch => None,
        });
    (repositories.collect(), bases.collect())
}

impl Visit<'_> {
    pub(super) fn push(&self, repository: &Repository) -> Finding {
        let _progress = self.progress(format!("ask {}", repository.host()));
        let pushed = self.ports.registries.push(repository);
        judged(repository, "takes uploads", pushed)
    }

    pub(super) fn base(&self, reference: &Reference) -> Finding {
        let _progress = self.progress(format!("find {reference}"));
        let found = self.ports.registries.base(reference);
        judged(reference, "is there to build on", found)
    }
}

fn judged(
    subject: impl std::fmt::Display,
    message: &str,
    answer: Result<Option<String>, BuildError>,
) -> Finding {
    match answer {
        Ok(Some(login)) => {
            let message = format!("{message}, with the login of {login}");
            Finding::ok(Area::Registry, subject, message)
        }
        Ok(None) => Finding::ok(
            Area::Registry,
            subject,
            format!("{message}, without a login"),
        ),
        Err(error) => Finding::of_error(Area::Registry, subject, &error),
    }
}
