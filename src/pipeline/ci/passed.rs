//! What a stage has passed with: all that decides what it does, as a digest.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::json;

use super::{CiPorts, CiRequest};
use crate::config::GlobPattern;
use crate::facts::{outside_module, resolved};
use crate::model::{Digest, SourcePath, canonical_json};
use crate::ports::{EntryKind, SourceEntry, SourceTree, SourceTreeError, is_unfinished};
use crate::stages::{CommandLine, Inputs, Stage};

/// What git keeps is no source.
const GIT: &str = ".git";

/// Returns what decides what `stage` does, as a digest; nothing where that cannot be known.
pub(super) fn inputs(ports: CiPorts<'_>, request: &CiRequest<'_>, stage: &Stage) -> Option<Digest> {
    let files = match &stage.inputs {
        Inputs::Unknown => return None,
        Inputs::Source => source(ports.source, request)?,
        Inputs::Globs(globs) => {
            let found = found(
                ports.source,
                request.folder,
                request.caches,
                globs,
                &stage.outputs,
            )?;
            contents(ports.source, &found.entries)?
        }
    };
    let files = json!(files);
    of(ports, request, stage, "inputs", &files)
}

/// Returns what names a run of `stage` that was decided by `inputs`, with what it made. Whether the same
/// passed before is asked by it.
pub(super) fn key(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    stage: &Stage,
    inputs: &Digest,
) -> Option<Digest> {
    let outputs = stage.outputs.iter();
    let made: Option<Vec<_>> = outputs
        .map(|path| below(ports.source, &placed(request.folder, path)?))
        .collect();
    let value = json!({ "inputs": inputs.to_string(), "outputs": made? });
    Some(Digest::of(&canonical_json(&value)))
}

/// Returns all of the source, as a digest.
pub(super) fn source_digest(ports: CiPorts<'_>, request: &CiRequest<'_>) -> Option<Digest> {
    let files = json!(source(ports.source, request)?);
    Some(Digest::of(&canonical_json(&files)))
}

/// Returns what names a run of `stage` with all of the source as it is, and with what it made.
pub(super) fn resume_key(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    stage: &Stage,
    source: &Digest,
) -> Option<Digest> {
    let source = of(ports, request, stage, "resume", &json!(source.to_string()))?;
    key(ports, request, stage, &source)
}

fn of(
    ports: CiPorts<'_>,
    request: &CiRequest<'_>,
    stage: &Stage,
    kind: &str,
    files: &serde_json::Value,
) -> Option<Digest> {
    let is_of_go = stage.inputs == Inputs::Source || kind == "resume";
    let env = stage.variables();
    let commands = stage.commands.iter().filter(|_| is_of_go);
    let programs = commands
        .map(CommandLine::split)
        .filter(|(program, _)| ["go", "golangci-lint"].contains(program));
    let identities: Option<Vec<String>> = programs
        .map(|(program, arguments)| ports.runner.identity(program, arguments, &env))
        .collect();
    let commands: Vec<&[String]> = stage.commands.iter().map(CommandLine::words).collect();
    let value = json!({
        "form": 2,
        "coracle": env!("CARGO_PKG_VERSION"),
        "kind": kind,
        "stage": stage.name.as_str(),
        "folder": request.folder.as_str(),
        "event": (kind == "resume").then(|| request.event.as_str()),
        // What others have made for a part of the project is not what they make for all of it.
        "since": request.graph.narrowing.as_ref().filter(|_| kind == "resume").map(|it| &*it.base),
        "commands": commands,
        "env": env,
        "programs": identities?,
        "files": files,
    });
    Some(Digest::of(&canonical_json(&value)))
}

/// Returns what `stages` make, in the source; coracle.toml is in `folder`.
pub(super) fn made<'a>(
    folder: &SourcePath,
    stages: impl IntoIterator<Item = &'a Stage>,
) -> Vec<SourcePath> {
    let outputs = stages.into_iter().flat_map(|stage| &stage.outputs);
    outputs.filter_map(|path| placed(folder, path)).collect()
}

/// Returns where the source has a path that coracle.toml, in `folder`, names.
pub(super) fn placed(folder: &SourcePath, path: &SourcePath) -> Option<SourcePath> {
    if path.as_str().is_empty() {
        return Some(folder.clone());
    }
    folder.join(path.as_str()).ok()
}

/// A file, and what is in it.
type Read = (String, String);

/// Returns all files of the source, but for those that stages make; nothing where there is more to it than is seen from
/// here.
fn source(tree: &dyn SourceTree, request: &CiRequest<'_>) -> Option<Vec<Read>> {
    let outside = outside_module(tree, request.ground.project);
    if !matches!(outside, Ok(None)) {
        return None;
    }
    let made = made(request.folder, &request.graph.stages);
    let archives = archives(request.folder)?;
    walk(tree, SourcePath::root(), &|entry| {
        let is_no_source = made.contains(&entry.path) || request.caches.contains(&entry.path);
        !is_no_source && !is_archive(&entry.path, &archives)
    })
}

/// Returns where `coracle build` writes.
pub(super) fn archives(folder: &SourcePath) -> Option<SourcePath> {
    folder.join("dist").ok()
}

/// Tells whether `path` is what `coracle build` writes into `archives`. Builds run beside tests: their archives come
/// and go while the source is read.
pub(super) fn is_archive(path: &SourcePath, archives: &SourcePath) -> bool {
    let name = path.file_name();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    path.parent().as_ref() == Some(archives) && (ending == Some("tar") || is_unfinished(name))
}

/// What globs find.
#[derive(Default)]
pub(super) struct Found {
    /// The files and links, and all that links stand for.
    entries: Vec<SourceEntry>,
    /// Where links lead, and the links on the way.
    pub(super) ways: BTreeSet<SourcePath>,
}

/// Returns what `globs` find from `folder`; nothing where a link stands for what is not seen from here.
pub(super) fn found(
    tree: &dyn SourceTree,
    folder: &SourcePath,
    caches: &[SourcePath],
    globs: &[GlobPattern],
    outputs: &[SourcePath],
) -> Option<Found> {
    let set = glob_set(globs)?;
    let outputs: Option<Vec<SourcePath>> = outputs.iter().map(|it| placed(folder, it)).collect();
    let outputs = outputs?;
    let is_source = |path: &SourcePath| !outputs.contains(path) && !caches.contains(path);
    let mut entries = entries(tree, folder.clone(), &|entry| {
        let relative = entry.path.below(folder).unwrap_or_default();
        // A link that a glob passes through is followed, for all that is in it: by its name nothing is listed.
        let is_passed = || globs.iter().any(|it| is_around(relative, it.as_str()));
        let is_found = entry.kind == EntryKind::Folder || set.is_match(relative) || is_passed();
        is_found && is_source(&entry.path)
    })?;
    let mut ways = BTreeSet::new();
    let mut next = 0;
    while let Some(entry) = entries.get(next) {
        next += 1;
        if !matches!(entry.kind, EntryKind::Symlink(_)) {
            continue;
        }
        let (real, links) = resolved(tree, &entry.path);
        let real = real?;
        ways.extend(links);
        if ways.insert(real.clone()) && is_source(&real) {
            let more = at(tree, &real, &|entry| is_source(&entry.path))?;
            entries.extend(more);
        }
    }
    Some(Found { entries, ways })
}

/// Tells whether what `glob` finds may lie in the folder `path`.
pub(super) fn is_around(path: &str, glob: &str) -> bool {
    let rest = glob.strip_prefix(path);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Returns what finds all that `globs` name.
pub(super) fn glob_set(globs: &[GlobPattern]) -> Option<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        // What names a folder names all that is in it.
        for text in [glob.as_str().to_owned(), format!("{}/**", glob.as_str())] {
            set.add(
                GlobBuilder::new(&text)
                    .literal_separator(true)
                    .build()
                    .ok()?,
            );
        }
    }
    set.build().ok()
}

/// Returns all that is at `path`: a file, or the files of a folder. What is not there is nothing that was made.
fn below(tree: &dyn SourceTree, path: &SourcePath) -> Option<Vec<Read>> {
    contents(tree, &at(tree, path, &|_| true)?)
}

/// Returns what is at `path`: a file or a link, or those of a folder.
fn at(
    tree: &dyn SourceTree,
    path: &SourcePath,
    is_wanted: &dyn Fn(&SourceEntry) -> bool,
) -> Option<Vec<SourceEntry>> {
    let entry = tree.entry(path).ok()?;
    match entry.kind {
        EntryKind::Folder => entries(tree, path.clone(), is_wanted),
        _ => Some(vec![entry]),
    }
}

/// Reads them all, in the order of their names.
fn contents(tree: &dyn SourceTree, entries: &[SourceEntry]) -> Option<Vec<Read>> {
    let files: Option<Vec<Read>> = entries.iter().map(|entry| read(tree, entry)).collect();
    let mut files = files?;
    files.sort();
    files.dedup();
    Some(files)
}

fn walk(
    tree: &dyn SourceTree,
    start: SourcePath,
    is_wanted: &dyn Fn(&SourceEntry) -> bool,
) -> Option<Vec<Read>> {
    contents(tree, &entries(tree, start, is_wanted)?)
}

/// Returns all but folders that is in `start`.
fn entries(
    tree: &dyn SourceTree,
    start: SourcePath,
    is_wanted: &dyn Fn(&SourceEntry) -> bool,
) -> Option<Vec<SourceEntry>> {
    let (mut folders, mut files) = (vec![start], Vec::new());
    while let Some(folder) = folders.pop() {
        let listing = tree.list(&folder).ok()?;
        if !listing.not_utf8.is_empty() {
            return None;
        }
        for entry in listing.entries {
            if entry.path.file_name() == GIT || !is_wanted(&entry) {
                continue;
            }
            if entry.kind == EntryKind::Folder {
                folders.push(entry.path);
            } else {
                files.push(entry);
            }
        }
    }
    Some(files)
}

/// Reads one entry; nothing where what it stands for is not seen from here.
fn read(tree: &dyn SourceTree, entry: &SourceEntry) -> Option<Read> {
    let content = match &entry.kind {
        EntryKind::File { executable, .. } => {
            let digest = Digest::of_source(&*tree.open(&entry.path).ok()?).ok()?;
            format!("{digest}{}", if *executable { "x" } else { "" })
        }
        // What a link within the source leads to is read where it is.
        EntryKind::Symlink(text) => match tree.list(&entry.path).map(drop) {
            Err(SourceTreeError::Outside(_) | SourceTreeError::Io { .. }) => return None,
            _ => format!("-> {text}"),
        },
        EntryKind::Folder | EntryKind::Special(_) => return None,
    };
    Some((entry.path.to_string(), content))
}
