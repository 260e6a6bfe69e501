//! The images of the project in manifests: `coracle://NAME` to references by digest.

use super::DeployImage;

/// What stands before the name of an image.
const SCHEME: &str = "coracle://";

/// Why an image has no place in a manifest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it names the image {0:?}, which is not among those that are deployed")]
pub struct UnknownImage(pub String);

/// Puts the images into `text`, and tells how many places have taken one. Nothing else is touched.
///
/// # Errors
/// When it names another image.
pub fn with_digests(text: &str, images: &[DeployImage]) -> Result<(String, usize), UnknownImage> {
    let (mut made, mut rest, mut places) = (String::new(), text, 0);
    while let Some((before, after)) = rest.split_once(SCHEME) {
        let is_part = |it: char| it.is_ascii_alphanumeric() || "._-/".contains(it);
        let end = after.find(|it| !is_part(it)).unwrap_or(after.len());
        let (name, left) = after.split_at(end);
        made.push_str(before);
        rest = left;
        if is_comment(&made) {
            made.push_str(SCHEME);
            made.push_str(name);
            continue;
        }
        let image = images.iter().find(|image| image.name.as_str() == name);
        let image = image.ok_or_else(|| UnknownImage(name.to_owned()))?;
        made.push_str(&image.reference.to_string());
        places += 1;
    }
    made.push_str(rest);
    Ok((made, places))
}

/// Tells whether what follows `text` is in a comment of YAML.
fn is_comment(text: &str) -> bool {
    let line = text.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('#') || line.contains(" #")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    fn images() -> Vec<DeployImage> {
        let digest = Digest::of(b"x").to_string();
        vec![DeployImage::of_report("shop", &digest, &["r.example/shop"]).unwrap()]
    }

    #[test]
    fn only_the_names_of_images_change() {
        let digest = Digest::of(b"x");
        let text = "# coracle://other\r\nimage: \"coracle://shop\" # coracle://shop\r\n";
        let (made, places) = with_digests(text, &images()).unwrap();
        assert_eq!(
            made,
            format!("# coracle://other\r\nimage: \"r.example/shop@{digest}\" # coracle://shop\r\n")
        );
        assert_eq!(places, 1);
    }

    #[test]
    fn an_image_that_is_not_deployed_is_named() {
        assert_eq!(
            with_digests("image: coracle://shopp\n", &images()),
            Err(UnknownImage("shopp".to_owned()))
        );
    }
}
