//! One blob out of a registry, which goes on where it broke off: distribution-spec v1.1, "Pulling
//! blobs", and RFC 9110, 14, "Range Requests".

use crate::model::ForeignText;

/// The download of one blob, of which some bytes may be here. Their digest is the caller's to check,
/// once all are.
#[derive(Debug)]
pub struct Download {
    size_bytes: u64,
    kept_bytes: u64,
}

/// Where the bytes of an answer belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// They begin with the first: what is here is of no use.
    FromStart,
    /// They follow what is here.
    Appended,
    /// There are none: the question must be asked again, for all of them.
    Nowhere,
}

/// Why there are no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The answer is no.
    #[error("it answered {0}")]
    Refused(u16),
    /// The answer has other bytes than were asked for.
    #[error("it sends other bytes than it was asked for, expected bytes {expected}, found {found}")]
    OtherRange {
        /// What was asked for.
        expected: String,
        /// What came.
        found: ForeignText,
    },
}

impl Download {
    /// Begins a blob of so many bytes.
    pub fn new(size_bytes: u64) -> Self {
        Self {
            size_bytes,
            kept_bytes: 0,
        }
    }

    /// Returns the value of `Range` to ask with; `None` to ask for all.
    pub fn range(&self) -> Option<String> {
        (self.kept_bytes > 0).then(|| format!("bytes={}-", self.kept_bytes))
    }

    /// Tells whether all bytes are here.
    pub fn is_whole(&self) -> bool {
        self.kept_bytes == self.size_bytes
    }

    /// Returns how many bytes are missing.
    pub fn missing_bytes(&self) -> u64 {
        self.size_bytes - self.kept_bytes
    }

    /// Takes note of bytes that are here now.
    pub fn kept(&mut self, bytes: u64) {
        self.kept_bytes += bytes;
    }

    /// Goes on after an answer with this status and this `Content-Range`.
    ///
    /// # Errors
    /// When its bytes cannot be used.
    pub fn answered(
        &mut self,
        status: u16,
        content_range: Option<&str>,
    ) -> Result<Placement, DownloadError> {
        let is_part = self.kept_bytes > 0;
        match status {
            200 => {
                self.kept_bytes = 0;
                Ok(Placement::FromStart)
            }
            206 if is_part => self.check(content_range).map(|()| Placement::Appended),
            416 if is_part => {
                self.kept_bytes = 0;
                Ok(Placement::Nowhere)
            }
            _ => Err(DownloadError::Refused(status)),
        }
    }

    /// Bytes from elsewhere in the blob would only be found out at its end.
    fn check(&self, content_range: Option<&str>) -> Result<(), DownloadError> {
        let last = self.size_bytes - 1;
        let expected = format!("{}-{last}", self.kept_bytes);
        let found = content_range.unwrap_or_default();
        let range = found.strip_prefix("bytes ").unwrap_or_default().trim();
        let is_asked_for = range
            .split_once('/')
            .is_some_and(|(bytes, all)| bytes == expected && self.is_size(all));
        if is_asked_for {
            return Ok(());
        }
        Err(DownloadError::OtherRange {
            expected: format!("{expected}/{}", self.size_bytes),
            found: ForeignText::new(if found.is_empty() { "nothing" } else { found }),
        })
    }

    fn is_size(&self, all: &str) -> bool {
        all == "*" || all.parse() == Ok(self.size_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken_at(kept_bytes: u64) -> Download {
        let mut download = Download::new(100);
        assert_eq!(download.range(), None);
        assert_eq!(download.answered(200, None), Ok(Placement::FromStart));
        download.kept(kept_bytes);
        download
    }

    #[test]
    fn a_download_goes_on_where_it_broke_off() {
        for range in ["bytes 40-99/100", "bytes 40-99/*"] {
            let mut download = broken_at(40);
            assert_eq!(download.range().as_deref(), Some("bytes=40-"));
            let placed = download.answered(206, Some(range));
            assert_eq!(placed, Ok(Placement::Appended), "{range}");
            assert_eq!(download.missing_bytes(), 60);
            download.kept(60);
            assert!(download.is_whole());
        }
    }

    #[test]
    fn a_registry_that_sends_no_parts_begins_again() {
        let mut download = broken_at(40);
        assert_eq!(download.answered(200, None), Ok(Placement::FromStart));
        assert_eq!(download.missing_bytes(), 100);
        let mut download = broken_at(40);
        assert_eq!(download.answered(416, None), Ok(Placement::Nowhere));
        assert_eq!(download.range(), None);
        assert_eq!(
            download.answered(416, None),
            Err(DownloadError::Refused(416))
        );
    }

    #[test]
    fn bytes_from_elsewhere_are_refused() {
        for range in [
            None,
            Some(""),
            Some("bytes 0-99/100"),
            Some("bytes 41-99/100"),
            Some("bytes 40-98/100"),
            Some("bytes 40-99/101"),
            Some("bytes 40-99"),
            Some("bytes */100"),
            Some("40-99/100"),
        ] {
            let refused = broken_at(40).answered(206, range);
            assert!(
                matches!(refused, Err(DownloadError::OtherRange { .. })),
                "{range:?}"
            );
        }
        // Nobody asked for a part.
        assert_eq!(
            broken_at(0).answered(206, Some("bytes 0-99/100")),
            Err(DownloadError::Refused(206))
        );
    }
}
