//! Targets to as few runs of the compiler as possible.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::facts::{MainPackage, Project};
use crate::model::Platform;

use super::{Batch, GoSettings, Target};

/// Groups `targets` by platform and settings: one `go build` each. Two mains of one base name go
/// apart, because `go build -o DIR/` would silently keep the last.
pub(super) fn group(
    targets: impl IntoIterator<Item = (Target, GoSettings)>,
    project: &Project,
    time_limit: Option<Duration>,
) -> Vec<Batch> {
    let mut groups: BTreeMap<(Platform, GoSettings), BTreeSet<MainPackage>> = BTreeMap::new();
    for (target, settings) in targets {
        groups
            .entry((target.platform, settings))
            .or_default()
            .insert(target.main);
    }
    groups
        .into_iter()
        .flat_map(|((platform, settings), mains)| {
            split_namesakes(mains)
                .into_iter()
                .map(move |mains| (platform.clone(), settings.clone(), mains))
        })
        .map(|(platform, settings, mains)| Batch {
            platform,
            settings,
            folder: project.folder.clone(),
            workspace: project.workspace.clone(),
            mains,
            time_limit,
        })
        .collect()
}

fn split_namesakes(mains: BTreeSet<MainPackage>) -> Vec<Vec<MainPackage>> {
    let mut batches: Vec<Vec<MainPackage>> = Vec::new();
    for main in mains {
        let name = main.import_path.base_name();
        let free = batches.iter_mut().find(|batch| {
            batch
                .iter()
                .all(|other| other.import_path.base_name() != name)
        });
        match free {
            Some(batch) => batch.push(main),
            None => batches.push(vec![main]),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ImportPath, SourcePath};

    fn project() -> Project {
        Project {
            folder: SourcePath::root(),
            workspace: None,
        }
    }

    fn main(path: &str) -> MainPackage {
        MainPackage {
            import_path: ImportPath::reported(path),
            folder: SourcePath::root(),
            stampable: BTreeSet::new(),
        }
    }

    #[test]
    fn mains_share_a_build_unless_their_names_collide() {
        let platform: Platform = "linux/amd64".parse().unwrap();
        let targets = ["m/a/server", "m/b/server", "m/cmd/tool"].map(|path| {
            (
                Target {
                    main: main(path),
                    platform: platform.clone(),
                },
                GoSettings::default(),
            )
        });
        let batches = group(targets, &project(), None);
        let names: Vec<Vec<&str>> = batches
            .iter()
            .map(|batch| {
                batch
                    .mains
                    .iter()
                    .map(|main| main.import_path.as_str())
                    .collect()
            })
            .collect();
        assert_eq!(
            names,
            [vec!["m/a/server", "m/cmd/tool"], vec!["m/b/server"]]
        );
    }

    #[test]
    fn other_platforms_and_stamps_go_apart() {
        let stamped = GoSettings {
            stamps: [("main.version".to_owned(), "v1".to_owned())].into(),
            ..GoSettings::default()
        };
        let target = |platform: &str| Target {
            main: main("m/x"),
            platform: platform.parse().unwrap(),
        };
        let targets = [
            (target("linux/amd64"), GoSettings::default()),
            (target("linux/arm64"), GoSettings::default()),
            (target("linux/amd64"), stamped),
        ];
        assert_eq!(group(targets, &project(), None).len(), 3);
    }
}
