//! The flags that every build verb has.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use crate::config::{KeySource, Overrides};
use crate::model::Repository;

/// What to build, and how: the same for images and for plain programs.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BuildOptions {
    /// Images to build: names from coracle.toml, or main package paths (./cmd/server, .)
    #[arg(value_name = "IMAGE")]
    pub(crate) images: Vec<String>,
    #[command(flatten)]
    pub(crate) project: ProjectOptions,
    /// Platforms to build for, OS/ARCH[/VARIANT] separated by commas, or all of the base
    #[arg(long, value_name = "LIST|all")]
    pub(crate) platform: Option<String>,
    /// Sets any key of coracle.toml, as in go.version=1.26.8; may be given several times
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) sets: Vec<String>,
    #[command(flatten)]
    pub(crate) run: RunOptions,
    /// Print the plan, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

impl BuildOptions {
    /// Returns the flags that stand for keys of coracle.toml.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            platform: self.platform.clone(),
            sets: self.sets.clone(),
            ..Overrides::default()
        }
    }
}

/// What images to build, and how.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ImageOptions {
    #[command(flatten)]
    pub(crate) build: BuildOptions,
    /// The image below: static, scratch, or a registry reference
    #[arg(long, value_name = "REF")]
    pub(crate) base: Option<String>,
    /// The repository to push to; {name} stands for the image's name
    #[arg(long, value_name = "REPO")]
    pub(crate) repo: Option<String>,
    /// A tag to set; may be given several times
    #[arg(long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// A repository to ask for what was made before, in place of [cache] registry
    #[arg(long, value_name = "REPO")]
    pub(crate) cache_from: Option<Repository>,
    /// A repository to tell what is made, in place of [cache] registry; build tells none else
    #[arg(long, value_name = "REPO")]
    pub(crate) cache_to: Option<Repository>,
}

impl ImageOptions {
    /// Returns the flags that stand for keys of coracle.toml.
    pub(crate) fn overrides(&self) -> Overrides {
        Overrides {
            base: self.base.clone(),
            repo: self.repo.clone(),
            tags: self.tags.clone(),
            ..self.build.overrides()
        }
    }
}

/// Where the project is.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ProjectOptions {
    /// Work as if started in DIR
    #[arg(short = 'C', value_name = "DIR", allow_hyphen_values = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Read this file instead of coracle.toml
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub(crate) config: Option<PathBuf>,
}

/// How a run goes on.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct RunOptions {
    /// How much is done at once; the default is one for each processor
    #[arg(long, value_name = "N", value_parser = parse_jobs)]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Give up after this time, as in 90s or 10m; without it the run may take as long as it takes
    #[arg(long, value_name = "DURATION")]
    pub(crate) timeout: Option<TimeLimit>,
    /// Use nothing but what is on this machine
    #[arg(long)]
    pub(crate) offline: bool,
    /// Take Go, modules and bases from this file, which coracle bundle wrote, and from nowhere else
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub(crate) bundle: Option<PathBuf>,
    /// Use the bundle only if this public key has signed it: a file of PEM, or `env://NAME`
    #[arg(long, value_name = "KEY", requires = "bundle")]
    pub(crate) bundle_key: Option<KeySource>,
    /// Print a report as one JSON document on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

pub(super) fn parse_jobs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "expected a number from 1 upward")
}

/// A positive time: `90s`, `10m`, `1h30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeLimit(pub(crate) Duration);

#[derive(Debug, thiserror::Error)]
#[error("expected a positive time with its unit, as in 90s, 10m or 1h30m")]
pub(crate) struct TimeLimitError;

impl FromStr for TimeLimit {
    type Err = TimeLimitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let signed: jiff::SignedDuration = text.parse().map_err(|_| TimeLimitError)?;
        match Duration::try_from(signed) {
            Ok(limit) if !limit.is_zero() => Ok(Self(limit)),
            _ => Err(TimeLimitError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_limit_is_positive_and_has_a_unit() {
        let limit = |text: &str| {
            text.parse::<TimeLimit>()
                .map(|limit| limit.0.as_secs())
                .ok()
        };
        assert_eq!(limit("90s"), Some(90));
        assert_eq!(limit("10m"), Some(600));
        assert_eq!(limit("1h30m"), Some(5400));
        for wrong in ["", "10", "0s", "-5s", "10x", "forever"] {
            assert_eq!(limit(wrong), None, "{wrong:?}");
        }
    }
}
