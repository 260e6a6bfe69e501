//! A text as words: what is left when case, punctuation, markup and spacing do not count.

use super::markup::markup_bytes;

/// A word of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<T> {
    /// What the word is.
    pub(super) id: T,
    /// Where it begins in the text, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// Words that stand for one another so often that they count as one.
const SAME: [(&str, &str); 7] = [
    ("are", "is"),
    ("them", "it"),
    ("they", "it"),
    ("these", "the"),
    ("this", "the"),
    ("those", "the"),
    ("copies", "copy"),
];

const COPYRIGHT: &str = "copyright";

/// Splits `text`, and has `number` name each word in its plain form.
pub(super) fn split<T: Copy + PartialEq>(
    text: &str,
    mut number: impl FnMut(&str) -> T,
) -> Vec<Word<T>> {
    let mut words: Vec<Word<T>> = Vec::new();
    let mut folded = String::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        if let Some(bytes) = markup_bytes(rest) {
            if rest.starts_with("&copy;") {
                push(&mut words, COPYRIGHT, start..start + bytes, &mut number);
            }
            start += bytes;
            continue;
        }
        if !starts_word(first) {
            start += first.len_utf8();
            continue;
        }
        let length = word_bytes(rest, first);
        fold_into(&mut folded, &rest[..length]);
        let (mut from, mut to) = (start, start + length);
        start = to;
        if is_bracketed_c(text, &folded, from, to) {
            (from, to) = (from - 1, to + 1);
            start = to;
            COPYRIGHT.clone_into(&mut folded);
        }
        push(&mut words, plain(&folded), from..to, &mut number);
    }
    words
}

/// Writes the folded form of `word`: in lower case, without accents on vowels, brackets dropped.
pub(super) fn fold_into(folded: &mut String, word: &str) {
    folded.clear();
    for char in word.chars() {
        match char {
            'a'..='z' | '0'..='9' => folded.push(char),
            'A'..='Z' => folded.push(char.to_ascii_lowercase()),
            'á' | 'à' | 'Á' | 'À' => folded.push('a'),
            'é' | 'è' | 'É' | 'È' => folded.push('e'),
            'í' | 'ì' | 'Í' | 'Ì' => folded.push('i'),
            'ó' | 'ò' | 'Ó' | 'Ò' => folded.push('o'),
            'ú' | 'ù' | 'Ú' | 'Ù' => folded.push('u'),
            '(' | ')' => {}
            other => folded.extend(other.to_lowercase()),
        }
    }
}

fn push<T: Copy + PartialEq>(
    words: &mut Vec<Word<T>>,
    word: &str,
    range: std::ops::Range<usize>,
    number: &mut impl FnMut(&str) -> T,
) {
    let id = number(word);
    // "Copyright ©" is one word.
    let again = word == COPYRIGHT && words.last().is_some_and(|last| last.id == id);
    if !again {
        words.push(Word {
            id,
            start: range.start,
            end: range.end,
        });
    }
}

fn plain(folded: &str) -> &str {
    match folded {
        "https" => "http",
        "©" => COPYRIGHT,
        word => SAME
            .iter()
            .find(|(other, _)| *other == word)
            .map_or(word, |(_, plain)| plain),
    }
}

/// Returns how long the word at the start of `rest` is; "notice(s)" is one, "©1996" are two.
fn word_bytes(rest: &str, first: char) -> usize {
    if first == '©' {
        return first.len_utf8();
    }
    let end = rest
        .char_indices()
        .find(|(_, char)| !continues_word(*char))
        .map_or(rest.len(), |(end, _)| end);
    if rest[end..].starts_with("(s)") {
        end + "(s)".len()
    } else {
        end
    }
}

fn is_bracketed_c(text: &str, folded: &str, from: usize, to: usize) -> bool {
    folded == "c" && text[..from].ends_with('(') && text[to..].starts_with(')')
}

fn starts_word(char: char) -> bool {
    char.is_alphanumeric() || char == '©'
}

fn continues_word(char: char) -> bool {
    char.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_punctuation_and_markup_do_not_count() {
        let cases = [
            ("The Software, \"AS IS\"", "the software as is"),
            ("These are copies", "the is copy"),
            ("Copyright (c) 2020", "copyright 2020"),
            ("Copyright © 2020; ©1996", "copyright 2020 copyright 1996"),
            ("&copy; 2020 &quot;x&#34;", "copyright 2020 x"),
            ("notice(s) and c)", "notices and c"),
            ("<b>QUÉBEC</b> <me@example.com>", "quebec me example com"),
            ("# Title {#anchor} [x](https://x.y/z)", "title x"),
            ("https://example.com", "http example com"),
            ("", ""),
        ];
        for (text, expected) in cases {
            let mut seen = Vec::new();
            let words = split(text, |word| {
                seen.push(word.to_owned());
                seen.iter().position(|known| known == word)
            });
            let words: Vec<&str> = words
                .iter()
                .map(|word| seen[word.id.unwrap()].as_str())
                .collect();
            assert_eq!(words.join(" "), expected, "{text:?}");
        }
    }
}
