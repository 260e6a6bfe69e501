//! Versions of modules, put into their order.

use std::cmp::Ordering;

/// Tells whether `version` is newer than `other`: semantic versions, 2.0.0, 11, with the `v` that Go
/// puts before them. What is none is older than all that are.
pub(super) fn is_newer(version: &str, other: &str) -> bool {
    compare(version, other) == Ordering::Greater
}

fn compare(one: &str, other: &str) -> Ordering {
    let (Some(one), Some(other)) = (Parsed::of(one), Parsed::of(other)) else {
        return Parsed::of(one).is_some().cmp(&Parsed::of(other).is_some());
    };
    one.release.cmp(&other.release).then_with(|| {
        match (one.pre_release.is_empty(), other.pre_release.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => compare_identifiers(one.pre_release, other.pre_release),
        }
    })
}

struct Parsed<'a> {
    release: [u64; 3],
    pre_release: &'a str,
}

impl<'a> Parsed<'a> {
    fn of(version: &'a str) -> Option<Self> {
        let version = version.strip_prefix('v')?;
        let version = version.split('+').next().unwrap_or_default();
        let (release, pre_release) = version.split_once('-').unwrap_or((version, ""));
        let mut numbers = release.split('.');
        let mut number = || numbers.next()?.parse().ok();
        let release = [number()?, number()?, number()?];
        Some(Self {
            release,
            pre_release,
        })
    }
}

fn compare_identifiers(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one.cmp(&other),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_in_the_order_of_semantic_versions() {
        let sorted = [
            "nonsense",
            "v0.0.0-20200101000000-abcdefabcdef",
            "v0.9.9",
            "v1.0.0-alpha",
            "v1.0.0-alpha.1",
            "v1.0.0-alpha.beta",
            "v1.0.0-beta.2",
            "v1.0.0-beta.11",
            "v1.0.0",
            "v1.9.0",
            "v1.10.0",
            "v2.0.0+incompatible",
        ];
        for pair in sorted.windows(2) {
            assert!(is_newer(pair[1], pair[0]), "{pair:?}");
            assert!(!is_newer(pair[0], pair[1]), "{pair:?}");
        }
        assert!(!is_newer("v1.0.0", "v1.0.0+meta"));
    }
}
