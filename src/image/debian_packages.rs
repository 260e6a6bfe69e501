//! The packages that an image based on Debian says it has, deb822(5).

/// A Debian package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DebianPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The file in which dpkg keeps what is installed.
const STATUS: &str = "var/lib/dpkg/status";
/// The folder in which distroless images keep the same, a file for each package.
const STATUS_FOLDER: &str = "var/lib/dpkg/status.d/";

impl DebianPackage {
    /// Tells whether the file at `path`, relative to the root, lists packages.
    pub fn are_listed_in(path: &str) -> bool {
        let below = path.strip_prefix(STATUS_FOLDER);
        path == STATUS
            || below.is_some_and(|name| !name.contains('/') && !name.ends_with(".md5sums"))
    }

    /// Reads such a file: a paragraph for each package. One that was removed, and of which only its
    /// settings are left, is none.
    pub fn parse_list(text: &str) -> Vec<Self> {
        let lines: Vec<&str> = text.lines().collect();
        let paragraphs = lines.split(|line| line.trim().is_empty());
        paragraphs.filter_map(parse_paragraph).collect()
    }
}

fn parse_paragraph(lines: &[&str]) -> Option<DebianPackage> {
    let field = |name: &str| {
        let mut fields = lines.iter().filter_map(|line| line.split_once(':'));
        let (_, value) = fields.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value.trim())
    };
    let is_installed = field("Status").is_none_or(|status| status.ends_with(" installed"));
    is_installed.then_some(DebianPackage {
        name: field("Package")?.to_owned(),
        version: field("Version")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_that_are_installed_are_listed() {
        let text = "Package: libc6\nStatus: install ok installed\nDescription: C library\n Package: \
                    not a field\n .\nVersion: 2.41-12\n\nPackage: gone\nStatus: deinstall ok \
                    config-files\nVersion: 1\n\n\nPackage: tzdata\nversion: 2026a-1\n\nPackage: torn\n";
        let names: Vec<String> = DebianPackage::parse_list(text)
            .iter()
            .map(|package| format!("{}={}", package.name, package.version))
            .collect();
        assert_eq!(names, ["libc6=2.41-12", "tzdata=2026a-1"]);
        assert!(DebianPackage::parse_list("").is_empty());
    }

    #[test]
    fn the_files_of_dpkg_and_of_distroless_are_known() {
        for (path, expected) in [
            ("var/lib/dpkg/status", true),
            ("var/lib/dpkg/status.d/base", true),
            ("var/lib/dpkg/status.d/base.md5sums", false),
            ("var/lib/dpkg/status.d/a/b", false),
            ("var/lib/dpkg/status-old", false),
        ] {
            assert_eq!(DebianPackage::are_listed_in(path), expected, "{path}");
        }
    }
}
