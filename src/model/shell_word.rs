//! Words in commands that users type.

use std::fmt;

/// Writes a text so that a POSIX shell takes it for one word, whatever is in it.
///
/// ```
/// # use coracle::model::shell_word;
/// assert_eq!(shell_word("it's"), r"'it'\''s'");
/// ```
pub fn shell_word(text: impl fmt::Display) -> String {
    format!("'{}'", text.to_string().replace('\'', r"'\''"))
}
