//! Go's build cache: whether what it says is true.

use crate::compile::{BuildCacheReading, CacheShare, Recompiled};
use crate::model::{BuildError, ForeignText, Phase, shell_word};
use crate::plan::Sink;
use crate::report::GoBuildCache;

use super::prepare::{Request, survey};
use super::{Ports, toolchain};

/// How many are named of what is wrong.
const MOST_NAMED: usize = 10;

/// How closely a build cache is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuildCacheOrder {
    /// The day: what is not looked at today is another day.
    pub day: u64,
    /// How many packages are compiled anew at most, for each platform.
    pub packages: usize,
    /// How much of it is read.
    pub share: CacheShare,
}

/// Reads what the build cache holds, compiles a sample of the packages of the images that `request` names away from
/// it, and compares. Nothing of the cache is removed.
///
/// # Errors
/// Every reason why nothing could be built. That the cache lies is no such reason, and is returned beside what was
/// looked at.
pub fn build_cache(
    ports: &Ports<'_>,
    request: &Request<'_>,
    sink: Sink,
    order: BuildCacheOrder,
) -> Result<(GoBuildCache, Option<BuildError>), Vec<BuildError>> {
    let one = |error| vec![error];
    let prepared = survey(ports, request, sink)?;
    let go = toolchain::obtain(ports.toolchains, ports.events, &prepared.go).map_err(one)?;
    let reading = ports.inspector.build_cache(order.share).map_err(one)?;
    let mut recompiled = Recompiled::default();
    for batch in &prepared.plan.batches {
        let packages = ports.inspector.packages(&go, batch).map_err(one)?;
        if !packages.errors.is_empty() {
            return Err(packages.errors);
        }
        let sample = packages.graph.sample(order.day, order.packages);
        let compared = ports.inspector.recompiled(&go, batch, &sample);
        let compared = compared.map_err(one)?;
        recompiled.packages += compared.packages;
        let differing = compared.differing.into_iter();
        recompiled
            .differing
            .extend(differing.map(|package| format!("{package} for {}", batch.platform)));
    }
    let error = lie(&reading, &recompiled);
    Ok((GoBuildCache::of(&reading, recompiled), error))
}

/// Says what is not true, and which cache to clean: the module cache holds what go.sum vouches for, and is not to
/// blame.
fn lie(reading: &BuildCacheReading, recompiled: &Recompiled) -> Option<BuildError> {
    let harmed = reading.harmed.iter();
    let harmed = harmed.map(|path| format!("{} is not what its name says", path.display()));
    let differing = recompiled.differing.iter();
    let differing =
        differing.map(|package| format!("{package} is another when it is compiled anew"));
    let lies: Vec<String> = harmed
        .chain(differing)
        .map(|lie| ForeignText::new(&lie).to_string())
        .collect();
    if lies.is_empty() {
        return None;
    }
    let mut named = lies[..lies.len().min(MOST_NAMED)].join("\n");
    if lies.len() > MOST_NAMED {
        named = format!("{named}\nand {} more", lies.len() - MOST_NAMED);
    }
    let folder = reading.folder.display().to_string();
    Some(
        BuildError::new(
            Phase::Cache,
            &folder,
            "Go's build cache does not tell the truth",
        )
        .because(named)
        .hint(format!(
            "clean it: GOCACHE={} go clean -cache",
            shell_word(&folder)
        ))
        .hint("and what was made from it: coracle cache clean --kind memos"),
    )
}
