//! The files of two images, path by path.

use std::collections::BTreeSet;

use super::layer_files::{FileFacts, LayerFiles};
use super::layer_pairs::name;
use super::{Cause, Difference, LayerPairs};
use crate::layers::{TarEntry, TarKind, Whiteout};
use crate::model::Timestamp;

/// How the files of two images compare.
#[derive(Debug, Default)]
pub struct FileComparison {
    /// What differs, but for the bytes of files.
    pub differences: Vec<Difference>,
    /// The files whose bytes differ: programs first, then by their paths.
    pub contents: Vec<ContentChange>,
}

/// A file whose bytes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentChange {
    /// Its path as the tar has it, without `/` before it.
    pub path: String,
    /// The number of its bytes in A and in B.
    pub size_bytes: [u64; 2],
    /// The places of the layers in A and in B that hold it.
    pub layers: [usize; 2],
    /// Whether it may be run, in A or in B.
    pub is_program: bool,
}

/// Compares the files of the layers that are not the same.
pub fn compare_files(a: &LayerFiles, b: &LayerFiles, pairs: &LayerPairs) -> FileComparison {
    let mut comparison = FileComparison::default();
    // The layers of A whose files already tell why they differ.
    let mut explained = BTreeSet::new();
    for path in a
        .files
        .keys()
        .chain(b.files.keys().filter(|path| !a.files.contains_key(*path)))
    {
        let (of_a, of_b) = (a.files.get(path), b.files.get(path));
        let before = comparison.len();
        match (of_a, of_b) {
            (Some(of_a), Some(of_b)) => comparison.compare(path, of_a, of_b, pairs),
            (of_a, of_b) => comparison.only_one(path, of_a, of_b),
        }
        if comparison.len() > before {
            explained.extend(of_a.map(|facts| (0, facts.layer)));
            explained.extend(of_b.map(|facts| (1, facts.layer)));
        }
    }
    for &(left, right) in &pairs.changed {
        if !explained.contains(&(0, left)) && !explained.contains(&(1, right)) {
            comparison
                .differences
                .push(tar_difference(left, a.has_order_of(left, b, right)));
        }
    }
    comparison
        .contents
        .sort_by_key(|change| (!change.is_program, change.path.clone()));
    comparison
}

impl FileComparison {
    fn len(&self) -> usize {
        self.differences.len() + self.contents.len()
    }

    fn only_one(&mut self, path: &str, a: Option<&FileFacts>, b: Option<&FileFacts>) {
        let (place, whiteout) = shown(path);
        let told = |facts: &FileFacts| match (whiteout, &facts.kind) {
            (None, TarKind::File) => format!("file, {} bytes", facts.size_bytes),
            _ => kind(path, facts),
        };
        self.differences
            .push(Difference::new(Cause::Files, place, "").sides(a.map(told), b.map(told)));
    }

    fn compare(&mut self, path: &str, a: &FileFacts, b: &FileFacts, pairs: &LayerPairs) {
        let (place, _) = shown(path);
        let kinds = (kind(path, a), kind(path, b));
        if kinds.0 != kinds.1 {
            self.note(Cause::Files, &place, "type", kinds.0, kinds.1);
        } else if a.digest != b.digest || a.size_bytes != b.size_bytes {
            self.contents.push(ContentChange {
                path: path.to_owned(),
                size_bytes: [a.size_bytes, b.size_bytes],
                layers: [a.layer, b.layer],
                is_program: (a.mode | b.mode) & 0o111 != 0,
            });
        } else if let (Some(a), Some(b)) = (target(a), target(b)) {
            self.note(Cause::Content, &place, "target", a, b);
        }
        let mode = |facts: &FileFacts| format!("{:04o}", facts.mode);
        let owner = |facts: &FileFacts| format!("{}:{}", facts.uid, facts.gid);
        self.note(Cause::Metadata, &place, "mode", mode(a), mode(b));
        self.note(Cause::Metadata, &place, "owner", owner(a), owner(b));
        let capabilities = |facts: &FileFacts| match facts.capabilities {
            Some(capabilities) => capabilities.to_string(),
            None => "none".to_owned(),
        };
        self.note(
            Cause::Metadata,
            &place,
            "capabilities",
            capabilities(a),
            capabilities(b),
        );
        let mtime = |facts: &FileFacts| Timestamp::from_seconds(facts.mtime_seconds).to_string();
        self.note(Cause::Metadata, &place, "mtime", mtime(a), mtime(b));
        if !pairs.changed.contains(&(a.layer, b.layer)) {
            self.note(
                Cause::Metadata,
                &place,
                "layer",
                name(a.layer),
                format!("{} of B", name(b.layer)),
            );
        }
    }

    fn note(&mut self, cause: Cause, place: &str, what: &str, a: String, b: String) {
        if a != b {
            self.differences
                .push(Difference::new(cause, place, what).between(a, b));
        }
    }
}

/// The files of a layer are alike, and its tar is not.
fn tar_difference(layer: usize, same_order: bool) -> Difference {
    let difference = Difference::new(Cause::Metadata, name(layer), "tar");
    if same_order {
        difference.hint("the files are the same: what differs is not compared, such as names of owners, extended attributes, device numbers, fractions of seconds, or a file that a layer above replaces")
    } else {
        difference.hint(
            "the files are the same: the tar lists them in another order, or some of them twice",
        )
    }
}

/// Returns the path in the image, and what is removed there, where the entry removes something.
fn shown(path: &str) -> (String, Option<&'static str>) {
    match TarEntry::whiteout_of(path) {
        Some(Whiteout::Path(removed)) => (format!("/{removed}"), Some("whiteout")),
        Some(Whiteout::Content(emptied)) => (format!("/{emptied}"), Some("opaque whiteout")),
        None => (format!("/{path}"), None),
    }
}

fn kind(path: &str, facts: &FileFacts) -> String {
    let (_, whiteout) = shown(path);
    let kind = whiteout.unwrap_or(match facts.kind {
        TarKind::File => "file",
        TarKind::HardLink(_) => "hard link",
        TarKind::Symlink(_) => "symbolic link",
        TarKind::Folder => "folder",
        TarKind::Special => "device or FIFO",
        TarKind::Unknown => "entry of no known type",
    });
    kind.to_owned()
}

fn target(facts: &FileFacts) -> Option<String> {
    match &facts.kind {
        TarKind::HardLink(target) | TarKind::Symlink(target) => Some(target.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, content: &str) -> TarEntry {
        TarEntry {
            path: path.to_owned(),
            kind: TarKind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            mtime_seconds: 0,
            capabilities: None,
            size_bytes: content.len() as u64,
        }
    }

    fn files(entries: &[(TarEntry, &str)]) -> LayerFiles {
        let mut files = LayerFiles::default();
        for (entry, content) in entries {
            files.take(0, entry, &mut content.as_bytes()).unwrap();
        }
        files
    }

    fn compared(a: &[(TarEntry, &str)], b: &[(TarEntry, &str)]) -> FileComparison {
        let pairs = LayerPairs {
            changed: vec![(0, 0)],
            ..LayerPairs::default()
        };
        compare_files(&files(a), &files(b), &pairs)
    }

    fn told(a: &[(TarEntry, &str)], b: &[(TarEntry, &str)]) -> Vec<String> {
        let side = |text: Option<String>| text.unwrap_or("-".to_owned());
        compared(a, b)
            .differences
            .into_iter()
            .map(|one| {
                let cause = one.cause.as_str();
                format!(
                    "{cause} {} {}: {}, {}",
                    one.place,
                    one.what,
                    side(one.a),
                    side(one.b)
                )
            })
            .collect()
    }

    #[test]
    fn files_are_added_removed_and_of_another_type() {
        let link = TarEntry {
            kind: TarKind::Symlink("t".to_owned()),
            ..entry("b", "")
        };
        let a = [(entry("a", "x"), "x"), (entry("b", ""), "")];
        let b = [(link.clone(), ""), (entry("etc/.wh.c", ""), "")];
        assert_eq!(
            told(&a, &b),
            [
                "files /a : file, 1 bytes, -",
                "files /b type: file, symbolic link",
                "files /etc/c : -, whiteout",
            ]
        );
        let other = TarEntry {
            kind: TarKind::Symlink("u".to_owned()),
            ..link.clone()
        };
        assert_eq!(
            told(&[(link, "")], &[(other, "")]),
            ["content /b target: t, u"]
        );
    }

    #[test]
    fn what_surrounds_the_content_is_told_apart() {
        let changed = TarEntry {
            mode: 0o600,
            capabilities: "net_raw=ep".parse().ok(),
            gid: 7,
            mtime_seconds: 9,
            ..entry("a", "x")
        };
        assert_eq!(
            told(&[(entry("a", "x"), "x")], &[(changed, "x")]),
            [
                "metadata /a mode: 0644, 0600",
                "metadata /a owner: 0:0, 0:7",
                "metadata /a capabilities: none, cap_net_raw=ep",
                "metadata /a mtime: 1970-01-01T00:00:00Z, 1970-01-01T00:00:09Z",
            ]
        );
    }

    #[test]
    fn programs_come_first_among_those_whose_bytes_differ() {
        let program = |content: &str| TarEntry {
            mode: 0o755,
            ..entry("z", content)
        };
        let a = [(entry("a", "1"), "1"), (program("1"), "1")];
        let b = [(entry("a", "2"), "2"), (program("22"), "22")];
        let found = compared(&a, &b);
        let paths: Vec<_> = found.contents.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(paths, ["z", "a"]);
        assert!(found.differences.is_empty());
        assert_eq!(found.contents[0].size_bytes, [1, 2]);
    }

    #[test]
    fn a_tar_that_differs_though_its_files_do_not_is_told() {
        let (a, b) = ((entry("a", ""), ""), (entry("b", ""), ""));
        let order = compared(&[a.clone(), b.clone()], &[b.clone(), a.clone()]);
        assert!(order.differences[0].hints[0].contains("another order"));
        let headers = compared(&[a.clone(), b.clone()], &[a, b]);
        assert!(headers.differences[0].hints[0].contains("not compared"));
    }

    #[test]
    fn a_file_in_another_layer_is_told() {
        let pairs = LayerPairs::default();
        let all = files(&[(entry("a", ""), "")]);
        let found = compare_files(&all, &all, &pairs);
        assert_eq!(found.differences[0].what, "layer");
    }
}
