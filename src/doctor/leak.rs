//! Private modules whose names public services hear of.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Evidence, Suspect, is_public};
use super::{Area, Fault, Finding, Way};
use crate::config::ModulesConfig;
use crate::facts::Sum;
use crate::model::{Environment, Secret};
use crate::toolchain::{ModuleSettings, Proxy};

/// That somebody hears of private modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Leak {
    /// Whether this build tells them, or the next that needs another version.
    when: When,
    /// The variable that has to name the module.
    variable: &'static str,
    /// The pattern that it needs.
    pattern: String,
    reason: String,
}

/// Of which modules, and who.
#[derive(Default)]
struct Names<'a> {
    modules: BTreeSet<&'a str>,
    hearers: BTreeSet<String>,
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
    let mut leaks: BTreeMap<Leak, Names<'_>> = BTreeMap::new();
    for suspect in suspects {
        let Some(evidence) = Evidence::of(suspect, configured) else {
            continue;
        };
        for (leak, hearer) in leaks_of(suspect, &evidence, settings, configured) {
            let names = leaks.entry(leak).or_default();
            names.modules.insert(suspect.path);
            names.hearers.insert(hearer);
        }
    }
    let findings = leaks.into_iter();
    findings
        .map(|(leak, names)| told(&leak, &names, settings, environment))
        .collect()
}

fn leaks_of(
    suspect: &Suspect<'_>,
    evidence: &Evidence,
    settings: &ModuleSettings,
    configured: &ModulesConfig,
) -> Vec<(Leak, String)> {
    let path = suspect.path;
    let is_fetched = !matches!(suspect.way, Way::Cache | Way::Vendor | Way::Folder(_));
    let leak = |now: bool, own: &'static str| Leak {
        when: match (now, evidence) {
            // A name may lead to a machine of the team's that passes requests on.
            (true, Evidence::Address) => When::Perhaps,
            (true, _) => When::Now,
            (false, _) => When::Later,
        },
        variable: variable(settings, own),
        pattern: evidence.pattern(path),
        reason: evidence.reason(),
    };
    let mut leaks = Vec::new();
    if settings.past_proxies(path).is_none() {
        // Those behind the one that has it are not asked.
        let has_it = |proxy: &&Proxy| Some(proxy.to_string().as_str()) == suspect.from;
        let asked = settings.proxies().iter().take_while(|it| !has_it(it));
        let public = asked.filter_map(|proxy| match proxy {
            Proxy::Server(url) if is_public(url, path, configured) => Some(url),
            _ => None,
        });
        leaks.extend(public.map(|url| (leak(is_fetched, "GONOPROXY"), format!("the proxy {url}"))));
    }
    if settings.past_database(path).is_none()
        && let Ok(database) = settings.checksum_database()
    {
        let is_asked = is_fetched && suspect.sum == Sum::Missing;
        let hearer = format!("the checksum database {}", database.name());
        leaks.push((leak(is_asked, "GONOSUMDB"), hearer));
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

fn told(
    leak: &Leak,
    names: &Names<'_>,
    settings: &ModuleSettings,
    environment: &Environment,
) -> Finding {
    let Leak {
        when,
        variable,
        pattern,
        reason,
    } = leak;
    let modules: Vec<&str> = names.modules.iter().copied().collect();
    let hearers: Vec<&str> = names.hearers.iter().map(String::as_str).collect();
    let (modules, hearers) = (modules.join(", "), hearers.join(" and "));
    let finding = match when {
        When::Now => Finding::failure(
            Fault::Wrong,
            Area::Privacy,
            modules,
            format!("a build tells {hearers} of it, and it looks private"),
        ),
        When::Perhaps => Finding::warning(
            Area::Privacy,
            modules,
            format!("a build tells {hearers} of it, and it may be private"),
        ),
        When::Later => Finding::warning(
            Area::Privacy,
            modules,
            format!("its next version would be told to {hearers}, and it looks private"),
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
            from: None,
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
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("failure a build tells the checksum database "));
        assert!(found[0].contains(" and the proxy https://"));
        assert!(found[0].ends_with(
            "of it, and it looks private | export GOPRIVATE=github.com/acme,git.corp.internal"
        ));
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
        assert!(
            found[0].starts_with("warning its next version would be told to the checksum database")
        );
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
        assert_eq!(found.len(), 1, "{found:?}");
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
        assert_eq!(found.len(), 1, "{found:?}");
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
    fn who_stands_behind_the_proxy_that_has_it_hears_of_nothing() {
        let both = "GOSUMDB=off GOPROXY=https://goproxy.corp.internal,https://goproxy.example.com";
        let module = suspect("git.corp.internal/dep");
        assert_eq!(leaks(both, &ModulesConfig::default(), &module).len(), 1);
        let module = Suspect {
            from: Some("https://goproxy.corp.internal/"),
            ..module
        };
        assert!(leaks(both, &ModulesConfig::default(), &module).is_empty());
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
