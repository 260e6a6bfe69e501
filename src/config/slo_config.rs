//! What a team wants of its builds: the limits of `report`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text_value::{deserialize_time, written_as_text};
use crate::model::ByteSize;

/// What a team wants of its builds. `coracle report` holds the runs of the history against it. A build
/// that takes longer than `build_time` ends with a warning, and a push of a release is refused while an
/// image of it is known not to be reproducible.
///
/// ```toml
/// [slo]
/// build_time        = "10m"
/// image_size        = "50MB"
/// critical_findings = 0
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SloConfig {
    /// How long a build may take, as in `"90s"` or `"10m"`. The default is `"5m"`.
    #[serde(deserialize_with = "deserialize_time")]
    #[schemars(with = "String")]
    pub build_time: Duration,
    /// How many of the builds that were compared must give the same bytes. The default is `"100%"`.
    pub reproducible: Percent,
    /// How many findings of a check may be such that they stop a push. The default is `0`.
    pub critical_findings: u64,
    /// How large the image of one platform may be, its layers compressed. The default is `"20MB"`.
    #[schemars(with = "String")]
    pub image_size: ByteSize,
    /// How much an image, or a program of dist, may grow since the last release, or else in 30 days. The default is `"10%"`.
    pub size_growth: Percent,
    /// How long the first build of a day (in UTC) may take that compiles, where the middle of the builds of 30 days takes
    /// 100 % that are like it: by the same verb, of the same images or programs for the same platforms, which compiled too
    /// and were not the first of their day. The default is `"200%"`.
    pub first_build: Percent,
}

impl Default for SloConfig {
    fn default() -> Self {
        Self {
            build_time: Duration::from_mins(5),
            reproducible: Percent(100),
            critical_findings: 0,
            image_size: ByteSize(20 << 20),
            size_growth: Percent(10),
            first_build: Percent(200),
        }
    }
}

/// A share, or a ratio: `10%`.
///
/// ```
/// # use coracle::config::Percent;
/// assert_eq!("10%".parse(), Ok(Percent(10)));
/// assert!("10".parse::<Percent>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(pub u32);

/// Why a text is no share.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a share, expected a whole number and its sign, as in \"10%\"")]
pub struct PercentError(String);

impl FromStr for Percent {
    type Err = PercentError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix('%').map(str::trim_end);
        number
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse().ok())
            .map(Self)
            .ok_or_else(|| PercentError(text.to_owned()))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

written_as_text!(Percent);
