//! Versions of modules.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use semver::Version;

/// A version of a module, Go modules reference, "Versions": `v1.2.3`, `v2.0.0-rc.1`,
/// `v0.0.0-20260131120000-0123456789ab`, `v2.0.0+incompatible`.
///
/// ```
/// # use coracle::model::ModuleVersion;
/// let of = |text: &str| text.parse::<ModuleVersion>().unwrap();
/// assert!(of("v1.10.0") > of("v1.9.0"));
/// assert!(of("v0.0.0-20260131120000-0123456789ab").is_pseudo());
/// assert_eq!(of("v2.0.0+incompatible").major(), 2);
/// ```
#[derive(Debug, Clone)]
pub struct ModuleVersion {
    text: String,
    version: Version,
}

/// Why a text is no version of a module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a version of a module, expected one like v1.2.3")]
pub struct ModuleVersionError(String);

impl ModuleVersion {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the first number.
    pub fn major(&self) -> u64 {
        self.version.major
    }

    /// Tells whether it names a commit instead of a release, "Pseudo-versions" in the same reference: a
    /// time of 14 digits and 12 of the commit's end it.
    pub fn is_pseudo(&self) -> bool {
        let mut parts = self.version.pre.as_str().rsplit('-');
        let (commit, time) = (parts.next(), parts.next());
        let (Some(commit), Some(time)) = (commit, time) else {
            return false;
        };
        let time = time.rsplit('.').next().unwrap_or(time);
        commit.len() == 12
            && commit.chars().all(|c| c.is_ascii_hexdigit())
            && time.len() == 14
            && time.chars().all(|c| c.is_ascii_digit())
    }

    /// Returns how it compares as a version: what stands behind `+` does not count.
    pub fn precedence(&self, other: &Self) -> Ordering {
        self.version.cmp_precedence(&other.version)
    }
}

impl FromStr for ModuleVersion {
    type Err = ModuleVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let version = text.strip_prefix('v').and_then(|it| it.parse().ok());
        Ok(Self {
            version: version.ok_or_else(|| ModuleVersionError(text.to_owned()))?,
            text: text.to_owned(),
        })
    }
}

impl fmt::Display for ModuleVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl PartialEq for ModuleVersion {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ModuleVersion {}

impl PartialOrd for ModuleVersion {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ModuleVersion {
    fn cmp(&self, other: &Self) -> Ordering {
        self.precedence(other)
            .then_with(|| self.text.cmp(&other.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> ModuleVersion {
        text.parse().unwrap()
    }

    #[test]
    fn versions_are_in_the_order_of_semantic_versioning() {
        let sorted = [
            "v0.0.0-20260131120000-0123456789ab",
            "v1.0.0-rc.1",
            "v1.0.0-rc.1.0.20260131120000-0123456789ab",
            "v1.0.0",
            "v1.2.0",
            "v1.10.0",
            "v2.0.0+incompatible",
        ];
        assert!(sorted.is_sorted_by_key(|text| version(text)));
    }

    #[test]
    fn a_commit_is_told_from_a_release() {
        for pseudo in [
            "v0.0.0-20260131120000-0123456789ab",
            "v1.2.4-0.20260131120000-0123456789ab",
            "v1.2.4-pre.0.20260131120000-0123456789ab",
            "v2.0.1-0.20260131120000-0123456789ab+incompatible",
        ] {
            assert!(version(pseudo).is_pseudo(), "{pseudo}");
        }
        for release in ["v1.0.0", "v1.0.0-rc.1", "v1.0.0-20260131-0123456789ab"] {
            assert!(!version(release).is_pseudo(), "{release}");
        }
    }

    #[test]
    fn what_go_would_not_list_is_no_version() {
        for wrong in ["", "1.2.3", "v1", "v1.2", "latest", "v01.0.0", "v1.0.0 "] {
            assert!(wrong.parse::<ModuleVersion>().is_err(), "{wrong:?}");
        }
    }
}
