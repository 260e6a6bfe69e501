//! What a package embeds.

use super::files::{Glob, Pick};

/// A pattern of `//go:embed`, in the grammar of Go's `path.Match`.
pub(super) struct Embed {
    glob: Glob,
    /// Whether it takes what a folder hides as well: names that begin with `.` or `_`.
    hidden: Hidden,
}

#[derive(PartialEq, Eq)]
enum Hidden {
    Taken,
    Left,
}

impl Embed {
    /// Reads a pattern; Go refuses one that is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (pattern, hidden) = match text.strip_prefix("all:") {
            Some(pattern) => (pattern, Hidden::Taken),
            None => (text, Hidden::Left),
        };
        let mut pattern = pattern.replace('{', "\\{").replace('}', "\\}");
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
        let glob = Glob::parse(&pattern).ok()?;
        Some(Self { glob, hidden })
    }

    /// Returns the pattern without what it says of hidden files; git means the same by it.
    pub(super) fn pattern(text: &str) -> &str {
        text.strip_prefix("all:").unwrap_or(text)
    }

    /// Reads a pattern so that it holds at least what it holds for Go: of classes and escapes, which
    /// our patterns read otherwise, all that could be meant.
    pub(super) fn wide(text: &str) -> Option<Self> {
        if text.contains(['[', '\\']) {
            return Self::parse("*");
        }
        Self::parse(text).or_else(|| Self::parse("*"))
    }

    /// Judges a path below the package: it is embedded, or something below it may be.
    pub(super) fn pick(&self, path: &str) -> Pick {
        self.judge(path, |rest| {
            self.hidden == Hidden::Taken
                || !rest.split('/').any(|name| name.starts_with(['.', '_']))
        })
    }

    /// Judges a path as [`Embed::pick`] does, and takes what is hidden as well: whatever Go may
    /// look at is taken. A go.mod on the way takes what lies below out of the module.
    pub(super) fn reach(&self, path: &str) -> Pick {
        if path.ends_with("/go.mod") {
            return Pick::Take;
        }
        self.judge(path, |_| true)
    }

    fn judge(&self, path: &str, is_open: impl Fn(&str) -> bool) -> Pick {
        if !path.is_empty() && self.glob.holds_where(path, is_open) {
            Pick::Take
        } else if path.is_empty() || self.glob.may_hold_below(path) {
            Pick::LookInside
        } else {
            Pick::Leave
        }
    }
}
