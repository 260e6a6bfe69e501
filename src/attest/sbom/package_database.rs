//! What package managers leave in an image: dpkg's status files and apk's database.

use super::{BasePackage, PackageManager};
use crate::model::LicenceExpression;

/// A file in which packages stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageDatabase {
    /// `var/lib/dpkg/status`, or a file of `var/lib/dpkg/status.d/`, as distroless images have.
    Dpkg,
    /// `lib/apk/db/installed`.
    Apk,
}

impl PackageDatabase {
    /// The longest file that is read; a desktop with everything has some 10 MB.
    pub const MAX_BYTES: u64 = 32 << 20;
    /// The most packages that are taken from one file.
    const MAX_PACKAGES: usize = 50_000;

    /// Returns what the file at `path` is, which is relative to the root.
    pub fn at(path: &str) -> Option<Self> {
        match path {
            "var/lib/dpkg/status" => Some(Self::Dpkg),
            "lib/apk/db/installed" | "usr/lib/apk/db/installed" => Some(Self::Apk),
            _ => {
                let name = path.strip_prefix("var/lib/dpkg/status.d/")?;
                let is_entry = !name.contains('/') && !name.ends_with(".md5sums");
                is_entry.then_some(Self::Dpkg)
            }
        }
    }

    /// Reads the packages that are installed. What is no entry is passed over: scanners do so too.
    pub fn parse(self, text: &str) -> Vec<BasePackage> {
        let entries = text.split("\n\n").filter(|entry| !entry.trim().is_empty());
        let packages = entries.filter_map(|entry| match self {
            Self::Dpkg => dpkg_package(entry),
            Self::Apk => apk_package(entry),
        });
        packages.take(Self::MAX_PACKAGES).collect()
    }
}

/// deb-control(5): `Field: value`.
fn dpkg_package(entry: &str) -> Option<BasePackage> {
    let field = |name: &str| {
        let mut lines = entry.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        filled(value)
    };
    // `Source: name (version)`
    let source = field("Source");
    let source = source
        .as_deref()
        .and_then(|source| source.split(' ').next());
    // A package that was removed leaves its entry.
    let is_installed = field("Status").is_none_or(|status| status.ends_with(" installed"));
    Some(BasePackage {
        manager: PackageManager::Deb,
        name: field("Package").filter(|_| is_installed)?,
        version: field("Version")?,
        architecture: field("Architecture"),
        source: source.map(str::to_owned),
        licence: None,
    })
}

/// apk's format 2: `F:value`.
fn apk_package(entry: &str) -> Option<BasePackage> {
    let field = |letter: &str| {
        let mut lines = entry.lines();
        let value = lines.find_map(|line| line.strip_prefix(letter)?.strip_prefix(':'))?;
        filled(value)
    };
    Some(BasePackage {
        manager: PackageManager::Apk,
        name: field("P")?,
        version: field("V")?,
        architecture: field("A"),
        source: field("o").filter(|origin| field("P").as_ref() != Some(origin)),
        licence: field("L").and_then(|text| LicenceExpression::try_from(text).ok()),
    })
}

fn filled(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(packages: &[BasePackage]) -> Vec<String> {
        let shown = packages.iter().map(|package| {
            format!(
                "{} {} {} {} {}",
                package.name,
                package.version,
                package.architecture.as_deref().unwrap_or("-"),
                package.source.as_deref().unwrap_or("-"),
                package
                    .licence
                    .as_ref()
                    .map_or("-", LicenceExpression::as_str),
            )
        });
        shown.collect()
    }

    #[test]
    fn installed_packages_of_dpkg_are_read() {
        let text = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.41)\nVersion: 2.41-12\nDescription: x\n Version: 1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nVersion: 3\n\nPackage: tzdata\nVersion: 2026a-0\n";
        let found = PackageDatabase::Dpkg.parse(text);
        assert_eq!(
            shown(&found),
            ["libc6 2.41-12 amd64 glibc -", "tzdata 2026a-0 - - -"]
        );
    }

    #[test]
    fn packages_of_apk_are_read_with_their_licence() {
        let text = "C:Q1abc=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nL:MIT\nF:lib\n\nP:odd\nV:1-r1\nL:custom thing\n\n";
        let found = PackageDatabase::Apk.parse(text);
        assert_eq!(
            shown(&found),
            ["musl 1.2.5-r0 x86_64 - MIT", "odd 1-r1 - - -"]
        );
    }

    #[test]
    fn databases_are_told_by_their_paths() {
        let cases = [
            ("var/lib/dpkg/status", true),
            ("var/lib/dpkg/status.d/tzdata", true),
            ("var/lib/dpkg/status.d/tzdata.md5sums", false),
            ("var/lib/dpkg/status.d/a/b", false),
            ("lib/apk/db/installed", true),
            ("home/lib/apk/db/installed", false),
        ];
        for (path, expected) in cases {
            assert_eq!(PackageDatabase::at(path).is_some(), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[PVA:a \n]{0,100}") {
            PackageDatabase::Dpkg.parse(&text);
            PackageDatabase::Apk.parse(&text);
        }
    }
}
