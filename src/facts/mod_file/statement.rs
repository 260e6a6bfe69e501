//! The syntax that go.mod and go.work share: statements in lines, and blocks of them.
//!
//! Go modules reference, "go.mod files", "Lexical elements" and "Grammar".

use std::str::FromStr;

/// A value and the line that it stands in, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// The line.
    pub line: usize,
}

/// What is wrong with a go.mod or go.work file, and in which line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ModFileError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// One directive: its verb and what follows, blocks taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) line: usize,
    pub(super) verb: String,
    pub(super) arguments: Vec<String>,
    /// What stands behind `//` at its end, without blanks around it.
    pub(super) comment: String,
}

impl Statement {
    /// Says what is wrong with this statement.
    pub(super) fn wrong(&self, message: impl std::fmt::Display) -> ModFileError {
        ModFileError {
            line: self.line,
            message: message.to_string(),
        }
    }

    /// Returns the only argument.
    pub(super) fn only(&self) -> Result<&str, ModFileError> {
        match self.arguments.as_slice() {
            [argument] => Ok(argument),
            others => Err(self.wrong(format!(
                "{:?} takes one argument, found {}",
                self.verb,
                others.len()
            ))),
        }
    }

    /// Returns what the only argument means.
    pub(super) fn only_as<T>(&self) -> Result<Located<T>, ModFileError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        self.parse(self.only()?)
    }

    /// Returns what `argument` means, with this statement's line.
    pub(super) fn parse<T>(&self, argument: &str) -> Result<Located<T>, ModFileError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        let value = argument.parse().map_err(|error| self.wrong(error))?;
        Ok(Located {
            value,
            line: self.line,
        })
    }
}

/// Takes `text` apart.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, ModFileError> {
    let mut found = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (line, text) in (1..).zip(text.lines()) {
        let wrong = |message: &str| ModFileError {
            line,
            message: message.to_owned(),
        };
        let (words, comment) = words(text).map_err(wrong)?;
        match (&block, words.as_slice()) {
            (_, []) | (None, [Word::Text(_), Word::Open, Word::Close]) => {}
            (None, [Word::Text(verb), Word::Open]) => block = Some((line, verb.clone())),
            (Some(_), [Word::Close]) => block = None,
            (None, [Word::Close, ..]) => return Err(wrong("')' closes nothing")),
            (block, words) => {
                let verb = block.iter().map(|(_, verb)| verb);
                let statement = statement(line, verb, words, comment);
                found.push(statement.ok_or(wrong("unexpected '(' or ')'"))?);
            }
        }
    }
    match block {
        Some((line, verb)) => Err(ModFileError {
            line,
            message: format!("the block of {verb:?} is not closed"),
        }),
        None => Ok(found),
    }
}

fn statement<'a>(
    line: usize,
    verb: impl Iterator<Item = &'a String>,
    words: &'a [Word],
    comment: &str,
) -> Option<Statement> {
    let words = words.iter().map(|word| match word {
        Word::Text(text) => Some(text),
        Word::Open | Word::Close => None,
    });
    let mut words = verb.map(Some).chain(words).map(Option::<&String>::cloned);
    Some(Statement {
        line,
        verb: words.next()??,
        arguments: words.collect::<Option<_>>()?,
        comment: comment.to_owned(),
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Open,
    Close,
}

/// Splits a line into words and the comment that ends it.
fn words(line: &str) -> Result<(Vec<Word>, &str), &'static str> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !(rest.is_empty() || rest.starts_with("//")) {
        let (word, length) = match rest.as_bytes()[0] {
            b'(' => (Word::Open, 1),
            b')' => (Word::Close, 1),
            b'"' => interpreted(rest)?,
            b'`' => raw(rest)?,
            _ => bare(rest),
        };
        words.push(word);
        rest = rest[length..].trim_start();
    }
    Ok((words, rest.trim_start_matches('/').trim()))
}

fn bare(text: &str) -> (Word, usize) {
    let end = text
        .char_indices()
        .find(|&(at, c)| c.is_whitespace() || "()\"`".contains(c) || text[at..].starts_with("//"))
        .map_or(text.len(), |(at, _)| at);
    (Word::Text(text[..end].to_owned()), end)
}

fn raw(text: &str) -> Result<(Word, usize), &'static str> {
    let end = text[1..]
        .find('`')
        .ok_or("a string is not closed with '`'")?;
    Ok((Word::Text(text[1..=end].to_owned()), end + 2))
}

/// Module paths and versions need no escape but `\"` and `\\`.
fn interpreted(text: &str) -> Result<(Word, usize), &'static str> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Ok((Word::Text(value), at + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => value.push(escaped),
                _ => return Err("a string holds an escape other than '\\\"' and '\\\\'"),
            },
            c => value.push(c),
        }
    }
    Err("a string is not closed with '\"'")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};

    use super::*;

    fn shown(text: &str) -> Vec<String> {
        statements(text)
            .unwrap()
            .into_iter()
            .map(|s| format!("{}:{} {}", s.line, s.verb, s.arguments.join("|")))
            .collect()
    }

    #[test]
    fn blocks_comments_and_strings_are_taken_apart() {
        let text = "// head\nmodule \"example.com/a b\" // Deprecated: no\n\nrequire (\n\tx v1 // indirect\n\n\t`y` v2\n)\nreplace x v1 => ./x\r\nretract [v1.0.0, v1.1.0]\n";
        assert_eq!(
            shown(text),
            [
                "2:module example.com/a b",
                "5:require x|v1",
                "7:require y|v2",
                "9:replace x|v1|=>|./x",
                "10:retract [v1.0.0,|v1.1.0]",
            ]
        );
        assert_eq!(shown("use(\n./a\n)"), ["2:use ./a"]);
        assert_eq!(shown("use ()"), [""; 0]);
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_line() {
        for (text, line, part) in [
            ("module a\nrequire (\nx v1\n", 2, "not closed"),
            ("a\n)\n", 2, "closes nothing"),
            ("require x (\n", 1, "unexpected"),
            ("\nmodule \"a\n", 2, "not closed with '\"'"),
            ("module `a\n", 1, "not closed with '`'"),
            ("use (\n(\n)\n", 2, "unexpected"),
            ("module \"\\n\"\n", 1, "escape"),
        ] {
            let error = statements(text).unwrap_err();
            assert_eq!(error.line, line, "{text:?}: {error}");
            assert!(error.message.contains(part), "{text:?}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart_or_refused(text in any::<String>()) {
            let _ = statements(&text);
        }
    }
}
