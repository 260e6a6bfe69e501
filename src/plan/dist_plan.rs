//! Plain programs: what `dist` makes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::Config;
use crate::facts::{Project, Revision};
use crate::model::{BuildError, Phase, Platform, SourcePath, Timestamp};

use super::stamp::Stamp;
use super::{Batch, Selected, Target, batches, go_ports, go_settings};

/// A program that is compiled to a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistProgram {
    /// What it is compiled from, and for what.
    pub target: Target,
    /// Where it goes: `dist/NAME-OS-ARCH`, with `.exe` on Windows.
    pub path: PathBuf,
}

/// What plain programs are made from.
pub struct DistRequest<'a> {
    /// The configuration.
    pub config: &'a Config,
    /// `SOURCE_DATE_EPOCH`.
    pub epoch: Option<Timestamp>,
    /// The place of the project in its source tree.
    pub project: &'a Project,
    /// What they run on; empty means everything that Go can build for.
    pub platforms: &'a [Platform],
    /// The folder that takes them, absolute.
    pub folder: &'a Path,
    /// How long one platform may take.
    pub time_limit: Duration,
}

/// What `dist` will make.
#[derive(Debug, Clone)]
pub struct DistPlan {
    /// The programs, by main package and then by platform, in the order asked for.
    pub programs: Vec<DistProgram>,
    /// What has to be compiled for them.
    pub batches: Vec<Batch>,
}

/// Main packages that are asked for.
pub struct DistInputs<'a> {
    /// What is asked for.
    pub selected: Selected<'a>,
    /// The state of the history that they are built from.
    pub revision: Revision,
    /// Files among their inputs that git does not keep.
    pub untracked: Vec<SourcePath>,
}

/// Decides what `dist` makes of `inputs`.
///
/// # Errors
/// Platforms that Go cannot build for, and programs that would be in one file.
pub fn plan_dist(
    request: &DistRequest<'_>,
    inputs: &[DistInputs<'_>],
) -> Result<DistPlan, Vec<BuildError>> {
    let all = go_ports::all();
    let platforms = if request.platforms.is_empty() {
        &all
    } else {
        request.platforms
    };
    let mut errors: Vec<BuildError> = platforms
        .iter()
        .filter(|platform| !go_ports::can_build(platform))
        .map(unknown)
        .collect();
    let mut programs: Vec<DistProgram> = Vec::new();
    let mut targets = Vec::new();
    let mut paths = BTreeSet::new();
    for input in inputs {
        let image = &input.selected;
        let stamp = Stamp::new(
            &image.name,
            &request.config.stamp,
            &input.revision,
            &input.untracked,
            request.epoch,
        );
        for main in &image.mains {
            let settings = go_settings(request.config, &stamp, main);
            for platform in platforms {
                let target = Target {
                    main: (*main).clone(),
                    platform: platform.clone(),
                };
                let path = request
                    .folder
                    .join(file_name(main.import_path.base_name(), platform));
                if programs.iter().any(|program| program.target == target) {
                    continue;
                }
                if !paths.insert(path.clone()) {
                    errors.push(clash(&target, &path));
                }
                targets.push((target.clone(), settings.clone()));
                programs.push(DistProgram { target, path });
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(DistPlan {
        programs,
        batches: batches::group(targets, request.project, Some(request.time_limit)),
    })
}

fn file_name(program: &str, platform: &Platform) -> String {
    let suffix = if platform.os() == "windows" {
        ".exe"
    } else {
        ""
    };
    format!("{program}-{}{suffix}", platform.to_dashed())
}

fn unknown(platform: &Platform) -> BuildError {
    BuildError::new(
        Phase::Plan,
        platform,
        "coracle does not build for this platform",
    )
    .hint(format!(
        "near it are {}",
        go_ports::nearest(platform).join(", ")
    ))
}

fn clash(target: &Target, path: &Path) -> BuildError {
    BuildError::new(
        Phase::Plan,
        &target.main.import_path,
        format!("two programs are to be {}", path.display()),
    )
    .hint("name one of them, as in: coracle dist ./cmd/server")
}
