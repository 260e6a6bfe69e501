//! Which packages and modules programs are compiled from.

use crate::compile::PackageGraph;
use crate::facts::LocalModule;
use crate::model::BuildError;
use crate::plan::Batch;
use crate::policy::{ModuleUse, module_uses};
use crate::toolchain::Toolchain;

use super::Ports;

/// Returns what each batch is compiled from.
///
/// # Errors
/// When a package cannot be loaded.
pub(super) fn package_graphs<'a>(
    ports: &Ports<'_>,
    toolchain: &Toolchain,
    batches: &'a [Batch],
) -> Result<Vec<(&'a Batch, PackageGraph)>, BuildError> {
    let graph = |batch| Ok((batch, ports.inspector.packages(toolchain, batch)?));
    batches.iter().map(graph).collect()
}

/// Returns the modules that `modules` ask for and `graphs` are compiled from.
pub(super) fn uses_of(
    modules: &[LocalModule],
    graphs: &[(&Batch, PackageGraph)],
) -> Vec<ModuleUse> {
    let compiled: Vec<_> = graphs
        .iter()
        .flat_map(|(batch, graph)| {
            let mains = batch.mains.iter();
            mains.map(|main| graph.modules(&main.import_path))
        })
        .collect();
    module_uses(modules, &compiled)
}
