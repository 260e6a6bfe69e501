//! Paths of the machine in a program.

use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use regex::bytes::{Regex, RegexBuilder};

use crate::model::ForeignText;

/// Looks for source files of the machine in a program whose bytes pass once.
///
/// What a compiler leaves behind of a machine is always the name of a source file, so only such
/// names count: a program may well speak of `/root/.ssh`, and be built in `/root`.
#[derive(Debug)]
pub struct MachinePaths {
    pattern: Option<Regex>,
    window: Vec<u8>,
    found: Option<String>,
}

/// Longer than any path that is looked for.
const OVERLAP_BYTES: usize = 8 << 10;
/// The rest of a source file's path, up to the byte behind it.
const FILE: &str = r"[!-~\x80-\xff]*?[A-Za-z0-9_-]\.(?:go|s))[^A-Za-z0-9_.-]";
/// What does not stand before an absolute path.
const BEFORE: &str = r"[^A-Za-z0-9._@~!+/-]";

impl MachinePaths {
    /// Looks for files below any of `folders`.
    pub fn below<'a>(folders: impl IntoIterator<Item = &'a Path>) -> Self {
        let folders: Vec<String> = folders
            .into_iter()
            .filter(|folder| folder.is_absolute() && folder.parent().is_some())
            .map(|folder| literal(folder.as_os_str().as_bytes()))
            .collect();
        let pattern = format!("{BEFORE}((?:{})/{FILE}", folders.join("|"));
        Self {
            // Literals in a fixed frame are always a pattern.
            pattern: (!folders.is_empty())
                .then(|| RegexBuilder::new(&pattern).unicode(false).build().ok())
                .flatten(),
            // The first byte of a program stands behind nothing.
            window: vec![0],
            found: None,
        }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let Some(pattern) = self.pattern.as_ref().filter(|_| self.found.is_none()) else {
            return;
        };
        self.window.extend_from_slice(bytes);
        let file = pattern
            .captures(&self.window)
            .and_then(|found| found.get(1));
        self.found = file.map(|file| ForeignText::from_bytes(file.as_bytes()).to_string());
        let passed = self.window.len().saturating_sub(OVERLAP_BYTES);
        self.window.drain(..passed);
    }

    /// Returns the first file that was found.
    pub fn finish(mut self) -> Option<String> {
        // Nor does anything stand behind its last byte.
        self.update(&[0]);
        self.found
    }
}

/// Writes bytes so that they stand for themselves.
fn literal(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    bytes.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(folders: &[&str], program: &[u8], chunk: usize) -> Option<String> {
        let mut paths = MachinePaths::below(folders.iter().map(Path::new));
        program.chunks(chunk).for_each(|bytes| paths.update(bytes));
        paths.finish()
    }

    #[test]
    fn names_of_source_files_below_the_folders_are_found() {
        let cases: [(&str, &[u8], Option<&str>); 9] = [
            (
                "/home/me",
                b"\0/home/me/app/main.go\0",
                Some("/home/me/app/main.go"),
            ),
            ("/home/me", b"/home/me/asm.s", Some("/home/me/asm.s")),
            ("/a b(c)", b"x\0/a b(c)/m.go\0", Some("/a b(c)/m.go")),
            ("/src", b"\0github.com/x/y/src/z.go\0", None),
            ("/root", b"\0/root/.ssh/id_rsa\0", None),
            ("/root", b"\0/root/.goenv/version\0", None),
            ("/home/me", b"\0/home/meg/main.go\0", None),
            ("/", b"\0/main.go\0", None),
            ("relative", b"\0relative/main.go\0", None),
        ];
        for (folder, program, expected) in cases {
            for chunk in [1, 3, 4096] {
                assert_eq!(
                    find(&[folder], program, chunk).as_deref(),
                    expected,
                    "{folder}"
                );
            }
        }
        assert_eq!(find(&[], b"\0/main.go\0", 4), None);
        assert_eq!(
            find(&["/a", "/b"], b"\0/b/main.go\0", 4).as_deref(),
            Some("/b/main.go")
        );
    }
}
