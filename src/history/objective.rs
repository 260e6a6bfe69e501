//! What a team can want of its builds.

/// A wish, one for each key of `[slo]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Objective {
    /// Builds are quick.
    BuildTime,
    /// The same source gives the same bytes.
    Reproducible,
    /// Nothing is found that stops a push.
    CriticalFindings,
    /// Images are small.
    ImageSize,
    /// They stay so.
    SizeGrowth,
    /// The first build of a day finds most of its work done.
    FirstBuild,
}

impl Objective {
    /// All of them, in the order that they are told in.
    pub const ALL: [Self; 6] = [
        Self::BuildTime,
        Self::Reproducible,
        Self::CriticalFindings,
        Self::ImageSize,
        Self::SizeGrowth,
        Self::FirstBuild,
    ];

    /// Returns the key of `[slo]`.
    pub fn key(self) -> &'static str {
        match self {
            Self::BuildTime => "build_time",
            Self::Reproducible => "reproducible",
            Self::CriticalFindings => "critical_findings",
            Self::ImageSize => "image_size",
            Self::SizeGrowth => "size_growth",
            Self::FirstBuild => "first_build",
        }
    }

    /// Returns what it is, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::BuildTime => "time of a build",
            Self::Reproducible => "reproducible builds",
            Self::CriticalFindings => "critical findings",
            Self::ImageSize => "size of an image",
            Self::SizeGrowth => "growth in size",
            Self::FirstBuild => "first build of a day",
        }
    }

    /// Returns what happens where it is broken.
    pub fn consequence(self) -> &'static str {
        match self {
            Self::BuildTime => "the build ends with a warning",
            Self::Reproducible => "no release of it is pushed",
            Self::CriticalFindings => "check and push fail",
            Self::ImageSize | Self::SizeGrowth | Self::FirstBuild => "report --check fails",
        }
    }
}
