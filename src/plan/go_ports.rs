//! What Go can build for.

use crate::model::{Platform, go_variant};

/// The pairs of GOOS and GOARCH of `go tool dist list`, Go 1.26, that need no cgo.
const PORTS: [(&str, &[&str]); 12] = [
    ("aix", &["ppc64"]),
    ("darwin", &["amd64", "arm64"]),
    ("dragonfly", &["amd64"]),
    ("freebsd", &["386", "amd64", "arm", "arm64", "riscv64"]),
    ("illumos", &["amd64"]),
    (
        "linux",
        &[
            "386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle",
            "ppc64", "ppc64le", "riscv64", "s390x",
        ],
    ),
    ("netbsd", &["386", "amd64", "arm", "arm64"]),
    (
        "openbsd",
        &["386", "amd64", "arm", "arm64", "ppc64", "riscv64"],
    ),
    ("plan9", &["386", "amd64", "arm"]),
    ("solaris", &["amd64"]),
    ("wasip1", &["wasm"]),
    ("windows", &["386", "amd64", "arm64"]),
];

/// The systems of phones, whose programs need that system's own C compiler and linker.
const NEEDING_CGO: [&str; 2] = ["android", "ios"];

/// What Go builds for, and coracle does not: no program of it is an executable file.
const NO_PROGRAMS: [&str; 1] = ["js"];

/// The variants that platforms have, of all architectures.
const VARIANTS: [&str; 15] = [
    "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "power8", "power9", "power10",
    "rva20u64", "rva22u64", "rva23u64",
];

/// What an image on the embedded base or on nothing is built for when all platforms are wanted.
const ANY_BASE: [&str; 7] = [
    "linux/386",
    "linux/amd64",
    "linux/arm/v7",
    "linux/arm64",
    "linux/ppc64le",
    "linux/riscv64",
    "linux/s390x",
];

/// Returns everything that Go can build for.
pub(super) fn all() -> Vec<Platform> {
    let pairs = PORTS
        .iter()
        .flat_map(|(os, archs)| archs.iter().map(move |arch| format!("{os}/{arch}")));
    pairs.filter_map(|text| text.parse().ok()).collect()
}

/// Returns why `platform` cannot be built for.
pub(super) fn why_not(platform: &Platform) -> String {
    let os = platform.os();
    let is_port = PORTS
        .iter()
        .any(|(system, archs)| *system == os && archs.contains(&platform.arch()));
    match platform.variant() {
        _ if NEEDING_CGO.contains(&os) => {
            format!("programs for {os} need cgo and its own C compiler, and coracle builds without")
        }
        _ if NO_PROGRAMS.contains(&os) => "coracle does not build for this platform".to_owned(),
        Some(variant) if is_port => {
            format!(
                "Go does not know the variant {variant} of {}",
                platform.arch()
            )
        }
        _ => "Go does not know this platform".to_owned(),
    }
}

/// Returns the platforms that somebody may mean who asked for one that cannot be built for: those of
/// the same system and architecture, else of the same system, else of the same architecture, else all
/// of the system that images are for.
pub(super) fn nearest(wanted: &Platform) -> Vec<String> {
    let all = all();
    let like = |is_like: &dyn Fn(&Platform) -> bool| -> Vec<String> {
        let like = all.iter().filter(|platform| is_like(platform));
        like.map(ToString::to_string).collect()
    };
    let of_system = like(&|platform| platform.os() == wanted.os());
    let of_arch = like(&|platform| platform.arch() == wanted.arch());
    let linux = like(&|platform| platform.os() == "linux");
    let lists = [of_port(wanted), of_system, of_arch, linux];
    lists
        .into_iter()
        .find(|list| !list.is_empty())
        .unwrap_or_default()
}

/// Returns what Go builds for on the system and architecture of `wanted`: without a variant, and with each that is
/// in use.
fn of_port(wanted: &Platform) -> Vec<String> {
    let port = format!("{}/{}", wanted.os(), wanted.arch());
    let with_variants = VARIANTS.iter().map(|variant| format!("{port}/{variant}"));
    let texts = std::iter::once(port.clone()).chain(with_variants);
    texts
        .filter(|text| text.parse().is_ok_and(|platform| can_build(&platform)))
        .collect()
}

/// Returns the systems that Go can build for.
pub(super) fn systems() -> impl Iterator<Item = &'static str> {
    PORTS.iter().map(|(system, _)| *system)
}

/// Tells whether Go builds for `platform`, its variant included.
pub(super) fn can_build(platform: &Platform) -> bool {
    let port = PORTS.iter().find(|(os, _)| *os == platform.os());
    port.is_some_and(|(_, archs)| archs.contains(&platform.arch())) && can_build_variant(platform)
}

fn can_build_variant(platform: &Platform) -> bool {
    platform
        .variant()
        .is_none_or(|variant| go_variant(platform.arch(), variant).is_some())
}

/// Returns the platforms of an image whose base is for any platform.
pub(super) fn of_any_base() -> Vec<Platform> {
    ANY_BASE
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_are_those_that_go_knows() {
        let can = |text: &str| can_build(&text.parse().unwrap());
        for right in [
            "linux/amd64",
            "linux/amd64/v3",
            "linux/arm/v6",
            "linux/arm/v8",
            "linux/arm64/v8",
            "linux/arm64/v9.2",
            "linux/ppc64le/power9",
            "linux/riscv64/rva22u64",
            "windows/arm64",
        ] {
            assert!(can(right), "{right}");
        }
        for wrong in [
            "linux/amd64/v9",
            "linux/arm/v9",
            "linux/arm64/v8x",
            "linux/s390x/z13",
            "linux/sparc",
            "beos/amd64",
            "windows/arm",
        ] {
            assert!(!can(wrong), "{wrong}");
        }
    }

    #[test]
    fn the_nearest_platforms_are_of_the_same_system_or_architecture() {
        let nearest = |text: &str| nearest(&text.parse().unwrap()).join(" ");
        assert_eq!(nearest("js/wasm"), "wasip1/wasm");
        assert_eq!(nearest("darwin/386"), "darwin/amd64 darwin/arm64");
        let variants = "linux/amd64 linux/amd64/v1 linux/amd64/v2 linux/amd64/v3 linux/amd64/v4";
        assert_eq!(nearest("linux/amd64/v9"), variants);
        assert!(nearest("beos/ppc").starts_with("linux/386 linux/amd64 "));
    }

    #[test]
    fn all_platforms_of_any_base_can_be_built() {
        assert_eq!(of_any_base().len(), ANY_BASE.len());
        assert!(of_any_base().iter().all(can_build));
    }
}
