//! The string variables of a package that the linker can set with `-X`.
//!
//! `go doc cmd/link`, "-X": "only effective if the variable is declared in the source code either
//! uninitialized or initialized to a constant string expression".

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::Token;

/// The constants that a string is put together from; none where it is literals alone.
type Parts = BTreeSet<String>;

/// The string variables and constants that a package declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::facts) struct Strings {
    variables: BTreeMap<String, Parts>,
    constants: BTreeMap<String, Parts>,
}

impl Strings {
    /// Takes what follows `var` in one declaration.
    pub(super) fn declare_variables(&mut self, declaration: &[Token<'_>]) {
        self.variables.extend(strings(declaration));
    }

    /// Takes what follows `const` in one declaration.
    pub(super) fn declare_constants(&mut self, declaration: &[Token<'_>]) {
        self.constants.extend(strings(declaration));
    }

    /// Takes the declarations of another file of the package.
    pub(in crate::facts) fn extend(&mut self, other: Self) {
        self.variables.extend(other.variables);
        self.constants.extend(other.constants);
    }

    /// Returns the variables that the linker can set.
    pub(in crate::facts) fn stampable(&self) -> BTreeSet<String> {
        let constants = self.string_constants();
        self.variables
            .iter()
            .filter(|(name, parts)| *name != "_" && parts.is_subset(&constants))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Returns the constants that come down to literals, through however many others.
    fn string_constants(&self) -> BTreeSet<String> {
        let mut known = BTreeSet::new();
        loop {
            let more: BTreeSet<String> = self
                .constants
                .iter()
                .filter(|(name, parts)| !known.contains(*name) && parts.is_subset(&known))
                .map(|(name, _)| name.clone())
                .collect();
            if more.is_empty() {
                return known;
            }
            known.extend(more);
        }
    }
}

/// Returns the names of one declaration that are strings: `a, b string`, `a = "x"`,
/// `a, b string = "x", y + "z"`.
fn strings(declaration: &[Token<'_>]) -> Vec<(String, Parts)> {
    let (left, values) = match split_once(declaration, b'=') {
        Some((left, right)) => (left, Some(split(right, b','))),
        None => (declaration, None),
    };
    let (names, is_typed) = names_and_type(left);
    let parts: Vec<Option<Parts>> = match values {
        None if is_typed => vec![Some(Parts::new()); names.len()],
        Some(values) if values.len() == names.len() => values.into_iter().map(parts_of).collect(),
        _ => return Vec::new(),
    };
    names
        .into_iter()
        .zip(parts)
        .filter_map(|(name, parts)| Some((name.to_owned(), parts?)))
        .collect()
}

/// Returns the names before a declaration's `=`, and whether `string` follows; no names where
/// another type does.
fn names_and_type<'a>(left: &[Token<'a>]) -> (Vec<&'a str>, bool) {
    let (list, is_typed) = match left {
        [list @ .., Token::Name(_), Token::Name("string")] => (&left[..=list.len()], true),
        list => (list, false),
    };
    let names = split(list, b',').into_iter().map(|name| match name {
        [Token::Name(name)] => Some(*name),
        _ => None,
    });
    (names.collect::<Option<_>>().unwrap_or_default(), is_typed)
}

/// Returns what a value is put together from, where it is literals and names joined by `+`.
fn parts_of(value: &[Token<'_>]) -> Option<Parts> {
    let mut parts = Parts::new();
    for operand in split(value, b'+') {
        match operand {
            [Token::Text(_)] => {}
            [Token::Name(name)] => {
                parts.insert((*name).to_owned());
            }
            _ => return None,
        }
    }
    Some(parts)
}

fn split<'t, 'a>(tokens: &'t [Token<'a>], at: u8) -> Vec<&'t [Token<'a>]> {
    tokens.split(|token| *token == Token::Symbol(at)).collect()
}

fn split_once<'t, 'a>(
    tokens: &'t [Token<'a>],
    at: u8,
) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let index = tokens
        .iter()
        .position(|token| *token == Token::Symbol(at))?;
    Some((&tokens[..index], &tokens[index + 1..]))
}
