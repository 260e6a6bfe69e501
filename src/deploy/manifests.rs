//! The images of the project in manifests: `coracle://NAME` and `ko://IMPORTPATH` to references by digest.

use std::collections::BTreeMap;

use super::DeployImage;
use crate::manifests::{BuiltReference, Change, Manifest, ManifestError, Position, ReferenceFault};
use crate::model::ImageName;

/// What is known of images that manifests name, beside those that are deployed.
#[derive(Debug, Clone, Default)]
pub struct ManifestImages {
    /// What those are called that are named by their import paths.
    pub names: BTreeMap<BuiltReference, ImageName>,
    /// Those that were pushed before, and not now.
    pub standing: Vec<DeployImage>,
}

impl ManifestImages {
    /// Returns what an image is called.
    fn name<'a>(&'a self, reference: &'a BuiltReference) -> Option<&'a ImageName> {
        match reference {
            BuiltReference::Image(name) => Some(name),
            BuiltReference::Package(_) => self.names.get(reference),
        }
    }
}

/// Why the images have no place in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacingError {
    /// It cannot be read or changed.
    #[error("{at}: {why}")]
    Manifest {
        /// Where.
        at: Position,
        /// Why.
        why: String,
    },
    /// It names no image at all.
    #[error("{at}: {fault}")]
    Reference {
        /// Where.
        at: Position,
        /// What is wrong with it.
        fault: ReferenceFault,
    },
    /// It names one that is not deployed.
    #[error("{at}: it names the image {reference}, which is not among those that are deployed")]
    Unknown {
        /// Where.
        at: Position,
        /// How it is named.
        reference: BuiltReference,
    },
}

impl From<ManifestError> for PlacingError {
    fn from(error: ManifestError) -> Self {
        Self::Manifest {
            at: error.at(),
            why: error.to_string(),
        }
    }
}

/// Puts `images` and those that are `known` into the bytes of a manifest, and tells how many places have taken one of
/// `images`. Nothing else is touched.
///
/// # Errors
/// When it cannot be read, or names another image.
pub fn with_digests(
    bytes: &[u8],
    images: &[DeployImage],
    known: &ManifestImages,
) -> Result<(String, usize), PlacingError> {
    let manifest = Manifest::read(bytes)?;
    let (mut made, mut places) = (manifest.prologue().to_owned(), 0);
    for document in manifest.documents() {
        let found = document.references.iter().map(|(scalar, reference)| {
            let at = scalar.at;
            let reference = reference.as_ref().map_err(|fault| {
                let fault = fault.clone();
                PlacingError::Reference { at, fault }
            })?;
            let name = known.name(reference);
            let is_meant = |image: &&DeployImage| Some(&image.name) == name;
            let deployed = images.iter().find(is_meant);
            places += usize::from(deployed.is_some());
            let image = deployed.or_else(|| known.standing.iter().find(is_meant));
            let image = image.ok_or_else(|| PlacingError::Unknown {
                at,
                reference: reference.clone(),
            })?;
            Ok((scalar, image.reference.to_string()))
        });
        let found = found.collect::<Result<Vec<_>, PlacingError>>()?;
        let changes: Vec<Change<'_>> = found
            .iter()
            .map(|(scalar, value)| Change { scalar, value })
            .collect();
        made.push_str(&manifest.rewritten(document, &changes)?);
    }
    Ok((made, places))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn images() -> Vec<DeployImage> {
        let digest = Digest::of(b"x").to_string();
        vec![DeployImage::of_report("shop", &digest, ["r.example/shop"]).unwrap()]
    }

    fn refused(text: &str) -> String {
        with_digests(text.as_bytes(), &images(), &ManifestImages::default())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn only_the_names_of_images_change() {
        let digest = Digest::of(b"x");
        let text =
            "# coracle://other\r\nimage: \"coracle://shop\" # coracle://shop\r\n---\r\na: b\r\n";
        let none = ManifestImages::default();
        let (made, places) = with_digests(text.as_bytes(), &images(), &none).unwrap();
        let image = format!("r.example/shop@{digest}");
        assert_eq!(
            made,
            text.replace("\"coracle://shop\"", &format!("\"{image}\""))
        );
        assert_eq!(places, 1);
    }

    #[test]
    fn an_import_path_names_the_image_of_its_package_and_what_was_pushed_before_has_its_place() {
        let other = Digest::of(b"other").to_string();
        let package = BuiltReference::Package("example.com/shop".to_owned());
        let known = ManifestImages {
            names: [(package, "shop".parse().unwrap())].into(),
            standing: vec![DeployImage::of_report("other", &other, ["r.example/other"]).unwrap()],
        };
        let text = "a: ko://example.com/shop\nb: coracle://other\n";
        let (made, places) = with_digests(text.as_bytes(), &images(), &known).unwrap();
        let digest = Digest::of(b"x");
        assert_eq!(
            made,
            format!("a: r.example/shop@{digest}\nb: r.example/other@{other}\n")
        );
        assert_eq!(places, 1);
    }

    #[test]
    fn what_names_another_image_or_none_is_told_with_its_place() {
        for (text, why) in [
            (
                "a: 1\nimage: coracle://shopp\n",
                "2:8: it names the image coracle://shopp, which",
            ),
            (
                "image: ko://example.com/a\n",
                "the image ko://example.com/a, which",
            ),
            ("image: coracle://\n", "it names nothing"),
            ("image: [\n", "1:8: "),
        ] {
            let said = refused(text);
            assert!(said.contains(why), "{said}");
        }
    }
}
