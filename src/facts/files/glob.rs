//! Patterns of paths.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern of relative paths: `*` and `?` stay within a name, `**` goes over folders. What lies
/// in a folder that matches, matches too.
#[derive(Debug, Clone)]
pub(in crate::facts) struct Glob {
    matcher: GlobMatcher,
    /// How many elements a path has that can match, where that is limited.
    depth: Option<usize>,
}

impl Glob {
    /// Takes a pattern.
    pub(in crate::facts) fn parse(pattern: &str) -> Result<Self, globset::Error> {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build()?;
        Ok(Self {
            matcher: glob.compile_matcher(),
            depth: (!pattern.contains("**")).then(|| pattern.split('/').count()),
        })
    }

    /// Tells whether `path`, or a folder that it lies in, matches.
    pub(in crate::facts) fn holds(&self, path: &str) -> bool {
        prefixes(path).any(|(prefix, _)| self.matcher.is_match(prefix))
    }

    /// Tells whether `path` itself matches, or `is_open` holds of what follows a folder that does.
    pub(in crate::facts) fn holds_where(&self, path: &str, is_open: impl Fn(&str) -> bool) -> bool {
        prefixes(path).any(|(prefix, rest)| self.matcher.is_match(prefix) && is_open(rest))
    }

    /// Tells whether something below the folder `path` could match.
    pub(in crate::facts) fn may_hold_below(&self, path: &str) -> bool {
        self.depth
            .is_none_or(|depth| path.split('/').count() < depth)
    }
}

/// Returns the folders on the way to `path` and `path` itself, each with what follows.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('/')
        .map(|(at, _)| (&path[..at], &path[at + 1..]))
        .chain([(path, "")])
}

/// Splits a path into the folder before its first wildcard, and the pattern from there.
pub(super) fn split_at_wildcard(path: &str) -> Option<(&str, &str)> {
    let wildcard = path.find(['*', '?', '[', '{'])?;
    Some(match path[..wildcard].rfind('/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => ("", path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_holds_what_matches_and_what_lies_in_it() {
        for (pattern, path, holds) in [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "a/b.yaml", false),
            ("*", "a/b/c", true),
            ("**/*.css", "a.css", true),
            ("**/*.css", "a/b/c.css", true),
            ("a/**", "a/b/c", true),
            ("a/**", "b", false),
            ("{a,b}/?", "b/c", true),
            ("a", "ab", false),
        ] {
            assert_eq!(
                Glob::parse(pattern).unwrap().holds(path),
                holds,
                "{pattern} {path}"
            );
        }
        let glob = Glob::parse("a/*.x").unwrap();
        assert!(glob.may_hold_below("a") && !glob.may_hold_below("a/b"));
        assert!(Glob::parse("**/x").unwrap().may_hold_below("a/b/c"));
    }

    #[test]
    fn a_pattern_starts_at_the_folder_before_its_first_wildcard() {
        assert_eq!(split_at_wildcard("a/b/*.x"), Some(("a/b", "*.x")));
        assert_eq!(split_at_wildcard("a/b{c,d}/e"), Some(("a", "b{c,d}/e")));
        assert_eq!(split_at_wildcard("*"), Some(("", "*")));
        assert_eq!(split_at_wildcard("a/b"), None);
    }
}
