//! Lists of arguments in one argument, as the go command splits them.

/// Why an argument cannot be one of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} cannot be handed to the linker: it holds a NUL, or spaces or a first quote with both ' and \" in it"
)]
pub struct QuotingError(String);

/// Joins `arguments` so that the go command splits them again, `cmd/internal/quoted`: a word that
/// begins with a quote ends with the same, and nothing can be escaped in it.
pub(super) fn quote<'a>(
    arguments: impl IntoIterator<Item = &'a str>,
) -> Result<String, QuotingError> {
    let quoted: Result<Vec<String>, QuotingError> = arguments.into_iter().map(quote_one).collect();
    Ok(quoted?.join(" "))
}

fn quote_one(argument: &str) -> Result<String, QuotingError> {
    let is_plain = !argument.is_empty()
        && !argument.contains([' ', '\t', '\n', '\r'])
        && !argument.starts_with(['\'', '"']);
    // No process takes a NUL.
    if argument.contains('\0') {
        Err(QuotingError(argument.to_owned()))
    } else if is_plain {
        Ok(argument.to_owned())
    } else if !argument.contains('\'') {
        Ok(format!("'{argument}'"))
    } else if !argument.contains('"') {
        Ok(format!("\"{argument}\""))
    } else {
        Err(QuotingError(argument.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As `quoted.Split` of the go command does it.
    fn split(mut text: &str) -> Vec<String> {
        let mut words = Vec::new();
        loop {
            text = text.trim_start_matches([' ', '\t', '\n', '\r']);
            let Some(first) = text.chars().next() else {
                return words;
            };
            let (word, rest) = if matches!(first, '\'' | '"') {
                text[1..].split_once(first).unwrap()
            } else {
                let end = text.find([' ', '\t', '\n', '\r']).unwrap_or(text.len());
                text.split_at(end)
            };
            words.push(word.to_owned());
            text = rest;
        }
    }

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        let words = ["-X", "main.v=it's", "main.m=a b", "main.q=it's so", ""];
        let line = "-X main.v=it's 'main.m=a b' \"main.q=it's so\" ''";
        assert_eq!(quote(words).unwrap(), line);
        assert_eq!(split(line), words);
    }

    #[test]
    fn what_cannot_be_passed_is_refused() {
        for word in ["it's \"so\"", "a\0b", "'\""] {
            assert!(quote([word]).is_err(), "{word:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(words in prop::collection::vec("[a-z'\" \t\n=\\\\é]{0,8}", 0..5)) {
            if let Ok(line) = quote(words.iter().map(String::as_str)) {
                prop_assert_eq!(split(&line), words);
            }
        }
    }
}
