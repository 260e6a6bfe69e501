//! The words of all patterns, as numbers.

#![expect(
    clippy::disallowed_types,
    reason = "words are only looked up, half a million of them when patterns are read"
)]

use std::collections::HashMap;

/// The number of a word; words that are in no pattern have none of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WordId(pub(super) u32);

impl WordId {
    /// A word that is in no pattern.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);
}

/// Words by number, and numbers by word.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    numbers: HashMap<String, u32>,
    words: Vec<String>,
}

impl Dictionary {
    /// Returns the number of `word`, which is known from now on.
    pub(super) fn learn(&mut self, word: &str) -> WordId {
        if let Some(number) = self.numbers.get(word) {
            return WordId(*number);
        }
        let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX - 1);
        self.words.push(word.to_owned());
        self.numbers.insert(word.to_owned(), number);
        WordId(number)
    }

    /// Returns the number of `word`.
    pub(super) fn find(&self, word: &str) -> WordId {
        self.numbers
            .get(word)
            .map_or(WordId::UNKNOWN, |number| WordId(*number))
    }

    /// Returns the word of a number.
    pub(super) fn word(&self, id: WordId) -> &str {
        self.words.get(id.0 as usize).map_or("", String::as_str)
    }
}
