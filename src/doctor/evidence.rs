//! What tells a private module.

use std::net::IpAddr;

use super::Way;
use crate::config::{ModulePattern, ModulesConfig};
use crate::facts::Sum;
use crate::toolchain::{ModulePatterns, ModuleSettings, Proxy, ProxyUrl};

/// A module that may be private, and who is asked about it.
#[derive(Debug, Clone)]
pub struct Suspect<'a> {
    /// The path that is asked for.
    pub path: &'a str,
    /// Whether go.sum has its hash.
    pub sum: Sum,
    /// The way it comes by.
    pub way: &'a Way,
    /// Whether proxies do not have it, and its repository does.
    pub only_git: bool,
    /// The addresses of its host, as far as they are known.
    pub addresses: &'a [IpAddr],
    /// Who has it, where somebody was asked.
    pub from: Option<&'a str>,
}

impl Suspect<'_> {
    fn is_inside(&self) -> bool {
        !self.addresses.is_empty() && self.addresses.iter().all(|it| is_private(*it))
    }
}

/// Why a module is taken for a private one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Evidence {
    /// `[modules] private` in coracle.toml has this pattern.
    Configured(String),
    /// Its host is none that the internet has.
    Host(&'static str),
    /// No proxy has it, and its repository does.
    OnlyGit,
    /// All addresses of its host are of a private network.
    Address,
}

/// Names that the internet's own name servers never have: RFC 2606, 6761, 6762, 8375, ICANN's `internal`,
/// and those that companies use.
const PRIVATE_ENDS: [&str; 13] = [
    "corp",
    "example",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "private",
    "test",
];

/// Returns why a host is none of the internet's.
fn private_host(host: &str) -> Option<&'static str> {
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return is_private(address).then_some("its host is an address of a private network");
    }
    let is_below = |end: &str| host == end || host.ends_with(&format!(".{end}"));
    if PRIVATE_ENDS.iter().any(|end| is_below(end)) {
        return Some("its host has a name that the internet does not have");
    }
    (!host.contains('.')).then_some("its host has a name without a domain")
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

impl Evidence {
    pub(super) fn of(suspect: &Suspect<'_>, configured: &ModulesConfig) -> Option<Self> {
        Self::of_name(suspect.path, configured)
            .or_else(|| suspect.only_git.then_some(Self::OnlyGit))
            .or_else(|| suspect.is_inside().then_some(Self::Address))
    }

    /// What the name alone tells.
    fn of_name(path: &str, configured: &ModulesConfig) -> Option<Self> {
        let patterns = configured.private.iter().map(ModulePattern::as_str);
        let mut named = patterns
            .filter(|pattern| ModulePatterns::new(pattern).find(path).is_some())
            .map(|pattern| Self::Configured(pattern.to_owned()));
        let host = path.split('/').next().unwrap_or_default();
        named.next().or_else(|| private_host(host).map(Self::Host))
    }

    pub(super) fn reason(&self) -> String {
        match self {
            Self::Configured(pattern) => {
                format!("[modules] private in coracle.toml names {pattern}")
            }
            Self::Host(reason) => (*reason).to_owned(),
            Self::OnlyGit => "no proxy has it, and its repository does".to_owned(),
            Self::Address => "its host has an address of a private network".to_owned(),
        }
    }

    /// The pattern that would keep it private.
    pub(super) fn pattern(&self, path: &str) -> String {
        let mut elements = path.split('/');
        let host = elements.next().unwrap_or_default();
        match (self, elements.next()) {
            (Self::Configured(pattern), _) => pattern.clone(),
            (Self::OnlyGit, Some(owner)) => format!("{host}/{owner}"),
            (Self::Host(_) | Self::OnlyGit | Self::Address, _) => host.to_owned(),
        }
    }
}

/// Tells whether a proxy is not to be asked for `module`, not even by who looks whether it comes: everybody may
/// ask that proxy, and the name looks private.
pub fn is_withheld(proxy: &Proxy, module: &str, configured: &ModulesConfig) -> bool {
    matches!(proxy, Proxy::Server(url) if is_public(url, module, configured))
        && Evidence::of_name(module, configured).is_some()
}

/// Tells whether everybody may ask a proxy. One that wants to know who asks, that the project names, that has
/// a name of a private network, or the domain of the module, is the team's.
pub(super) fn is_public(url: &ProxyUrl, module: &str, configured: &ModulesConfig) -> bool {
    let host = url.host();
    if ModuleSettings::is_gos_own_proxy(host) {
        return true;
    }
    let module_host = module.split('/').next().unwrap_or_default();
    let is_named = configured
        .proxy
        .iter()
        .any(|proxy| proxy.as_str().contains(host));
    url.credentials().is_none()
        && private_host(host).is_none()
        && domain(host) != domain(module_host)
        && !is_named
}

fn domain(host: &str) -> &str {
    let mut dots = host.rmatch_indices('.');
    dots.nth(1).map_or(host, |(dot, _)| &host[dot + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_private_networks_are_known() {
        for host in [
            "git.corp.internal",
            "git.corp",
            "gitlab",
            "10.1.2.3",
            "127.0.0.1",
            "git.home.arpa",
        ] {
            assert!(private_host(host).is_some(), "{host}");
        }
        for host in ["github.com", "internal.example.com", "8.8.8.8", "corp.dev"] {
            assert!(private_host(host).is_none(), "{host}");
        }
    }

    #[test]
    fn a_public_proxy_is_not_asked_for_what_looks_private() {
        let none = ModulesConfig::default();
        let withheld = |url: &str, module: &str, configured: &ModulesConfig| {
            let proxy = Proxy::Server(ProxyUrl::parse(url).unwrap());
            is_withheld(&proxy, module, configured)
        };
        let private = "git.corp.internal/dep";
        assert!(withheld("https://goproxy.example.com", private, &none));
        assert!(!withheld("https://goproxy.example.com", "x.com/y", &none));
        for team in [
            "https://me:pw@goproxy.example.com",
            "https://goproxy.corp.internal",
            "http://127.0.0.1:3000",
        ] {
            assert!(!withheld(team, private, &none), "{team}");
        }
        let configured = ModulesConfig {
            proxy: vec!["https://goproxy.example.com".parse().unwrap()],
            private: vec!["x.com/*".parse().unwrap()],
            ..none
        };
        assert!(!withheld(
            "https://goproxy.example.com",
            private,
            &configured
        ));
        assert!(withheld(
            "https://other.example.org",
            "x.com/y",
            &configured
        ));
    }
}
