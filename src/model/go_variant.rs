//! The variants of platforms, as Go knows them.

/// Returns what a variant means to Go, where it knows it. A 32-bit program for `arm/v8` is one for
/// `v7`.
///
/// ```
/// # use coracle::model::go_variant;
/// assert_eq!(go_variant("amd64", "v3"), Some("v3"));
/// assert_eq!(go_variant("arm", "v6"), Some("6"));
/// assert_eq!(go_variant("amd64", "v9"), None);
/// ```
pub fn go_variant<'a>(arch: &str, variant: &'a str) -> Option<&'a str> {
    let is_known = match arch {
        "amd64" => matches!(variant, "v1" | "v2" | "v3" | "v4"),
        "arm" => match variant {
            "v5" | "v6" | "v7" => return variant.strip_prefix('v'),
            "v8" => return Some("7"),
            _ => false,
        },
        "arm64" => is_arm64_version(variant),
        "ppc64" | "ppc64le" => matches!(variant, "power8" | "power9" | "power10"),
        "riscv64" => matches!(variant, "rva20u64" | "rva22u64" | "rva23u64"),
        _ => false,
    };
    is_known.then_some(variant)
}

/// `v8.0` to `v8.9` and `v9.0` to `v9.5`, `internal/buildcfg/cfg.go`; registries write `v8`.
fn is_arm64_version(variant: &str) -> bool {
    let (major, minor) = variant.split_once('.').unwrap_or((variant, "0"));
    match major {
        "v8" => matches!(minor.as_bytes(), [b'0'..=b'9']),
        "v9" => matches!(minor.as_bytes(), [b'0'..=b'5']),
        _ => false,
    }
}
