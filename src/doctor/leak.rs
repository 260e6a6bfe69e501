//! Private modules whose names public services hear of.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::{Area, Fault, Finding, Way};
use crate::config::{ModulePattern, ModulesConfig};
use crate::facts::Sum;
use crate::model::{Environment, Secret};
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
}

impl Suspect<'_> {
    fn is_inside(&self) -> bool {
        !self.addresses.is_empty() && self.addresses.iter().all(|it| is_private(*it))
    }
}

/// Why a module is taken for a private one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Evidence {
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
    fn of(suspect: &Suspect<'_>, configured: &ModulesConfig) -> Option<Self> {
        let patterns = configured.private.iter().map(ModulePattern::as_str);
        let named = patterns
            .filter(|pattern| ModulePatterns::new(pattern).find(suspect.path).is_some())
            .map(|pattern| Self::Configured(pattern.to_owned()));
        let host = suspect.path.split('/').next().unwrap_or_default();
        named
            .into_iter()
            .next()
            .or_else(|| private_host(host).map(Self::Host))
            .or_else(|| suspect.only_git.then_some(Self::OnlyGit))
            .or_else(|| suspect.is_inside().then_some(Self::Address))
    }

    fn reason(&self) -> String {
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
    fn pattern(&self, path: &str) -> String {
        let mut elements = path.split('/');
        let host = elements.next().unwrap_or_default();
        match (self, elements.next()) {
            (Self::Configured(pattern), _) => pattern.clone(),
            (Self::OnlyGit, Some(owner)) => format!("{host}/{owner}"),
            (Self::Host(_) | Self::OnlyGit | Self::Address, _) => host.to_owned(),
        }
    }
}

/// Who hears of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leak {
    /// Whether this build tells them, or the next that needs another version.
    when: When,
    /// Who they are.
    hearer: String,
    /// The variable that has to name the module.
    variable: &'static str,
    /// The pattern that it needs.
    pattern: String,
    reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum When {
    Now,
    Perhaps,
    Later,
}

/// Names the modules of `suspects` that are private, by what there is to see, and that a public proxy
/// or the checksum database hears of.
pub fn judge_leaks(
    suspects: &[Suspect<'_>],
    settings: &ModuleSettings,
    configured: &ModulesConfig,
    environment: &Environment,
) -> Vec<Finding> {
    let mut leaks: BTreeMap<Leak, Vec<&str>> = BTreeMap::new();
    for suspect in suspects {
        let Some(evidence) = Evidence::of(suspect, configured) else {
            continue;
        };
        for leak in leaks_of(suspect, &evidence, settings, configured) {
            leaks.entry(leak).or_default().push(suspect.path);
        }
    }
    let findings = leaks.into_iter();
    findings
        .map(|(leak, modules)| told(&leak, &modules, settings, environment))
        .collect()
}

fn leaks_of(
    suspect: &Suspect<'_>,
    evidence: &Evidence,
    settings: &ModuleSettings,
    configured: &ModulesConfig,
) -> Vec<Leak> {
    let path = suspect.path;
    let is_fetched = !matches!(suspect.way, Way::Cache | Way::Vendor | Way::Folder(_));
    let leak = |now: bool, hearer: String, own: &'static str| Leak {
        when: match (now, evidence) {
            // A name may lead to a machine of the team's that passes requests on.
            (true, Evidence::Address) => When::Perhaps,
            (true, _) => When::Now,
            (false, _) => When::Later,
        },
        hearer,
        variable: variable(settings, own),
        pattern: evidence.pattern(path),
        reason: evidence.reason(),
    };
    let mut leaks = Vec::new();
    if settings.past_proxies(path).is_none() {
        let public = settings.proxies().iter().find_map(|proxy| match proxy {
            Proxy::Server(url) if is_public(url, path, configured) => Some(url),
            _ => None,
        });
        if let Some(url) = public {
            leaks.push(leak(is_fetched, format!("the proxy {url}"), "GONOPROXY"));
        }
    }
    if settings.past_database(path).is_none()
        && let Ok(database) = settings.checksum_database()
    {
        let is_asked = is_fetched && suspect.sum == Sum::Missing;
        let hearer = format!("the checksum database {}", database.name());
        leaks.push(leak(is_asked, hearer, "GONOSUMDB"));
    }
    leaks
}

/// GOPRIVATE is what to set, but where a variable of its own says less.
fn variable(settings: &ModuleSettings, own: &'static str) -> &'static str {
    let variables = settings.to_variables();
    match variables.get(own) {
        Some(value) if !value.expose().is_empty() => own,
        _ => "GOPRIVATE",
    }
}

/// Tells whether everybody may ask a proxy. One that wants to know who asks, that the project names, that has
/// a name of a private network, or the domain of the module, is the team's.
fn is_public(url: &ProxyUrl, module: &str, configured: &ModulesConfig) -> bool {
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

fn told(
    leak: &Leak,
    modules: &[&str],
    settings: &ModuleSettings,
    environment: &Environment,
) -> Finding {
    let Leak {
        when,
        hearer,
        variable,
        pattern,
        reason,
    } = leak;
    let names = modules.join(", ");
    let finding = match when {
        When::Now => Finding::failure(
            Fault::Wrong,
            Area::Privacy,
            &names,
            format!("{hearer} hears of it, and it looks private"),
        ),
        When::Perhaps => Finding::warning(
            Area::Privacy,
            &names,
            format!("{hearer} hears of it, and it may be private"),
        ),
        When::Later => Finding::warning(
            Area::Privacy,
            &names,
            format!("{hearer} will hear of it with its next version, and it looks private"),
        ),
    };
    let variables = settings.to_variables();
    let known = variables.get(variable).map(Secret::expose);
    let known = known.filter(|known| !matches!(*known, "" | "none"));
    let all = match known {
        Some(known) => format!("{known},{pattern}"),
        None => pattern.clone(),
    };
    let finding = finding
        .because(match known {
            Some(known) => format!("{reason}, and {variable}={known} does not match it"),
            None => format!("{reason}, and {variable} names nothing"),
        })
        .remedy(format!("export {variable}={all}"));
    // The environment goes before the file.
    if *variable == "GOPRIVATE" && environment.get(variable).is_none() {
        let list: Vec<String> = all
            .split(',')
            .map(|it| format!("\"{}\"", it.trim()))
            .collect();
        let line = format!("private = [{}]", list.join(", "));
        return finding.remedy(format!("in coracle.toml, under [modules]: {line}"));
    }
    finding
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::GoEnvFile;

    fn leaks(variables: &str, configured: &ModulesConfig, suspect: &Suspect<'_>) -> Vec<String> {
        let variables = variables.split(' ').filter_map(|word| word.split_once('='));
        let environment =
            Environment::new(variables.map(|(name, value)| (name.into(), value.into())));
        let settings =
            ModuleSettings::resolve(&environment, configured, &GoEnvFile::default()).unwrap();
        let findings = judge_leaks(
            std::slice::from_ref(suspect),
            &settings,
            configured,
            &environment,
        );
        let shown = findings.iter().map(|finding| {
            let severity = finding.severity.as_str();
            format!(
                "{severity} {} | {}",
                finding.message,
                finding.remedies.join(" | ")
            )
        });
        shown.collect()
    }

    fn suspect(path: &str) -> Suspect<'_> {
        Suspect {
            path,
            sum: Sum::Missing,
            way: &Way::Proxy,
            only_git: false,
            addresses: &[],
        }
    }

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
    fn a_private_name_that_nobody_keeps_is_told_with_what_keeps_it() {
        let none = ModulesConfig::default();
        let found = leaks(
            "GOPRIVATE=github.com/acme",
            &none,
            &suspect("git.corp.internal/team/dep"),
        );
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("failure the checksum database "));
        assert!(found[0].ends_with(
            "hears of it, and it looks private | export GOPRIVATE=github.com/acme,git.corp.internal"
        ));
        assert!(found[1].starts_with("failure the proxy https://"));
        let kept = leaks(
            "GOPRIVATE=*.internal",
            &none,
            &suspect("git.corp.internal/team/dep"),
        );
        assert!(kept.is_empty(), "{kept:?}");
        assert!(leaks("", &none, &suspect("github.com/a/b")).is_empty());
    }

    #[test]
    fn what_go_sum_knows_is_told_with_its_next_version_only() {
        let team = "GOPROXY=https://me:pw@goproxy.example.com";
        let known = Suspect {
            sum: Sum::Known,
            ..suspect("git.corp.internal/dep")
        };
        let found = leaks(team, &ModulesConfig::default(), &known);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("warning the checksum database"));
        assert!(found[0].ends_with(
            "| export GOPRIVATE=git.corp.internal | in coracle.toml, under [modules]: private = [\"git.corp.internal\"]"
        ));
    }

    #[test]
    fn what_coracle_toml_calls_private_and_the_environment_does_not_is_private() {
        let configured = ModulesConfig {
            private: vec!["github.com/acme/*".parse().unwrap()],
            ..ModulesConfig::default()
        };
        let module = suspect("github.com/acme/dep");
        assert!(leaks("", &configured, &module).is_empty());
        let found = leaks("GOPRIVATE=x.example.com", &configured, &module);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].ends_with("| export GOPRIVATE=x.example.com,github.com/acme/*"));
    }

    #[test]
    fn a_host_in_a_private_network_makes_a_module_suspect_and_no_more() {
        let addresses = ["10.0.0.7".parse().unwrap()];
        let module = Suspect {
            addresses: &addresses,
            ..suspect("git.example.com/team/dep")
        };
        let found = leaks("", &ModulesConfig::default(), &module);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("warning "), "{found:?}");
        assert!(
            found[0].contains("| export GOPRIVATE=git.example.com"),
            "{found:?}"
        );
        let both = [addresses[0], "8.8.8.8".parse().unwrap()];
        let module = Suspect {
            addresses: &both,
            ..module
        };
        assert!(leaks("", &ModulesConfig::default(), &module).is_empty());
    }

    #[test]
    fn what_only_its_repository_has_is_private() {
        let module = Suspect {
            only_git: true,
            ..suspect("github.com/acme/dep")
        };
        let found = leaks("", &ModulesConfig::default(), &module);
        assert!(
            found[0].contains("export GOPRIVATE=github.com/acme"),
            "{found:?}"
        );
    }
}
