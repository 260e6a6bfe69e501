//! Scalars that are written as blocks: `image: >-`, and the value on a line of its own.

use std::ops::Range;

use super::scalar::Places;

/// Finds the bytes of a block's value of one line, and of the indicators that have to say that no line
/// feed follows it.
pub(super) fn block_places(text: &str, span: Range<usize>, value: &str) -> Option<Places> {
    let word = value.trim_end();
    let blanks = value.get(word.len()..)?;
    let line_blanks = blanks.trim_end_matches('\n');
    // What goes on after the first line may be text that the value would lose.
    if word.is_empty() || word.contains('\n') || line_blanks.contains('\n') {
        return None;
    }
    let raw = text.get(span.clone())?;
    let at = span.start + raw.rfind(word)?;
    let value_range = at..at + word.len() + line_blanks.len();
    if blanks == line_blanks {
        return Some(Places {
            value: value_range,
            indicators: None,
        });
    }
    let (indicators, written) = indicators(text, at)?;
    let kept: String = written
        .chars()
        .filter(|c| !matches!(c, '+' | '-'))
        .collect();
    Some(Places {
        value: value_range,
        indicators: Some((indicators, format!("{kept}-"))),
    })
}

/// Finds the indicators of the block whose content begins at `content`: `|`, `>2+` and the like at the
/// end of the line before.
fn indicators(text: &str, content: usize) -> Option<(Range<usize>, &str)> {
    let line_start = text.get(..content)?.rfind('\n')?;
    let before = text.get(..line_start)?;
    let header_start = before.rfind('\n').map_or(0, |at| at + 1);
    let header = before.get(header_start..)?;
    let mut found = header.match_indices(['|', '>']).filter_map(|(at, _)| {
        let rest = header.get(at..)?;
        let length = rest.find(|c: char| !matches!(c, '|' | '>' | '+' | '-' | '0'..='9'));
        let (written, after) = rest.split_at(length.unwrap_or(rest.len()));
        let after = after.trim_end();
        let is_comment = after.starts_with([' ', '\t']) && after.trim_start().starts_with('#');
        let is_end = after.is_empty() || is_comment;
        (is_end && written.len() <= 3).then_some((at, written))
    });
    let (at, written) = found.next()?;
    // A comment, or a key in quotes, that looks like a block's head leaves no way to tell.
    if found.next().is_some() {
        return None;
    }
    let start = header_start + at;
    Some((start..start + written.len(), written))
}
