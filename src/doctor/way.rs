//! The way that a module comes by.

use std::fmt;

use crate::facts::{ModuleNeeds, NeededModule, Supply, Vendoring};
use crate::toolchain::{ModuleSettings, Proxy};

/// The way that a module comes by: the module cache, a proxy, or where it is developed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A `replace` directive names a folder.
    Folder(String),
    /// It is in the vendor folder.
    Vendor,
    /// It is in Go's module cache.
    Cache,
    /// The proxies that GOPROXY names are asked one after the other.
    Proxy,
    /// A pattern of this variable lets it come from where it is developed.
    Private {
        /// The variable.
        variable: &'static str,
        /// The pattern in it.
        pattern: String,
    },
    /// GOPROXY lets all modules come from where they are developed.
    Direct,
    /// GOPROXY lets nobody be asked.
    Off,
}

/// Decides which way a module comes; `is_cached` tells whether a path and version are in Go's module
/// cache.
pub fn way_of(
    module: &NeededModule,
    needs: &ModuleNeeds,
    settings: &ModuleSettings,
    is_cached: impl FnOnce(&str, &str) -> bool,
) -> Way {
    if matches!(needs.vendoring, Vendoring::Used { .. }) {
        return Way::Vendor;
    }
    let (path, version) = match &module.supply {
        Supply::Folder { folder, .. } => return Way::Folder(folder.clone()),
        Supply::Module { path, version, .. } => (path.as_str(), version),
    };
    if is_cached(path, version) {
        return Way::Cache;
    }
    without_caches(path, settings)
}

fn without_caches(path: &str, settings: &ModuleSettings) -> Way {
    if let Some((variable, pattern)) = settings.past_proxies(path) {
        let pattern = pattern.to_owned();
        return Way::Private { variable, pattern };
    }
    match settings.proxies().iter().next() {
        Some(Proxy::Direct) => Way::Direct,
        Some(Proxy::Off) | None => Way::Off,
        Some(Proxy::Server(_) | Proxy::Folder(_)) => Way::Proxy,
    }
}

impl Way {
    /// Returns the word that reports use.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Folder(_) => "replace",
            Self::Vendor => "vendor",
            Self::Cache => "cache",
            Self::Proxy => "proxy",
            Self::Private { .. } => "private",
            Self::Direct => "direct",
            Self::Off => "off",
        }
    }

    /// Returns what decided on it, where that is not plain.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Private { variable, pattern } => Some(format!("{variable}={pattern}")),
            _ => None,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())?;
        match self {
            Self::Folder(folder) => write!(f, " {folder}"),
            Self::Private { variable, pattern } => write!(f, " by {variable}={pattern}"),
            Self::Vendor | Self::Cache | Self::Proxy | Self::Direct | Self::Off => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModulesConfig;
    use crate::facts::{Sum, VendorList};
    use crate::model::Environment;
    use crate::toolchain::GoEnvFile;

    fn way(variables: &str, vendored: Option<()>, cached: &str, supply: Option<&str>) -> String {
        let variables = variables.split(' ').filter_map(|word| word.split_once('='));
        let environment =
            Environment::new(variables.map(|(name, value)| (name.into(), value.into())));
        let settings = ModuleSettings::resolve(
            &environment,
            &ModulesConfig::default(),
            &GoEnvFile::default(),
        );
        let path: crate::model::ModulePath = "git.example.com/team/dep".parse().unwrap();
        let module = NeededModule {
            path: path.clone(),
            version: "v1.0.0".to_owned(),
            supply: match supply {
                Some(folder) => Supply::Folder {
                    folder: folder.to_owned(),
                    file: "go.mod".parse().unwrap(),
                },
                None => Supply::Module {
                    path,
                    version: "v1.0.0".to_owned(),
                    sum: Sum::Known,
                },
            },
        };
        let needs = ModuleNeeds {
            modules: Vec::new(),
            vendoring: vendored.map_or(Vendoring::None, |()| Vendoring::Used {
                folder: "vendor".parse().unwrap(),
                list: VendorList::parse(""),
                faults: Vec::new(),
            }),
        };
        way_of(&module, &needs, &settings.unwrap(), |path, _| {
            path == cached
        })
        .to_string()
    }

    #[test]
    fn a_module_comes_the_nearest_way_that_is_open_to_it() {
        let all = "GOPRIVATE=git.example.com GOPROXY=https://a,direct";
        let module = "git.example.com/team/dep";
        assert_eq!(way(all, Some(()), module, Some("./x")), "vendor");
        assert_eq!(way(all, None, module, Some("./x")), "replace ./x");
        assert_eq!(way(all, None, module, None), "cache");
        assert_eq!(
            way(all, None, "", None),
            "private by GOPRIVATE=git.example.com"
        );
        let none = "GOPRIVATE=git.example.com GONOPROXY=none";
        assert_eq!(way(none, None, "", None), "proxy");
        assert_eq!(way("GOPROXY=direct", None, "", None), "direct");
        assert_eq!(way("GOPROXY=off", None, "", None), "off");
        assert_eq!(
            way("GOPRIVATE=git.example.com/other", None, "", None),
            "proxy"
        );
    }
}
