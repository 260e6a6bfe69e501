//! The files of a module in which its licence stands.

use std::collections::BTreeSet;

use super::LicenceDetector;
use crate::model::{LicenceExpression, SourcePath};
use crate::ports::{EntryKind, SourceTree};

/// The longest text of a licence; the longest known one has some 100 KB.
const MAX_BYTES: u64 = 1 << 20;
/// The most files of a module that are read.
const MAX_FILES: usize = 32;

/// What a licence's file may be called but for its ending, in lower case.
const STEMS: [&str; 17] = [
    "copying",
    "licence",
    "licence-2.0",
    "licence-apache",
    "licence-apache-2.0",
    "licence-mit",
    "license",
    "license-2.0",
    "license-apache",
    "license-apache-2.0",
    "license-mit",
    "mit-licence",
    "mit-license",
    "mit_licence",
    "mit_license",
    "unlicence",
    "unlicense",
];
const ENDINGS: [&str; 8] = [
    "",
    ".md",
    ".markdown",
    ".txt",
    ".rst",
    ".mit",
    ".code",
    ".docs",
];

/// Returns what the files in the folder `folder` of `tree` say, all together: nothing where there
/// are none, where they cannot be read, or where none of them is a licence that is known.
pub fn licence_of_folder(
    tree: &dyn SourceTree,
    folder: &SourcePath,
    detector: &LicenceDetector,
) -> Option<LicenceExpression> {
    let listing = tree.list(folder).ok()?;
    let files = listing.entries.iter().filter(|entry| {
        matches!(entry.kind, EntryKind::File { .. }) && is_licence_file(entry.path.file_name())
    });
    let mut names = BTreeSet::new();
    for file in files.take(MAX_FILES) {
        // A file that is too long or cannot be read says nothing, as if it were not there.
        if let Ok(bytes) = tree.read(&file.path, MAX_BYTES) {
            let text = String::from_utf8_lossy(&bytes);
            names.extend(detector.detect(&text).into_iter().map(str::to_owned));
        }
    }
    LicenceExpression::of_all(names.iter().map(String::as_str))
}

/// Tells whether a file called `name` is one in which a licence stands: the names that pkg.go.dev
/// looks for, `golang.org/x/pkgsite/internal/licenses`, whatever their case.
fn is_licence_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    STEMS.iter().any(|stem| {
        let ending = name.strip_prefix(stem);
        ending.is_some_and(|ending| ENDINGS.contains(&ending))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_told_by_the_names_of_their_files() {
        for name in [
            "LICENSE",
            "License.md",
            "COPYING",
            "LICENSE-APACHE-2.0.txt",
            "LICENSE.MIT",
            "UNLICENSE",
            "mit_license",
        ] {
            assert!(is_licence_file(name), "{name}");
        }
        for name in [
            "license.go",
            "README.md",
            "LICENSES",
            "NOTICE",
            "license_test.txt",
        ] {
            assert!(!is_licence_file(name), "{name}");
        }
    }
}
