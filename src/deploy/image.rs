//! The images that are to run, each by its digest.

use serde::Deserialize;

use crate::model::{
    Digest, DigestError, ImageName, ImageNameError, Reference, Repository, RepositoryError,
};

/// An image that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeployImage {
    /// What it is called in coracle.toml, or after its main package.
    pub name: ImageName,
    /// Where it is, by its digest.
    pub reference: Reference,
}

impl DeployImage {
    /// Takes what a report says of an image that was pushed.
    ///
    /// # Errors
    /// When it is nowhere, or named by anything but what reports name images by.
    pub fn of_report<'a>(
        name: &str,
        digest: &str,
        places: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, PushedError> {
        let digest: Digest = digest.parse()?;
        let place = places.into_iter().find(|place| !place.contains('='));
        let place = place.ok_or_else(|| PushedError::Nowhere(name.to_owned()))?;
        let repository: Repository = place.parse()?;
        Ok(Self {
            name: name.parse()?,
            reference: Reference::by_digest(repository, digest),
        })
    }
}

/// Why a file tells of no images that can be deployed.
#[derive(Debug, thiserror::Error)]
pub enum PushedError {
    /// It is another document.
    #[error("it is no report of a push")]
    Form(#[from] serde_json::Error),
    /// The push failed.
    #[error("it is the report of a push that failed")]
    Failed,
    /// Nothing was pushed.
    #[error("it tells of no image")]
    Empty,
    /// It was built, and not pushed.
    #[error("{0} was not pushed to any registry")]
    Nowhere(String),
    /// A name is wrong.
    #[error(transparent)]
    Name(#[from] ImageNameError),
    /// A digest is wrong.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// A place is wrong.
    #[error(transparent)]
    Repository(#[from] RepositoryError),
}

/// What of a report counts.
#[derive(Deserialize)]
struct Report {
    status: String,
    images: Vec<ReportedImage>,
}

#[derive(Deserialize)]
struct ReportedImage {
    name: String,
    digest: String,
    outputs: Vec<ReportedOutput>,
}

#[derive(Deserialize)]
struct ReportedOutput {
    destination: String,
}

/// Reads the images of the report that `coracle push --json` printed.
///
/// # Errors
/// When it is no such report, or that of a push that failed or pushed nothing.
pub fn pushed_images(text: &[u8]) -> Result<Vec<DeployImage>, PushedError> {
    let report: Report = serde_json::from_slice(text)?;
    if report.status != "done" {
        return Err(PushedError::Failed);
    }
    if report.images.is_empty() {
        return Err(PushedError::Empty);
    }
    let images = report.images.iter().map(|image| {
        let places = image.outputs.iter().map(|it| it.destination.as_str());
        DeployImage::of_report(&image.name, &image.digest, places)
    });
    images.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(status: &str, destination: &str, digest: &str) -> String {
        serde_json::json!({"status": status, "images": [
            {"name": "shop", "digest": digest, "outputs": [{"destination": destination}]},
        ]})
        .to_string()
    }

    #[test]
    fn a_report_gives_each_image_by_its_digest() {
        let digest = Digest::of(b"x").to_string();
        let images = pushed_images(report("done", "r.example/shop", &digest).as_bytes()).unwrap();
        assert_eq!(images[0].name.as_str(), "shop");
        assert_eq!(
            images[0].reference.to_string(),
            format!("r.example/shop@{digest}")
        );
    }

    #[test]
    fn what_was_not_pushed_is_not_deployed() {
        let digest = Digest::of(b"x").to_string();
        for (text, why) in [
            (report("failed", "r.example/shop", &digest), "failed"),
            (
                report("done", "archive=dist/shop.tar", &digest),
                "not pushed",
            ),
            (report("done", "r.example/shop", "v1"), "v1"),
            (r#"{"status": "done", "images": []}"#.to_owned(), "no image"),
            ("{}".to_owned(), "no report"),
        ] {
            let error = pushed_images(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
