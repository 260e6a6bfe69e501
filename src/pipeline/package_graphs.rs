//! Which packages and modules programs are compiled from.

use std::borrow::Borrow;

use crate::compile::PackageGraph;
use crate::facts::LocalModule;
use crate::model::BuildError;
use crate::plan::Batch;
use crate::policy::{ModuleUse, module_uses};
use crate::toolchain::Toolchain;

use super::Ports;

/// Returns what each batch is compiled from, and why some of it could not be loaded.
pub(super) fn package_graphs<B: Borrow<Batch>>(
    ports: &Ports<'_>,
    toolchain: &Toolchain,
    batches: impl IntoIterator<Item = B>,
) -> (Vec<(B, PackageGraph)>, Vec<BuildError>) {
    let (mut graphs, mut errors) = (Vec::new(), Vec::new());
    for batch in batches {
        match ports.inspector.packages(toolchain, batch.borrow()) {
            Ok(packages) => {
                errors.extend(packages.errors);
                graphs.push((batch, packages.graph));
            }
            Err(error) => errors.push(error),
        }
    }
    (graphs, errors)
}

/// Returns the modules that `modules` ask for and `graphs` are compiled from.
pub(super) fn uses_of<B: Borrow<Batch>>(
    modules: &[LocalModule],
    graphs: &[(B, PackageGraph)],
) -> Vec<ModuleUse> {
    let compiled: Vec<_> = graphs
        .iter()
        .flat_map(|(batch, graph)| {
            let mains = batch.borrow().mains.iter();
            mains.map(|main| graph.modules(&main.import_path))
        })
        .collect();
    module_uses(modules, &compiled)
}
