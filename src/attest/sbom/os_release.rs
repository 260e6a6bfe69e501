//! Which distribution a base is, os-release(5).

use serde::{Deserialize, Serialize};

/// A distribution.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OsRelease {
    /// Its name in lower case, `debian`.
    pub id: String,
    /// Its version, `13`, where it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl OsRelease {
    /// The longest file that is read.
    pub const MAX_BYTES: u64 = 64 << 10;

    /// Reads the text of an os-release; `None` where it names no distribution.
    ///
    /// ```
    /// # use coracle::attest::sbom::OsRelease;
    /// let release = OsRelease::parse("NAME=\"Debian\"\nID=debian\nVERSION_ID=\"13\"\n").unwrap();
    /// assert_eq!((release.id.as_str(), release.version.as_deref()), ("debian", Some("13")));
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            let mut lines = text.lines();
            let value = lines.find_map(|line| line.trim().strip_prefix(name)?.strip_prefix('='))?;
            let value = value.trim().trim_matches(['"', '\'']);
            (!value.is_empty()).then(|| value.to_owned())
        };
        Some(Self {
            id: value("ID")?,
            version: value("VERSION_ID"),
        })
    }
}
