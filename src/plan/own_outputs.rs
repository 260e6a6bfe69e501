//! Where coracle writes, in this run and by default.

use std::path::Path;

use crate::config::Config;
use crate::facts::{MainPackage, OwnOutputs};
use crate::model::SourcePath;

use super::{CHECKSUMS, Selected, Sink, go_ports};

/// The folder that takes what no other place is named for.
const DEFAULT_FOLDER: &str = "dist";

/// What a run writes into the user's folders.
pub enum Written<'a> {
    /// Images.
    Images(&'a Sink),
    /// Plain programs, into this folder, as the user named it.
    Programs(&'a Path),
}

/// Returns where this run and runs that name no place of their own write, from a user who stands in
/// the folder `start` of the tree at `root`.
pub fn own_outputs(
    config: &Config,
    written: &Written<'_>,
    selected: &[Selected<'_>],
    mains: &[MainPackage],
    (root, start): (&Path, &SourcePath),
) -> OwnOutputs {
    let named: Vec<String> = match written {
        Written::Images(Sink::Files { outputs, .. }) => outputs
            .iter()
            .filter_map(|output| output.pattern(root, start))
            .collect(),
        Written::Images(Sink::Registry) => Vec::new(),
        Written::Programs(folder) => in_tree(folder, root, start)
            .map(|folder| programs_in(&folder, mains))
            .unwrap_or_default(),
    };
    let Ok(default) = start.join(DEFAULT_FOLDER) else {
        return OwnOutputs::new(named, []);
    };
    let names = config.images.keys();
    let names = names.chain(selected.iter().map(|image| &image.name));
    let archives = names.map(|name| below(&default, &format!("{name}.tar")));
    OwnOutputs::new(
        named.into_iter().chain(archives),
        programs_in(&default, mains),
    )
}

/// Returns the folder that `named` means, if it is in the tree.
fn in_tree(named: &Path, root: &Path, start: &SourcePath) -> Option<SourcePath> {
    let folder = match named.strip_prefix(root) {
        Ok(below) => SourcePath::root().join(below.to_str()?),
        Err(_) => start.join(named.to_str()?),
    };
    folder.ok()
}

/// Returns patterns of programs in `folder`, by themselves and in archives, each with what is said of it.
fn programs_in(folder: &SourcePath, mains: &[MainPackage]) -> Vec<String> {
    let systems = go_ports::systems().collect::<Vec<_>>().join(",");
    let programs = mains.iter().flat_map(|main| {
        let name = globset::escape(main.import_path.base_name());
        [
            below(folder, &format!("{name}-{{{systems}}}-*")),
            below(folder, &format!("{name}_*_{{{systems}}}_*")),
        ]
    });
    let sums = below(folder, &format!("{CHECKSUMS}*"));
    programs.chain([sums]).collect()
}

fn below(folder: &SourcePath, pattern: &str) -> String {
    match folder.as_str() {
        "" => pattern.to_owned(),
        folder => format!("{}/{pattern}", globset::escape(folder)),
    }
}
