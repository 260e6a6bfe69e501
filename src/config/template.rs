//! Texts with fields that each run fills in: `registry.example.com/team/{name}`.

use std::str::FromStr;

use super::template_parts::{Field, Parts, PartsError};
use super::text_value::written_as_text;
use crate::model::{Platform, RegistryHost, Repository, RepositoryError, Tag, TagError};

/// A text with the fields `{name}`, `{import_path}`, `{import_base}`, `{import_md5}`, `{version}`,
/// `{commit}`, `{short}`, `{branch}` and `{date}`; `{{` and `}}` stand for the braces themselves.
///
/// ```
/// # use coracle::config::{Template, TemplateValues};
/// let template: Template = "{name} {version} {{}}".parse().unwrap();
/// let values = TemplateValues { name: "api", version: "v1.2.3", ..TemplateValues::default() };
/// assert_eq!(template.render(&values), "api v1.2.3 {}");
/// assert!("{versoin}".parse::<Template>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Parts);

/// A [`Template`] that may name the platform too, as {os} and {arch}.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformTemplate(Parts);

/// A [`Template`] of tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagTemplate(Parts);

/// A [`Template`] of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryTemplate(Parts);

/// What the fields of a template stand for in this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TemplateValues<'a> {
    /// The image's name.
    pub name: &'a str,
    /// The import path of the image's first main package.
    pub import_path: &'a str,
    /// What stands after the last slash of that.
    pub import_base: &'a str,
    /// The MD5 sum of that, in hexadecimal digits: what ko tells images apart by.
    pub import_md5: &'a str,
    /// What `git describe` says.
    pub version: &'a str,
    /// The commit, in full.
    pub commit: &'a str,
    /// The commit, abbreviated.
    pub short: &'a str,
    /// The branch.
    pub branch: &'a str,
    /// The commit's time, RFC 3339 in UTC.
    pub date: &'a str,
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A field that does not exist, or a brace without its partner.
    #[error(transparent)]
    Parts(#[from] PartsError),
    /// A field that has a value only where an image for one platform is made.
    #[error(
        "{{{0}}} has no value here\n{{os}} and {{arch}} are for env, labels and annotations: all else is the same for every platform"
    )]
    NoPlatform(&'static str),
    /// No tag comes out, whatever is filled in.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// No repository comes out, whatever is filled in.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

impl Template {
    /// Makes a template of one field alone.
    pub(super) fn of_field(field: Field) -> Self {
        Self(Parts::of_field(field))
    }

    /// Tells whether {name} is among the fields, so that it differs from image to image.
    pub fn has_name(&self) -> bool {
        self.0.has(Field::Name)
    }

    /// Returns the text that it is written as.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Returns a pattern of all paths that can come out.
    pub fn to_glob(&self) -> String {
        self.0.to_glob()
    }

    /// Fills in the fields.
    pub fn render(&self, values: &TemplateValues<'_>) -> String {
        self.0.render(values, None)
    }
}

impl PlatformTemplate {
    /// Returns the text that it is written as.
    pub fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// Fills in the fields.
    pub fn render(&self, values: &TemplateValues<'_>, platform: &Platform) -> String {
        self.0.render(values, Some(platform))
    }
}

impl TagTemplate {
    /// Returns the tag of an image that names none.
    pub(super) fn latest() -> Self {
        Self(Parts::of_text(Tag::latest().as_str()))
    }

    /// Fills in the fields; characters outside the grammar of tags become `-`.
    ///
    /// # Errors
    /// When what comes out is empty, too long, or starts with `.` or `-`.
    pub fn render(&self, values: &TemplateValues<'_>) -> Result<Tag, TagError> {
        Tag::sanitized(&self.0.render(values, None))
    }
}

impl RepositoryTemplate {
    /// Returns the registry, which is known before the fields are.
    pub fn host(&self) -> Option<RegistryHost> {
        let sample: Repository = self.0.render(&SAMPLE, None).parse().ok()?;
        Some(sample.host().clone())
    }

    /// Fills in the fields.
    ///
    /// # Errors
    /// When what comes out is no repository: a branch or version may hold characters that
    /// repositories do not have.
    pub fn render(&self, values: &TemplateValues<'_>) -> Result<Repository, RepositoryError> {
        self.0.render(values, None).parse()
    }
}

/// Stands for every field when a template is checked before anything is known.
const SAMPLE: TemplateValues<'static> = TemplateValues {
    name: "x",
    import_path: "x",
    import_base: "x",
    import_md5: "x",
    version: "x",
    commit: "x",
    short: "x",
    branch: "x",
    date: "x",
};

written_as_text!(Template, PlatformTemplate, TagTemplate, RepositoryTemplate);

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        without_platform(text).map(Self)
    }
}

impl FromStr for PlatformTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse()?))
    }
}

impl FromStr for TagTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = without_platform(text)?;
        // What is filled in is made fit for a tag; what is written here can be right at once. The
        // second parse only words the error: braces are in no tag.
        let sample = parts.render(&SAMPLE, None).parse::<Tag>();
        sample.or_else(|_| text.parse::<Tag>())?;
        Ok(Self(parts))
    }
}

impl FromStr for RepositoryTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = without_platform(text)?;
        let sample = parts.render(&SAMPLE, None).parse::<Repository>();
        sample.or_else(|_| text.parse::<Repository>())?;
        Ok(Self(parts))
    }
}

fn without_platform(text: &str) -> Result<Parts, TemplateError> {
    let parts: Parts = text.parse()?;
    match parts.platform_field() {
        Some(name) => Err(TemplateError::NoPlatform(name)),
        None => Ok(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error<T: FromStr<Err = TemplateError>>(text: &str) -> String {
        match text.parse::<T>() {
            Ok(_) => format!("{text:?} was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_platform_is_named_only_where_there_is_one() {
        assert!(error::<Template>("{os}").starts_with("{os} has no value here\n"));
        assert!(error::<TagTemplate>("v1-{arch}").starts_with("{arch} has no value here\n"));
        let label: PlatformTemplate = "{name} for {os}/{arch}".parse().unwrap();
        let platform = "linux/arm64".parse().unwrap();
        assert_eq!(label.render(&SAMPLE, &platform), "x for linux/arm64");
    }

    #[test]
    fn tags_are_made_fit_only_where_they_are_filled_in() {
        let tag: TagTemplate = "{branch}".parse().unwrap();
        let values = TemplateValues {
            branch: "feature/a b",
            ..SAMPLE
        };
        assert_eq!(tag.render(&values).unwrap().as_str(), "feature-a-b");
        for wrong in ["", "-{name}", "my tag", "a/b", "{name}+{short}"] {
            let start = format!("{wrong:?} is not a tag");
            assert!(error::<TagTemplate>(wrong).starts_with(&start), "{wrong:?}");
        }
    }

    #[test]
    fn a_repository_has_a_host_whatever_is_filled_in() {
        for right in ["localhost:5000/{name}", "r.example.com/team/{name}-{short}"] {
            assert!(right.parse::<RepositoryTemplate>().is_ok(), "{right:?}");
        }
        assert_eq!(
            error::<RepositoryTemplate>("team/{name}"),
            "\"team/{name}\" names no registry, expected HOST/PATH, as in registry.example.com/team/api"
        );
    }
}
