//! Bytes against bytes.

use std::io::{self, BufReader, Read};

use schemars::JsonSchema;
use serde::Serialize;

/// Which bytes of a file differ.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByteDifference {
    /// Where the first differing byte is, from 0.
    pub first: u64,
    /// How many bytes differ, those that only one side has among them.
    pub count: u64,
    /// The first ranges of them; what lies close together is one range.
    pub ranges: Vec<ByteRange>,
    /// How many more ranges there are.
    pub more_ranges: u64,
    /// The sections of an executable that differ, in the order of the file.
    pub sections: Vec<SectionDifference>,
    /// The text around the first differing byte in A, where it is text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_a: Option<String>,
    /// The text around it in B.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text_b: Option<String>,
}

/// A range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ByteRange {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
}

/// A section of an executable that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SectionDifference {
    /// Its name, `.rodata`.
    pub name: String,
    /// The number of its bytes in A, where A has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_a: Option<u64>,
    /// The number of its bytes in B, where B has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_b: Option<u64>,
    /// Where its first differing byte is, from its beginning, where both have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
}

/// Bytes at the same place that are fewer than this apart belong to one range.
const GAP_BYTES: u64 = 16;

/// How many ranges are listed.
const RANGES: usize = 8;

const CHUNK_BYTES: usize = 64 << 10;

impl ByteDifference {
    fn note(&mut self, start: u64, end: u64) {
        if self.count == 0 {
            self.first = start;
        }
        self.count += end - start;
    }

    fn list(&mut self, closed: Option<ByteRange>) {
        match closed {
            Some(range) if self.ranges.len() < RANGES => self.ranges.push(range),
            Some(_) => self.more_ranges += 1,
            None => {}
        }
    }
}

/// Compares what both readers give, to their ends; `None` where it is the same. What only one of
/// them has counts as different.
///
/// # Errors
/// Those of the readers.
pub(super) fn byte_difference(a: impl Read, b: impl Read) -> io::Result<Option<ByteDifference>> {
    let (mut a, mut b) = (BufReader::new(a), BufReader::new(b));
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    let mut difference = ByteDifference::default();
    let mut open: Option<ByteRange> = None;
    let mut at = 0;
    loop {
        fill(&mut a, &mut of_a)?;
        fill(&mut b, &mut of_b)?;
        for (start, end) in runs(&of_a, &of_b) {
            let (start, end) = (at + start, at + end);
            difference.note(start, end);
            open = match open.take() {
                Some(range) if start - range.end < GAP_BYTES => Some(ByteRange { end, ..range }),
                closed => {
                    difference.list(closed);
                    Some(ByteRange { start, end })
                }
            };
        }
        at += of_a.len().max(of_b.len()) as u64;
        if of_a.is_empty() && of_b.is_empty() {
            break;
        }
    }
    difference.list(open);
    Ok((difference.count > 0).then_some(difference))
}

fn fill(from: &mut impl Read, chunk: &mut Vec<u8>) -> io::Result<()> {
    chunk.clear();
    from.take(CHUNK_BYTES as u64).read_to_end(chunk)?;
    Ok(())
}

/// Returns the runs of differing bytes in two chunks.
fn runs(a: &[u8], b: &[u8]) -> Vec<(u64, u64)> {
    if a == b {
        return Vec::new();
    }
    let mut runs: Vec<(u64, u64)> = Vec::new();
    let length = a.len().max(b.len());
    for at in (0..length).filter(|&at| a.get(at) != b.get(at)) {
        let at = at as u64;
        match runs.last_mut() {
            Some(last) if last.1 == at => last.1 += 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

/// Returns the text that `window` holds around its byte `at`: what surrounds it without a break;
/// `None` where that is no text.
pub(super) fn text_around(window: &[u8], at: usize) -> Option<String> {
    const SHORTEST: usize = 4;
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | 0x80..);
    let (before, after) = window.split_at_checked(at)?;
    let start = before
        .iter()
        .rposition(|byte| !is_text(byte))
        .map_or(0, |break_at| break_at + 1);
    let end = after
        .iter()
        .position(|byte| !is_text(byte))
        .unwrap_or(after.len());
    // A window may begin and end within a character.
    let text = String::from_utf8_lossy(&window[start..at + end]);
    let text = text.trim_matches(char::REPLACEMENT_CHARACTER);
    let is_readable = text.len() >= SHORTEST && !text.contains(char::REPLACEMENT_CHARACTER);
    is_readable.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first differing byte, the number of them, and the ends of their ranges.
    type Found = (u64, u64, Vec<(u64, u64)>);

    fn compared(a: &[u8], b: &[u8]) -> Option<Found> {
        byte_difference(a, b).unwrap().map(|found| {
            let ranges = found.ranges.iter().map(|range| (range.start, range.end));
            (found.first, found.count, ranges.collect())
        })
    }

    #[test]
    fn differing_bytes_are_found_in_ranges() {
        assert_eq!(compared(b"same", b"same"), None);
        assert_eq!(compared(b"abc", b"aXc"), Some((1, 1, vec![(1, 2)])));
        assert_eq!(compared(b"abc", b"abcde"), Some((3, 2, vec![(3, 5)])));
        assert_eq!(compared(b"", b"x"), Some((0, 1, vec![(0, 1)])));
        let mut other = vec![0; 100];
        (other[3], other[9], other[60]) = (1, 1, 1);
        assert_eq!(
            compared(&[0; 100], &other),
            Some((3, 3, vec![(3, 10), (60, 61)]))
        );
    }

    #[test]
    fn ranges_go_on_beyond_chunks_and_are_counted_where_they_are_many() {
        let a = vec![0; CHUNK_BYTES * 2];
        let mut b = a.clone();
        b[CHUNK_BYTES - 2..CHUNK_BYTES + 2].fill(1);
        let (start, end) = (CHUNK_BYTES as u64 - 2, CHUNK_BYTES as u64 + 2);
        assert_eq!(compared(&a, &b), Some((start, 4, vec![(start, end)])));
        let mut b = a.clone();
        b.iter_mut()
            .step_by(100)
            .take(20)
            .for_each(|byte| *byte = 1);
        let found = byte_difference(a.as_slice(), b.as_slice())
            .unwrap()
            .unwrap();
        assert_eq!((found.ranges.len(), found.more_ranges), (RANGES, 12));
    }

    #[test]
    fn text_around_a_byte_is_shown_where_it_is_text() {
        let text = |window: &[u8], at| text_around(window, at);
        assert_eq!(text(b"\0\0v1.2.3\0", 4).as_deref(), Some("v1.2.3"));
        assert_eq!(text(b"line one\nline two", 12).as_deref(), Some("line two"));
        assert_eq!(
            text("gr\u{fc}n".as_bytes(), 3).as_deref(),
            Some("gr\u{fc}n")
        );
        assert_eq!(text(b"\0\x01\x02abcdef", 1), None);
        assert_eq!(text(b"ab\0", 1), None);
        assert_eq!(text(b"ab", 7), None);
        assert_eq!(text(b"\xff\xfe\xfd\xfc\xfb", 2), None);
    }
}
