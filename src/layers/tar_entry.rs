//! What a tar names.

use crate::model::FileCapabilities;

/// An entry of a tar that somebody else wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TarEntry {
    /// Its path without `./` or `/` before and `/` after it, empty for the root. It is foreign: it
    /// may hold `..`, and bytes that are not UTF-8 are replaced.
    pub path: String,
    /// What it is.
    pub kind: TarKind,
    /// Its permission bits, at most 0o7777.
    pub mode: u32,
    /// The number of its user.
    pub uid: u64,
    /// The number of its group.
    pub gid: u64,
    /// When it was last changed: seconds since 1970, without their fractions.
    pub mtime_seconds: i64,
    /// What it lets its process do, where that is said in the form that is written today.
    pub capabilities: Option<FileCapabilities>,
    /// The number of bytes of its content.
    pub size_bytes: u64,
}

/// What an entry of a tar is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TarKind {
    /// A file with content of its own.
    File,
    /// Another name of the file with this path.
    HardLink(String),
    /// A symbolic link with its text.
    Symlink(String),
    /// A folder.
    Folder,
    /// A device or a FIFO.
    Special,
    /// Something that only some readers know.
    Unknown,
}

/// What a layer removes of those below it, image-spec v1.1, `layer.md`, "Whiteouts".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whiteout {
    /// What is at this path.
    Path(String),
    /// All that is in the folder with this path.
    Content(String),
}

impl TarEntry {
    /// Returns what the entry removes, where it is one that removes something.
    pub fn whiteout(&self) -> Option<Whiteout> {
        Self::whiteout_of(&self.path)
    }

    /// Returns what an entry with this path removes, where it removes something.
    pub fn whiteout_of(path: &str) -> Option<Whiteout> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        match name.strip_prefix(".wh.")? {
            ".wh..opq" => Some(Whiteout::Content(folder.to_owned())),
            // What else begins so is the bookkeeping of a file system that layers once lay on.
            own if own.starts_with(".wh.") => None,
            removed if folder.is_empty() => Some(Whiteout::Path(removed.to_owned())),
            removed => Some(Whiteout::Path(format!("{folder}/{removed}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whiteouts_are_told_by_their_names() {
        let whiteout = |path: &str| {
            let entry = TarEntry {
                path: path.to_owned(),
                kind: TarKind::File,
                mode: 0,
                uid: 0,
                gid: 0,
                mtime_seconds: 0,
                capabilities: None,
                size_bytes: 0,
            };
            entry.whiteout()
        };
        let path = |path: &str| Some(Whiteout::Path(path.to_owned()));
        let content = |path: &str| Some(Whiteout::Content(path.to_owned()));
        assert_eq!(whiteout("etc/.wh.passwd"), path("etc/passwd"));
        assert_eq!(whiteout(".wh.etc"), path("etc"));
        assert_eq!(whiteout("etc/.wh..wh..opq"), content("etc"));
        assert_eq!(whiteout(".wh..wh..opq"), content(""));
        assert_eq!(whiteout(".wh..wh.plnk"), None);
        assert_eq!(whiteout("etc/wh.passwd"), None);
    }
}
