//! Where an image is that was pushed before.

use crate::config::StampConfig;
use crate::facts::Revision;
use crate::model::{BuildError, ImageName, Phase, Reference, Timestamp};

use super::Selected;
use super::plan_images::{repository, tags};
use super::stamp::Stamp;

/// An image, and the tag under which a push of what is here would have left it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaggedImage {
    /// Its name.
    pub name: ImageName,
    /// Its repository, with the first of its tags.
    pub reference: Reference,
}

impl TaggedImage {
    /// Names the image that is `selected`, as of `revision`; `epoch` is `SOURCE_DATE_EPOCH`.
    ///
    /// # Errors
    /// When it has no repository or no tag, or they cannot be made of their templates.
    pub fn of(
        selected: &Selected<'_>,
        stamp: &StampConfig,
        revision: &Revision,
        epoch: Option<Timestamp>,
    ) -> Result<Self, BuildError> {
        let stamp = Stamp::new(selected, stamp, revision, &[], epoch);
        let repository = repository(selected, &stamp.values())?;
        let tag = tags(selected, &stamp.values())?.into_iter().next();
        let tag = tag.ok_or_else(|| {
            BuildError::new(
                Phase::Plan,
                &selected.name,
                "it has no tag by which it could be found",
            )
            .hint("give it one in coracle.toml: tags = [\"{version}\"]")
        })?;
        Ok(Self {
            name: selected.name.clone(),
            reference: Reference::by_tag(repository, tag),
        })
    }
}
