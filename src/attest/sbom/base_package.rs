//! A package of a distribution, in the image below ours.

use serde::{Deserialize, Serialize};

use crate::model::LicenceExpression;

/// A package that a base says it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BasePackage {
    /// What installed it.
    pub manager: PackageManager,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// The package that it was built from, where that has another name; advisories speak of that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Its licence, where its entry says one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<LicenceExpression>,
}

/// What installs packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackageManager {
    /// dpkg: Debian and what comes from it.
    Deb,
    /// apk: Alpine, Wolfi.
    Apk,
}

impl PackageManager {
    /// Returns the type of its packages, as package URLs have it.
    pub(super) fn purl_type(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
        }
    }

    /// Returns the distribution that is meant where nothing names one.
    pub(super) fn usual_distribution(self) -> &'static str {
        match self {
            Self::Deb => "debian",
            Self::Apk => "alpine",
        }
    }
}
