//! Everything before the compiler, for `dist`: facts, the plan, and the checks that it passes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use crate::config::ToolchainPreference;
use crate::facts::{self, CopiedFile, Project, SourceFacts};
use crate::model::{BuildError, Content, Platform, SourcePath};
use crate::plan::{
    DistForm, DistInputs, DistPlan, DistRequest, Selected, Written, own_outputs, plan_dist,
};
use crate::toolchain::{Choice, PinnedModule};

use super::super::pinned_modules::pinned_modules;
use super::super::prepare::{
    Request, allowed_secrets, check_vendoring, gather, refuse_unverified, warn_of_mistaken,
};
use super::super::{Ports, revisions, toolchain};

/// What is asked of `dist` beside the names of programs.
pub struct DistOrder<'a> {
    /// What the programs run on; empty means everything that Go can build for.
    pub platforms: &'a [Platform],
    /// The folder that takes them, as this process finds it.
    pub folder: &'a Path,
    /// The same as it was named, from where the user stands.
    pub named: &'a Path,
    /// How long one platform may take.
    pub time_limit: Duration,
    /// What is made beside programs and their sums.
    pub form: &'a DistForm,
}

/// Programs that are ready to be compiled.
pub struct PreparedDist {
    /// What will be made.
    pub plan: DistPlan,
    /// Which Go compiles.
    pub go: Choice,
    /// The modules that may be needed.
    pub(super) modules: Vec<PinnedModule>,
    /// What the source says.
    pub(in crate::pipeline) source: SourceFacts,
    /// Whose Go it may be.
    pub(super) toolchain: ToolchainPreference,
    /// Where it compiles.
    pub(super) project: Project,
}

impl PreparedDist {
    /// Returns what the source says.
    pub fn source(&self) -> &SourceFacts {
        &self.source
    }
}

/// Finds out and decides all that `dist` needs.
///
/// # Errors
/// Every reason why nothing can be made.
pub fn prepare_dist(
    ports: &Ports<'_>,
    request: &Request<'_>,
    order: &DistOrder<'_>,
) -> Result<PreparedDist, Vec<BuildError>> {
    let one = |error| vec![error];
    warn_of_mistaken(ports, request.modules);
    if order.form.pushed.is_wanted() {
        refuse_unverified(request.modules).map_err(one)?;
    }
    let source = gather(ports, request).map_err(one)?;
    check_vendoring(ports, &source).map_err(one)?;
    let selected = request.select(&source).map_err(one)?;
    let revisions = revisions::of(ports, request, &source, &selected).map_err(one)?;
    let files = release_files(ports, request, order, &source, &selected).map_err(one)?;
    let inputs: Vec<DistInputs<'_>> = selected
        .into_iter()
        .zip(revisions)
        .map(|(selected, revision)| DistInputs {
            untracked: source.untracked_inputs(&selected.mains, &files),
            selected,
            revision,
        })
        .collect();
    let dist = DistRequest {
        config: request.config,
        epoch: request.epoch,
        project: request.project,
        platforms: order.platforms,
        folder: order.folder,
        time_limit: order.time_limit,
        form: order.form,
        files: &files,
    };
    let plan = plan_dist(&dist, &inputs)?;
    let go = toolchain::decide(ports.toolchains, &request.config.go, &source.go).map_err(one)?;
    Ok(PreparedDist {
        plan,
        go,
        modules: pinned_modules(ports.source, &source).map_err(one)?,
        source,
        toolchain: request.config.go.toolchain,
        project: request.project.clone(),
    })
}

/// Returns what goes into archives beside programs. Nothing among it may look like a secret.
fn release_files(
    ports: &Ports<'_>,
    request: &Request<'_>,
    order: &DistOrder<'_>,
    source: &SourceFacts,
    selected: &[Selected<'_>],
) -> Result<Vec<CopiedFile>, BuildError> {
    if order.form.archive.is_none() {
        return Ok(Vec::new());
    }
    let places = (request.root, request.start);
    let written = Written::Programs(order.named);
    let own = own_outputs(request.config, &written, selected, &source.mains, places);
    let named = request.config.dist.files.as_deref();
    let project = &request.project.folder;
    let files = facts::release_files(ports.source, project, named, &own)?;
    let paths: BTreeSet<SourcePath> = files
        .iter()
        .filter(|file| matches!(file.entry.content, Content::File { .. }))
        .map(|file| file.from.clone())
        .collect();
    let allowed = allowed_secrets(request);
    let suspects = facts::find_secrets(ports.source, &paths, &allowed, ports.cancellation)?;
    facts::refuse_secrets(&suspects, &allowed)?;
    Ok(files)
}
