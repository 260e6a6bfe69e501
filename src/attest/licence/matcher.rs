//! Where in a text which licence is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::dictionary::{Dictionary, WordId};
use super::opening::openings;
use super::pattern::{Pattern, PatternError};
use super::program::{Step, compile};
use super::spelling::{is_broken, is_misspelt};
use super::words::{Word, fold_into, split};

/// The patterns of many licences, looked for at once.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    dictionary: Dictionary,
    steps: Vec<Step>,
    /// Where the programs begin of which a text with these two words first may be.
    openings: BTreeMap<(WordId, WordId), Vec<u32>>,
}

/// A licence in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The number of its pattern.
    pub(super) number: u32,
    /// Its words.
    pub(super) words: Range<usize>,
}

/// Places in the programs, sorted.
type Ways = Vec<u32>;

impl Matcher {
    /// Adds the pattern with the number `number`.
    pub(super) fn add(&mut self, number: u32, text: &str) -> Result<(), PatternError> {
        let pattern = Pattern::parse(text, &mut self.dictionary)?;
        let start = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
        compile(&pattern, number, &mut self.steps);
        for opening in openings(&pattern) {
            self.openings.entry(opening).or_default().push(start);
        }
        Ok(())
    }

    /// Splits `text` as the patterns were.
    pub(super) fn split(&self, text: &str) -> Vec<Word<WordId>> {
        split(text, |word| self.dictionary.find(word))
    }

    /// Returns the number of `word`.
    pub(super) fn number_of(&self, word: &str) -> WordId {
        self.dictionary.find(word)
    }

    /// Finds all licences in `words` of `text`: at each place the longest, and the next after it.
    pub(super) fn find(&self, text: &str, words: &[Word<WordId>]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut start = 0;
        while start + 1 < words.len() {
            let opening = (words[start].id, words[start + 1].id);
            let programs = self.openings.get(&opening);
            let longest = programs.and_then(|programs| {
                let run = Run {
                    matcher: self,
                    text,
                    words: &words[start..],
                };
                run.longest(programs)
            });
            match longest {
                Some((number, length)) => {
                    found.push(Found {
                        number,
                        words: start..start + length,
                    });
                    start += length;
                }
                None => start += 1,
            }
        }
        found
    }

    /// Follows `ways` to all places that read a word or end a pattern.
    fn settle(&self, ways: impl IntoIterator<Item = u32>) -> Ways {
        let (mut seen, mut cuts) = (BTreeSet::new(), Vec::new());
        let mut waiting: Vec<u32> = ways.into_iter().collect();
        while let Some(place) = waiting.pop() {
            if !seen.insert(place) {
                continue;
            }
            match self.steps[place as usize] {
                Step::Fork(other) => waiting.extend([place + 1, other]),
                Step::Jump(other) => waiting.push(other),
                Step::Cut(start) => {
                    cuts.push(self.wildcard_at(start));
                    waiting.push(place + 1);
                }
                Step::Word(_) | Step::Any | Step::Match(_) => {}
            }
        }
        let stays = |place: &u32| {
            let reads = matches!(
                self.steps[*place as usize],
                Step::Word(_) | Step::Any | Step::Match(_)
            );
            reads && !cuts.iter().any(|wildcard| wildcard.contains(place))
        };
        seen.into_iter().filter(stays).collect()
    }

    /// Returns the steps of the wildcard that begins at `start`.
    fn wildcard_at(&self, start: u32) -> std::ops::Range<u32> {
        match self.steps[start as usize] {
            // The place behind it is among those that are given up, as in the original.
            Step::Fork(end) => start..end + 1,
            _ => start..start,
        }
    }

    fn after_word(&self, ways: &Ways, word: WordId) -> Ways {
        let next = ways
            .iter()
            .filter(|place| match self.steps[**place as usize] {
                Step::Word(own) => own == word,
                Step::Any => true,
                _ => false,
            });
        self.settle(next.map(|place| place + 1))
    }

    /// Returns where the wildcards lead to, and no word that is named.
    fn after_any(&self, ways: &Ways) -> Ways {
        self.after_word(ways, WordId::UNKNOWN)
    }

    fn reads_any(&self, ways: &Ways) -> bool {
        ways.iter()
            .any(|place| self.steps[*place as usize] == Step::Any)
    }

    fn wanted(&self, ways: &Ways) -> BTreeSet<WordId> {
        let words = ways
            .iter()
            .filter_map(|place| match self.steps[*place as usize] {
                Step::Word(word) => Some(word),
                _ => None,
            });
        words.collect()
    }

    /// Returns the first pattern that ends here.
    fn ended(&self, ways: &Ways) -> Option<u32> {
        let ended = ways
            .iter()
            .filter_map(|place| match self.steps[*place as usize] {
                Step::Match(number) => Some(number),
                _ => None,
            });
        ended.min()
    }
}

/// What one word, or two, led to.
struct Taken {
    ways: Ways,
    words: usize,
    /// A pattern that ended between the halves of a word that is two.
    ended: Option<u32>,
}

impl Taken {
    fn one(ways: Ways) -> Self {
        Self {
            ways,
            words: 1,
            ended: None,
        }
    }
}

/// One attempt, from the first of `words` on.
struct Run<'a> {
    matcher: &'a Matcher,
    text: &'a str,
    words: &'a [Word<WordId>],
}

impl Run<'_> {
    /// Returns the longest match, with its number of words.
    fn longest(&self, programs: &[u32]) -> Option<(u32, usize)> {
        let mut ways = self.matcher.settle(programs.iter().copied());
        let (mut longest, mut at) = (None, 0);
        loop {
            if let Some(number) = self.matcher.ended(&ways) {
                longest = Some((number, at));
            }
            let taken = self.words.get(at).and_then(|_| self.take(&ways, at));
            let Some(taken) = taken else {
                return longest.filter(|(_, length)| *length > 0);
            };
            if let Some(number) = taken.ended {
                longest = Some((number, at));
            }
            (ways, at) = (taken.ways, at + taken.words);
        }
    }

    fn take(&self, ways: &Ways, at: usize) -> Option<Taken> {
        let word = self.words[at].id;
        let wanted = self.matcher.wanted(ways);
        if wanted.contains(&word) {
            return Some(Taken::one(self.matcher.after_word(ways, word)));
        }
        self.corrected(ways, &wanted, at).or_else(|| {
            self.matcher
                .reads_any(ways)
                .then(|| Taken::one(self.matcher.after_any(ways)))
        })
    }

    /// Takes the word at `at` for one of `wanted` that is written a little differently.
    fn corrected(&self, ways: &Ways, wanted: &BTreeSet<WordId>, at: usize) -> Option<Taken> {
        let (have, next) = (self.folded(at), self.folded(at + 1));
        wanted.iter().find_map(|id| {
            let want = self.matcher.dictionary.word(*id);
            if is_broken(want, &have, &next) {
                return Some(Taken {
                    words: 2,
                    ..Taken::one(self.matcher.after_word(ways, *id))
                });
            }
            let joined = have.strip_prefix(want).filter(|rest| !rest.is_empty());
            if let Some(taken) = joined.and_then(|rest| self.joined(ways, *id, rest)) {
                return Some(taken);
            }
            is_misspelt(want, &have).then(|| Taken::one(self.matcher.after_word(ways, *id)))
        })
    }

    /// Takes a word for two: `first`, and the `rest` behind it.
    fn joined(&self, ways: &Ways, first: WordId, rest: &str) -> Option<Taken> {
        let between = self.matcher.after_word(ways, first);
        let rest = self.matcher.dictionary.find(rest);
        let ways = if self.matcher.wanted(&between).contains(&rest) {
            self.matcher.after_word(&between, rest)
        } else if self.matcher.reads_any(&between) {
            self.matcher.after_any(&between)
        } else {
            return None;
        };
        Some(Taken {
            ended: self.matcher.ended(&between),
            ..Taken::one(ways)
        })
    }

    /// Returns the word at `at` as it was written, but for its case.
    fn folded(&self, at: usize) -> String {
        let mut folded = String::new();
        if let Some(word) = self.words.get(at) {
            fold_into(&mut folded, &self.text[word.start..word.end]);
        }
        folded
    }
}
