//! The list of what refers to an image, page by page: distribution-spec v1.1, "Listing Referrers".

use std::collections::BTreeSet;

use url::Url;

use super::redirect::{RedirectError, resolve_location};
use super::{ReferrerList, ReferrerListError, next_page};
use crate::model::{ByteSize, limits};

/// A list that is asked for page by page, and what is known of it so far.
#[derive(Debug)]
pub struct ReferrerPages {
    list: ReferrerList,
    bytes: u64,
    asked: BTreeSet<Url>,
}

/// Why pages are no list.
#[derive(Debug, thiserror::Error)]
pub enum ReferrerPagesError {
    /// A page is something else.
    #[error(transparent)]
    List(#[from] ReferrerListError),
    /// The next page is nowhere.
    #[error("the next page cannot be asked for")]
    Next(#[from] RedirectError),
    /// The next page is at another host, which the login is not for.
    #[error("its next page is at {0}, expected the same registry")]
    OtherHost(String),
    /// The next page is one that was there before.
    #[error("it goes in a circle: its next page is one that was there before")]
    Circle,
    /// There is no end of it.
    #[error("it goes on after {} pages", limits::REFERRER_PAGES)]
    Endless,
    /// It is longer than any that is of use.
    #[error("it is longer than {}", ByteSize(limits::REFERRERS_BYTES))]
    TooLong,
}

impl ReferrerPages {
    /// Begins with the page at `first`.
    pub fn new(first: &Url) -> Self {
        Self {
            list: ReferrerList::default(),
            bytes: 0,
            asked: BTreeSet::from([first.clone()]),
        }
    }

    /// Takes what was answered at `asked`, with its `Link` header, and returns where the next page is;
    /// `None` at the end.
    ///
    /// # Errors
    /// When it is no page of a list, or leads where nobody should follow.
    pub fn take(
        &mut self,
        asked: &Url,
        page: &[u8],
        link: Option<&str>,
    ) -> Result<Option<Url>, ReferrerPagesError> {
        self.bytes += page.len() as u64;
        if self.bytes > limits::REFERRERS_BYTES {
            return Err(ReferrerPagesError::TooLong);
        }
        self.list.extend(ReferrerList::parse(page)?);
        let Some(next) = link.and_then(next_page) else {
            return Ok(None);
        };
        let next = resolve_location(asked, next)?;
        if next.origin() != asked.origin() {
            let host = next.host_str().unwrap_or_default();
            return Err(ReferrerPagesError::OtherHost(host.to_owned()));
        }
        if self.asked.len() == limits::REFERRER_PAGES {
            return Err(ReferrerPagesError::Endless);
        }
        if !self.asked.insert(next.clone()) {
            return Err(ReferrerPagesError::Circle);
        }
        Ok(Some(next))
    }

    /// Returns the whole list.
    pub fn into_list(self) -> ReferrerList {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[u8] = br#"{"manifests":[{"digest":"sha256:00"}]}"#;

    fn first() -> Url {
        Url::parse("https://r.example/v2/a/referrers/x").unwrap()
    }

    fn next(link: &str) -> Result<Option<Url>, ReferrerPagesError> {
        ReferrerPages::new(&first()).take(&first(), PAGE, Some(link))
    }

    #[test]
    fn pages_are_followed_to_the_last() {
        let mut pages = ReferrerPages::new(&first());
        let second = pages.take(&first(), PAGE, Some("<?n=2>; rel=\"next\""));
        let second = second.unwrap().unwrap();
        assert_eq!(second.as_str(), "https://r.example/v2/a/referrers/x?n=2");
        assert_eq!(pages.take(&second, PAGE, None).unwrap(), None);
        assert_eq!(pages.into_list().len(), 2);
    }

    #[test]
    fn pages_that_lie_are_not_followed() {
        for (link, why) in [
            ("<https://r.example/v2/a/referrers/x>; rel=next", "a circle"),
            ("<https://evil.example/x>; rel=next", "at evil.example"),
            ("<https://r.example:444/x>; rel=next", "the same registry"),
            ("<http://r.example/x>; rel=next", "cannot be asked for"),
            ("<file:///etc/passwd>; rel=next", "cannot be asked for"),
        ] {
            let error = next(link).unwrap_err().to_string();
            assert!(error.contains(why), "{link}: {error}");
        }
    }

    #[test]
    fn a_list_without_an_end_is_given_up() {
        let mut pages = ReferrerPages::new(&first());
        let mut url = first();
        for number in 1..limits::REFERRER_PAGES {
            let link = format!("<?n={number}>; rel=next");
            url = pages.take(&url, PAGE, Some(&link)).unwrap().unwrap();
        }
        let error = pages.take(&url, PAGE, Some("<?n=x>; rel=next"));
        assert!(matches!(error, Err(ReferrerPagesError::Endless)));
    }

    #[test]
    fn a_list_that_is_too_long_is_given_up() {
        let mut pages = ReferrerPages::new(&first());
        let page = format!(r#"{{"manifests":[]{}}}"#, " ".repeat(1 << 20));
        let page = page.as_bytes();
        for _ in 0..limits::REFERRERS_BYTES / page.len() as u64 {
            pages.take(&first(), page, None).unwrap();
        }
        let error = pages.take(&first(), page, None);
        assert!(matches!(error, Err(ReferrerPagesError::TooLong)));
    }
}
