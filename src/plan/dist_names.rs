//! What the files of a release are called.

use std::path::{Path, PathBuf};

use crate::config::SbomFormat;
use crate::model::{ArchiveForm, Platform};

/// The name of the list of all files and their sums.
pub const CHECKSUMS: &str = "SHA256SUMS";

/// Returns the name of a program, as whoever runs it types it.
pub(super) fn program_name(program: &str, platform: &Platform) -> String {
    format!("{program}{}", suffix(platform))
}

/// Returns the name of a program among those for other platforms: `NAME-OS-ARCH`.
pub(super) fn bare_name(program: &str, platform: &Platform) -> String {
    format!("{program}-{}{}", platform.to_dashed(), suffix(platform))
}

/// Returns the name of the archive of a program, `NAME_VERSION_OS_ARCH.tar.gz`. As other tools for
/// releases do, it leaves out the `v` before the version, and puts a variant to its architecture.
pub(super) fn archive_name(
    program: &str,
    version: &str,
    platform: &Platform,
    form: ArchiveForm,
) -> String {
    let version = fit_for_names(without_v(version));
    let (os, arch) = (platform.os(), platform.arch());
    let variant = platform.variant().unwrap_or_default();
    format!("{program}_{version}_{os}_{arch}{variant}.{form}")
}

/// Returns where something that is said of the file at `path` lies: beside it, with `ending` after its
/// name.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Returns how the names of bills of materials end.
pub(super) fn sbom_ending(format: SbomFormat) -> &'static str {
    match format {
        SbomFormat::Spdx => "spdx.json",
        SbomFormat::CycloneDx => "cdx.json",
    }
}

fn suffix(platform: &Platform) -> &'static str {
    if platform.os() == "windows" {
        ".exe"
    } else {
        ""
    }
}

fn without_v(version: &str) -> &str {
    let rest = version.strip_prefix('v');
    rest.filter(|rest| rest.starts_with(|char: char| char.is_ascii_digit()))
        .unwrap_or(version)
}

/// A tag of git may hold `/`, and much else that no file should be called.
fn fit_for_names(version: &str) -> String {
    let fit = |char: char| {
        if char.is_ascii_alphanumeric() || ".+-_~".contains(char) {
            char
        } else {
            '-'
        }
    };
    let name: String = version.chars().map(fit).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "unknown" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_named_as_other_tools_for_releases_do() {
        let name = |version: &str, platform: &str, form| {
            archive_name("tool", version, &platform.parse().unwrap(), form)
        };
        for (version, platform, expected) in [
            ("v1.2.3", "linux/amd64", "tool_1.2.3_linux_amd64.tar.gz"),
            ("1.2", "linux/arm/v7", "tool_1.2_linux_armv7.tar.gz"),
            (
                "v2.0.0-rc.1+x",
                "linux/amd64/v2",
                "tool_2.0.0-rc.1+x_linux_amd64v2.tar.gz",
            ),
            ("dev", "darwin/arm64", "tool_dev_darwin_arm64.tar.gz"),
            (
                "api/v1.0.0",
                "linux/riscv64",
                "tool_api-v1.0.0_linux_riscv64.tar.gz",
            ),
            ("vnext", "plan9/386", "tool_vnext_plan9_386.tar.gz"),
            ("..", "linux/386", "tool_unknown_linux_386.tar.gz"),
        ] {
            assert_eq!(name(version, platform, ArchiveForm::TarGz), expected);
        }
        assert_eq!(
            name("v1", "windows/amd64", ArchiveForm::Zip),
            "tool_1_windows_amd64.zip"
        );
    }

    #[test]
    fn what_is_said_of_a_file_lies_beside_it() {
        let path = beside(Path::new("dist/tool.exe"), sbom_ending(SbomFormat::Spdx));
        assert_eq!(path, Path::new("dist/tool.exe.spdx.json"));
    }
}
