//! Where coracle writes, in this run and by default.

use std::path::Path;

use crate::config::Config;
use crate::facts::{MainPackage, OwnOutputs};
use crate::model::SourcePath;

use super::{CHECKSUMS, Selected, Sink, go_ports};

/// The folder that takes what no other place is named for.
const DEFAULT_FOLDER: &str = "dist";

/// Returns where this run and runs that name no place of their own write, from a user who stands in
/// the folder `start` of the tree at `root`.
pub fn own_outputs<'a>(
    config: &Config,
    sink: &Sink,
    selected: &[Selected<'_>],
    mains: impl IntoIterator<Item = &'a MainPackage>,
    (root, start): (&Path, &SourcePath),
) -> OwnOutputs {
    let named = match sink {
        Sink::Files { outputs, .. } => outputs.as_slice(),
        Sink::Registry => &[],
    };
    let named = named
        .iter()
        .filter_map(|output| output.pattern(root, start));
    let names = config.images.keys();
    let names = names.chain(selected.iter().map(|image| &image.name));
    let archives = names.filter_map(|name| below_default(start, &format!("{name}.tar")));
    let systems = go_ports::systems().collect::<Vec<_>>().join(",");
    // By themselves and in archives, each with what is said of it.
    let programs = mains.into_iter().flat_map(|main| {
        let name = globset::escape(main.import_path.base_name());
        let bare = below_default(start, &format!("{name}-{{{systems}}}-*"));
        let archived = below_default(start, &format!("{name}_*_{{{systems}}}_*"));
        bare.into_iter().chain(archived)
    });
    let sums = below_default(start, &format!("{CHECKSUMS}*"));
    OwnOutputs::new(named.chain(archives), programs.chain(sums))
}

fn below_default(start: &SourcePath, name: &str) -> Option<String> {
    let folder = globset::escape(start.as_str());
    let path = Path::new(&folder).join(DEFAULT_FOLDER).join(name);
    Some(path.to_str()?.to_owned())
}
