//! The words of all patterns, as numbers.

/// The number of a word; words that are in no pattern have none of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct WordId(pub(super) u32);

impl WordId {
    /// A word that is in no pattern.
    pub(super) const UNKNOWN: Self = Self(u32::MAX);
}

/// Words by number, and numbers by word.
#[derive(Debug)]
pub(super) struct Dictionary {
    words: Vec<String>,
    /// Numbers of words by what [`bucket_of`] says: half a million words are looked up when the
    /// patterns are read, for which a `BTreeMap` takes twice as long, 100 ms.
    buckets: Vec<Vec<u32>>,
}

/// As many as there are words, about.
const BUCKETS: usize = 1 << 14;

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            words: Vec::new(),
            buckets: vec![Vec::new(); BUCKETS],
        }
    }
}

impl Dictionary {
    /// Returns the number of `word`, which is known from now on.
    pub(super) fn learn(&mut self, word: &str) -> WordId {
        match self.find(word) {
            WordId::UNKNOWN => {
                let number = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
                self.words.push(word.to_owned());
                self.buckets[bucket_of(word)].push(number);
                WordId(number)
            }
            known => known,
        }
    }

    /// Returns the number of `word`.
    pub(super) fn find(&self, word: &str) -> WordId {
        let mut bucket = self.buckets[bucket_of(word)].iter();
        let found = bucket.find(|number| self.words[**number as usize] == word);
        found.map_or(WordId::UNKNOWN, |number| WordId(*number))
    }

    /// Returns the word of a number.
    pub(super) fn word(&self, id: WordId) -> &str {
        self.words.get(id.0 as usize).map_or("", String::as_str)
    }
}

fn bucket_of(word: &str) -> usize {
    crc32fast::hash(word.as_bytes()) as usize % BUCKETS
}
