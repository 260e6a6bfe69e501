//! Go's build cache: what it says of itself, and what packages of it are made anew to find out whether it is true.
//!
//! `cmd/go/internal/cache`: an entry `ID-a` tells of which content the result of an action is, and `ID-d` is that
//! content, whose SHA-256 is its name. Nothing of it is compared when it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

use super::{CommandError, GoCommand, GoCommands, PackageGraph};
use crate::model::Digest;

/// What an entry of the build cache says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildCacheEntry {
    /// The digest of the content that it leads to.
    pub content: Digest,
    /// How long that is. Of another length it is not used: it may still be coming.
    pub size_bytes: u64,
}

/// What came of reading a build cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildCacheReading {
    /// Where it is.
    pub folder: PathBuf,
    /// How many entries were read.
    pub entries: u64,
    /// The bytes of their contents.
    pub size_bytes: u64,
    /// The files whose content is not what their names say.
    pub harmed: Vec<PathBuf>,
}

/// How much of a build cache is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheShare {
    /// All of it.
    All,
    /// No more than this many bytes, from another place each day.
    Some {
        /// How many bytes.
        bytes: u64,
        /// The day.
        day: u64,
    },
}

/// What came of packages that were compiled anew, away from the build cache.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recompiled {
    /// How many they were.
    pub packages: u64,
    /// Those whose compiled form is another in the build cache.
    pub differing: Vec<String>,
}

impl BuildCacheEntry {
    /// The longest entry that is read.
    pub const MAX_BYTES: u64 = 512;

    /// Reads `v1 ACTION CONTENT SIZE TIME`.
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let ["v1", _, content, size, _] = words.as_slice() else {
            return None;
        };
        Some(Self {
            content: format!("sha256:{content}").parse().ok()?,
            size_bytes: size.parse().ok()?,
        })
    }

    /// Returns where the content is, from the folder of the cache.
    pub fn path(&self) -> PathBuf {
        let name = self.content.to_hex();
        PathBuf::from(&name[..2]).join(format!("{name}-d"))
    }
}

/// Where the compiled form of each package is, by its import path.
pub fn exports(listed: &str) -> BTreeMap<String, PathBuf> {
    let lines = listed.lines().filter_map(|line| line.split_once('\t'));
    lines
        .filter(|(_, file)| !file.is_empty())
        .map(|(package, file)| (package.to_owned(), PathBuf::from(file)))
        .collect()
}

impl GoCommands<'_> {
    /// Returns the command that compiles `packages` and all that they import, as the batch is compiled, unless
    /// the build cache has them, and tells where they are; [`exports`] reads what it prints.
    ///
    /// # Errors
    /// As for [`GoCommands::packages`].
    pub fn exported(&self, packages: &[String]) -> Result<GoCommand, CommandError> {
        let format = "{{.ImportPath}}\t{{.Export}}";
        let mut arguments: Vec<OsString> = ["list", "-export", "-deps", "-f", format]
            .map(OsString::from)
            .into();
        arguments.extend(self.tags());
        arguments.extend(self.batch.settings.flags.iter().map(OsString::from));
        arguments.push("--".into());
        arguments.extend(packages.iter().map(OsString::from));
        self.looking(arguments)
    }
}

impl PackageGraph {
    /// Chooses packages that, with all that they import, are at most `most`: others each day.
    pub fn sample(&self, day: u64, most: usize) -> Vec<String> {
        let mut order: Vec<(Digest, &str)> = self
            .paths()
            // What the standard library holds of others cannot be named.
            .filter(|path| !path.starts_with("vendor/"))
            .map(|path| (Digest::of(format!("{day} {path}").as_bytes()), path))
            .collect();
        order.sort_by_key(|(digest, _)| digest.to_hex());
        let (mut chosen, mut all) = (Vec::new(), BTreeSet::new());
        for (_, path) in order {
            let with: BTreeSet<&str> = all.union(&self.closure(path)).copied().collect();
            if with.len() <= most && with.len() > all.len() {
                chosen.push(path.to_owned());
                all = with;
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_leads_to_its_content() {
        let content = "ab".repeat(32);
        let text = format!("v1 {} {content} {:>20} {:>20}\n", "0".repeat(64), 1234, 5);
        let entry = BuildCacheEntry::parse(&text).unwrap();
        assert_eq!(entry.size_bytes, 1234);
        assert_eq!(entry.path(), PathBuf::from(format!("ab/{content}-d")));
        for wrong in ["", "v2 a b 1 1", "v1 a ../../x 1 1", "v1 a b c d e"] {
            assert_eq!(BuildCacheEntry::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_sample_stays_small_with_all_that_it_imports_and_changes_with_the_day() {
        let listed = (0..40).map(|number| {
            let leaf = format!("{{\"ImportPath\":\"leaf{number}\"}}");
            let user = format!("\"ImportPath\":\"user{number}\",\"Imports\":[\"leaf{number}\"]");
            format!("{leaf}\n{{{user}}}\n")
        });
        let listed: String = listed.collect();
        let graph = PackageGraph::parse(listed.as_bytes()).unwrap();
        let sample = graph.sample(1, 10);
        let all: BTreeSet<&str> = sample.iter().flat_map(|it| graph.closure(it)).collect();
        assert!((9..=10).contains(&all.len()), "{sample:?}");
        assert_eq!(sample, graph.sample(1, 10));
        assert_ne!(sample, graph.sample(2, 10));
        let whole = graph.sample(1, 80);
        let all: BTreeSet<&str> = whole.iter().flat_map(|it| graph.closure(it)).collect();
        assert_eq!(all.len(), 80);
    }

    #[test]
    fn packages_without_a_compiled_form_have_no_place() {
        let found = exports("unsafe\t\na/b\t/cache/ab/ab-d\n");
        assert_eq!(found.len(), 1);
        assert_eq!(found["a/b"], PathBuf::from("/cache/ab/ab-d"));
    }
}
