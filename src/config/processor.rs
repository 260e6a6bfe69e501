//! What the settings of Go take that say which processors a program is for.

use crate::model::go_variant;

/// Returns what the setting `name` takes, where `value` is none of it, `internal/buildcfg/cfg.go`:
/// Go would say so only after everything was read and listed.
pub(super) fn mismatch(name: &str, value: &str) -> Option<&'static str> {
    let is_variant = |arch: &str| go_variant(arch, value).is_some();
    let (is_right, expected) = match name {
        "GO386" => (matches!(value, "sse2" | "softfloat"), "sse2 or softfloat"),
        "GOAMD64" => (is_variant("amd64"), "v1, v2, v3 or v4"),
        "GOARM" => (
            is_arm(value),
            "5, 6 or 7, with \",softfloat\" or \",hardfloat\" where it is to be said",
        ),
        "GOARM64" => (
            is_arm64(value),
            "v8.0 to v8.9 or v9.0 to v9.5, with \",lse\" and \",crypto\" where the processors have them",
        ),
        "GOMIPS" | "GOMIPS64" => (
            matches!(value, "hardfloat" | "softfloat"),
            "hardfloat or softfloat",
        ),
        "GOPPC64" => (is_variant("ppc64"), "power8, power9 or power10"),
        "GORISCV64" => (is_variant("riscv64"), "rva20u64, rva22u64 or rva23u64"),
        _ => return None,
    };
    (!is_right).then_some(expected)
}

fn is_arm(value: &str) -> bool {
    let (level, float) = value.split_once(',').unwrap_or((value, "hardfloat"));
    matches!(level, "5" | "6" | "7") && matches!(float, "softfloat" | "hardfloat")
}

fn is_arm64(value: &str) -> bool {
    let mut parts = value.split(',');
    let level = parts.next().unwrap_or_default();
    level.contains('.')
        && go_variant("arm64", level).is_some()
        && parts.all(|extension| matches!(extension, "lse" | "crypto"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_take_what_go_takes() {
        for (name, right) in [
            ("GO386", "softfloat"),
            ("GOAMD64", "v4"),
            ("GOARM", "6,softfloat"),
            ("GOARM", "7"),
            ("GOARM64", "v8.2,crypto,lse"),
            ("GOARM64", "v9.5"),
            ("GOMIPS64", "hardfloat"),
            ("GOPPC64", "power10"),
            ("GORISCV64", "rva23u64"),
            ("GOEXPERIMENT", "whatever"),
        ] {
            assert_eq!(mismatch(name, right), None, "{name}={right}");
        }
        for (name, wrong) in [
            ("GO386", "387"),
            ("GOAMD64", "v9"),
            ("GOARM", "v7"),
            ("GOARM", "8"),
            ("GOARM", "7,soft"),
            ("GOARM64", "v8"),
            ("GOARM64", "v9.6"),
            ("GOARM64", "v8.2,sve"),
            ("GOMIPS", "softfloat,x"),
            ("GOPPC64", "9"),
            ("GORISCV64", "rva21u64"),
        ] {
            assert!(mismatch(name, wrong).is_some(), "{name}={wrong}");
        }
    }
}
