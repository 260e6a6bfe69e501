//! Which licences a text holds.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::LazyLock;

use regex::Regex;

use super::dictionary::WordId;
use super::matcher::{Found, Matcher};
use super::words::Word;

/// Printed by `tests/tools/licensecheck`, compressed.
const PATTERNS: &[u8] = include_bytes!("../../../licence-patterns/patterns.zst");

/// How many words before a licence its copyright lines may take.
const COPYRIGHT_WORDS: usize = 50;

/// As pkg.go.dev has it: what is mostly other text is no file of a licence.
const LEAST_PERCENT: usize = 75;

/// Knows the licences that pkg.go.dev knows, and finds them as it does: with the patterns, and after
/// the algorithm, of `github.com/google/licensecheck`.
#[derive(Debug, Default)]
pub struct LicenceDetector {
    matcher: Matcher,
    /// The licences' names, by number.
    names: Vec<String>,
    /// Addresses that stand for a licence, without `https://`.
    addresses: BTreeMap<String, String>,
}

/// Why the patterns that are part of the program cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DetectorError {
    /// They cannot be uncompressed.
    #[error("cannot read the patterns of licences")]
    Unreadable(#[from] io::Error),
    /// One of them is not a pattern.
    #[error("the pattern of {0} cannot be read")]
    Pattern(String),
}

impl LicenceDetector {
    /// Reads the patterns, which takes some ten milliseconds: once a run is enough.
    ///
    /// # Errors
    /// When they are damaged, which is a fault of coracle's own.
    pub fn load() -> Result<Self, DetectorError> {
        let text = io::read_to_string(zstd::Decoder::new(PATTERNS)?)?;
        Self::of_patterns(&text)
    }

    /// Reads `## NAME` and a pattern, or `## NAME ADDRESS`, one after the other.
    fn of_patterns(text: &str) -> Result<Self, DetectorError> {
        let mut detector = Self::default();
        for entry in text.split("\n## ") {
            let entry = entry.strip_prefix("## ").unwrap_or(entry);
            let (head, pattern) = entry.split_once('\n').unwrap_or((entry, ""));
            if let Some((name, address)) = head.split_once(' ') {
                detector
                    .addresses
                    .insert(address.to_owned(), name.to_owned());
                continue;
            }
            let number = u32::try_from(detector.names.len()).unwrap_or(u32::MAX);
            detector
                .matcher
                .add(number, pattern)
                .map_err(|_| DetectorError::Pattern(head.to_owned()))?;
            detector.names.push(head.to_owned());
        }
        Ok(detector)
    }

    /// Returns the names of the licences in `text`; none where it is mostly something else.
    pub fn detect(&self, text: &str) -> BTreeSet<&str> {
        let words = self.matcher.split(text);
        let mut names = BTreeSet::new();
        let (mut known, mut end) = (0, 0);
        for found in self.matcher.find(text, &words) {
            let start = self.with_copyright(&words, &found, end);
            let before = &text[..words[start].start];
            known += self.name_addresses(before, &words[end..start], &mut names);
            known += found.words.end - start;
            end = found.words.end;
            names.extend(self.names.get(found.number as usize).map(String::as_str));
        }
        known += self.name_addresses(text, &words[end..], &mut names);
        if known * 100 < words.len() * LEAST_PERCENT {
            names.clear();
        }
        names
    }

    /// Returns where the copyright lines before a licence begin, at `end` of the last one at the
    /// earliest.
    fn with_copyright(&self, words: &[Word<WordId>], found: &Found, end: usize) -> usize {
        let copyright = self.matcher.number_of("copyright");
        let start = found.words.start;
        let earliest = start.saturating_sub(COPYRIGHT_WORDS).max(end);
        let before = words[earliest..start].iter();
        before
            .zip(earliest..)
            .find(|(word, _)| word.id == copyright)
            .map_or(start, |(_, at)| at)
    }

    /// Names the licences whose addresses are among `words`, with which `text` ends; returns how many
    /// words those have.
    fn name_addresses<'a>(
        &'a self,
        text: &str,
        words: &[Word<WordId>],
        names: &mut BTreeSet<&'a str>,
    ) -> usize {
        let http = self.matcher.number_of("http");
        let (mut known, mut passed) = (0, 0);
        for word in words.iter().filter(|word| word.id == http) {
            let Some(address) = address_at(&text[word.start..]).filter(|_| word.start >= passed)
            else {
                continue;
            };
            let address_end = word.start + address.len();
            if let Some(name) = self.licence_at(address) {
                names.insert(name);
                passed = address_end;
                let inside =
                    |other: &&Word<WordId>| other.start >= word.start && other.end <= address_end;
                known += words.iter().filter(inside).count();
            }
        }
        known
    }

    fn licence_at(&self, address: &str) -> Option<&str> {
        let address = address.to_ascii_lowercase();
        let address = address
            .trim_start_matches("http://")
            .trim_start_matches("https://")
            .trim_end_matches('/')
            .trim_end_matches("/legalcode");
        let find = |address: &str| self.addresses.get(address).map(String::as_str);
        // One element less: ".../by/3.0/us" is said of what ".../by/3.0" is.
        find(address).or_else(|| find(address.rsplit_once('/')?.0))
    }
}

/// Returns the address that `text` begins with.
fn address_at(text: &str) -> Option<&str> {
    static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"^(?i)https?://[-a-z0-9_.]+\.(org|com)(/[-a-z0-9_.#?=]+)+/?").ok()
    });
    Some(ADDRESS.as_ref()?.find(text)?.as_str())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    const MIT: &str = "MIT License\n\nCopyright (c) 2020 Somebody\n\nPermission is hereby granted, \
        free of charge, to any person obtaining a copy of this software and associated \
        documentation files (the \"Software\"), to deal in the Software without restriction, \
        including without limitation the rights to use, copy, modify, merge, publish, distribute, \
        sublicense, and/or sell copies of the Software, and to permit persons to whom the Software \
        is furnished to do so, subject to the following conditions:\n\nThe above copyright notice \
        and this permission notice shall be included in all copies or substantial portions of the \
        Software.\n\nTHE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR \
        IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A \
        PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS \
        BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT \
        OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER \
        DEALINGS IN THE SOFTWARE.\n";

    fn detector() -> &'static LicenceDetector {
        static DETECTOR: LazyLock<LicenceDetector> =
            LazyLock::new(|| LicenceDetector::load().unwrap());
        &DETECTOR
    }

    fn detect(text: &str) -> Vec<&str> {
        detector().detect(text).into_iter().collect()
    }

    #[test]
    fn a_licence_is_found_however_it_is_set() {
        assert_eq!(detect(MIT), ["MIT"]);
        assert_eq!(detect(&MIT.to_uppercase()), ["MIT"]);
        assert_eq!(detect(&MIT.replace(' ', "\n// ")), ["MIT"]);
        let misspelt = MIT.replace("sublicense", "sub-license");
        assert_eq!(detect(&misspelt.replace("DAMAGES", "DAMAGE")), ["MIT"]);
        assert_eq!(detect(&MIT.replace("and/or", "andor")), ["MIT"]);
    }

    #[test]
    fn several_licences_in_one_text_are_all_found() {
        let apache = "Licensed under the Apache License, Version 2.0 (the \"License\"); you may not \
            use this file except in compliance with the License.";
        assert_eq!(detect(&format!("{MIT}\n{apache}")), ["Apache-2.0", "MIT"]);
    }

    #[test]
    fn an_address_may_stand_for_a_licence() {
        let text = "https://creativecommons.org/licenses/by-sa/4.0/legalcode";
        assert_eq!(detect(text), ["CC-BY-SA-4.0"]);
        assert_eq!(
            detect("<http://creativecommons.org/licenses/by/3.0/us/>"),
            ["CC-BY-3.0"]
        );
    }

    #[test]
    fn what_is_mostly_something_else_is_no_licence() {
        assert!(detect("").is_empty());
        assert!(detect("All rights reserved.").is_empty());
        let story = "once upon a time there was a gopher ".repeat(12);
        assert!(detect(&format!("{story}{MIT}")).is_empty());
        let half = &MIT[..MIT.len() / 2];
        assert!(detect(half).is_empty());
    }

    #[test]
    fn texts_that_begin_again_and_again_are_read_in_a_moment() {
        let mut text = String::new();
        for number in 0..20_000 {
            write!(text, "Redistribution and use of {number} in source ").unwrap();
        }
        assert!(detect(&text).is_empty());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_harm(text in "[a-z(){}<>&#\\]/:\" ©é\n]{0,200}") {
            detect(&text);
        }
    }
}
