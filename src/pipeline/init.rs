//! A first coracle.toml for a project.

use crate::config::{InitFacts, InitMain, KoData, KoFacts, KoMain, init_text};
use crate::facts::{BuildTags, Describe, GatherRequest, MainPackage, Project, gather};
use crate::model::{BuildError, Environment, ExitCode, Phase, SourcePath};
use crate::ports::{EntryKind, SourceTree};

/// Folders that programs like to read from.
const DATA_FOLDERS: [&str; 8] = [
    "assets",
    "config",
    "configs",
    "migrations",
    "public",
    "static",
    "templates",
    "web",
];

/// Looks at the project in `tree`, and returns the text of a coracle.toml for it.
///
/// # Errors
/// When the source cannot be read, or has no main package.
pub fn init(tree: &dyn SourceTree, project: &Project) -> Result<String, BuildError> {
    Ok(init_text(&InitFacts {
        mains: mains(tree, project)?,
        folders: data_folders(tree, project),
    }))
}

/// Looks at the project in `tree`, and at the variables of `environment` that ko reads.
///
/// # Errors
/// When the source cannot be read, or has no main package.
pub fn ko_facts<'a>(
    tree: &dyn SourceTree,
    project: &Project,
    environment: &'a Environment,
) -> Result<KoFacts<'a>, BuildError> {
    let data = |folder: &SourcePath| {
        let kodata = project.folder.join(folder.join("kodata").ok()?.as_str());
        kodata
            .is_ok_and(|path| is_folder(tree, &path))
            .then_some(KoData::Folder)
    };
    let mains = mains(tree, project)?.into_iter().map(|main| KoMain {
        data: data(&main.folder).unwrap_or(KoData::None),
        main,
    });
    Ok(KoFacts {
        mains: mains.collect(),
        repository: environment.get_str("KO_DOCKER_REPO"),
        base: environment.get_str("KO_DEFAULTBASEIMAGE"),
        platforms: environment.get_str("KO_DEFAULTPLATFORMS"),
    })
}

fn mains(tree: &dyn SourceTree, project: &Project) -> Result<Vec<InitMain>, BuildError> {
    let tags = BuildTags::default();
    let facts = gather(
        tree,
        None,
        &GatherRequest {
            project,
            tags: &tags,
            describe: Describe::Unneeded,
        },
    )?;
    let mains: Vec<InitMain> = facts
        .mains
        .iter()
        .filter_map(|main| init_main(main, project))
        .collect();
    if mains.is_empty() {
        return Err(BuildError::new(Phase::Facts, "", "there is no main package here")
            .exit(ExitCode::Refused)
            .hint("a program needs `package main` and `func main()`; to look elsewhere, use -C DIR"));
    }
    Ok(mains)
}

fn init_main(main: &MainPackage, project: &Project) -> Option<InitMain> {
    let folder = main.folder.below(&project.folder)?.parse().ok()?;
    Some(InitMain {
        import_path: main.import_path.clone(),
        folder,
    })
}

fn data_folders(tree: &dyn SourceTree, project: &Project) -> Vec<SourcePath> {
    DATA_FOLDERS
        .iter()
        .filter(|name| {
            project
                .folder
                .join(name)
                .is_ok_and(|path| is_folder(tree, &path))
        })
        .filter_map(|name| name.parse().ok())
        .collect()
}

fn is_folder(tree: &dyn SourceTree, path: &SourcePath) -> bool {
    tree.entry(path)
        .is_ok_and(|entry| entry.kind == EntryKind::Folder)
}
