//! Paths in commands that users type.

use std::path::Path;

/// Writes a path so that a shell takes it for one word.
pub(super) fn shell_word(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}
