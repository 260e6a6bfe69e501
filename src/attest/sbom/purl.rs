//! Package URLs, ECMA-427.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::model::Digest;

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
const PATH: &AsciiSet = &PLAIN.remove(b'/');

/// Returns the URL of a Go module; a version that is none is left out.
///
/// The specification advises lower case. Go's paths are told apart by case, and the databases of
/// vulnerabilities know `github.com/BurntSushi/toml` only as it is written; so the case stays, as
/// with syft, ko and cyclonedx-gomod.
pub(super) fn golang(path: &str, version: Option<&str>) -> String {
    let path = utf8_percent_encode(path, PATH);
    match version {
        Some(version) => format!("pkg:golang/{path}@{}", utf8_percent_encode(version, PLAIN)),
        None => format!("pkg:golang/{path}"),
    }
}

/// Returns the URL of a package of a distribution.
pub(super) fn system(
    kind: &str,
    [distribution, name, version]: [&str; 3],
    qualifiers: &[(&str, &str)],
) -> String {
    let part = |text: &str| utf8_percent_encode(text, PLAIN).to_string();
    let package = format!(
        "pkg:{kind}/{}/{}@{}",
        part(distribution),
        part(name),
        part(version)
    );
    qualified(package, qualifiers)
}

/// Returns the URL of an image.
pub(super) fn oci(title: &str, digest: &str, qualifiers: &[(&str, &str)]) -> String {
    let title = title.to_lowercase();
    let image = format!(
        "pkg:oci/{}@{}",
        utf8_percent_encode(&title, PLAIN),
        utf8_percent_encode(digest, PLAIN)
    );
    qualified(image, qualifiers)
}

/// Returns the URL of the image of `digest` in `repository`.
pub fn image_url(repository: &str, digest: Digest) -> String {
    let title = repository.rsplit('/').next().unwrap_or(repository);
    let digest = digest.to_string();
    oci(title, &digest, &[("repository_url", repository)])
}

/// Qualifiers come sorted by their keys.
fn qualified(package: String, qualifiers: &[(&str, &str)]) -> String {
    let pairs = qualifiers
        .iter()
        .map(|(key, value)| format!("{key}={}", utf8_percent_encode(value, PLAIN)));
    let pairs: Vec<String> = pairs.collect();
    if pairs.is_empty() {
        package
    } else {
        format!("{package}?{}", pairs.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_cannot_hold_is_encoded() {
        assert_eq!(
            golang("github.com/BurntSushi/toml", Some("v1.2.3+incompatible")),
            "pkg:golang/github.com/BurntSushi/toml@v1.2.3%2Bincompatible"
        );
        assert_eq!(golang("a/b", None), "pkg:golang/a/b");
        assert_eq!(
            system(
                "deb",
                ["debian", "libstdc++6", "1:2~3"],
                &[("arch", "amd64")]
            ),
            "pkg:deb/debian/libstdc%2B%2B6@1%3A2~3?arch=amd64"
        );
        assert_eq!(
            oci("Server", "sha256:ab", &[("repository_url", "r.io/x")]),
            "pkg:oci/server@sha256%3Aab?repository_url=r.io%2Fx"
        );
    }
}
