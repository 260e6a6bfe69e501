//! A scalar, and the bytes that hold its value.

use std::ops::Range;

use saphyr_parser::ScalarStyle;

use super::block_scalar::block_places;
use super::{ManifestError, Position};

/// A scalar of a manifest that stands for an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    /// Its value without blanks at its end.
    pub value: String,
    /// Where it begins.
    pub at: Position,
    /// The bytes that hold its value; `None` where they cannot be replaced without a change of what
    /// stands around them.
    places: Option<Places>,
}

/// A new value for a scalar.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The scalar.
    pub scalar: &'a Scalar,
    /// Its new value: a reference to an image, of characters that need no quotes.
    pub value: &'a str,
}

/// The bytes that hold a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    /// Those that the new value takes the place of.
    pub(super) value: Range<usize>,
    /// Those of a block's indicators, and what they become, so that no line feed ends the value.
    pub(super) indicators: Option<(Range<usize>, String)>,
}

impl Scalar {
    /// Finds the bytes of a scalar of `style` whose `value`, with an anchor and a tag before it, is
    /// `span` of `text`.
    pub(super) fn find(
        text: &str,
        span: Range<usize>,
        style: ScalarStyle,
        value: &str,
        at: Position,
    ) -> Self {
        let places = match style {
            ScalarStyle::Plain => plain_places(text, span, value),
            ScalarStyle::SingleQuoted => quoted_places(text, span, '\''),
            ScalarStyle::DoubleQuoted => quoted_places(text, span, '"'),
            ScalarStyle::Literal | ScalarStyle::Folded => block_places(text, span, value),
        };
        Self {
            value: value.trim_end().to_owned(),
            at,
            places,
        }
    }

    /// Tells which bytes become what, in their order.
    pub(super) fn edits<'a>(
        &'a self,
        value: &'a str,
    ) -> Result<impl Iterator<Item = (Range<usize>, &'a str)>, ManifestError> {
        let is_fit = |b: u8| b.is_ascii_alphanumeric() || b"-._/:@+".contains(&b);
        let begins = value
            .bytes()
            .next()
            .is_some_and(|b| b.is_ascii_alphanumeric());
        let places = self
            .places
            .as_ref()
            .filter(|_| begins && value.bytes().all(is_fit));
        let places = places.ok_or_else(|| ManifestError::NotInPlace {
            at: self.at,
            value: self.value.clone(),
        })?;
        let indicators = places.indicators.iter();
        let indicators = indicators.map(|(range, indicators)| (range.clone(), indicators.as_str()));
        Ok(indicators.chain([(places.value.clone(), value)]))
    }
}

fn plain_places(text: &str, span: Range<usize>, value: &str) -> Option<Places> {
    let raw = text.get(span.clone())?;
    // An anchor or a tag may stand before it; an empty value stands nowhere.
    let begins = raw.len().checked_sub(value.len())?;
    (raw.ends_with(value) && !value.is_empty()).then(|| Places {
        value: span.start + begins..span.end,
        indicators: None,
    })
}

fn quoted_places(text: &str, span: Range<usize>, quote: char) -> Option<Places> {
    let mut rest = text.get(span.clone())?;
    while rest.starts_with(['&', '!']) {
        rest = rest
            .trim_start_matches(|c: char| !c.is_whitespace())
            .trim_start();
    }
    let begins = span.end - rest.len();
    let inside = rest.strip_prefix(quote)?;
    // Blanks after it may be counted to it.
    let length = closing(inside, quote)?;
    Some(Places {
        value: begins + 1..begins + 1 + length,
        indicators: None,
    })
}

/// Returns where the quote stands that ends what begins with `inside`.
fn closing(inside: &str, quote: char) -> Option<usize> {
    let mut characters = inside.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if c == '\\' && quote == '"' {
            characters.next();
        } else if c == quote {
            // Two single quotes are one.
            let is_doubled = quote == '\'' && characters.peek().is_some_and(|(_, c)| *c == quote);
            if !is_doubled {
                return Some(at);
            }
            characters.next();
        }
    }
    None
}
