//! The patterns of licences: texts with wildcards, choices and parts that may be missing.

use super::dictionary::{Dictionary, WordId};
use super::words::split;

/// A pattern, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    /// One word after the other.
    Words(Vec<WordId>),
    /// One pattern after the other; none is nothing.
    All(Vec<Self>),
    /// One of several.
    Any(Vec<Self>),
    /// Up to so many words, whatever they are.
    Wild(u32),
    /// A pattern that may be missing.
    Maybe(Box<Self>),
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a pattern: something is wrong {left_bytes} bytes before its end")]
pub(super) struct PatternError {
    left_bytes: usize,
}

impl Pattern {
    /// Parses words, `__N__` for up to N words, `((A || B))`, `((A))??` for what may be missing, and
    /// `//** comments **//`.
    pub(super) fn parse(text: &str, dictionary: &mut Dictionary) -> Result<Self, PatternError> {
        let mut parser = Parser {
            rest: text,
            dictionary,
        };
        let pattern = parser.choice()?;
        if parser.rest.is_empty() {
            Ok(pattern)
        } else {
            Err(parser.fault())
        }
    }

    /// Tells whether no word is needed to match it.
    pub(super) fn can_be_empty(&self) -> bool {
        match self {
            Self::Words(words) => words.is_empty(),
            Self::All(parts) => parts.iter().all(Self::can_be_empty),
            Self::Any(parts) => parts.iter().any(Self::can_be_empty),
            Self::Wild(_) | Self::Maybe(_) => true,
        }
    }
}

const OPERATORS: [&str; 5] = ["((", "||", "))", "??", "//**"];

struct Parser<'a> {
    rest: &'a str,
    dictionary: &'a mut Dictionary,
}

impl Parser<'_> {
    fn choice(&mut self) -> Result<Pattern, PatternError> {
        let mut parts = vec![self.sequence()?];
        while self.take("||") {
            parts.push(self.sequence()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Pattern::Any(parts.into_iter().flat_map(choices).collect()),
        })
    }

    fn sequence(&mut self) -> Result<Pattern, PatternError> {
        let mut parts: Vec<Pattern> = Vec::new();
        loop {
            let end = next_operator(self.rest);
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            let words = split(text, |word| self.dictionary.learn(word));
            if !words.is_empty() {
                add(
                    &mut parts,
                    Pattern::Words(words.into_iter().map(|word| word.id).collect()),
                );
            }
            match self.operator()? {
                Some(part) => add(&mut parts, part),
                None if self.at_end() => break,
                None => {}
            }
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Pattern::All(parts),
        })
    }

    /// Takes what is no word; `None` for a comment, and where the sequence ends.
    fn operator(&mut self) -> Result<Option<Pattern>, PatternError> {
        if self.take("//**") {
            let end = self.rest.find("**//").ok_or_else(|| self.fault())?;
            self.rest = &self.rest[end + 4..];
            return Ok(None);
        }
        if self.take("__") {
            let (number, rest) = self.rest.split_once("__").ok_or_else(|| self.fault())?;
            let number = number.parse().map_err(|_| self.fault())?;
            self.rest = rest;
            return Ok(Some(Pattern::Wild(number)));
        }
        if self.take("((") {
            let inner = self.choice()?;
            if !self.take("))") {
                return Err(self.fault());
            }
            self.rest = self.rest.trim_start_matches([' ', '\t']);
            return Ok(Some(if self.take("??") {
                Pattern::Maybe(Box::new(inner))
            } else {
                inner
            }));
        }
        if self.at_end() {
            return Ok(None);
        }
        Err(self.fault())
    }

    fn at_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with("||") || self.rest.starts_with("))")
    }

    fn take(&mut self, token: &str) -> bool {
        let taken = self.rest.strip_prefix(token);
        self.rest = taken.unwrap_or(self.rest);
        taken.is_some()
    }

    fn fault(&self) -> PatternError {
        PatternError {
            left_bytes: self.rest.len(),
        }
    }
}

/// Returns where the next operator begins.
fn next_operator(text: &str) -> usize {
    let mut from = 0;
    while let Some(found) = text[from..].find(['(', '|', ')', '?', '/', '_']) {
        let at = from + found;
        let rest = &text[at..];
        let is_operator = match rest.strip_prefix("__") {
            Some(number) => is_wildcard(number),
            None => OPERATORS.iter().any(|operator| rest.starts_with(operator)),
        };
        if is_operator {
            return at;
        }
        from = at + 1;
    }
    text.len()
}

fn is_wildcard(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && text[digits..].starts_with("__")
}

/// A sequence in a sequence is part of it, and so are words after words.
fn add(parts: &mut Vec<Pattern>, part: Pattern) {
    match (parts.last_mut(), part) {
        (Some(Pattern::Words(words)), Pattern::Words(more)) => words.extend(more),
        (_, Pattern::All(inner)) if !inner.is_empty() => parts.extend(inner),
        (_, part) => parts.push(part),
    }
}

fn choices(pattern: Pattern) -> Vec<Pattern> {
    match pattern {
        Pattern::Any(parts) => parts,
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(pattern: &Pattern, dictionary: &Dictionary) -> String {
        let list = |parts: &[Pattern]| {
            let shown = parts.iter().map(|part| show(part, dictionary));
            shown.collect::<Vec<_>>()
        };
        match pattern {
            Pattern::Words(words) => {
                let words = words.iter().map(|id| dictionary.word(*id));
                words.collect::<Vec<_>>().join("-")
            }
            Pattern::All(parts) => format!("[{}]", list(parts).join(" ")),
            Pattern::Any(parts) => format!("({})", list(parts).join("|")),
            Pattern::Wild(number) => format!("*{number}"),
            Pattern::Maybe(part) => format!("{}?", show(part, dictionary)),
        }
    }

    #[test]
    fn patterns_are_taken_apart() {
        let cases = [
            ("Now is the\n time", "now-is-the-time"),
            ("a ((b))?? c", "[a b? c]"),
            ("a ((b || c d || ((e || f)) )) g", "[a (b|c-d|e|f) g]"),
            ("a //** x ((y **// b __12__ c", "[a-b *12 c]"),
            ("a ((b c)) d", "a-b-c-d"),
            ("a__b __1__ c", "[a-b *1 c]"),
            ("a (( || b ))", "[a ([]|b)]"),
        ];
        for (text, expected) in cases {
            let mut dictionary = Dictionary::default();
            let pattern = Pattern::parse(text, &mut dictionary).unwrap();
            assert_eq!(show(&pattern, &dictionary), expected, "{text}");
        }
    }

    #[test]
    fn what_is_open_or_closed_too_much_is_no_pattern() {
        for text in ["a ((b", "a b))", "a || b ))", "a ??", "//** x"] {
            let parsed = Pattern::parse(text, &mut Dictionary::default());
            assert!(parsed.is_err(), "{text}");
        }
    }
}
