//! Which files a build takes: `//go:build`, `// +build`, and systems and architectures in file names.
//!
//! `go help buildconstraint`.

use std::collections::BTreeSet;

use super::platforms::{FILE_NAME_ARCHITECTURES, FILE_NAME_SYSTEMS, PLATFORMS, is_unix, kind_of};

/// The tags that the configuration sets.
#[derive(Debug, Clone, Default)]
pub struct BuildTags {
    set: BTreeSet<String>,
    open: BTreeSet<String>,
}

impl BuildTags {
    /// Takes the tags that are `set` for every program.
    pub fn new(set: impl IntoIterator<Item = impl ToString>) -> Self {
        Self {
            set: set.into_iter().map(|tag| tag.to_string()).collect(),
            open: BTreeSet::new(),
        }
    }

    /// Adds tags that are set for some programs and not for others: files for either count.
    #[must_use]
    pub fn or(mut self, open: impl IntoIterator<Item = impl ToString>) -> Self {
        self.open
            .extend(open.into_iter().map(|tag| tag.to_string()));
        self
    }
}

/// How deep an expression may nest. The longest that people write has three or four levels.
const DEPTH_LIMIT: usize = 50;

/// A condition over build tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Constraint {
    /// The tag is set.
    Tag(String),
    /// The condition does not hold.
    Not(Box<Self>),
    /// All of them hold.
    All(Vec<Self>),
    /// One of them holds.
    Any(Vec<Self>),
}

impl Constraint {
    /// Reads the condition of a file: what its name says, and what the comments before its package
    /// clause say. What cannot be read is no condition: Go will say so.
    pub(super) fn of_file(name: &str, header: &[&str]) -> Self {
        let mut all = of_name(name);
        match go_build(header) {
            Some(line) => all.extend(parse(line)),
            None => all.extend(header.iter().filter_map(|comment| of_plus_build(comment))),
        }
        Self::All(all)
    }

    /// Tells whether what the comments before a package clause say may hold where each tag but `ignore` counts
    /// as set and as not set, as the go command takes it: `imports.ShouldBuild` with `imports.AnyTags`.
    pub(super) fn is_for_some_tags(header: &[&str]) -> bool {
        match go_build(header) {
            Some(line) => parse(line).is_some_and(|condition| condition.may(true)),
            None => header
                .iter()
                .filter_map(|comment| of_plus_build(comment))
                .all(|condition| condition.may(true)),
        }
    }

    /// Tells whether it holds where tags are `set`, and those in a negation are not: each counts as it has to.
    fn may(&self, set: bool) -> bool {
        match self {
            Self::Tag(tag) => tag != "ignore" && set,
            Self::Not(condition) => !condition.may(!set),
            Self::All(conditions) => conditions.iter().all(|it| it.may(set)),
            Self::Any(conditions) => conditions.iter().any(|it| it.may(set)),
        }
    }

    /// Tells whether there is a platform, with or without cgo, on which the condition holds, or may
    /// hold: levels of an architecture and experiments are settings of the compiler, and some tags are not set for all.
    pub(super) fn holds_somewhere(&self, tags: &BuildTags) -> bool {
        PLATFORMS.iter().any(|&(os, arch)| {
            [true, false].iter().any(|&cgo| {
                let holds = self.holds(&|tag| {
                    let is_set = tag == os
                        || tag == arch
                        || tag == "gc"
                        || tag == "cgo" && cgo
                        || tag == "unix" && is_unix(os)
                        || kind_of(os) == Some(tag)
                        || tag.starts_with("go1.")
                        || tags.set.contains(tag);
                    let is_open = tag.contains('.') || tags.open.contains(tag);
                    (is_set || !is_open).then_some(is_set)
                });
                holds != Some(false)
            })
        })
    }

    /// Tells whether it holds, where that is known.
    fn holds(&self, set: &dyn Fn(&str) -> Option<bool>) -> Option<bool> {
        let decided = |conditions: &[Self], decisive: bool| {
            let all: Vec<Option<bool>> = conditions.iter().map(|it| it.holds(set)).collect();
            if all.contains(&Some(decisive)) {
                Some(decisive)
            } else if all.contains(&None) {
                None
            } else {
                Some(!decisive)
            }
        };
        match self {
            Self::Tag(tag) => set(tag),
            Self::Not(condition) => condition.holds(set).map(|holds| !holds),
            Self::All(conditions) => decided(conditions, false),
            Self::Any(conditions) => decided(conditions, true),
        }
    }
}

/// Returns what the line of Go 1.17 and later says.
fn go_build<'a>(header: &[&'a str]) -> Option<&'a str> {
    let mut comments = header.iter();
    comments.find_map(|comment| comment.strip_prefix("//go:build").filter(starts_blank))
}

fn starts_blank(text: &&str) -> bool {
    text.starts_with([' ', '\t'])
}

/// `name_OS.go`, `name_ARCH.go`, `name_OS_ARCH.go`; a name without `_` says nothing.
fn of_name(name: &str) -> Vec<Constraint> {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    let mut words = stem
        .split('_')
        .skip(1)
        .collect::<Vec<_>>()
        .into_iter()
        .rev();
    let last = words.next().unwrap_or_default();
    let before = words.next().unwrap_or_default();
    let is_arch = FILE_NAME_ARCHITECTURES.contains(&last);
    let tags = if is_arch && FILE_NAME_SYSTEMS.contains(&before) {
        vec![before, last]
    } else if is_arch || FILE_NAME_SYSTEMS.contains(&last) {
        vec![last]
    } else {
        vec![]
    };
    tags.into_iter()
        .map(|tag| Constraint::Tag(tag.to_owned()))
        .collect()
}

/// The syntax before Go 1.17: blanks are "or", commas are "and", lines are "and".
fn of_plus_build(comment: &str) -> Option<Constraint> {
    let line = comment.strip_prefix("//")?.trim_start();
    let line = line.strip_prefix("+build").filter(starts_blank)?;
    let tag = |word: &str| match word.strip_prefix('!') {
        Some(word) => Constraint::Not(Box::new(Constraint::Tag(word.to_owned()))),
        None => Constraint::Tag(word.to_owned()),
    };
    Some(Constraint::Any(
        line.split_whitespace()
            .map(|option| Constraint::All(option.split(',').map(tag).collect()))
            .collect(),
    ))
}

fn parse(line: &str) -> Option<Constraint> {
    let mut parser = Parser {
        rest: line,
        depth: 0,
    };
    let constraint = parser.any()?;
    parser.rest.trim().is_empty().then_some(constraint)
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Option<Constraint> {
        let mut conditions = vec![self.all()?];
        while self.take("||") {
            conditions.push(self.all()?);
        }
        Some(Constraint::Any(conditions))
    }

    fn all(&mut self) -> Option<Constraint> {
        let mut conditions = vec![self.single()?];
        while self.take("&&") {
            conditions.push(self.single()?);
        }
        Some(Constraint::All(conditions))
    }

    fn single(&mut self) -> Option<Constraint> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return None;
        }
        let condition = if self.take("!") {
            Constraint::Not(Box::new(self.single()?))
        } else if self.take("(") {
            let inner = self.any()?;
            self.take(")").then_some(inner)?
        } else {
            self.tag()?
        };
        self.depth -= 1;
        Some(condition)
    }

    fn tag(&mut self) -> Option<Constraint> {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .unwrap_or(self.rest.len());
        let (tag, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!tag.is_empty()).then(|| Constraint::Tag(tag.to_owned()))
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.trim_start();
        match rest.strip_prefix(word) {
            Some(rest) => self.rest = rest,
            None => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn is_built(name: &str, header: &[&str]) -> bool {
        let tags = BuildTags::new(["sqlite"]).or(["premium"]);
        Constraint::of_file(name, header).holds_somewhere(&tags)
    }

    #[test]
    fn a_file_counts_where_some_platform_takes_it() {
        for (name, header, built) in [
            ("main.go", "", true),
            ("main_windows.go", "", true),
            ("main_linux_arm64.go", "", true),
            ("main_windows_s390x.go", "", false),
            ("linux.go", "//go:build windows", true),
            ("main_linux.go", "//go:build windows", false),
            ("main_android.go", "//go:build linux", true),
            ("gen.go", "//go:build ignore", false),
            ("gen.go", "//go:buildx ignore", true),
            ("gen.go", "// +build ignore", false),
            ("gen.go", "//+build ignore,linux darwin", true),
            ("a.go", "//go:build (linux && !cgo) || never", true),
            ("a.go", "//go:build cgo && !gc", false),
            ("a.go", "//go:build sqlite && unix && go1.20", true),
            ("a.go", "//go:build amd64.v2 && !amd64.v3", true),
            ("a.go", "//go:build windows && amd64.v2 && unix", false),
            ("a.go", "//go:build unix && windows", false),
            ("a.go", "//go:build !unix", true),
            ("a.go", "//go:build premium", true),
            ("a.go", "//go:build !premium && linux", true),
            ("a.go", "//go:build premium && never", false),
            ("a.go", "//go:build &&", true),
            ("a_sparc64.go", "", false),
        ] {
            assert_eq!(is_built(name, &[header]), built, "{name} {header:?}");
        }
    }

    #[test]
    fn the_newer_syntax_goes_before_the_older() {
        assert!(is_built("a.go", &["//go:build linux", "// +build ignore"]));
        assert!(!is_built("a.go", &["// +build linux", "// +build windows"]));
    }

    #[test]
    fn depth_is_no_way_to_exhaust_the_stack() {
        assert_eq!(parse(&"!(".repeat(1 << 20)), None);
    }

    proptest! {
        #[test]
        fn any_line_is_read_or_refused(line in any::<String>()) {
            let _ = parse(&line);
        }

        #[test]
        fn any_expression_is_read_or_refused(line in "[a!&|() ]{0,40}") {
            let _ = parse(&line);
        }
    }
}
