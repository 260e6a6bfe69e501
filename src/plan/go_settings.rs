//! How programs are compiled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{Config, ImageConfig, SymbolsChoice};
use crate::facts::MainPackage;

use super::stamp::Stamp;

/// The settings of a compile that change its output, all allowed and complete.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoSettings {
    /// Further flags of `go build`.
    pub flags: Vec<String>,
    /// Further flags of the linker, after `-s -w -buildid=`.
    pub ldflags: Vec<String>,
    /// Build tags.
    pub tags: Vec<String>,
    /// `GO*` settings: `GOAMD64`, `GOEXPERIMENT`.
    pub env: BTreeMap<String, String>,
    /// Variables that the linker sets, by `importpath.name`.
    pub stamps: BTreeMap<String, String>,
    /// Whether symbols are kept.
    pub symbols: Symbols,
}

impl GoSettings {
    /// Tells whether programs have a symbol table: of several flags that say so the last counts.
    pub fn keeps_symbols(&self) -> bool {
        let mut asked = self.ldflags.iter().filter_map(|flag| {
            match flag.trim_start_matches('-').split_once('=') {
                None if matches!(flag.as_str(), "-s" | "--s") => Some(false),
                Some(("s", value)) => {
                    Some(!matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True"))
                }
                _ => None,
            }
        });
        asked.next_back().unwrap_or(self.symbols == Symbols::Kept)
    }

    /// Tells whether a flag names packages by their folder (`-coverpkg=./...`): then it depends on where go runs what
    /// is compiled.
    pub fn flags_name_folders(&self) -> bool {
        let mut words = self.flags.iter().flat_map(|flag| flag.split(['=', ',']));
        words.any(|word| {
            matches!(word, "." | "..") || word.starts_with("./") || word.starts_with("../")
        })
    }
}

/// What becomes of the symbol table and the debug information.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Symbols {
    /// They are left out: `-s -w`.
    #[default]
    Stripped,
    /// They stay, for debuggers.
    Kept,
}

impl Symbols {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stripped => "stripped",
            Self::Kept => "kept",
        }
    }
}

/// Returns how `main` is compiled for `image`: the same for all platforms.
pub(super) fn go_settings(
    config: &Config,
    image: &ImageConfig,
    stamp: &Stamp,
    main: &MainPackage,
) -> GoSettings {
    let (go, own) = (&config.go, &image.go);
    let env = go.env.iter().chain(&own.env);
    GoSettings {
        flags: texts(go.flags.iter().chain(&own.flags)),
        ldflags: texts(go.ldflags.iter().chain(&own.ldflags)),
        tags: texts(go.tags.iter().chain(&own.tags)),
        env: env
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect(),
        stamps: stamp.variables(config.stamp.vars.iter().chain(&image.stamp), main),
        symbols: match go.symbols {
            SymbolsChoice::Strip => Symbols::Stripped,
            SymbolsChoice::Keep => Symbols::Kept,
        },
    }
}

fn texts<'t, T: ToString + 't>(values: impl Iterator<Item = &'t T>) -> Vec<String> {
    values.map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_kept_unless_the_last_flag_says_otherwise() {
        for (symbols, ldflags, kept) in [
            (Symbols::Stripped, "", false),
            (Symbols::Stripped, "-w=false", false),
            (Symbols::Stripped, "-s=false", true),
            (Symbols::Kept, "", true),
            (Symbols::Kept, "-X m.s=-s", true),
            (Symbols::Kept, "-s", false),
            (Symbols::Kept, "-s -s=0", true),
        ] {
            let settings = GoSettings {
                ldflags: ldflags.split(' ').map(str::to_owned).collect(),
                symbols,
                ..GoSettings::default()
            };
            assert_eq!(settings.keeps_symbols(), kept, "{symbols:?} {ldflags}");
        }
    }

    #[test]
    fn flags_name_folders_where_their_packages_begin_with_a_dot() {
        for (flag, names) in [
            ("-coverpkg=./...", true),
            ("-coverpkg=example.com/a,../b", true),
            ("-coverpkg=example.com/a/./b", false),
            ("-gcflags=.=-N", true),
            ("-gcflags=all=-N -l", false),
            ("-cover", false),
        ] {
            let settings = GoSettings {
                flags: vec![flag.to_owned()],
                ..GoSettings::default()
            };
            assert_eq!(settings.flags_name_folders(), names, "{flag}");
        }
    }
}
