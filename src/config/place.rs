//! Where a value was written.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The place of a key or a value, as errors name it: `coracle.toml:4:1`, `--platform`,
/// `CORACLE_REPO`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file.
    File {
        /// The file's name, as the user would type it.
        name: Arc<str>,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// In a file of another tool, of which the key is named.
    Key {
        /// The file's name, as the user would type it.
        file: Arc<str>,
        /// The key, as in `builds[0].flags`.
        key: Arc<str>,
    },
    /// In a text that was made of the file, where no more is known.
    Whole(Arc<str>),
    /// On the command line: the flag, and the key where it sets one.
    Flag(Arc<str>),
    /// In the environment.
    Variable(&'static str),
}

impl Place {
    /// Returns line and column, for an order; what is in no file has none, and comes first.
    pub(super) fn position(&self) -> Option<(usize, usize)> {
        match self {
            Self::File { line, column, .. } => Some((*line, *column)),
            Self::Key { .. } | Self::Whole(_) | Self::Flag(_) | Self::Variable(_) => None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { name, line, column } => write!(f, "{name}:{line}:{column}"),
            Self::Key { file, key } => write!(f, "{file}: {key}"),
            Self::Whole(name) | Self::Flag(name) => f.write_str(name),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Finds lines and columns in a text.
pub(super) struct Places<'a> {
    name: Arc<str>,
    text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Places<'a> {
    /// Looks at the lines of `text`, which is the file `name`.
    pub(super) fn new(name: &str, text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            name: name.into(),
            text,
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// Returns where `span` begins; without one, the end of the text.
    pub(super) fn place(&self, span: Option<Range<usize>>) -> Place {
        let at = span.map_or(self.text.len(), |span| span.start.min(self.text.len()));
        let line = self.line_starts.partition_point(|&start| start <= at);
        let start = self.line_starts[line - 1];
        // A byte-order mark is no column.
        let before = self.text.get(start..at).unwrap_or_default();
        let column = before.trim_start_matches('\u{feff}').chars().count() + 1;
        Place::File {
            name: Arc::clone(&self.name),
            line,
            column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_those_of_an_editor() {
        let places = Places::new("f", "a\r\nä = b\n");
        let at = |offset| places.place(Some(offset..offset)).to_string();
        assert_eq!(at(0), "f:1:1");
        assert_eq!(at(3), "f:2:1");
        assert_eq!(at(8), "f:2:5");
        assert_eq!(places.place(None).to_string(), "f:3:1");
        let places = Places::new("f", "\u{feff}a");
        assert_eq!(places.place(Some(3..4)).to_string(), "f:1:1");
    }
}
