//! A scalar, and the bytes that hold its value.

use std::ops::Range;

use granit_parser::ScalarStyle;

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
    /// Finds the bytes of a scalar of `style` whose `value` is written as `span` of `text`, without the anchor and the
    /// tag before it.
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

    /// Sees to it that its value can be replaced where it stands.
    ///
    /// # Errors
    /// When it cannot.
    pub fn check(&self) -> Result<(), ManifestError> {
        /// What can be put in the place of any scalar.
        const SAMPLE: &str = "image";
        self.edits(SAMPLE).map(drop)
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
    // A value of several lines is written otherwise than it reads; an empty one stands nowhere.
    let is_written = text.get(span.clone())? == value && !value.is_empty();
    is_written.then_some(Places {
        value: span,
        indicators: None,
    })
}

fn quoted_places(text: &str, span: Range<usize>, quote: char) -> Option<Places> {
    let inside = text.get(span.clone())?.strip_prefix(quote)?;
    inside.strip_suffix(quote)?;
    Some(Places {
        value: span.start + 1..span.end - 1,
        indicators: None,
    })
}
