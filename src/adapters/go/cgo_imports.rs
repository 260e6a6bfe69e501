//! Whether a Go file may `import "C"`: to ask the go command costs a process that reads all files of its package.

#![expect(clippy::disallowed_methods, reason = "source is on the disk")]

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use memchr::memmem;

/// Of a longer file nobody finds out.
const MOST_BYTES: u64 = 4 << 20;

/// The import path, in either of Go's forms of a string.
const IMPORTS: [&[u8]; 2] = [b"\"C\"", b"`C`"];

/// Tells whether a file may import "C": one that says it somewhere, and one of which nobody can know.
pub(super) fn may_import_c(file: &Path) -> bool {
    let says_so = |bytes: &[u8]| {
        let mut imports = IMPORTS.iter();
        imports.any(|import| memmem::find(bytes, import).is_some())
    };
    match beginning(file) {
        Ok(bytes) => bytes.len() as u64 > MOST_BYTES || says_so(&bytes),
        Err(_) => true,
    }
}

fn beginning(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(file)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_says_so_and_what_cannot_be_read_may() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("a.go");
        let longest = usize::try_from(MOST_BYTES).unwrap();
        for (text, may) in [
            ("package a\n\nimport \"C\"\n".to_owned(), true),
            ("package a\n\nimport (\n\t`C`\n)\n".to_owned(), true),
            ("package a\n\nimport \"CC\"\n".to_owned(), false),
            (" ".repeat(longest), false),
            (" ".repeat(longest + 1), true),
        ] {
            fs::write(&file, text).unwrap();
            assert_eq!(may_import_c(&file), may);
        }
        fs::remove_file(&file).unwrap();
        assert!(may_import_c(&file));
    }
}
