//! A platform's variant as Go's compiler takes it.

use std::collections::BTreeMap;

use crate::model::{Platform, go_variant};

/// Why a platform cannot be compiled for as it is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MicroarchitectureError {
    /// Go knows no such variant.
    #[error("Go cannot build for {0}: it knows no such variant")]
    Unknown(Platform),
    /// A setting asks for another variant than the platform.
    #[error("{name}={setting} does not fit the platform {platform}")]
    Contradiction {
        /// The setting.
        name: &'static str,
        /// Its value.
        setting: String,
        /// The platform.
        platform: Platform,
    },
}

/// Returns the one `GO*` variable that says which processors of an architecture a program is for,
/// always with a value: the platform's variant, what `settings` asks for within it, or Go's
/// default, so that no toolchain's own default leaks into the bytes.
pub(super) fn microarchitecture(
    platform: &Platform,
    settings: &BTreeMap<String, String>,
) -> Result<Option<(&'static str, String)>, MicroarchitectureError> {
    let unknown = || MicroarchitectureError::Unknown(platform.clone());
    let Some((name, default)) = variable(platform.arch()) else {
        return platform.variant().map_or(Ok(None), |_| Err(unknown()));
    };
    let meant = platform
        .variant()
        .map(|variant| go_variant(platform.arch(), variant).ok_or_else(unknown))
        .transpose()?;
    match (meant, settings.get(name)) {
        (Some(expected), Some(setting)) if !fits(setting, expected) => {
            Err(MicroarchitectureError::Contradiction {
                name,
                setting: setting.clone(),
                platform: platform.clone(),
            })
        }
        (_, Some(setting)) => Ok(Some((name, setting.clone()))),
        (Some(expected), None) => Ok(Some((name, complete(expected)))),
        (None, None) => Ok(Some((name, default.to_owned()))),
    }
}

/// The variable of an architecture and what Go takes it to be, `internal/buildcfg/cfg.go`.
fn variable(arch: &str) -> Option<(&'static str, &'static str)> {
    Some(match arch {
        "386" => ("GO386", "sse2"),
        "amd64" => ("GOAMD64", "v1"),
        "arm" => ("GOARM", "7"),
        "arm64" => ("GOARM64", "v8.0"),
        "mips" | "mipsle" => ("GOMIPS", "hardfloat"),
        "mips64" | "mips64le" => ("GOMIPS64", "hardfloat"),
        "ppc64" | "ppc64le" => ("GOPPC64", "power8"),
        "riscv64" => ("GORISCV64", "rva20u64"),
        _ => return None,
    })
}

/// Go wants `v8.0` where registries write `v8`.
fn complete(value: &str) -> String {
    match value {
        "v8" | "v9" => format!("{value}.0"),
        value => value.to_owned(),
    }
}

/// Tells whether a setting, `v8.2,lse`, stays within what the platform says, `v8`.
fn fits(setting: &str, expected: &str) -> bool {
    let level = setting.split(',').next().unwrap_or_default();
    level == expected
        || level == complete(expected)
        || matches!(expected, "v8" | "v9")
            && level
                .strip_prefix(expected)
                .is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(platform: &str, setting: &str) -> Result<Option<String>, MicroarchitectureError> {
        let settings = setting.split_once('=').into_iter();
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let found = microarchitecture(&platform.parse().unwrap(), &settings.collect())?;
        Ok(found.map(|(name, value)| format!("{name}={value}")))
    }

    #[test]
    fn every_variant_has_its_value_and_every_architecture_its_default() {
        let cases = [
            ("linux/amd64", "", "GOAMD64=v1"),
            ("linux/amd64/v3", "", "GOAMD64=v3"),
            ("linux/amd64", "GOAMD64=v2", "GOAMD64=v2"),
            ("linux/amd64/v2", "GOAMD64=v2", "GOAMD64=v2"),
            ("linux/arm", "", "GOARM=7"),
            ("linux/arm/v6", "", "GOARM=6"),
            ("linux/arm/v8", "", "GOARM=7"),
            ("linux/arm/v6", "GOARM=6,softfloat", "GOARM=6,softfloat"),
            ("linux/arm64", "", "GOARM64=v8.0"),
            ("linux/arm64/v8", "", "GOARM64=v8.0"),
            ("linux/arm64/v8", "GOARM64=v8.2,lse", "GOARM64=v8.2,lse"),
            ("linux/arm64/v9.1", "", "GOARM64=v9.1"),
            ("linux/ppc64le/power9", "", "GOPPC64=power9"),
            ("linux/riscv64", "GOAMD64=v3", "GORISCV64=rva20u64"),
        ];
        for (platform, setting, expected) in cases {
            assert_eq!(
                of(platform, setting),
                Ok(Some(expected.to_owned())),
                "{platform}"
            );
        }
        assert_eq!(of("linux/s390x", ""), Ok(None));
    }

    #[test]
    fn an_unknown_variant_and_a_setting_that_contradicts_it_are_errors() {
        for platform in [
            "linux/amd64/v9",
            "linux/arm/v9",
            "linux/arm64/v7",
            "linux/s390x/z13",
        ] {
            let error = of(platform, "").unwrap_err();
            assert!(
                matches!(error, MicroarchitectureError::Unknown(_)),
                "{platform}"
            );
        }
        let cases = [
            ("linux/arm/v6", "GOARM=7"),
            ("linux/amd64/v2", "GOAMD64=v3"),
            ("linux/arm64/v8", "GOARM64=v9.0"),
            ("linux/arm64/v8.1", "GOARM64=v8.2"),
        ];
        for (platform, setting) in cases {
            let error = of(platform, setting).unwrap_err();
            assert!(
                matches!(error, MicroarchitectureError::Contradiction { .. }),
                "{platform}"
            );
        }
    }
}
