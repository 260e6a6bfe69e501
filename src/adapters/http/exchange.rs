//! A request that is seen through: redirects followed, tried again where that may help.

use std::collections::BTreeSet;
use std::fmt;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE, DATE, HeaderMap, LOCATION, RETRY_AFTER};
use url::Url;

use crate::config::AddressTrust;
use crate::publish::{self, Errand, Redirects, RetryPolicy};

use super::{Body, Client, HttpError, Observer, Request, Response};

/// How a request is seen through.
#[derive(Debug, Clone, Copy)]
pub struct Conduct {
    /// How often it is tried again.
    pub retry: RetryPolicy,
    /// Where redirects may lead.
    pub trust: AddressTrust,
}

impl Client {
    /// Sends `request`, follows redirects without taking credentials elsewhere (one that would take
    /// a secret body there is the answer), and sends it again when the answer or a broken connection
    /// promises that this may help. Only for requests that may safely arrive twice.
    ///
    /// # Errors
    /// When there is no answer, or redirects lead where they must not.
    pub fn fetch(
        &self,
        request: &Request,
        conduct: Conduct,
        observer: &dyn Observer,
    ) -> Result<Response, HttpError> {
        let mut retries = conduct.retry.begin();
        loop {
            let answer = self.follow(request, conduct.trust, observer);
            let wait = match &answer {
                Ok(answer) => retries.after_answer(
                    answer.status().as_u16(),
                    answer.header(&RETRY_AFTER),
                    answer.header(&DATE),
                ),
                Err(error) if error.is_transient() => retries.after_break(),
                Err(_) => None,
            };
            let Some(wait) = wait else {
                return answer;
            };
            observer.waits(&Reason(&answer), wait);
            self.wait(wait)?;
        }
    }

    /// Sees to it that `from` may send us to `to`.
    ///
    /// # Errors
    /// When `to` has an address that is not for `from` to name, or no address at all.
    pub fn judge(&self, from: &Url, to: &Url, trust: AddressTrust) -> Result<(), HttpError> {
        if trust == AddressTrust::LinkLocal || from.host() == to.host() {
            return Ok(());
        }
        let target = self.addresses(to)?;
        publish::judge_addresses(from, &self.addresses(from)?, to, &target, trust)?;
        Ok(())
    }

    fn follow(
        &self,
        request: &Request,
        trust: AddressTrust,
        observer: &dyn Observer,
    ) -> Result<Response, HttpError> {
        let errand = match request.method {
            Method::GET | Method::HEAD => Errand::Read,
            _ => Errand::Write,
        };
        let mut redirects = Redirects::new(errand);
        let mut request = request.clone();
        loop {
            let answer = self.send(&request, observer)?;
            let status = answer.status().as_u16();
            let next = redirects.next(&request.url, status, answer.header(&LOCATION))?;
            let Some(next) = next else {
                return Ok(answer);
            };
            let leads_away = next.origin() != request.url.origin();
            if leads_away && matches!(request.body, Body::Secret(_)) {
                return Ok(answer);
            }
            self.judge(&request.url, &next, trust)?;
            if leads_away {
                keep_at_home(&mut request.headers);
            }
            request.url = next;
        }
    }
}

/// Takes out what is for the first host alone: what HTTP knows as secret, and what was marked so.
fn keep_at_home(headers: &mut HeaderMap) {
    let secret = headers
        .iter()
        .filter(|(name, value)| value.is_sensitive() || [AUTHORIZATION, COOKIE].contains(name));
    let secret: BTreeSet<String> = secret.map(|(name, _)| name.to_string()).collect();
    for name in secret {
        headers.remove(name);
    }
}

/// Why a request is sent again.
struct Reason<'a>(&'a Result<Response, HttpError>);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Ok(answer) => {
                write!(
                    f,
                    "{} answered {}",
                    answer.authority(),
                    answer.status().as_u16()
                )
            }
            Err(error) => error.fmt(f),
        }
    }
}
