//! The images of the project in manifests: `coracle://NAME` to references by digest.

use super::DeployImage;
use crate::manifests::{BuiltReference, Change, Manifest, ManifestError, Position, ReferenceFault};

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
    #[error("{at}: it names the image {name:?}, which is not among those that are deployed")]
    Unknown {
        /// Where.
        at: Position,
        /// The name.
        name: String,
    },
    /// It names one by what it is built from.
    #[error("{at}: it names an image by its import path, ko://{path}")]
    Package {
        /// Where.
        at: Position,
        /// The path.
        path: String,
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

/// Puts the images into the bytes of a manifest, and tells how many places have taken one. Nothing else is touched.
///
/// # Errors
/// When it cannot be read, or names another image.
pub fn with_digests(bytes: &[u8], images: &[DeployImage]) -> Result<(String, usize), PlacingError> {
    let manifest = Manifest::read(bytes)?;
    let (mut made, mut places) = (manifest.prologue().to_owned(), 0);
    for document in manifest.documents() {
        let found = document.references.iter().map(|(scalar, reference)| {
            let at = scalar.at;
            let name = match reference {
                Ok(BuiltReference::Image(name)) => name,
                Ok(BuiltReference::Package(path)) => {
                    let path = path.clone();
                    return Err(PlacingError::Package { at, path });
                }
                Err(fault) => {
                    let fault = fault.clone();
                    return Err(PlacingError::Reference { at, fault });
                }
            };
            let image = images.iter().find(|image| image.name == *name);
            let image = image.ok_or_else(|| PlacingError::Unknown {
                at,
                name: name.to_string(),
            })?;
            Ok((scalar, image.reference.to_string()))
        });
        let found = found.collect::<Result<Vec<_>, _>>()?;
        let changes: Vec<Change<'_>> = found
            .iter()
            .map(|(scalar, value)| Change { scalar, value })
            .collect();
        places += changes.len();
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
        with_digests(text.as_bytes(), &images())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn only_the_names_of_images_change() {
        let digest = Digest::of(b"x");
        let text =
            "# coracle://other\r\nimage: \"coracle://shop\" # coracle://shop\r\n---\r\na: b\r\n";
        let (made, places) = with_digests(text.as_bytes(), &images()).unwrap();
        let image = format!("r.example/shop@{digest}");
        assert_eq!(
            made,
            text.replace("\"coracle://shop\"", &format!("\"{image}\""))
        );
        assert_eq!(places, 1);
    }

    #[test]
    fn what_names_another_image_or_none_is_told_with_its_place() {
        for (text, why) in [
            (
                "a: 1\nimage: coracle://shopp\n",
                "2:8: it names the image \"shopp\"",
            ),
            (
                "image: ko://example.com/a\n",
                "by its import path, ko://example.com/a",
            ),
            ("image: coracle://\n", "it names nothing"),
            ("image: [\n", "1:8: "),
        ] {
            let said = refused(text);
            assert!(said.contains(why), "{said}");
        }
    }
}
