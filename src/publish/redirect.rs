//! Where a redirect may lead.

use url::Url;

use crate::model::{ForeignText, limits};

/// The redirects that one request may still follow.
#[derive(Debug)]
pub struct Redirects {
    errand: Errand,
    left: usize,
}

/// What a request is for, which decides what it may become on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// It only asks: any redirect is followed.
    Read,
    /// It changes something: only redirects that keep method and body are followed.
    Write,
}

/// Why a redirect, or another URL that a server names, is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RedirectError {
    /// There were too many.
    #[error("{host} redirects for ever: {limit} redirects led nowhere")]
    Endless {
        /// The last one to redirect.
        host: String,
        /// How many were followed.
        limit: usize,
    },
    /// It leaves TLS.
    #[error("{from} leads from https to http, to {to}")]
    Insecure {
        /// Who leads there.
        from: String,
        /// Where to.
        to: String,
    },
    /// It names no place on the web.
    #[error("{host} leads to {location}, which is no http or https URL")]
    Nowhere {
        /// Who leads there.
        host: String,
        /// What it names.
        location: ForeignText,
    },
}

impl Redirects {
    /// Begins a request.
    pub fn new(errand: Errand) -> Self {
        Self {
            errand,
            left: limits::REDIRECTS,
        }
    }

    /// Returns where to ask next, after `asked` answered `status` with this `Location`; `None` when
    /// that is an answer.
    ///
    /// # Errors
    /// When it is a redirect that must not be followed.
    pub fn next(
        &mut self,
        asked: &Url,
        status: u16,
        location: Option<&str>,
    ) -> Result<Option<Url>, RedirectError> {
        let followed = match self.errand {
            Errand::Read => matches!(status, 301 | 302 | 303 | 307 | 308),
            Errand::Write => matches!(status, 307 | 308),
        };
        let (true, Some(location)) = (followed, location) else {
            return Ok(None);
        };
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| RedirectError::Endless {
                host: host(asked),
                limit: limits::REDIRECTS,
            })?;
        resolve_location(asked, location).map(Some)
    }
}

/// Returns the URL that `location`, absolute or relative, means in an answer of `asked`.
///
/// # Errors
/// When it is none of http or https, or leaves https.
pub fn resolve_location(asked: &Url, location: &str) -> Result<Url, RedirectError> {
    let nowhere = || RedirectError::Nowhere {
        host: host(asked),
        location: ForeignText::new(location),
    };
    let target = asked.join(location).map_err(|_| nowhere())?;
    match (asked.scheme(), target.scheme()) {
        (_, "https") | ("http", "http") => Ok(target),
        ("https", "http") => Err(RedirectError::Insecure {
            from: host(asked),
            to: host(&target),
        }),
        _ => Err(nowhere()),
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_location_is_read_as_the_asked_server_means_it() {
        let asked = url("https://r.example/v2/a/blobs/uploads/");
        for (location, target) in [
            (
                "/v2/a/blobs/uploads/1?x=y",
                "https://r.example/v2/a/blobs/uploads/1?x=y",
            ),
            ("1", "https://r.example/v2/a/blobs/uploads/1"),
            ("https://s.example:8443/1", "https://s.example:8443/1"),
            ("//s.example/1", "https://s.example/1"),
        ] {
            assert_eq!(resolve_location(&asked, location), Ok(url(target)));
        }
        let down = resolve_location(&asked, "http://r.example/1");
        assert!(matches!(down, Err(RedirectError::Insecure { .. })));
        for nowhere in ["ftp://h/1", "data:text/plain,x", "http://["] {
            let error = resolve_location(&asked, nowhere);
            assert!(
                matches!(error, Err(RedirectError::Nowhere { .. })),
                "{nowhere}"
            );
        }
    }

    #[test]
    fn the_sixth_redirect_is_the_end() {
        let mut redirects = Redirects::new(Errand::Read);
        let asked = url("http://r.example/");
        for _ in 0..limits::REDIRECTS {
            assert!(
                redirects
                    .next(&asked, 302, Some("/again"))
                    .unwrap()
                    .is_some()
            );
        }
        let end = redirects.next(&asked, 302, Some("/again"));
        assert!(matches!(end, Err(RedirectError::Endless { .. })));
    }

    #[test]
    fn a_request_with_a_body_is_never_turned_into_another() {
        let asked = url("http://r.example/");
        for (status, followed) in [
            (301, false),
            (302, false),
            (303, false),
            (307, true),
            (308, true),
        ] {
            let next = Redirects::new(Errand::Write)
                .next(&asked, status, Some("/b"))
                .unwrap();
            assert_eq!(next.is_some(), followed, "{status}");
        }
        assert_eq!(
            Redirects::new(Errand::Read).next(&asked, 304, Some("/b")),
            Ok(None)
        );
        assert_eq!(
            Redirects::new(Errand::Read).next(&asked, 302, None),
            Ok(None)
        );
    }
}
