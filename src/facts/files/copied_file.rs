//! Rules to entries.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::links::{LinkError, Links};
use super::origin::{Origin, PlainFile, nothing_matches, refused, special, unreadable};
use super::{Glob, OwnOutputs, Pick, Walked, walk};
use crate::config::FileRule;
use crate::model::{BuildError, Content, Entry, FileMode, ImagePath, Owner, SourcePath};
use crate::ports::{EntryKind, SourceTree};

/// Something that goes from the source tree into an image.
#[derive(Debug, Clone)]
pub struct CopiedFile {
    /// What it is in the image.
    pub entry: Entry,
    /// Where it is in the tree.
    pub from: SourcePath,
}

/// Returns what `rules` copy from the tree, whose paths are relative to the folder `project`; what
/// coracle itself writes, `own`, is left out of folders and patterns.
///
/// A file goes exactly to the rule's `to`; what is in a folder, or matches a pattern, goes below
/// it. Folders are written by themselves only where they are empty or the rule names an owner, so
/// that those of the base stay as they are; their mode is 0755. Links are kept as they are written.
///
/// # Errors
/// When there is nothing to copy, or something that cannot be: out of the project, unreadable, not
/// UTF-8, a link that would lead nowhere, a socket, FIFO or device.
pub fn copied_files(
    tree: &dyn SourceTree,
    project: &SourcePath,
    rules: &[FileRule],
    own: &OwnOutputs,
) -> Result<Vec<CopiedFile>, BuildError> {
    let mut copied: Vec<CopiedFile> = Vec::new();
    for rule in rules {
        let copy = Copy { tree, rule, own };
        let files = match Origin::find(tree, project, &rule.from)? {
            Origin::File(path, file) => vec![copy.file(&path, rule.to.clone(), file)?],
            Origin::Folder(base) => copy.folder(&base)?,
            Origin::Glob(base, glob) => copy.matches(&base, &glob)?,
        };
        copied.extend(files);
    }
    Ok(without_repeated_folders(copied))
}

/// One rule at work.
struct Copy<'a> {
    tree: &'a dyn SourceTree,
    rule: &'a FileRule,
    own: &'a OwnOutputs,
}

impl Copy<'_> {
    fn folder(&self, base: &SourcePath) -> Result<Vec<CopiedFile>, BuildError> {
        let excludes = self.excludes()?;
        let mut walked = self.walk(base, &|path| {
            if excludes.iter().any(|exclude| exclude.holds(path)) && !path.is_empty() {
                Pick::Leave
            } else {
                Pick::Take
            }
        })?;
        if self.rule.to != ImagePath::root() {
            walked.taken.insert(base.clone(), EntryKind::Folder);
        }
        self.entries(base, &walked.taken)
    }

    fn matches(&self, base: &SourcePath, glob: &Glob) -> Result<Vec<CopiedFile>, BuildError> {
        let excludes = self.excludes()?;
        let walked = self.walk(base, &|path| {
            if excludes.iter().any(|exclude| exclude.holds(path)) {
                Pick::Leave
            } else if glob.holds(path) {
                Pick::Take
            } else if path.is_empty() || glob.may_hold_below(path) {
                Pick::LookInside
            } else {
                Pick::Leave
            }
        })?;
        if walked.taken.is_empty() {
            return Err(nothing_matches(self.tree, base, &self.rule.from));
        }
        self.entries(base, &walked.taken)
    }

    fn excludes(&self) -> Result<Vec<Glob>, BuildError> {
        let patterns = self.rule.exclude.iter();
        patterns
            .map(|pattern| {
                Glob::parse(pattern.as_str()).map_err(|error| {
                    refused(&self.rule.from, format!("{pattern:?} is no pattern")).because(error)
                })
            })
            .collect()
    }

    fn walk(&self, base: &SourcePath, pick: &dyn Fn(&str) -> Pick) -> Result<Walked, BuildError> {
        let left = RefCell::new(BTreeSet::new());
        let pick = |relative: &str| {
            let path = base.join(relative).unwrap_or_default();
            if !self.own.hold(base, &path) {
                return pick(relative);
            }
            left.borrow_mut().extend(path.parent());
            Pick::Leave
        };
        let mut walked =
            walk(self.tree, base, &pick).map_err(|error| unreadable(base).because(error))?;
        for folder in left.into_inner() {
            without_emptied(&mut walked.taken, base, folder);
        }
        match walked.not_utf8.first() {
            Some(name) => Err(
                refused(&self.rule.from, format!("the name {name:?} is not UTF-8"))
                    .hint("rename the file"),
            ),
            None => Ok(walked),
        }
    }

    fn entries(
        &self,
        base: &SourcePath,
        taken: &BTreeMap<SourcePath, EntryKind>,
    ) -> Result<Vec<CopiedFile>, BuildError> {
        let links = Links::new(base, taken);
        let mut copied = Vec::new();
        for (path, kind) in taken {
            let to = self.to(path, path.below(base).unwrap_or_default())?;
            match kind {
                &EntryKind::File {
                    size_bytes,
                    executable,
                } => {
                    let file = PlainFile {
                        size_bytes,
                        executable,
                    };
                    copied.push(self.file(path, to, file)?);
                }
                EntryKind::Folder if links.passes(path) && !self.names_an_owner() => {}
                EntryKind::Folder => {
                    copied.push(self.copied(path, to, FileMode::EXECUTABLE, Content::Folder));
                }
                EntryKind::Symlink(target) => {
                    links
                        .check(path, target)
                        .map_err(|error| bad_link(&error))?;
                    let content = Content::Symlink(target.clone());
                    copied.push(self.copied(path, to, FileMode::LINK, content));
                }
                EntryKind::Special(kind) => return Err(special(path, kind)),
            }
        }
        Ok(copied)
    }

    /// Opens the file, so that one which cannot be read is known before anything is compiled.
    fn file(
        &self,
        path: &SourcePath,
        to: ImagePath,
        file: PlainFile,
    ) -> Result<CopiedFile, BuildError> {
        if to == ImagePath::root() {
            let name = path.file_name();
            return Err(refused(
                path,
                "it is to be at /, which is a folder, in place of all that is in it",
            )
            .hint(format!("name the file too: to = \"/{name}\"")));
        }
        let source = self
            .tree
            .open(path)
            .map_err(|error| unreadable(path).because(error))?;
        let mode = self.rule.mode.unwrap_or(if file.executable {
            FileMode::EXECUTABLE
        } else {
            FileMode::PLAIN
        });
        let content = Content::File {
            size_bytes: file.size_bytes,
            source,
        };
        Ok(self.copied(path, to, mode, content))
    }

    fn to(&self, from: &SourcePath, relative: &str) -> Result<ImagePath, BuildError> {
        if relative.is_empty() {
            return Ok(self.rule.to.clone());
        }
        let to = self.rule.to.join(relative);
        to.map_err(|error| {
            refused(from, "the name cannot be in an image")
                .because(error)
                .hint("rename it, or leave it out with exclude")
        })
    }

    fn names_an_owner(&self) -> bool {
        self.rule.uid.is_some() || self.rule.gid.is_some()
    }

    fn copied(
        &self,
        from: &SourcePath,
        to: ImagePath,
        mode: FileMode,
        content: Content,
    ) -> CopiedFile {
        CopiedFile {
            entry: Entry {
                path: to,
                mode,
                owner: Owner {
                    uid: self.rule.uid.unwrap_or(Owner::ROOT.uid),
                    gid: self.rule.gid.unwrap_or(Owner::ROOT.gid),
                },
                content,
            },
            from: from.clone(),
        }
    }
}

/// A folder that holds nothing but what coracle wrote was made for it.
fn without_emptied(
    taken: &mut BTreeMap<SourcePath, EntryKind>,
    base: &SourcePath,
    mut folder: SourcePath,
) {
    while folder != *base
        && !taken
            .keys()
            .any(|path| *path != folder && path.below(&folder).is_some())
        && taken.remove(&folder).is_some()
    {
        folder = folder.parent().unwrap_or_default();
    }
}

/// Two rules may make the same folder; that is no clash.
fn without_repeated_folders(copied: Vec<CopiedFile>) -> Vec<CopiedFile> {
    let mut folders = BTreeSet::new();
    let is_new = |file: &CopiedFile| {
        let entry = &file.entry;
        !matches!(entry.content, Content::Folder)
            || folders.insert((entry.path.clone(), entry.owner))
    };
    copied.into_iter().filter(is_new).collect()
}

fn bad_link(error: &LinkError) -> BuildError {
    let hint = match error {
        LinkError::Absolute(_) => "make it relative, or leave it out with exclude",
        LinkError::Outside(_) | LinkError::Circle(_) => "leave it out with exclude",
        LinkError::NotCopied { .. } => {
            "copy the folder that holds both, or leave the link out with exclude"
        }
    };
    refused(error.link(), error).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::MemoryTree;

    fn rule(from: &str, to: &str) -> FileRule {
        FileRule {
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            exclude: Vec::new(),
            mode: None,
            uid: None,
            gid: None,
        }
    }

    fn excluding(from: &str, to: &str, patterns: &[&str]) -> FileRule {
        FileRule {
            exclude: patterns.iter().map(|text| text.parse().unwrap()).collect(),
            ..rule(from, to)
        }
    }

    /// Shows what is copied, an entry a line.
    fn copied(tree: &MemoryTree, rules: &[FileRule]) -> Vec<String> {
        let copied =
            copied_files(tree, &"app".parse().unwrap(), rules, &OwnOutputs::default()).unwrap();
        copied
            .iter()
            .map(|file| {
                let entry = &file.entry;
                let kind = match &entry.content {
                    Content::File { size_bytes, .. } => format!("{size_bytes} bytes"),
                    Content::Folder => "folder".to_owned(),
                    Content::Symlink(target) => format!("to {target}"),
                };
                format!(
                    "{} {} {} {kind} < {}",
                    entry.path, entry.mode, entry.owner, file.from
                )
            })
            .collect()
    }

    fn refused(tree: &MemoryTree, rule: FileRule) -> BuildError {
        copied_files(
            tree,
            &"app".parse().unwrap(),
            &[rule],
            &OwnOutputs::default(),
        )
        .unwrap_err()
    }

    fn tree() -> MemoryTree {
        MemoryTree::of_files(&[
            ("app/config/a.yaml", "a"),
            ("app/config/b.json", "bb"),
            ("app/config/deep/c.yaml", "ccc"),
            ("app/bin/run", "x"),
            ("app/static/.git/config", "token"),
            ("app/static/[id].js", "j"),
            ("app/static/css/site.css", "s"),
        ])
        .folder("app/config/empty")
        .link("app/config/current.yaml", "a.yaml")
        .link("app/current", "config")
    }

    #[test]
    fn a_file_goes_exactly_where_it_is_told_to_go() {
        let rules = [
            rule("config/a.yaml", "/etc/app.yaml"),
            rule("bin/run", "/run"),
            rule("config/current.yaml", "/followed"),
            FileRule {
                mode: Some("0600".parse().unwrap()),
                uid: Some(1),
                gid: Some(2),
                ..rule("config/b.json", "/b")
            },
        ];
        assert_eq!(
            copied(&tree(), &rules),
            [
                "/etc/app.yaml 0644 0:0 1 bytes < app/config/a.yaml",
                "/run 0755 0:0 1 bytes < app/bin/run",
                "/followed 0644 0:0 1 bytes < app/config/a.yaml",
                "/b 0600 1:2 2 bytes < app/config/b.json",
            ]
        );
    }

    #[test]
    fn what_is_in_a_folder_goes_below_and_only_empty_folders_are_written() {
        let everything = [
            "/etc/a.yaml 0644 0:0 1 bytes < app/config/a.yaml",
            "/etc/b.json 0644 0:0 2 bytes < app/config/b.json",
            "/etc/current.yaml 0777 0:0 to a.yaml < app/config/current.yaml",
            "/etc/deep/c.yaml 0644 0:0 3 bytes < app/config/deep/c.yaml",
            "/etc/empty 0755 0:0 folder < app/config/empty",
        ];
        assert_eq!(copied(&tree(), &[rule("config", "/etc")]), everything);
        assert_eq!(copied(&tree(), &[rule("current", "/etc")]), everything);
        assert_eq!(
            copied(
                &tree(),
                &[excluding(
                    "config",
                    "/etc",
                    &["*.json", "deep/*", "empty", "current.yaml"]
                )]
            ),
            [everything[0], "/etc/deep 0755 0:0 folder < app/config/deep"]
        );
        assert_eq!(
            copied(&tree(), &[rule("config/empty", "/data")]),
            ["/data 0755 0:0 folder < app/config/empty"]
        );
    }

    #[test]
    fn folders_are_written_where_an_owner_is_named_but_once() {
        let owned = |from: &str, to: &str| FileRule {
            uid: Some(9),
            ..rule(from, to)
        };
        assert_eq!(
            copied(
                &tree(),
                &[owned("static/css", "/s"), owned("config/deep", "/s")]
            ),
            [
                "/s 0755 9:0 folder < app/static/css",
                "/s/site.css 0644 9:0 1 bytes < app/static/css/site.css",
                "/s/c.yaml 0644 9:0 3 bytes < app/config/deep/c.yaml",
            ]
        );
        assert_eq!(
            copied(&tree(), &[owned("config/deep", "/")]),
            ["/c.yaml 0644 9:0 3 bytes < app/config/deep/c.yaml"]
        );
    }

    #[test]
    fn what_matches_goes_below_with_its_path_from_the_first_wildcard() {
        for (from, lines) in [
            ("config/*.yaml", vec!["/x/a.yaml", "/x/current.yaml"]),
            (
                "config/**/*.yaml",
                vec!["/x/a.yaml", "/x/current.yaml", "/x/deep/c.yaml"],
            ),
            ("config/d*", vec!["/x/deep/c.yaml"]),
            (
                "{bin,static}/*",
                vec!["/x/bin/run", "/x/static/[id].js", "/x/static/css/site.css"],
            ),
            ("static/[id].js", vec!["/x"]),
        ] {
            let lines_copied = copied(&tree(), &[rule(from, "/x")]);
            let paths: Vec<&str> = lines_copied
                .iter()
                .map(|line| line.split(' ').next().unwrap())
                .collect();
            assert_eq!(paths, lines, "{from}");
        }
    }

    #[test]
    fn git_is_never_copied() {
        assert_eq!(
            copied(&tree(), &[excluding("static", "/s", &["css"])]),
            ["/s/[id].js 0644 0:0 1 bytes < app/static/[id].js"]
        );
    }

    #[test]
    fn what_is_not_there_is_an_error_with_the_nearest_name() {
        for (from, message, hint) in [
            (
                "config/a.yml",
                "no such file",
                "is app/config/a.yaml meant?",
            ),
            ("confg/a.yaml", "no such file", "is app/config meant?"),
            (
                "config/zzz",
                "no such file",
                "app/config has a.yaml, b.json, current.yaml, deep, empty",
            ),
            (
                "config/*.toml",
                "nothing matches",
                "app/config has a.yaml, b.json",
            ),
            (
                "config/empty/*",
                "nothing matches",
                "app/config/empty is empty",
            ),
            ("none/*", "cannot read", ""),
        ] {
            let error = refused(&tree(), rule(from, "/x"));
            assert!(error.message.contains(message), "{from}: {error}");
            assert!(
                error.hints.join(" ").contains(hint),
                "{from}: {:?}",
                error.hints
            );
        }
    }

    #[test]
    fn what_cannot_be_in_an_image_is_refused() {
        for (tree, message) in [
            (tree().socket("app/config/s"), "a socket cannot be copied"),
            (
                tree().not_utf8("app/config", "\u{fffd}.yaml"),
                "is not UTF-8",
            ),
            (
                tree().file("app/config/.wh.x", ""),
                "the name cannot be in an image",
            ),
            (tree().link("app/config/l", "/etc/passwd"), "is absolute"),
            (
                tree().link("app/config/l", "../../../x"),
                "out of the project",
            ),
            (
                tree().link("app/config/l", "../bin/run"),
                "which is not copied with it",
            ),
        ] {
            let error = refused(&tree, rule("config", "/x"));
            assert!(error.message.contains(message), "{message}: {error}");
        }
        let error = refused(&tree().link("app/l", "../../x"), rule("l", "/x"));
        assert!(
            error
                .causes()
                .any(|cause| cause.to_string().contains("leads out of the project"))
        );
    }
}
