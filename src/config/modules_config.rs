//! Where Go modules come from.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use super::text_value::written_as_text;

/// A team's module settings, in place of `go env -w` on every machine. The environment's GOPROXY
/// and GOPRIVATE win over them; passwords belong into ~/.netrc.
///
/// ```toml
/// [modules]
/// proxy   = ["https://goproxy.example.com", "direct"]
/// private = ["git.example.com/*"]
/// direct  = "allow"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ModulesConfig {
    /// Module proxies in order, as in GOPROXY: URLs, `"direct"`, `"off"`. The default is what
    /// `go env -w` has set, else Go's own.
    pub proxy: Vec<ModuleProxy>,
    /// Patterns of module paths that no public service is asked about, as in GOPRIVATE. The
    /// default is what `go env -w` has set, else none.
    pub private: Vec<ModulePattern>,
    /// Whether modules may come from where they are developed, without a proxy. The default is
    /// `"allow"`.
    pub direct: DirectChoice,
}

/// Whether modules may come from where they are developed, without a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DirectChoice {
    /// As GOPROXY, GONOPROXY and GOPRIVATE say.
    #[default]
    Allow,
    /// Never, whatever they say: private modules too come through the proxy that the team names.
    Deny,
}

/// An entry of GOPROXY.
///
/// ```
/// # use coracle::config::ModuleProxy;
/// assert!("https://goproxy.example.com".parse::<ModuleProxy>().is_ok());
/// assert!("direct".parse::<ModuleProxy>().is_ok());
/// assert!("goproxy.example.com".parse::<ModuleProxy>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleProxy(String);

/// Why a text is no entry of GOPROXY.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModuleProxyError {
    /// It is several entries.
    #[error("{0:?} holds a separator\nwrite a list of strings, one for each proxy")]
    Several(String),
    /// It is neither a URL nor a word.
    #[error(
        "{0:?} is not a module proxy, expected \"direct\", \"off\" or a URL, as in \"https://goproxy.example.com\""
    )]
    NoProxy(String),
    /// It holds a password or a token.
    #[error("the URL of a module proxy holds credentials\nkeep them in ~/.netrc")]
    Credentials,
}

/// A pattern of GOPRIVATE: a prefix of module paths, with `*` and `?` within an element.
///
/// ```
/// # use coracle::config::ModulePattern;
/// assert!("git.example.com/*".parse::<ModulePattern>().is_ok());
/// assert!("a,b".parse::<ModulePattern>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModulePattern(String);

/// Why a text is no pattern of module paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a pattern of module paths, expected one like \"git.example.com/*\"")]
pub struct ModulePatternError(String);

impl ModuleProxy {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ModulePattern {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModuleProxy {
    type Err = ModuleProxyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if matches!(text, "direct" | "off") {
            return Ok(Self(text.to_owned()));
        }
        let no_proxy = || ModuleProxyError::NoProxy(text.to_owned());
        // Seen before all else, so that no message repeats it.
        if text.contains('@') {
            return Err(ModuleProxyError::Credentials);
        }
        let url = url::Url::parse(text).map_err(|_| no_proxy())?;
        if text.contains([',', '|']) {
            return Err(ModuleProxyError::Several(text.to_owned()));
        }
        let is_plain = url.query().is_none() && url.fragment().is_none();
        if !is_plain || !matches!(url.scheme(), "https" | "http" | "file") {
            return Err(no_proxy());
        }
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for ModulePattern {
    type Err = ModulePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |c: char| c == ',' || c.is_whitespace() || c.is_control();
        if text.is_empty() || text.contains(wrong) {
            return Err(ModulePatternError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

written_as_text!(ModuleProxy, ModulePattern);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_one_plain_url_or_a_word() {
        for right in [
            "direct",
            "off",
            "https://p.example.com/go",
            "http://localhost:3000",
            "file:///srv/proxy",
        ] {
            assert!(right.parse::<ModuleProxy>().is_ok(), "{right:?}");
        }
        for wrong in [
            "",
            "p.example.com",
            "direct,off",
            "https://a.example|https://b.example",
            "ssh://p.example",
            "https://p.example?x",
        ] {
            assert!(wrong.parse::<ModuleProxy>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for wrong in [
            "https://me:hunter2@p.example",
            "https://token@p.example",
            "https://me:hunter2@p.example,direct",
        ] {
            let error = wrong.parse::<ModuleProxy>().unwrap_err().to_string();
            assert!(
                error.starts_with("the URL of a module proxy holds credentials"),
                "{error}"
            );
        }
    }
}
