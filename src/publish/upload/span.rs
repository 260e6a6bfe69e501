//! Which bytes of a blob.

/// A run of a blob's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The number of bytes before it.
    pub start: u64,
    /// How many bytes it has.
    pub len: u64,
}

impl Span {
    /// Returns the value of `Content-Range`, as uploads have it: without a unit, both ends within;
    /// `None` for no bytes at all, which it cannot tell.
    pub fn content_range(self) -> Option<String> {
        let last = (self.start + self.len).checked_sub(1)?;
        (self.len > 0).then(|| format!("{}-{last}", self.start))
    }
}

/// Reads how many bytes the header `Range` says have arrived; `None` where it does not tell.
///
/// `0-0` means one byte, and registries say it of none: it does not tell.
pub(super) fn arrived_bytes(range: Option<&str>) -> Option<u64> {
    let range = range?.trim();
    // The unit is not of the specification, and of some registries all the same.
    let range = range.strip_prefix("bytes=").unwrap_or(range);
    let last: u64 = range.strip_prefix("0-")?.parse().ok()?;
    last.checked_add(1).filter(|_| last > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_arrived_is_told_by_the_last_byte() {
        for (range, bytes) in [
            (Some("0-1"), Some(2)),
            (Some("0-1023"), Some(1024)),
            (Some(" bytes=0-1023"), Some(1024)),
            (Some("0-0"), None),
            (Some("1-5"), None),
            (Some("0-"), None),
            (Some("0--1"), None),
            (Some("0-18446744073709551615"), None),
            (Some("0-99999999999999999999"), None),
            (Some(""), None),
            (None, None),
        ] {
            assert_eq!(arrived_bytes(range), bytes, "{range:?}");
        }
    }

    #[test]
    fn a_range_names_its_first_and_its_last_byte() {
        let range = |start, len| Span { start, len }.content_range();
        assert_eq!(range(0, 10).as_deref(), Some("0-9"));
        assert_eq!(range(10, 1).as_deref(), Some("10-10"));
        assert_eq!(range(10, 0), None);
        assert_eq!(range(0, 0), None);
    }
}
