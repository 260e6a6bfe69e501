//! Which requests go through a proxy.

use std::sync::Arc;

use hyper_util::client::proxy::matcher::Matcher;
use url::{Host, Url};

use crate::model::Environment;

use super::HttpError;

/// The proxies of `HTTPS_PROXY` and `HTTP_PROXY`, and `NO_PROXY`; lower-case names count too.
///
/// As in Go's programs, what is on this machine is never asked for through a proxy.
#[derive(Debug, Clone)]
pub(super) struct Proxies {
    https: Option<Url>,
    http: Option<Url>,
    exceptions: Arc<Matcher>,
}

impl Proxies {
    pub(super) fn of(environment: &Environment) -> Result<Self, HttpError> {
        let exceptions = variable(environment, "NO_PROXY").unwrap_or_default();
        // The matcher is asked for the exceptions alone, so any proxy serves it.
        let exceptions = Matcher::builder()
            .all("http://proxy")
            .no(exceptions)
            .build();
        Ok(Self {
            https: proxy(environment, "HTTPS_PROXY")?,
            http: proxy(environment, "HTTP_PROXY")?,
            exceptions: Arc::new(exceptions),
        })
    }

    /// Returns the proxy that takes requests to `url`.
    pub(super) fn proxy_for(&self, url: &Url) -> Option<&Url> {
        let proxy = if url.scheme() == "https" {
            &self.https
        } else {
            &self.http
        };
        let target = url.as_str().parse().ok()?;
        let taken = !is_loopback(url) && self.exceptions.intercept(&target).is_some();
        proxy.as_ref().filter(|_| taken)
    }
}

fn variable<'a>(environment: &'a Environment, name: &str) -> Option<&'a str> {
    environment
        .get_str(name)
        .or_else(|| environment.get_str(&name.to_ascii_lowercase()))
}

/// Reads `HOST:PORT` as `http://HOST:PORT`, as curl and Go do.
fn proxy(environment: &Environment, name: &'static str) -> Result<Option<Url>, HttpError> {
    let Some(text) = variable(environment, name) else {
        return Ok(None);
    };
    let full = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    match Url::parse(&full) {
        Ok(url) if url.has_host() && matches!(url.scheme(), "http" | "https") => Ok(Some(url)),
        // The value is not shown: it may hold a password.
        _ => Err(HttpError::Setup(format!(
            "{name} is not a proxy's URL, expected http://HOST:PORT"
        ))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
        let environment = Environment::new(
            variables
                .iter()
                .map(|(name, value)| (name.into(), value.into())),
        );
        let proxies = Proxies::of(&environment).unwrap();
        move |url| {
            proxies
                .proxy_for(&Url::parse(url).unwrap())
                .map(ToString::to_string)
        }
    }

    #[test]
    fn the_environment_names_the_proxy_and_its_exceptions() {
        let proxy = choice(&[
            ("https_proxy", "proxy.example:3128"),
            ("HTTP_PROXY", "http://u:p@plain.example"),
            ("NO_PROXY", "internal.example, 10.0.0.0/8"),
        ]);
        for (url, through) in [
            ("https://r.example/v2/", Some("http://proxy.example:3128/")),
            ("http://r.example/v2/", Some("http://u:p@plain.example/")),
            ("https://r.internal.example/", None),
            ("https://10.1.2.3/", None),
            ("https://11.1.2.3/", Some("http://proxy.example:3128/")),
            ("http://localhost:5000/", None),
            ("http://127.0.0.1:5000/", None),
            ("http://[::1]:5000/", None),
        ] {
            assert_eq!(proxy(url).as_deref(), through, "{url}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_its_text() {
        let environment = Environment::new([("HTTPS_PROXY".into(), "ftp://u:secret@h".into())]);
        let error = Proxies::of(&environment).unwrap_err().to_string();
        assert!(
            error.contains("HTTPS_PROXY") && !error.contains("secret"),
            "{error}"
        );
    }
}
