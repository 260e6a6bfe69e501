//! Which modules programs are compiled from, and why. Nothing is built.

use std::collections::BTreeMap;

use crate::compile::{CompiledModule, ModuleReplacement, PackageGraph};
use crate::model::BuildError;
use crate::plan::Batch;
use crate::policy::ModuleUse;
use crate::report::{GraphModule, ModuleGraph, PlatformModules, UnusedModule};

use super::super::package_graphs::{package_graphs, uses_of};
use super::super::{Ports, Prepared, toolchain};

/// Tells which modules the programs of `prepared` are compiled from, and who imports them.
///
/// # Errors
/// When Go cannot be had, or a package cannot be loaded.
pub fn explain_modules(
    ports: &Ports<'_>,
    prepared: &Prepared,
) -> Result<ModuleGraph, Vec<BuildError>> {
    let toolchain = toolchain::obtain(ports.toolchains, ports.events, &prepared.go)
        .map_err(|error| vec![error])?;
    let (graphs, errors) = package_graphs(ports, &toolchain, &prepared.plan.batches);
    if !errors.is_empty() {
        return Err(errors);
    }
    let uses = uses_of(&prepared.source.modules, &graphs);
    let mut platforms: Vec<PlatformModules> = Vec::new();
    for (batch, graph) in &graphs {
        let found = of_batch(batch, graph, &uses);
        let same = platforms
            .iter_mut()
            .find(|known| known.programs == found.programs && known.modules == found.modules);
        match same {
            Some(known) => known.platforms.extend(found.platforms),
            None => platforms.push(found),
        }
    }
    let unused = uses.iter().filter(|used| !used.is_compiled());
    Ok(ModuleGraph {
        form: 1,
        platforms,
        not_compiled: unused.map(not_compiled).collect(),
    })
}

fn of_batch(batch: &Batch, graph: &PackageGraph, uses: &[ModuleUse]) -> PlatformModules {
    let mut modules: BTreeMap<String, CompiledModule> = BTreeMap::new();
    for main in &batch.mains {
        for module in graph.modules(&main.import_path).into_values() {
            match modules.get_mut(&module.path) {
                None => {
                    modules.insert(module.path.clone(), module);
                }
                Some(known) => {
                    known.importers.extend(module.importers);
                    if module.chain.len() < known.chain.len() {
                        known.chain = module.chain;
                    }
                }
            }
        }
    }
    let place = |path: &str| {
        uses.iter()
            .find(|used| used.path.as_str() == path)
            .and_then(place)
    };
    PlatformModules {
        platforms: vec![batch.platform.to_string()],
        programs: batch
            .mains
            .iter()
            .map(|main| main.import_path.to_string())
            .collect(),
        modules: modules
            .into_values()
            .map(|module| GraphModule {
                required_at: place(&module.path),
                path: module.path,
                version: module.version,
                replacement: module.replacement.as_ref().map(replacement),
                chain: module.chain,
                importers: module.importers,
            })
            .collect(),
    }
}

fn not_compiled(used: &ModuleUse) -> UnusedModule {
    UnusedModule {
        path: used.path.to_string(),
        version: used.version.to_string(),
        required_at: place(used),
    }
}

fn place(used: &ModuleUse) -> Option<String> {
    let place = used.place.as_ref()?;
    Some(match place.line {
        Some(line) => format!("{}:{line}", place.path),
        None => place.path.clone(),
    })
}

fn replacement(other: &ModuleReplacement) -> String {
    match &other.version {
        Some(version) => format!("{}@{version}", other.path),
        None => other.path.clone(),
    }
}
