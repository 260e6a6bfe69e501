//! How modules are reached and verified.

use std::collections::BTreeMap;
use std::path::Path;

use super::toolchain_module::domain;
use super::{
    ChecksumDatabase, ChecksumDatabaseError, GoAuth, GoAuthError, GoEnvFile, ModulePatterns,
    ProxyList, ProxyListError,
};
use crate::config::{DirectChoice, ModulePattern, ModuleProxy, ModulesConfig};
use crate::model::{Environment, ModuleVerification, Secret};

/// Go's module settings, each resolved once: the environment over `[modules]` of coracle.toml over
/// the user's `go env -w` file over Go's defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleSettings {
    proxies: ProxyList,
    checksum_database: Secret,
    others: BTreeMap<&'static str, String>,
    mistaken: Vec<(&'static str, &'static str)>,
    reach: Reach,
}

/// Where modules, and what proves a toolchain, come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// From those who have all of it.
    Servers,
    /// From a bundle, which has what proves one tree of a checksum database, and not how that grew from
    /// others.
    Bundle,
}

/// What is handed on as it is. GOVCS is among them because it forbids programs: dropped, it would
/// allow them.
const OTHERS: [&str; 6] = [
    "GOAUTH",
    "GOINSECURE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOPRIVATE",
    "GOVCS",
];

/// Variables that guides name and no go command knows, each with the one that is meant.
const MISTAKEN: [(&str, &str); 1] = [("GONOSUMCHECK", "GONOSUMDB")];

impl ModuleSettings {
    /// Resolves the settings.
    ///
    /// # Errors
    /// When GOPROXY, wherever it was found, is no list of proxies.
    pub fn resolve(
        environment: &Environment,
        configured: &ModulesConfig,
        file: &GoEnvFile,
    ) -> Result<Self, ProxyListError> {
        let setting = |name: &str| {
            environment
                .get_str(name)
                .map(str::to_owned)
                .or_else(|| written_in(configured, name))
                .or_else(|| file.get(name).map(str::to_owned))
        };
        let proxies = setting("GOPROXY").unwrap_or_else(default_proxy);
        let database = setting("GOSUMDB").unwrap_or_else(ChecksumDatabase::default_setting);
        let others = OTHERS
            .into_iter()
            .filter_map(|name| Some((name, without_blanks(name, setting(name)?))));
        let settings = Self {
            proxies: ProxyList::parse(&proxies)?,
            checksum_database: Secret::new(database),
            others: others.collect(),
            mistaken: MISTAKEN
                .into_iter()
                .filter(|(name, _)| setting(name).is_some())
                .collect(),
            reach: Reach::Servers,
        };
        match configured.direct {
            DirectChoice::Allow => Ok(settings),
            DirectChoice::Deny => settings.through_proxies(),
        }
    }

    /// Lets no module come from where it is developed: private ones come through proxies, of which Go's
    /// own must not be one.
    fn through_proxies(mut self) -> Result<Self, ProxyListError> {
        self.proxies = self.proxies.without_direct()?;
        let has_private = ["GONOPROXY", "GOPRIVATE"]
            .iter()
            .filter_map(|name| self.others.get(name))
            .any(|patterns| !matches!(patterns.as_str(), "" | "none"));
        if has_private && self.proxies.asks(&default_proxy_host()) {
            return Err(ProxyListError::NoneForPrivate);
        }
        self.others.insert("GONOPROXY", "none".to_owned());
        Ok(self)
    }

    /// Returns the same settings for a run that may use no network: what is in Go's caches has to
    /// do.
    #[must_use]
    pub fn offline(mut self) -> Self {
        self.proxies = ProxyList::off();
        // Private modules would be fetched from their repositories: no module is called none.
        self.others.insert("GONOPROXY", "none".to_owned());
        self
    }

    /// Returns the same settings for a run that takes all that it needs from a bundle, unpacked in
    /// `folder`, which is laid out as a proxy is. Private modules are in it too, and so is what proves a
    /// toolchain: no other address is asked for that.
    #[must_use]
    pub fn through_bundle(mut self, folder: &Path) -> Self {
        self.proxies = ProxyList::of_folder(folder, &ProxyList::off());
        self.others.insert("GONOPROXY", "none".to_owned());
        let database = self.checksum_database.expose();
        let name = database.split_whitespace().next().unwrap_or_default();
        self.checksum_database = Secret::new(ChecksumDatabase::own_setting(name));
        self.reach = Reach::Bundle;
        self
    }

    /// Returns the same settings for a run that asks nobody but the folder `folder`, which is laid out as a
    /// proxy is: what is private in it is no proxy's to hear of.
    #[must_use]
    pub fn through_folder(mut self, folder: &Path) -> Self {
        self.proxies = ProxyList::of_folder(folder, &ProxyList::off());
        self.others.insert("GONOPROXY", "none".to_owned());
        self
    }

    /// Returns where what proves a toolchain comes from.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Returns who is asked for modules.
    pub fn proxies(&self) -> &ProxyList {
        &self.proxies
    }

    /// Returns the checksum database. As in the go command, GONOSUMDB and GOPRIVATE do not apply to
    /// toolchains.
    ///
    /// # Errors
    /// When GOSUMDB names none.
    pub fn checksum_database(&self) -> Result<ChecksumDatabase, ChecksumDatabaseError> {
        ChecksumDatabase::parse(self.checksum_database.expose())
    }

    /// Returns the setting, with its value, that lets every module pass without a look into the
    /// checksum database. Patterns of private modules do not.
    pub fn switched_off_verification(&self) -> Option<(&'static str, &str)> {
        let database = self.checksum_database.expose();
        if database == "off" {
            return Some(("GOSUMDB", database));
        }
        // As in the go command, GOPRIVATE says what GONOSUMDB does not.
        let skipped = ["GONOSUMDB", "GOPRIVATE"].into_iter().find_map(|name| {
            let patterns = self.others.get(name)?;
            (!patterns.is_empty()).then_some((name, patterns.as_str()))
        });
        skipped.filter(|(_, patterns)| mean_everything(ModulePatterns::new(patterns)))
    }

    /// Returns the variables that are set and do nothing, each with the one that is meant.
    pub fn mistaken(&self) -> &[(&'static str, &'static str)] {
        &self.mistaken
    }

    /// Returns the variable, with the pattern in it, that lets `module` come from where it is developed.
    pub fn past_proxies(&self, module: &str) -> Option<(&'static str, &str)> {
        self.private("GONOPROXY", module)
    }

    /// Returns the variable, with the pattern in it, that keeps `module` from the checksum database.
    pub fn past_database(&self, module: &str) -> Option<(&'static str, &str)> {
        self.private("GONOSUMDB", module)
    }

    /// As in the go command, GOPRIVATE says what `name` does not.
    fn private(&self, name: &'static str, module: &str) -> Option<(&'static str, &str)> {
        let (name, patterns) = [name, "GOPRIVATE"].into_iter().find_map(|name| {
            let patterns = self.others.get(name)?;
            (!patterns.is_empty()).then_some((name, patterns))
        })?;
        Some((name, ModulePatterns::new(patterns).find(module)?))
    }

    /// Tells whether `module` may come over lines that others can listen to: GOINSECURE.
    pub fn is_insecure(&self, module: &str) -> bool {
        let patterns = self.others.get("GOINSECURE").map_or("", String::as_str);
        ModulePatterns::new(patterns).find(module).is_some()
    }

    /// Tells whether `host` is that of Go's own proxy.
    pub fn is_gos_own_proxy(host: &str) -> bool {
        host == default_proxy_host()
    }

    /// Returns who vouches for modules that go.sum does not know yet, and for which nobody does.
    pub fn verification(&self) -> ModuleVerification {
        let patterns = ["GONOSUMDB", "GOPRIVATE"]
            .into_iter()
            .find_map(|name| self.others.get(name).filter(|it| !it.is_empty()));
        let patterns = patterns
            .into_iter()
            .flat_map(|patterns| patterns.split(','));
        ModuleVerification {
            checksum_database: self
                .checksum_database()
                .ok()
                .map(|database| database.name().to_owned()),
            private: patterns
                .map(|pattern| pattern.trim().to_owned())
                .filter(|pattern| !pattern.is_empty())
                .collect(),
            contents: None,
        }
    }

    /// Returns how servers are told who asks: only the user's own Go settings say it, never a project.
    ///
    /// # Errors
    /// When GOAUTH means nothing.
    pub fn auth(&self) -> Result<GoAuth, GoAuthError> {
        let value = self.others.get("GOAUTH").filter(|it| !it.is_empty());
        value.map_or_else(|| Ok(GoAuth::default()), |value| GoAuth::parse(value))
    }

    /// Returns the settings as the go command takes them, complete: what nobody set is empty, so
    /// that no other file of the machine's supplies it.
    pub fn to_variables(&self) -> BTreeMap<&'static str, Secret> {
        let known = [
            ("GOPROXY", self.proxies.as_written().clone()),
            ("GOSUMDB", self.checksum_database.clone()),
        ];
        let others = OTHERS.into_iter().map(|name| {
            let value = self.others.get(name).cloned().unwrap_or_default();
            (name, Secret::new(value))
        });
        known.into_iter().chain(others).collect()
    }
}

/// The go command takes a blank in a list of patterns for a part of one, which then means nothing.
fn without_blanks(name: &str, value: String) -> String {
    match name {
        "GOINSECURE" | "GONOPROXY" | "GONOSUMDB" | "GOPRIVATE" => {
            let patterns: Vec<&str> = value.split(',').map(str::trim).collect();
            patterns.join(",")
        }
        _ => value,
    }
}

/// Returns what `[modules]` says of a variable; an empty list says nothing.
pub(super) fn written_in(configured: &ModulesConfig, name: &str) -> Option<String> {
    let list: Vec<&str> = match name {
        "GOPROXY" => configured.proxy.iter().map(ModuleProxy::as_str).collect(),
        "GOPRIVATE" => configured
            .private
            .iter()
            .map(ModulePattern::as_str)
            .collect(),
        _ => Vec::new(),
    };
    (!list.is_empty()).then(|| list.join(","))
}

/// Modules that have nothing in common, of owners that nobody is.
const UNRELATED: [&str; 8] = [
    "codeberg.org/nobody/nothing",
    "example.net/nobody/nothing",
    "git.sr.ht/~nobody/nothing",
    "github.com/nobody/nothing",
    "gitlab.com/nobody/nothing",
    "go.uber.org/nothing/v2",
    "gopkg.in/nobody/nothing.v3",
    "k8s.io/nothing/v2",
];

/// Tells whether patterns, one or all of them together, mean modules of whoever it may be: `*`, `[a-z]*`,
/// `*.*/*`.
fn mean_everything(patterns: ModulePatterns<'_>) -> bool {
    UNRELATED
        .iter()
        .all(|module| patterns.find(module).is_some())
}

fn default_proxy() -> String {
    format!("https://{},direct", default_proxy_host())
}

fn default_proxy_host() -> String {
    format!("proxy.{}", domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        variables: &[(&str, &str)],
        configured: &ModulesConfig,
        file: &str,
    ) -> BTreeMap<&'static str, String> {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        let environment = Environment::new(variables);
        let settings =
            ModuleSettings::resolve(&environment, configured, &GoEnvFile::parse(file)).unwrap();
        let shown = settings.to_variables().into_iter();
        shown
            .map(|(name, value)| (name, value.expose().to_owned()))
            .collect()
    }

    #[test]
    fn the_environment_wins_over_coracle_toml_over_go_env_over_the_defaults() {
        let toml = ModulesConfig {
            proxy: ["https://toml", "direct"]
                .map(|text| text.parse().unwrap())
                .into(),
            private: vec!["git.example.com/*".parse().unwrap()],
            direct: DirectChoice::Allow,
        };
        let file = "GOPROXY=https://file\nGOPRIVATE=file\nGOSUMDB=sums.example+1+2\n";
        let none = ModulesConfig::default();

        let all = resolve(
            &[("GOPROXY", "https://env"), ("GOPRIVATE", "")],
            &toml,
            file,
        );
        assert_eq!(all["GOPROXY"], "https://env");
        assert_eq!(all["GOPRIVATE"], "git.example.com/*");
        assert_eq!(all["GOSUMDB"], "sums.example+1+2");
        assert_eq!(resolve(&[], &toml, file)["GOPROXY"], "https://toml,direct");
        assert_eq!(resolve(&[], &none, file)["GOPROXY"], "https://file");
        let defaults = resolve(&[], &none, "");
        assert_eq!(defaults["GOPROXY"], default_proxy());
        assert_eq!(defaults["GOSUMDB"], ChecksumDatabase::default_setting());
        assert_eq!(defaults["GONOPROXY"], "");
    }

    #[test]
    fn where_direct_is_denied_all_modules_come_through_the_proxy_that_is_named() {
        let deny = ModulesConfig {
            private: vec!["git.example.com/*".parse().unwrap()],
            direct: DirectChoice::Deny,
            ..ModulesConfig::default()
        };
        let named = resolve(&[("GOPROXY", "https://a|https://b,direct")], &deny, "");
        assert_eq!(named["GOPROXY"], "https://a|https://b");
        assert_eq!(named["GONOPROXY"], "none");
        assert_eq!(named["GOPRIVATE"], "git.example.com/*");
        let refused = |variables: &[(&str, &str)]| {
            let variables = variables
                .iter()
                .map(|(name, value)| (name.into(), value.into()));
            let environment = Environment::new(variables);
            ModuleSettings::resolve(&environment, &deny, &GoEnvFile::default()).unwrap_err()
        };
        assert_eq!(
            refused(&[("GOPROXY", "direct")]),
            ProxyListError::OnlyDirect
        );
        assert_eq!(refused(&[]), ProxyListError::NoneForPrivate);
        let both = format!("https://a,{}", default_proxy());
        assert_eq!(
            refused(&[("GOPROXY", &both)]),
            ProxyListError::NoneForPrivate
        );
        let public = ModulesConfig {
            private: Vec::new(),
            ..deny
        };
        let none = [("GONOPROXY", "none")];
        assert!(!resolve(&none, &public, "")["GOPROXY"].contains("direct"));
    }

    #[test]
    fn verification_is_switched_off_for_everything_or_not() {
        let switch = |variables: &[(&str, &str)]| {
            let variables = variables
                .iter()
                .map(|(name, value)| (name.into(), value.into()));
            let settings = ModuleSettings::resolve(
                &Environment::new(variables),
                &ModulesConfig::default(),
                &GoEnvFile::default(),
            );
            let settings = settings.unwrap();
            let switch = settings.switched_off_verification();
            switch.map(|(name, value)| format!("{name}={value}"))
        };
        for (name, value) in [
            ("GOSUMDB", "off"),
            ("GONOSUMDB", "*"),
            ("GOPRIVATE", "git.example.com, *"),
            ("GOPRIVATE", "*.*/*"),
            ("GOPRIVATE", "?*"),
            ("GOPRIVATE", "[a-z]*"),
            ("GONOSUMDB", "[^A-Z]*/*/*"),
            ("GOPRIVATE", "[a-l]*,[m-z]*"),
            ("GOPRIVATE", "*/"),
        ] {
            let shown = format!("{name}={}", value.replace(", ", ","));
            assert_eq!(switch(&[(name, value)]), Some(shown));
        }
        for private in [
            "",
            "git.example.com/*",
            "*.example.com",
            "*/team",
            "none",
            "*/..",
            ".*",
            "[a-z]",
            "[a-z",
            "*.com",
            "github.com,gitlab.com,git.example.com/*",
        ] {
            assert_eq!(
                switch(&[("GOPRIVATE", private), ("GONOSUMDB", private)]),
                None
            );
        }
        assert_eq!(switch(&[("GOPRIVATE", "*"), ("GONOSUMDB", "none")]), None);
    }

    #[test]
    fn a_run_without_network_asks_nobody_not_even_for_private_modules() {
        let environment = Environment::new([("GOPRIVATE".into(), "git.example.com".into())]);
        let settings = ModuleSettings::resolve(
            &environment,
            &ModulesConfig::default(),
            &GoEnvFile::default(),
        );
        let variables = settings.unwrap().offline().to_variables();
        assert_eq!(variables["GOPROXY"].expose(), "off");
        assert_eq!(variables["GONOPROXY"].expose(), "none");
    }
}
