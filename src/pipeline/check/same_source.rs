//! What is compiled from the same source.

use std::collections::BTreeMap;

use crate::plan::Batch;

/// Puts together what is compiled from the same source, for a look at that: what compiler and linker are told makes no
/// difference.
pub(super) fn of_same_source(batches: &[Batch]) -> Vec<Batch> {
    let mut merged: BTreeMap<_, Batch> = BTreeMap::new();
    for batch in batches {
        let settings = &batch.settings;
        let place = (&batch.folder, &batch.workspace);
        let key = (place, &batch.platform, &settings.tags, &settings.env);
        match merged.get_mut(&key) {
            Some(known) => known.mains.extend(batch.mains.iter().cloned()),
            None => drop(merged.insert(key, batch.clone())),
        }
    }
    let mut merged: Vec<Batch> = merged.into_values().collect();
    for batch in &mut merged {
        batch.mains.sort();
        batch.mains.dedup();
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::MainPackage;
    use crate::model::{ImportPath, SourcePath};
    use crate::plan::GoSettings;

    fn batch(platform: &str, tag: &str, stamp: &str, mains: &[&str]) -> Batch {
        let mains = mains.iter().map(|name| MainPackage {
            import_path: ImportPath::reported(name),
            folder: SourcePath::root(),
            stampable: std::collections::BTreeSet::new(),
        });
        Batch {
            platform: platform.parse().unwrap(),
            settings: GoSettings {
                tags: vec![tag.to_owned()],
                stamps: [("main.version".to_owned(), stamp.to_owned())].into(),
                ..GoSettings::default()
            },
            folder: SourcePath::root(),
            workspace: None,
            mains: mains.collect(),
            time_limit: None,
        }
    }

    #[test]
    fn what_is_compiled_from_the_same_source_is_looked_at_once() {
        let batches = [
            batch("linux/amd64", "t", "1", &["m/b", "m/a"]),
            batch("linux/amd64", "t", "2", &["m/c", "m/a"]),
            batch("linux/arm64", "t", "1", &["m/a"]),
            batch("linux/amd64", "u", "1", &["m/a"]),
        ];
        let scans = of_same_source(&batches);
        let mains = scans.iter().map(|batch| {
            let names = batch.mains.iter().map(|main| main.import_path.as_str());
            names.collect::<Vec<_>>().join(" ")
        });
        let mains: Vec<String> = mains.collect();
        assert_eq!(mains, ["m/a m/b m/c", "m/a", "m/a"]);
    }

    #[test]
    fn packages_of_one_name_in_two_folders_or_workspaces_are_two_sources() {
        let here = || batch("linux/amd64", "t", "1", &["m/a"]);
        let there = Batch {
            folder: "there".parse().unwrap(),
            ..here()
        };
        let bound = Batch {
            workspace: Some("go.work".parse().unwrap()),
            ..here()
        };
        assert_eq!(of_same_source(&[here(), there, bound, here()]).len(), 3);
    }
}
