//! Where a module setting comes from.

use std::fmt;

use super::GoEnvFile;
use super::module_settings::written_in;
use crate::config::{DirectChoice, ModulesConfig};
use crate::model::Environment;

/// Who has the last word on a module setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingOrigin {
    /// The environment.
    Environment,
    /// `[modules]` in coracle.toml.
    Config,
    /// `[modules] direct = "deny"` in coracle.toml, whatever others say.
    DirectDenied,
    /// The file that `go env -w` writes.
    GoEnv,
    /// Nobody: it is Go's default.
    Default,
}

/// A module setting of several places, of which one counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingWords {
    /// The variable.
    pub name: &'static str,
    /// Who has the last word.
    pub origin: SettingOrigin,
    /// Who says something else, and is not heard.
    pub unheard: Vec<SettingOrigin>,
}

impl SettingWords {
    /// Finds out who says what of the variable `name`, in the order of
    /// [`ModuleSettings::resolve`](super::ModuleSettings::resolve).
    pub fn of(
        name: &'static str,
        environment: &Environment,
        configured: &ModulesConfig,
        file: &GoEnvFile,
    ) -> Self {
        let words = [
            (
                SettingOrigin::Environment,
                environment.get_str(name).map(str::to_owned),
            ),
            (SettingOrigin::Config, written_in(configured, name)),
            (SettingOrigin::GoEnv, file.get(name).map(str::to_owned)),
        ];
        let mut said = words
            .into_iter()
            .filter_map(|(origin, value)| Some((origin, value?)));
        let Some((origin, value)) = said.next() else {
            return Self {
                name,
                origin: denied(name, configured).unwrap_or(SettingOrigin::Default),
                unheard: Vec::new(),
            };
        };
        let others = said.filter(|(_, other)| *other != value);
        Self {
            name,
            unheard: others.map(|(origin, _)| origin).collect(),
            origin: denied(name, configured).unwrap_or(origin),
        }
    }
}

/// `direct = "deny"` sets GONOPROXY itself.
fn denied(name: &str, configured: &ModulesConfig) -> Option<SettingOrigin> {
    let is_denied = configured.direct == DirectChoice::Deny && name == "GONOPROXY";
    is_denied.then_some(SettingOrigin::DirectDenied)
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "environment",
            Self::Config => "coracle.toml",
            Self::DirectDenied => "direct = \"deny\" in coracle.toml",
            Self::GoEnv => "go env -w",
            Self::Default => "default",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_word_counts_and_others_that_differ_are_named() {
        let environment = Environment::new([("GOPROXY".into(), "https://a".into())]);
        let configured = ModulesConfig {
            proxy: vec!["https://a".parse().unwrap()],
            private: vec!["git.example.com".parse().unwrap()],
            direct: DirectChoice::Deny,
        };
        let file = GoEnvFile::parse("GOPROXY=https://b\nGOPRIVATE=git.example.com\n");
        let of = |name| SettingWords::of(name, &environment, &configured, &file);
        let proxy = of("GOPROXY");
        assert_eq!(proxy.origin, SettingOrigin::Environment);
        assert_eq!(proxy.unheard, [SettingOrigin::GoEnv]);
        assert_eq!(of("GOPRIVATE").origin, SettingOrigin::Config);
        assert!(of("GOPRIVATE").unheard.is_empty());
        assert_eq!(of("GOSUMDB").origin, SettingOrigin::Default);
        assert_eq!(of("GONOPROXY").origin, SettingOrigin::DirectDenied);
    }
}
